//! Converts values of a script for the application.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};
use std::time::{Duration, Instant, SystemTime};

use rhai::{Array, Blob, Dynamic, FLOAT, INT, ImmutableString, Map};

use std::net::{IpAddr, SocketAddr};

use super::handle::Handle;
use super::static_type::strip_wrappers;
use crate::engine::run::RunControl;
use crate::engine::value::{RustValue, ScriptError, ScriptInstant, ScriptResult, plain_type, type_mark};
use crate::reflect::{Step, TypeInfo, TypeKind, Value};

/// Converts a script's value for the application.
///
/// # Errors
///
/// If only a script can have the value, such as a closure.
pub(crate) fn to_value(value: &Dynamic) -> ScriptResult<Value<'static>> {
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
    macro_rules! first_of {
        ($($ty:ty => $convert:expr;)*) => {
            $(if let Some(value) = value.read_lock::<$ty>() {
                return Some($convert(value.clone()));
            })*
        };
    }
    first_of! {
        INT => Value::from;
        FLOAT => Value::from;
        bool => Value::from;
        char => Value::from;
        ImmutableString => |text: ImmutableString| Value::from(text.into_owned());
        i128 => Value::from;
        u128 => Value::from;
        u64 => Value::from;
        i32 => Value::from;
        u32 => Value::from;
        i16 => Value::from;
        u16 => Value::from;
        i8 => Value::from;
        u8 => Value::from;
        isize => Value::from;
        usize => Value::from;
        Blob => |bytes| Value::Bytes(Cow::Owned(bytes));
        Duration => Value::Duration;
        SystemTime => Value::Time;
        RustValue => |value: RustValue| value.value;
        ScriptInstant => |instant: ScriptInstant| Value::Instant(instant.at);
        Instant => Value::Instant;
        Range<INT> => |range| Value::from(format!("{range:?}"));
        RangeInclusive<INT> => |range| Value::from(format!("{range:?}"));
    }
    None
}

fn compound(value: &Dynamic) -> ScriptResult<Value<'static>> {
    if let Some(items) = value.read_lock::<Array>() {
        return Ok(Value::List(items.iter().map(to_value).collect::<Result<_, _>>()?));
    }
    if let Some(entries) = value.read_lock::<Map>() {
        let entries = entries.iter().map(|(key, item)| Ok((Value::from(key.to_string()), to_value(item)?)));
        return Ok(Value::Map(entries.collect::<ScriptResult<_>>()?));
    }
    let name = plain_type(value.type_name());
    Err(ScriptError::new(format!("cannot pass a {name} to the application: only a script can have it")))
}

/// Returns the step for an index. A string may also be the name of a field without a getter.
pub(crate) fn step(index: &Dynamic) -> ScriptResult<Step> {
    match index.read_lock::<ImmutableString>() {
        Some(name) => Ok(Step::Key(Value::from(name.to_string()))),
        None => to_value(index).map(Step::Key),
    }
}

/// Converts the arguments of a call for the application.
pub(crate) fn values(args: &[Dynamic]) -> ScriptResult<Vec<Value<'static>>> {
    args.iter().map(to_value).collect()
}

/// Returns the value by which a script compares, sorts or groups `value`. One of the application must be a leaf or a
/// variant.
pub(crate) fn key(run: &RunControl, value: &Dynamic) -> ScriptResult<Value<'static>> {
    let handle = value.read_lock::<Handle>().map(|handle| handle.clone());
    handle.map_or_else(|| to_value(value), |handle| handle.key(run))
}

/// Returns the value by which `value` is sorted. That of an address is a list of numbers, and that of a variant its position in the
/// enum, as in Rust.
pub(crate) fn sort_key(run: &RunControl, value: &Dynamic) -> ScriptResult<Value<'static>> {
    if let Some(items) = value.read_lock::<Array>() {
        return Ok(Value::List(items.iter().map(|item| sort_key(run, item)).collect::<ScriptResult<_>>()?));
    }
    let key = key(run, value)?;
    let Value::Text(text) = &key else { return Ok(key) };
    let info = match value.read_lock::<Handle>() {
        Some(handle) => handle.static_type(),
        None => type_mark::marked_type(value),
    };
    let known = match info.map(strip_wrappers) {
        Some(TypeInfo { kind: TypeKind::Enum(variants), .. }) => {
            variants.iter().position(|variant| variant.name == *text).map(Value::from)
        }
        Some(info) if type_mark::is_address(info) => address_key(text),
        _ => None,
    };
    Ok(known.unwrap_or(key))
}

fn address_key(text: &str) -> Option<Value<'static>> {
    let (ip, port) = match text.parse::<SocketAddr>() {
        Ok(socket) => (socket.ip(), socket.port()),
        Err(_) => (text.parse::<IpAddr>().ok()?, 0),
    };
    let bits = match ip {
        IpAddr::V4(ip) => ip.to_bits().into(),
        IpAddr::V6(ip) => ip.to_bits(),
    };
    Some(Value::List(vec![ip.is_ipv6().into(), bits.into(), port.into()]))
}
