//! Values of the application for a script, and the marks that values of a script carry.

use rhai::{Array, Dynamic, FLOAT, INT, Map};

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
