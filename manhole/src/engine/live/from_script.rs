//! Converts values of a script for the application.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};
use std::time::{Duration, SystemTime};

use rhai::{Array, Blob, Dynamic, INT, ImmutableString, Map};

use super::handle::Handle;
use crate::engine::run::RunControl;
use crate::engine::value::{ScriptError, plain_type};
use crate::reflect::Value;

/// Converts a script's value for the application.
///
/// # Errors
///
/// If only a script can have the value, such as a closure.
pub(crate) fn to_value(value: &Dynamic) -> Result<Value<'static>, ScriptError> {
    if value.is_unit() {
        return Ok(Value::Unit);
    }
    if let Some(handle) = value.read_lock::<Handle>() {
        let location = handle.location();
        return Err(ScriptError::new(format!(
            "cannot use {location} as a value: it stays in the application"
        ))
        .with_help(format!("use a copy of it: {location}.snapshot()")));
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

/// An integer of a type other than the script's own.
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
    let name = plain_type(value.type_name());
    Err(ScriptError::new(format!("cannot pass a {name} to the application: only a script can have it")))
}

/// The value by which a script compares, sorts or groups `value`. One of the application must be a leaf or a variant.
pub(crate) fn key(run: &RunControl, value: &Dynamic) -> Result<Value<'static>, ScriptError> {
    let handle = value.read_lock::<Handle>().map(|handle| handle.clone());
    handle.map_or_else(|| to_value(value), |handle| handle.key(run))
}

/// Whether two values of a script are equal. NaN equals NaN, and values without a comparison are not equal.
pub(crate) fn same(a: &Dynamic, b: &Dynamic) -> bool {
    match (to_value(a), to_value(b)) {
        (Ok(a), Ok(b)) => a.same(&b),
        _ => false,
    }
}
