//! Values on their way between a script and the application.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};
use std::time::{Duration, SystemTime};

use rhai::{Array, Blob, Dynamic, FLOAT, INT, ImmutableString, Map};

use super::script_error::ScriptError;
use crate::engine::live::handle::Handle;
use crate::engine::state::session_state::CallContext;
use crate::reflect::Value;

/// The tag of the unit that stands for an empty option: in a script it is `()`, so that `??` and `== ()` work on it, and
/// yet it can be shown as `None`.
const NONE: i32 = 1;

/// An empty option.
pub(crate) fn none() -> Dynamic {
    let mut none = Dynamic::UNIT;
    none.set_tag(NONE);
    none
}

/// Whether `value` is the unit that stands for an empty option.
pub(crate) fn is_none(value: &Dynamic) -> bool {
    value.is_unit() && value.tag() & NONE != 0
}

/// The tag of a value that a root has just been read as.
const ROOT: i32 = 4;

/// Marks what a root has been read as.
pub(crate) fn root(mut value: Dynamic) -> Dynamic {
    value.set_tag(value.tag() | ROOT);
    value
}

/// Whether `value` is what a root was read as.
pub(crate) fn is_root(value: &Dynamic) -> bool {
    value.tag() & ROOT != 0
}

/// The tag of the unit that a name has before the command that binds it has come so far.
const UNBOUND: i32 = 2;

/// The value of a name that is going to be bound.
pub(crate) fn unbound() -> Dynamic {
    let mut unbound = Dynamic::UNIT;
    unbound.set_tag(UNBOUND);
    unbound
}

/// Whether `value` is that of a name that was going to be bound.
pub(crate) fn is_unbound(value: &Dynamic) -> bool {
    value.is_unit() && value.tag() == UNBOUND
}

/// A value as a script has it.
///
/// Integers are the script's own wherever they fit, and `i128` or `u128` above: never a float.
pub(crate) fn to_script(value: Value<'_>) -> Dynamic {
    match value {
        Value::Unit => Dynamic::UNIT,
        Value::Bool(value) => value.into(),
        Value::Int(value) => integer(value),
        Value::Uint(value) => Dynamic::from(value),
        Value::F32(value) => widen(value).into(),
        Value::Float(value) => value.into(),
        Value::Char(value) => value.into(),
        Value::Text(value) => value.into_owned().into(),
        Value::Bytes(value) => Dynamic::from_blob(value.into_owned()),
        Value::Duration(value) => Dynamic::from(value),
        Value::Time(value) => Dynamic::from(value),
        Value::Placeholder(why) => format!("<{why}>").into(),
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

/// An integer in the smallest of the types that a script computes with.
pub(crate) fn integer(value: i128) -> Dynamic {
    INT::try_from(value).map_or_else(|_| Dynamic::from(value), Dynamic::from)
}

/// The 64 bit float that is written like the 32 bit one: `0.1`, not `0.10000000149011612`. It narrows back to the same.
fn widen(value: f32) -> FLOAT {
    if value.is_finite() { value.to_string().parse().unwrap_or_else(|_| value.into()) } else { value.into() }
}

/// A script's value for the application.
///
/// # Errors
///
/// If it is something that only a script can have, such as a closure.
pub(crate) fn to_value(value: &Dynamic) -> Result<Value<'static>, ScriptError> {
    if value.is_unit() {
        return Ok(Value::Unit);
    }
    if let Some(handle) = value.read_lock::<Handle>() {
        let location = handle.location();
        return Err(ScriptError::new(format!("{location} is a live value, which cannot be in two places"))
            .with_help(format!("give a copy of its data: {location}.snapshot()")));
    }
    scalar(value).map_or_else(|| compound(value), Ok)
}

fn scalar(value: &Dynamic) -> Option<Value<'static>> {
    if let Ok(int) = value.as_int() {
        return Some(Value::Int(int.into()));
    }
    if let Ok(float) = value.as_float() {
        return Some(Value::Float(float));
    }
    if let Ok(flag) = value.as_bool() {
        return Some(Value::Bool(flag));
    }
    if let Ok(char) = value.as_char() {
        return Some(Value::Char(char));
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return Some(Value::Text(Cow::Owned(text.to_string())));
    }
    wide(value)
        .or_else(|| value.read_lock::<u128>().map(|value| Value::from(*value)))
        .or_else(|| value.read_lock::<Blob>().map(|value| Value::Bytes(Cow::Owned(value.clone()))))
        .or_else(|| value.read_lock::<Duration>().map(|value| Value::Duration(*value)))
        .or_else(|| value.read_lock::<SystemTime>().map(|value| Value::Time(*value)))
}

/// An integer of one of the types that a script rarely has.
fn wide(value: &Dynamic) -> Option<Value<'static>> {
    macro_rules! try_each {
        ($($int:ty)*) => {
            $(if let Some(int) = value.read_lock::<$int>() {
                return Some(Value::from(*int));
            })*
        };
    }
    try_each!(i128 u64 i32 u32 i16 u16 i8 u8 isize usize);
    None
}

fn compound(value: &Dynamic) -> Result<Value<'static>, ScriptError> {
    if let Some(items) = value.read_lock::<Array>() {
        return Ok(Value::List(items.iter().map(to_value).collect::<Result<_, _>>()?));
    }
    if let Some(entries) = value.read_lock::<Map>() {
        let entries = entries.iter().map(|(key, item)| Ok((Value::from(key.to_string()), to_value(item)?)));
        return Ok(Value::Map(entries.collect::<Result<_, ScriptError>>()?));
    }
    if let Some(range) = value.read_lock::<Range<INT>>() {
        return Ok(Value::from(format!("{:?}", *range)));
    }
    if let Some(range) = value.read_lock::<RangeInclusive<INT>>() {
        return Ok(Value::from(format!("{:?}", *range)));
    }
    let name = value.type_name();
    Err(ScriptError::new(format!("a {name} belongs to the script and cannot be given to the program")))
}

/// What a script compares `value` with, sorts or groups it by. A live value is that if it is one value, such as a variant.
pub(crate) fn key(context: &CallContext, value: &Dynamic) -> Result<Value<'static>, ScriptError> {
    let handle = value.read_lock::<Handle>().map(|handle| handle.clone());
    handle.map_or_else(|| to_value(value), |handle| handle.key(context))
}

/// Whether two values of a script are the same, NaN included. Values that cannot be compared are not the same.
pub(crate) fn same(a: &Dynamic, b: &Dynamic) -> bool {
    match (to_value(a), to_value(b)) {
        (Ok(a), Ok(b)) => a.same(&b),
        _ => false,
    }
}
