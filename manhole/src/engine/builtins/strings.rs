//! Functions on texts that the script language has without a limit: replacing can make a text of any length, and splitting
//! an array of any length, before anybody looks at the result.

use rhai::{Array, Dynamic, INT, ImmutableString, Module};

use crate::engine::run::{MAX_ITEMS, MAX_TEXT_BYTES};
use crate::engine::value::{EvalResult, ScriptError, register};

/// Puts them in the place of the engine's own.
pub(crate) fn bind(module: &mut Module) {
    register(module, "replace", |text: &mut ImmutableString, from: &str, to: &str| replace(text, from, to));
    register(module, "replace", |text: &mut ImmutableString, from: &str, to: char| {
        replace(text, from, to.encode_utf8(&mut [0; 4]))
    });
    register(module, "replace", |text: &mut ImmutableString, from: char, to: &str| {
        replace(text, from.encode_utf8(&mut [0; 4]), to)
    });
    register(module, "replace", |text: &mut ImmutableString, from: char, to: char| {
        replace(text, from.encode_utf8(&mut [0; 4]), to.encode_utf8(&mut [0; 4]))
    });
    register(module, "split", |text: &mut ImmutableString| pieces(text.split_whitespace()));
    register(module, "split", |text: &mut ImmutableString, at: &str| pieces(text.split(at)));
    register(module, "split", |text: &mut ImmutableString, at: char| pieces(text.split(at)));
    register(module, "split", |text: &mut ImmutableString, at: &str, most: INT| {
        pieces(text.splitn(few(most), at))
    });
    register(module, "split", |text: &mut ImmutableString, at: char, most: INT| {
        pieces(text.splitn(few(most), at))
    });
    register(module, "split_rev", |text: &mut ImmutableString, at: &str| pieces(text.rsplit(at)));
    register(module, "split_rev", |text: &mut ImmutableString, at: char| pieces(text.rsplit(at)));
    register(module, "split_rev", |text: &mut ImmutableString, at: &str, most: INT| {
        pieces(text.rsplitn(few(most), at))
    });
    register(module, "split_rev", |text: &mut ImmutableString, at: char, most: INT| {
        pieces(text.rsplitn(few(most), at))
    });
}

/// The number of pieces that was asked for, which is one at least.
fn few(pieces: INT) -> usize {
    usize::try_from(pieces).unwrap_or(1).max(1)
}

fn replace(text: &mut ImmutableString, from: &str, to: &str) -> EvalResult<()> {
    let found = text.matches(from).count();
    let longer = to.len().saturating_sub(from.len()).saturating_mul(found);
    if text.len().saturating_add(longer) > MAX_TEXT_BYTES {
        let message = "the text would be longer than 1 MiB, which is the most that a script may hold";
        return Err(ScriptError::new(message).into());
    }
    if found > 0 {
        *text = text.replace(from, to).into();
    }
    Ok(())
}

fn pieces<'a>(pieces: impl Iterator<Item = &'a str>) -> EvalResult<Array> {
    let mut array = Array::new();
    for piece in pieces {
        if array.len() == MAX_ITEMS {
            let message =
                "the text has more than 4,096 pieces, which is the most that a script's array may hold";
            return Err(ScriptError::new(message).into());
        }
        array.push(Dynamic::from(ImmutableString::from(piece)));
    }
    Ok(array)
}
