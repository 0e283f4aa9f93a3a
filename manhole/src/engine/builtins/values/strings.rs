//! The methods of strings, with their meaning in Rust: they return what they make. Some of the language change the string instead, or
//! have no limit: `replace`, `split` and `to_chars` create a string or an array of any length before the engine checks the result.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use rhai::{Array, Dynamic, FnPtr, INT, ImmutableString, Module, NativeCallContext};

use super::addresses;
use crate::engine::query::{Callback, CallbackContext};
use crate::engine::run::MAX_TEXT_BYTES;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, register, to_script, type_mark};
use crate::reflect::{MAX_COLLECTION_ITEMS, Manhole, Value, ValueError};

/// Replaces the engine's functions.
pub(crate) fn bind(module: &mut Module) {
    macro_rules! bind_replace {
        ($($from:ty, $to:ty;)*) => {$(
            register(module, "replace", |text: &str, from: $from, to: $to| {
                replace(text, &from.to_string(), &to.to_string())
            });
        )*};
    }
    bind_replace!(&str, &str; &str, char; char, &str; char, char;);
    for name in ["split", "split_whitespace"] {
        register(module, name, |text: &mut ImmutableString| parts(text.split_whitespace()));
    }
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
    bind_transformations(module);
    bind_parts(module);
    bind_patterns(module);
    bind_chars(module);
    register(module, "len", |text: &str| size(text.chars().count()));
    for name in ["to_owned", "as_str", "to_string"] {
        register(module, name, |text: ImmutableString| text);
    }
    register(module, "parse", |text: &str| parse(text));
    register(module, "parse", |text: &str, ty: &str| parse_as(text, ty));
    register(module, "__parse", |text: &str, ty: &str| parse_as(text, ty));
}

/// Returns a number of characters, or the position of one.
fn size(chars: usize) -> Dynamic {
    type_mark::mark(INT::try_from(chars).unwrap_or(INT::MAX).into(), usize::type_info())
}

/// Adds methods that return another string.
fn bind_transformations(module: &mut Module) {
    type Transform = fn(&str) -> String;
    const TRANSFORMS: [(&str, Transform); 8] = [
        ("trim", |text| text.trim().to_owned()),
        ("trim_start", |text| text.trim_start().to_owned()),
        ("trim_end", |text| text.trim_end().to_owned()),
        ("to_uppercase", str::to_uppercase),
        ("to_lowercase", str::to_lowercase),
        ("to_ascii_uppercase", str::to_ascii_uppercase),
        ("to_ascii_lowercase", str::to_ascii_lowercase),
        ("escape_debug", |text| text.escape_debug().to_string()),
    ];
    for (name, transform) in TRANSFORMS {
        register(module, name, move |text: &str| ImmutableString::from(transform(text)));
    }
    type Change = fn(&str) -> String;
    const CHANGES: [(&str, Change); 4] = [
        ("make_upper", str::to_uppercase),
        ("make_lower", str::to_lowercase),
        ("make_ascii_uppercase", str::to_ascii_uppercase),
        ("make_ascii_lowercase", str::to_ascii_lowercase),
    ];
    // In Rust, too, these change the string; here they return it as well.
    for (name, change) in CHANGES {
        register(module, name, move |text: &mut ImmutableString| {
            *text = change(text).into();
            text.clone()
        });
    }
    register(module, "repeat", |text: &str, count: INT| -> EvalResult<ImmutableString> {
        let count = usize::try_from(count).map_err(|_| ScriptError::new("`repeat` takes 0 or more"))?;
        check_len("repeat the string", text.len().saturating_mul(count))?;
        Ok(text.repeat(count).into())
    });
    register(module, "get", |text: &str, range: Range<INT>| part(text, range.start, range.end));
    register(module, "get", |text: &str, range: RangeInclusive<INT>| {
        part(text, *range.start(), range.end().saturating_add(1))
    });
    macro_rules! bind_crops {
        ($(|$range:ident: $ty:ty| $bounds:expr;)*) => {$(
            register(module, "crop", |text: &str, $range: $ty| {
                let (start, len) = $bounds;
                crop(text, start, len)
            });
        )*};
    }
    bind_crops! {
        |range: Range<INT>| (range.start, range.end.saturating_sub(range.start));
        |range: RangeInclusive<INT>| (*range.start(), range.end().saturating_sub(*range.start()).saturating_add(1));
        |start: INT| (start, INT::MAX);
    }
    register(module, "crop", |text: &str, start: INT, len: INT| crop(text, start, len));
}

/// Returns the characters from `start` to before `end`, or `None` if the string ends before. The end of `1..` is that of the string.
fn part(text: &str, start: INT, end: INT) -> Dynamic {
    let chars = INT::try_from(text.chars().count()).unwrap_or(INT::MAX);
    let end = if end == INT::MAX { chars } else { end };
    if start < 0 || start > end || end > chars {
        return to_script::none();
    }
    to_script::some(crop(text, start, end - start).into())
}

/// Returns `len` characters from `start`, which counts from the end if it is negative.
fn crop(text: &str, start: INT, len: INT) -> ImmutableString {
    let start = usize::try_from(start).unwrap_or_else(|_| {
        let from_end = usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX);
        text.chars().count().saturating_sub(from_end)
    });
    let len = usize::try_from(len).unwrap_or(0);
    text.chars().skip(start).take(len).collect::<String>().into()
}

/// Adds methods that return a part of a string, or look for one.
fn bind_parts(module: &mut Module) {
    fn option(part: Option<&str>) -> Dynamic {
        part.map_or_else(to_script::none, |part| Dynamic::from(ImmutableString::from(part)))
    }
    fn pair(parts: Option<(&str, &str)>) -> Dynamic {
        let Some((before, after)) = parts else { return to_script::none() };
        to_script::some(Dynamic::from_array(vec![option(Some(before)), option(Some(after))]))
    }
    fn position(text: &str, found: Option<usize>) -> Dynamic {
        found.map_or_else(to_script::none, |at| size(text[..at].chars().count()))
    }
    macro_rules! bind_searches {
        ($($pattern:ty)*) => {$(
            register(module, "strip_prefix", |text: &str, at: $pattern| option(text.strip_prefix(at)));
            register(module, "strip_suffix", |text: &str, at: $pattern| option(text.strip_suffix(at)));
            register(module, "trim_start_matches", |text: &str, at: $pattern| option(Some(text.trim_start_matches(at))));
            register(module, "trim_end_matches", |text: &str, at: $pattern| option(Some(text.trim_end_matches(at))));
            register(module, "find", |text: &str, at: $pattern| position(text, text.find(at)));
            register(module, "rfind", |text: &str, at: $pattern| position(text, text.rfind(at)));
            register(module, "split_once", |text: &str, at: $pattern| pair(text.split_once(at)));
            register(module, "rsplit_once", |text: &str, at: $pattern| pair(text.rsplit_once(at)));
            register(module, "rsplit", |text: &str, at: $pattern| parts(text.rsplit(at)));
            register(module, "rsplitn", |text: &str, max: INT, at: $pattern| parts(text.rsplitn(at_least_one(max), at)));
            register(module, "splitn", |text: &str, max: INT, at: $pattern| parts(text.splitn(at_least_one(max), at)));
            register(module, "matches", |text: &str, at: $pattern| parts(text.matches(at)));
            register(module, "match_indices", |text: &str, at: $pattern| -> EvalResult<Array> {
                let found = text.match_indices(at).take(MAX_COLLECTION_ITEMS);
                Ok(found.map(|(at, part)| vec![size(text[..at].chars().count()), part.into()].into()).collect())
            });
        )*};
    }
    bind_searches!(&str char);
    register(module, "trim_matches", |text: &str, at: char| option(Some(text.trim_matches(at))));
    register(module, "lines", |text: &str| parts(text.lines()));
    register(module, "eq_ignore_ascii_case", |a: &str, b: &str| a.eq_ignore_ascii_case(b));
    for name in ["bytes", "as_bytes"] {
        register(module, name, |text: &str| Dynamic::from_blob(text.as_bytes().to_vec()));
    }
    register(module, "push_str", |text: &mut ImmutableString, more: &str| -> EvalResult<()> {
        check_len("extend the string", text.len().saturating_add(more.len()))?;
        *text += more;
        Ok(())
    });
    register(module, "push", |text: &mut ImmutableString, more: char| *text += more);
    // The first character of what `to_uppercase` of a character gives.
    register(module, "first", |text: &str| text.chars().next().map_or_else(to_script::none, Dynamic::from));
    register(module, "split_at", |text: &str, at: INT| -> EvalResult<Array> {
        let at = usize::try_from(at).ok().filter(|at| *at <= text.chars().count());
        let at = at.ok_or_else(|| ScriptError::new("cannot split the string: it has fewer characters"))?;
        let byte = text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte);
        let (before, after) = text.split_at(byte);
        Ok(vec![before.to_owned().into(), after.to_owned().into()])
    });
}

/// Adds the methods whose pattern is a closure or a list of characters: `text.split(|c| c == ',')`, `text.find(['a', 'b'])`.
fn bind_patterns(module: &mut Module) {
    macro_rules! bind {
        ($($name:literal: |$text:ident, $matching:ident| $body:expr;)*) => {$(
            register(module, $name, |call: NativeCallContext<'_>, $text: &str, pattern: FnPtr| -> EvalResult {
                let $matching = matching(&call, $text, &pattern.into())?;
                $body
            });
            register(module, $name, |call: NativeCallContext<'_>, $text: &str, pattern: Array| -> EvalResult {
                let $matching = matching(&call, $text, &pattern.into())?;
                $body
            });
        )*};
    }
    fn position(found: Option<usize>) -> EvalResult {
        Ok(found.map_or_else(to_script::none, size))
    }
    /// Returns the characters from `start` to before `end`.
    fn between(text: &str, start: usize, end: usize) -> EvalResult {
        Ok(text.chars().take(end).skip(start).collect::<String>().into())
    }
    fn first_other(matching: &[bool]) -> usize {
        matching.iter().position(|is_match| !is_match).unwrap_or(matching.len())
    }
    fn end_of_others(matching: &[bool]) -> usize {
        matching.iter().rposition(|is_match| !is_match).map_or(0, |last| last + 1)
    }
    bind! {
        "find": |text, matching| position(matching.iter().position(|is_match| *is_match));
        "rfind": |text, matching| position(matching.iter().rposition(|is_match| *is_match));
        "contains": |text, matching| Ok(matching.contains(&true).into());
        "starts_with": |text, matching| Ok(matching.first().is_some_and(|is_match| *is_match).into());
        "ends_with": |text, matching| Ok(matching.last().is_some_and(|is_match| *is_match).into());
        "trim_matches": |text, matching| between(text, first_other(&matching), end_of_others(&matching));
        "trim_start_matches": |text, matching| between(text, first_other(&matching), matching.len());
        "trim_end_matches": |text, matching| between(text, 0, end_of_others(&matching));
        "split": |text, matching| {
            let mut verdicts = matching.into_iter();
            Ok(parts(text.split(|_| verdicts.next().unwrap_or_default()))?.into())
        };
    }
}

/// Returns for each character whether it matches a closure, or is in a list.
pub(super) fn matching(call: &NativeCallContext<'_>, text: &str, pattern: &Dynamic) -> EvalResult<Vec<bool>> {
    let context = CallContext::of(call)?;
    let Some(function) = pattern.read_lock::<FnPtr>().map(|function| function.clone()) else {
        let known: Vec<_> = pattern
            .read_lock::<Array>()
            .map(|chars| chars.iter().filter_map(|char| char.as_char().ok()).collect())
            .unwrap_or_default();
        return Ok(text.chars().map(|char| known.contains(&char)).collect());
    };
    let callback = Callback::new(&CallbackContext::new(&context)?, function, 1);
    let test = |char: char| {
        let returned = callback.call(&mut [char.into()])?;
        let wrong = |_| ScriptError::new("the function must return true or false for each character").into();
        returned.as_bool().map_err(wrong)
    };
    text.chars().map(test).collect()
}

fn chars(text: &str) -> EvalResult<Array> {
    if text.chars().nth(MAX_COLLECTION_ITEMS).is_some() {
        let message = "cannot list the characters: the string has more than 4,096";
        return Err(ScriptError::new(message).with_help("use a loop: for c in text { … }").of_limit().into());
    }
    Ok(text.chars().map(Dynamic::from).collect())
}

/// Adds `chars`, and methods of characters.
fn bind_chars(module: &mut Module) {
    for name in ["chars", "to_chars"] {
        register(module, name, chars);
    }
    type Test = fn(char) -> bool;
    const TESTS: [(&str, Test); 7] = [
        ("is_alphabetic", char::is_alphabetic),
        ("is_numeric", char::is_numeric),
        ("is_alphanumeric", char::is_alphanumeric),
        ("is_whitespace", char::is_whitespace),
        ("is_uppercase", char::is_uppercase),
        ("is_lowercase", char::is_lowercase),
        ("is_control", char::is_control),
    ];
    for (name, test) in TESTS {
        register(module, name, test);
    }
    // Bytes have these too.
    type AsciiTest = fn(&char) -> bool;
    const ASCII_TESTS: [(&str, AsciiTest); 11] = [
        ("is_ascii", char::is_ascii),
        ("is_ascii_alphabetic", char::is_ascii_alphabetic),
        ("is_ascii_alphanumeric", char::is_ascii_alphanumeric),
        ("is_ascii_control", char::is_ascii_control),
        ("is_ascii_digit", char::is_ascii_digit),
        ("is_ascii_graphic", char::is_ascii_graphic),
        ("is_ascii_hexdigit", char::is_ascii_hexdigit),
        ("is_ascii_lowercase", char::is_ascii_lowercase),
        ("is_ascii_punctuation", char::is_ascii_punctuation),
        ("is_ascii_uppercase", char::is_ascii_uppercase),
        ("is_ascii_whitespace", char::is_ascii_whitespace),
    ];
    for (name, test) in ASCII_TESTS {
        register(module, name, move |char: char| test(&char));
        register(module, name, move |byte: INT| u8::try_from(byte).is_ok_and(|byte| test(&char::from(byte))));
    }
    register(module, "to_ascii_uppercase", |char: char| char.to_ascii_uppercase());
    register(module, "to_ascii_lowercase", |char: char| char.to_ascii_lowercase());
    register(module, "to_uppercase", |char: char| char.to_uppercase().to_string());
    register(module, "to_lowercase", |char: char| char.to_lowercase().to_string());
    register(module, "eq_ignore_ascii_case", |a: char, b: char| a.eq_ignore_ascii_case(&b));
    register(module, "len_utf8", |char: char| char.len_utf8() as INT);
    register(module, "from_digit", |digit: INT, radix: INT| {
        let digit = u32::try_from(digit).ok().zip(u32::try_from(radix).ok().filter(|radix| *radix <= 36));
        let char = digit.and_then(|(digit, radix)| char::from_digit(digit, radix));
        char.map_or_else(to_script::none, Dynamic::from)
    });
    register(module, "from_u32", |code: INT| {
        let char = u32::try_from(code).ok().and_then(char::from_u32);
        char.map_or_else(to_script::none, Dynamic::from)
    });
    register(module, "to_digit", |char: char, radix: INT| {
        let radix = u32::try_from(radix).ok().filter(|radix| (2..=36).contains(radix));
        radix
            .and_then(|radix| char.to_digit(radix))
            .map_or_else(to_script::none, |digit| INT::from(digit).into())
    });
}

/// Returns the number, boolean or duration that a text stands for.
fn parse(text: &str) -> EvalResult {
    let number = Value::from_text(text.to_owned());
    if number.as_float().is_some() {
        return Ok(to_script::to_script(number));
    }
    if let Ok(value) = text.parse::<bool>() {
        return Ok(value.into());
    }
    Duration::from_value(Value::from(text)).map(Dynamic::from).map_err(|_| {
        let message =
            format!("cannot parse {text:?}: expected a number, true, false, or a duration such as \"1.5s\"");
        ScriptError::new(message).of_function().into()
    })
}

/// Returns the value of the type `ty` that a text stands for.
fn parse_as(text: &str, ty: &str) -> EvalResult {
    fn value<T: Manhole>(text: &str) -> Result<Value<'static>, ValueError> {
        T::from_value(Value::from_text(text.to_owned()))?;
        Ok(Value::from_text(text.to_owned()))
    }
    let parsed = match ty {
        "i8" => value::<i8>(text),
        "i16" => value::<i16>(text),
        "i32" => value::<i32>(text),
        "i64" => value::<i64>(text),
        "i128" => value::<i128>(text),
        "isize" => value::<isize>(text),
        "u8" => value::<u8>(text),
        "u16" => value::<u16>(text),
        "u32" => value::<u32>(text),
        "u64" => value::<u64>(text),
        "u128" => value::<u128>(text),
        "usize" => value::<usize>(text),
        "f32" | "f64" => text
            .parse()
            .map(Value::Float)
            .map_err(|_| ValueError::new(format!("{ty} takes a number, not the string {text:?}"))),
        "bool" => text
            .parse()
            .map(Value::Bool)
            .map_err(|_| ValueError::new(format!("bool takes true or false, not the string {text:?}"))),
        "char" => text
            .parse()
            .map(Value::Char)
            .map_err(|_| ValueError::new(format!("char takes one character, not the string {text:?}"))),
        "String" => Ok(Value::from(text.to_owned())),
        // The place of an assignment has the type.
        "_" => return Ok(parse(text).unwrap_or_else(|_| text.into())),
        // Others belong to the application: what they are assigned to converts the text.
        _ => return addresses::parse(text, ty).unwrap_or_else(|| parse(text)),
    };
    Ok(to_script::to_script(
        parsed
            .map_err(|error| ScriptError::new(format!("cannot parse the string: {error}")).of_function())?,
    ))
}

/// Returns the maximum number of parts, which is at least one.
fn at_least_one(parts: INT) -> usize {
    usize::try_from(parts).unwrap_or(1).max(1)
}

fn replace(text: &str, from: &str, to: &str) -> EvalResult<ImmutableString> {
    let found = text.matches(from).count();
    let longer = to.len().saturating_sub(from.len()).saturating_mul(found);
    check_len("replace the text", text.len().saturating_add(longer))?;
    Ok(text.replace(from, to).into())
}

pub(super) fn check_len(what: &str, bytes: usize) -> EvalResult<()> {
    if bytes <= MAX_TEXT_BYTES {
        return Ok(());
    }
    Err(ScriptError::new(format!("cannot {what}: the string would be longer than 1 MiB")).of_limit().into())
}

pub(super) fn parts<'a>(parts: impl Iterator<Item = &'a str>) -> EvalResult<Array> {
    let mut array = Array::new();
    for part in parts {
        if array.len() == MAX_COLLECTION_ITEMS {
            return Err(ScriptError::new("cannot split the string: it has more than 4,096 parts").into());
        }
        array.push(Dynamic::from(ImmutableString::from(part)));
    }
    Ok(array)
}
