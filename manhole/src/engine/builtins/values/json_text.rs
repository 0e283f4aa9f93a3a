//! `parse_json`. In the script language it runs the parser of scripts, which nothing can stop there.

use rhai::{Array, Dynamic, EvalAltResult, Map, Module, Position};
use serde_json::Value as Json;

use crate::engine::value::{EvalResult, ScriptError, register, to_script};
use crate::reflect::MAX_COLLECTION_ITEMS;

/// Replaces the engine's function.
pub(crate) fn bind(module: &mut Module) {
    register(module, "parse_json", parse_json);
}

fn parse_json(text: &str) -> EvalResult {
    // Each value takes some 40 times the space of its text.
    check_size(count_separators(text) / 2, "array")?;
    let parsed = serde_json::from_str(text);
    from_json(parsed.map_err(|error| ScriptError::new(format!("cannot parse the JSON text: {error}")))?)
}

/// Counts the characters outside of strings after which a value may begin. The engine allows 4,096 items of arrays, and as many of maps.
fn count_separators(json: &str) -> usize {
    let (mut is_in_string, mut is_escaped) = (false, false);
    let is_separator = |byte: &u8| {
        if is_in_string {
            is_in_string = is_escaped || *byte != b'"';
            is_escaped = !is_escaped && *byte == b'\\';
            return false;
        }
        is_in_string = *byte == b'"';
        matches!(byte, b',' | b'[' | b'{')
    };
    json.bytes().filter(is_separator).count()
}

/// Returns the engine's error for a collection with too many items.
fn check_size(len: usize, what: &str) -> EvalResult<()> {
    if len <= MAX_COLLECTION_ITEMS {
        return Ok(());
    }
    Err(Box::new(EvalAltResult::ErrorDataTooLarge(what.to_owned(), Position::NONE)))
}

/// Converts a JSON value for a script.
fn from_json(json: Json) -> EvalResult {
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
            check_size(items.len(), "array")?;
            items.into_iter().map(from_json).collect::<EvalResult<Array>>()?.into()
        }
        Json::Object(entries) => {
            check_size(entries.len(), "map")?;
            let entries = entries.into_iter().map(|(key, value)| Ok((key.into(), from_json(value)?)));
            entries.collect::<EvalResult<Map>>()?.into()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_counted_outside_of_strings() {
        for (json, count) in [
            ("1", 0),
            ("[1, 2]", 2),
            ("{\"a\": [1, {}], \"b\": 2}", 5),
            ("[\"[,{\", \"\\\"[,\", \"\\\\\", 1]", 4),
            ("\"[,", 0),
        ] {
            assert_eq!(count_separators(json), count, "{json}");
        }
    }
}
