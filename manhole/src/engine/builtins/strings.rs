//! `replace` and `split` for strings, with limits. In the script language they have none: they create a string or an array of any
//! length before the engine checks the result.

use rhai::{Array, Dynamic, INT, ImmutableString, Module};

use crate::engine::run::MAX_TEXT_BYTES;
use crate::engine::value::{EvalResult, ScriptError, register};
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
