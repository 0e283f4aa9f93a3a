//! Converts values of the application for a script, and marks values of a script.

use std::borrow::Cow;
use std::time::Instant;

use rhai::{Array, Dynamic, FLOAT, INT, Map};

use super::script_error::ScriptError;
use crate::reflect::{Value, placeholder};

/// An instant. The engine's own comparisons of a plain `Instant` with any other type are always false.
#[derive(Clone, Copy)]
pub(crate) struct ScriptInstant {
    pub(crate) at: Instant,
}

/// A value in Rust's notation for which the engine has no type: a struct, a variant, or a map with keys that are no strings or
/// in another order than the engine's.
#[derive(Clone)]
pub(crate) struct RustValue {
    pub(crate) value: Value<'static>,
}

impl RustValue {
    /// Returns whether it is an `Err(…)`.
    pub(crate) fn is_err(&self) -> bool {
        let Value::Struct(value) = &self.value else { return false };
        value.name() == "Err" && value.owner().is_none_or(|owner| owner == "Result")
    }

    /// Returns the name of its type: that of the struct, or of the enum where it is known.
    pub(crate) fn type_name(&self) -> String {
        match &self.value {
            Value::Struct(value) => value.owner().unwrap_or_else(|| value.name()).to_owned(),
            _ => "map".to_owned(),
        }
    }
}

/// Marks the unit that stands for an empty option. In a script it is `()`, so that `??` and `== ()` work on it, and it is
/// shown as `None`.
const NONE: i32 = 1;

/// Marks the value of an option that a script wrote as `Some(…)`, or that a method returned. It has an order with `None`, and the
/// methods of options apply to it and not to its items.
const SOME: i32 = 8;

/// Marks the value of a map's entry.
const ENTRY: i32 = 16;

/// Marks a value that was taken out of an option of the application.
const INSIDE: i32 = 32;

/// Marks the key of an item that must exist.
const EXISTING: i32 = 64;

/// Marks an array that is a set, whose items are in order.
const SET: i32 = 128;

/// Marks the array `items` as a set.
pub(crate) fn set(items: Array) -> Dynamic {
    tagged(Dynamic::from_array(items), SET)
}

/// Returns whether `value` is a set.
pub(crate) fn is_set(value: &Dynamic) -> bool {
    tag(value) & SET != 0
}

/// Marks `key` as that of an item that must exist.
pub(crate) fn existing(key: Dynamic) -> Dynamic {
    tagged(key, EXISTING)
}

/// Returns whether an item with this key must exist.
pub(crate) fn must_exist(key: &Dynamic) -> bool {
    key.tag() & EXISTING != 0
}

/// Marks `value` as that of an option.
pub(crate) fn some(value: Dynamic) -> Dynamic {
    if value.is_unit() { value } else { tagged(value, SOME) }
}

/// Returns the value of `Ok(())`, which is no empty option.
pub(crate) fn done() -> Dynamic {
    tagged(Dynamic::UNIT, SOME)
}

/// Returns whether `value` is marked as that of an option.
pub(crate) fn is_some(value: &Dynamic) -> bool {
    tag(value) & SOME != 0
}

/// Returns the value of an option without the mark of one.
pub(crate) fn inside(value: Dynamic) -> Dynamic {
    let mut value = value.flatten();
    value.set_tag(value.tag() & !SOME | INSIDE);
    value
}

/// Returns whether `value` was taken out of an option.
pub(crate) fn is_inside(value: &Dynamic) -> bool {
    value.tag() & INSIDE != 0
}

/// Returns an empty option.
pub(crate) fn none() -> Dynamic {
    tagged(Dynamic::UNIT, NONE)
}

/// Returns whether `value` is an empty option.
pub(crate) fn is_none(value: &Dynamic) -> bool {
    value.is_unit() && value.tag() & NONE != 0
}

/// The value of a name that its command has not bound yet.
#[derive(Clone)]
pub(crate) struct Unbound {
    pub(crate) name: Box<str>,
}

impl Unbound {
    /// Returns the name, if `value` is that of a name that its command has not bound.
    pub(crate) fn of(value: &Dynamic) -> Option<Box<str>> {
        // A variable that functions read is shared.
        value.read_lock::<Self>().map(|unbound| unbound.name.clone())
    }

    /// Returns the error for the use of `name`.
    pub(crate) fn error(name: &str) -> ScriptError {
        let message = format!("`{name}` has no value: its assignment did not run");
        ScriptError::new(message).with_help(format!("assign it a value first: {name} = 0"))
    }
}

/// Returns whether `value` is that of a name that its command has not bound.
pub(crate) fn is_unbound(value: &Dynamic) -> bool {
    Unbound::of(value).is_some()
}

/// Marks the value of a map's entry, which is shown with its key.
pub(crate) fn entry(value: Dynamic) -> Dynamic {
    tagged(value, ENTRY)
}

/// Returns whether `value` is that of a map's entry, as a method has found it.
pub(crate) fn is_entry(value: &Dynamic) -> bool {
    value.tag() & ENTRY != 0
}

/// Returns the marks of `value`. Those of a variable that a closure uses too are inside.
fn tag(value: &Dynamic) -> i32 {
    if value.is_shared() { value.read_lock::<Dynamic>().map_or(0, |inner| inner.tag()) } else { value.tag() }
}

fn tagged(mut value: Dynamic, tag: i32) -> Dynamic {
    value.set_tag(value.tag() | tag);
    value
}

/// Converts a value for a script.
///
/// An integer becomes the script's own if it fits, else `i128` or `u128`, never a float.
pub(crate) fn to_script(value: Value<'_>) -> Dynamic {
    match value {
        Value::Unit => Dynamic::UNIT,
        Value::Bool(value) => value.into(),
        Value::Int(value) => integer(value),
        Value::Uint(value) => Dynamic::from(value),
        Value::F32(value) => widen(value).into(),
        Value::Float(value) => value.into(),
        Value::Char(value) => value.into(),
        Value::Text(Cow::Borrowed(value)) => value.into(),
        Value::Text(Cow::Owned(value)) => value.into(),
        Value::Bytes(value) => Dynamic::from_blob(value.into_owned()),
        Value::Duration(value) => Dynamic::from(value),
        Value::Time(value) => Dynamic::from(value),
        Value::Instant(at) => Dynamic::from(ScriptInstant { at }),
        value @ Value::Struct(_) => Dynamic::from(RustValue { value: value.into_owned() }),
        Value::Placeholder(why) => placeholder::text(why).into(),
        Value::List(items) => items.into_iter().map(to_script).collect::<Array>().into(),
        Value::Map(entries) => {
            let entries = entries.into_iter().map(|(key, item)| {
                let key = if let Value::Text(text) = &key { text.to_string() } else { key.to_string() };
                (key.into(), to_script(item))
            });
            entries.collect::<Map>().into()
        }
    }
}

/// Converts an integer to the smallest type that scripts compute with.
pub(crate) fn integer(value: i128) -> Dynamic {
    INT::try_from(value).map_or_else(|_| Dynamic::from(value), Dynamic::from)
}

/// Returns the 64-bit float with the same shortest text as `value`: `0.1`, not `0.10000000149011612`. It narrows back
/// to `value`.
pub(crate) fn widen(value: f32) -> FLOAT {
    if value.is_finite() { value.to_string().parse().unwrap_or_else(|_| value.into()) } else { value.into() }
}
