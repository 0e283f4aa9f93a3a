//! Tests of patterns: whether a value is of a variant, and its fields.

use std::net::{IpAddr, SocketAddr};

use rhai::{Dynamic, ImmutableString, Map, Module, NativeCallContext};

use super::rust_values::declared_fields;
use crate::engine::live::{CollectionKind, Handle, strip_wrappers};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, RustValue, register, type_mark};
use crate::reflect::{TypeKind, Value};

/// Adds the functions.
pub(super) fn bind(module: &mut Module) {
    register(module, "__is_variant", |call: NativeCallContext<'_>, value: Dynamic, path: &str| {
        is_variant(&*CallContext::of(&call)?, &value, path)
    });
    register(
        module,
        "__fields",
        |call: NativeCallContext<'_>, value: Dynamic, path: &str, is_tuple: bool| -> EvalResult {
            if is_tuple && is_library_variant(&*CallContext::of(&call)?, &value, path)? == Some(true) {
                return Ok(Dynamic::from_array(vec![value]));
            }
            Ok(match copied_variant(&value, path) {
                Some(fields) if is_tuple && !fields.is_array() => Dynamic::from_array(vec![fields]),
                Some(fields) => fields,
                None => value,
            })
        },
    );
}

/// Returns the fields of a copy of the variant at the end of `path`: a map from its name to them.
fn copied_variant(value: &Dynamic, path: &str) -> Option<Dynamic> {
    let name = path.rsplit("::").next().unwrap_or(path);
    let map = value.read_lock::<Map>().filter(|map| map.len() == 1)?;
    map.get(name).cloned()
}

/// Returns whether a value is of the variant or struct at the end of `path`.
fn is_variant(context: &CallContext, value: &Dynamic, path: &str) -> EvalResult<bool> {
    if let Some(is_variant) = is_library_variant(context, value, path)? {
        return Ok(is_variant);
    }
    let (ty, name) = path.rsplit_once("::").unwrap_or(("", path));
    if let Some(handle) = value.read_lock::<Handle>() {
        if let Some(variant) = handle.variant(&context.run)? {
            return Ok(variant == name);
        }
        let info = handle.read(&context.run, |found| found.reflect().info().to_string())?;
        let is_type = |name: &str| info == name || info.ends_with(&format!("::{name}"));
        return Ok(is_type(name) || (!ty.is_empty() && is_type(path)));
    }
    if let Some(value) = value.read_lock::<RustValue>() {
        return Ok(matches!(&value.value, Value::Struct(value) if value.is_at(path)));
    }
    if let Some(copy) = value.read_lock::<Map>() {
        let fields = declared_fields(&context.program(), path);
        let is_struct = !fields.is_empty() && fields.len() == copy.len();
        return Ok(copied_variant(value, path).is_some()
            || is_struct && fields.iter().all(|field| copy.contains_key(*field)));
    }
    Ok(value.read_lock::<ImmutableString>().is_some_and(|text| *text == name))
}

/// Returns whether a value is of the variant at the end of `path`, if that is one of an enum of a library whose values are other values
/// here: `IpAddr::V4` of a text, `Value::String` of a part of JSON.
fn is_library_variant(context: &CallContext, value: &Dynamic, path: &str) -> EvalResult<Option<bool>> {
    let Some((ty, name)) = path.rsplit_once("::") else { return Ok(None) };
    let ty = ty.rsplit("::").next().unwrap_or(ty);
    match (ty, name) {
        ("IpAddr" | "SocketAddr", "V4" | "V6") => {
            let Some(text) = value.read_lock::<ImmutableString>() else { return Ok(None) };
            let socket = || text.parse().map(|address: SocketAddr| address.is_ipv4());
            let is_v4 = text.parse().map(|address: IpAddr| address.is_ipv4()).or_else(|_| socket());
            Ok(is_v4.ok().map(|is_v4| is_v4 == (name == "V4")))
        }
        ("Value", "Null" | "Bool" | "Number" | "String" | "Array" | "Object") => {
            Ok(json_variant(context, value)?.map(|variant| variant == name))
        }
        _ => Ok(None),
    }
}

/// Returns the variant of `serde_json::Value` that a value is, unless it belongs to an enum of the application.
fn json_variant(context: &CallContext, value: &Dynamic) -> EvalResult<Option<&'static str>> {
    if let Some(handle) = value.read_lock::<Handle>().map(|handle| handle.clone()) {
        if handle.variant(&context.run)?.is_some() {
            return Ok(None);
        }
        return Ok(match handle.collection_kind(&context.run)? {
            Some(CollectionKind::List) => Some("Array"),
            Some(CollectionKind::Map) => Some("Object"),
            _ => None,
        });
    }
    let is_enum = |value: &Dynamic| {
        let info = type_mark::marked_type(value).map(strip_wrappers);
        info.is_some_and(|info| matches!(info.kind, TypeKind::Enum(_)))
    };
    Ok(match value {
        value if value.is_unit() => Some("Null"),
        value if value.is_bool() => Some("Bool"),
        value if value.is_int() || value.is_float() => Some("Number"),
        value if value.is_string() && !is_enum(value) => Some("String"),
        value if value.is_array() => Some("Array"),
        value if value.is_map() && value.read_lock::<Map>().is_some_and(|map| map.len() != 1) => {
            Some("Object")
        }
        _ => None,
    })
}
