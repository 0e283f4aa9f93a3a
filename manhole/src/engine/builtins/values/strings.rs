//! `replace`, `split` and `parse_json` for strings, with limits. In the script language `replace` and `split` have none: they create a
//! string or an array of any length before the engine checks the result. `parse_json` runs the parser of scripts, which nothing can
//! stop there.

use rhai::{Array, Dynamic, EvalAltResult, INT, ImmutableString, Map, Module, Position};
use serde_json::Value as Json;

use crate::engine::run::MAX_TEXT_BYTES;
use crate::engine::value::{EvalResult, ScriptError, register, to_script};
use crate::reflect::MAX_COLLECTION_ITEMS;

/// Replaces the engine's functions.
pub(crate) fn bind(module: &mut Module) {
    macro_rules! bind_replace {
        ($($from:ty, $to:ty;)*) => {$(
            register(module, "replace", |text: &mut ImmutableString, from: $from, to: $to| {
                replace(text, &from.to_string(), &to.to_string())
            });
        )*};
    }
    bind_replace!(&str, &str; &str, char; char, &str; char, char;);
    register(module, "split", |text: &mut ImmutableString| parts(text.split_whitespace()));
    macro_rules! bind_split {
        ($($separator:ty)*) => {$(
            register(module, "split", |text: &mut ImmutableString, at: $separator| parts(text.split(at)));
            register(module, "split", |text: &mut ImmutableString, at: $separator, max: INT| {
                parts(text.splitn(at_least_one(max), at))
            });
            register(module, "split_rev", |text: &mut ImmutableString, at: $separator| parts(text.rsplit(at)));
            register(module, "split_rev", |text: &mut ImmutableString, at: $separator, max: INT| {
                parts(text.rsplitn(at_least_one(max), at))
            });
        )*};
    }
    bind_split!(&str char);
    register(module, "parse_json", |text: &str| {
        let parsed = serde_json::from_str(text);
        from_json(parsed.map_err(|error| ScriptError::new(format!("cannot parse the JSON text: {error}")))?)
    });
}

/// Converts a JSON value for a script.
fn from_json(json: Json) -> EvalResult {
    let check = |len: usize, what: &str| {
        if len <= MAX_COLLECTION_ITEMS {
            return Ok(());
        }
        Err(Box::new(EvalAltResult::ErrorDataTooLarge(what.to_owned(), Position::NONE)))
    };
    Ok(match json {
        Json::Null => Dynamic::UNIT,
        Json::Bool(value) => value.into(),
        Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(value), ..) => value.into(),
            (_, Some(value), _) => to_script::integer(value.into()),
            (.., float) => float.unwrap_or(f64::NAN).into(),
        },
        Json::String(text) => text.into(),
        Json::Array(items) => {
            check(items.len(), "array")?;
            items.into_iter().map(from_json).collect::<EvalResult<Array>>()?.into()
        }
        Json::Object(entries) => {
            check(entries.len(), "map")?;
            let entries = entries.into_iter().map(|(key, value)| Ok((key.into(), from_json(value)?)));
            entries.collect::<EvalResult<Map>>()?.into()
        }
    })
}

/// Returns the maximum number of parts, which is at least one.
fn at_least_one(parts: INT) -> usize {
    usize::try_from(parts).unwrap_or(1).max(1)
}

fn replace(text: &mut ImmutableString, from: &str, to: &str) -> EvalResult<()> {
    let found = text.matches(from).count();
    let longer = to.len().saturating_sub(from.len()).saturating_mul(found);
    if text.len().saturating_add(longer) > MAX_TEXT_BYTES {
        let message = "cannot replace the text: the string would be longer than 1 MiB";
        return Err(ScriptError::new(message).into());
    }
    if found > 0 {
        *text = text.replace(from, to).into();
    }
    Ok(())
}

fn parts<'a>(parts: impl Iterator<Item = &'a str>) -> EvalResult<Array> {
    let mut array = Array::new();
    for part in parts {
        if array.len() == MAX_COLLECTION_ITEMS {
            return Err(ScriptError::new("cannot split the string: it has more than 4,096 parts").into());
        }
        array.push(Dynamic::from(ImmutableString::from(part)));
    }
    Ok(array)
}
