//! The methods that remove or replace parts of a string in its place. Positions count characters, as `len` does.

use std::ops::{Range, RangeInclusive};

use rhai::{Array, Dynamic, FnPtr, INT, ImmutableString, Module, NativeCallContext};

use super::strings::{check_len, matching};
use crate::engine::value::{EvalResult, ScriptError, register, to_script};

/// Adds the methods.
pub(super) fn bind(module: &mut Module) {
    register(module, "remove", |text: &mut ImmutableString, at: INT| -> EvalResult<char> {
        let removed = cut(text, at, at.saturating_add(1))?;
        Ok(removed.chars().next().unwrap_or_default())
    });
    register(
        module,
        "retain",
        |call: NativeCallContext<'_>, text: &mut ImmutableString, test: FnPtr| -> EvalResult<()> {
            let verdicts = matching(&call, text, &test.into())?;
            let kept = text.chars().zip(verdicts).filter(|(_, is_kept)| *is_kept);
            *text = kept.map(|(char, _)| char).collect::<String>().into();
            Ok(())
        },
    );
    // What `write!` calls.
    register(module, "__write", |text: &mut ImmutableString, more: &str| -> EvalResult {
        check_len("write to the text", text.len().saturating_add(more.len()))?;
        *text += more;
        Ok(to_script::done())
    });
    register(module, "split_off", |text: &mut ImmutableString, at: INT| cut(text, at, INT::MAX));
    macro_rules! bind_ranges {
        ($(|$range:ident: $ty:ty| $bounds:expr;)*) => {$(
            register(module, "drain", |text: &mut ImmutableString, $range: $ty| {
                let (start, end) = $bounds;
                cut(text, start, end)
            });
            register(module, "replace_range", |text: &mut ImmutableString, $range: $ty, new: &str| -> EvalResult<()> {
                let (start, end) = $bounds;
                check_len("replace the text", text.len().saturating_add(new.len()))?;
                let mut changed = text.clone();
                cut(&mut changed, start, end)?;
                let at = byte_at(&changed, start)?;
                *text = format!("{}{new}{}", &changed[..at], &changed[at..]).into();
                Ok(())
            });
        )*};
    }
    bind_ranges! {
        |range: Range<INT>| (range.start, range.end);
        |range: RangeInclusive<INT>| (*range.start(), range.end().saturating_add(1));
    }
    macro_rules! bind_replacements {
        ($($pattern:ty)*) => {$(
            register(
                module,
                "replace",
                |call: NativeCallContext<'_>, text: &str, pattern: $pattern, new: Dynamic| -> EvalResult<ImmutableString> {
                    let (verdicts, new) = (matching(&call, text, &pattern.into())?, new.to_string());
                    let found = verdicts.iter().filter(|is_match| **is_match).count();
                    check_len("replace the text", text.len().saturating_add(new.len().saturating_mul(found)))?;
                    let parts = text.chars().zip(verdicts);
                    let parts = parts.map(|(char, is_match)| if is_match { new.clone() } else { char.to_string() });
                    Ok(parts.collect::<String>().into())
                },
            );
        )*};
    }
    bind_replacements!(FnPtr Array);
    register(
        module,
        "replacen",
        |text: &str, old: Dynamic, new: Dynamic, max: INT| -> EvalResult<ImmutableString> {
            let (old, new) = (old.to_string(), new.to_string());
            let max = usize::try_from(max).unwrap_or_default();
            let found = text.matches(&old).take(max).count();
            check_len("replace the text", text.len().saturating_add(new.len().saturating_mul(found)))?;
            Ok(text.replacen(&old, &new, max).into())
        },
    );
}

/// Removes the characters from `start` to before `end`, or to the end of the text for the highest number. Returns them.
fn cut(text: &mut ImmutableString, start: INT, end: INT) -> EvalResult<ImmutableString> {
    let len = text.chars().count();
    let end = if end == INT::MAX { INT::try_from(len).unwrap_or(end) } else { end };
    let (first, last) = (byte_at(text, start)?, byte_at(text, end)?);
    if first > last {
        return Err(ScriptError::new(format!("cannot use {start}..{end}: it ends before it starts")).into());
    }
    let removed = ImmutableString::from(&text[first..last]);
    *text = format!("{}{}", &text[..first], &text[last..]).into();
    Ok(removed)
}

/// Returns the byte at which the character at the position begins.
fn byte_at(text: &str, position: INT) -> EvalResult<usize> {
    let ends = text.char_indices().map(|(byte, _)| byte).chain([text.len()]);
    let byte = usize::try_from(position).ok().and_then(|position| ends.into_iter().nth(position));
    byte.ok_or_else(|| {
        let len = text.chars().count();
        ScriptError::new(format!("cannot use {position} as a position: the string has {len} characters"))
            .into()
    })
}
