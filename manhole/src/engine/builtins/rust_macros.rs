//! The functions that `format!`, `dbg!` and `assert!` become, and the formats of their places.

use std::borrow::Cow;
use std::time::Duration;

use rhai::{Array, Dynamic, FLOAT, Module, NativeCallContext};

use crate::engine::live::{strip_wrappers, to_value};
use crate::engine::run::MAX_TEXT_BYTES;
use crate::engine::show::Formatter;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, register, type_mark};
use crate::reflect::Value;

/// Adds the functions.
pub(crate) fn bind(module: &mut Module) {
    register(module, "__format", |call: NativeCallContext<'_>, format: &str, args: Array| {
        format_text(&*CallContext::of(&call)?, format, &args)
    });
    register(module, "__dbg", |call: NativeCallContext<'_>, value: Dynamic, source: &str| {
        let context = CallContext::of(&call)?;
        let text = shown(&context, &value)?;
        context.run.print(&format!("{source} = {text}\n"));
        EvalResult::Ok(value)
    });
    register(module, "__assert", |holds: bool, source: &str, message: &str| -> EvalResult<()> {
        if holds {
            return Ok(());
        }
        Err(ScriptError::new(format!("assertion failed: {source}{message}")).into())
    });
    for (name, expected) in [("__assert_eq", true), ("__assert_ne", false)] {
        register(
            module,
            name,
            move |call: NativeCallContext<'_>,
                  a: Dynamic,
                  b: Dynamic,
                  source: &str,
                  message: &str|
                  -> EvalResult<()> {
                let equal: bool = call.call_fn("__equals", (a.clone(), b.clone()))?;
                if equal == expected {
                    return Ok(());
                }
                let context = CallContext::of(&call)?;
                let (a, b) = (shown(&context, &a)?, shown(&context, &b)?);
                let message = format!("assertion failed: {source}{message}: left is {a}, right is {b}");
                Err(ScriptError::new(message).into())
            },
        );
    }
}

fn shown(context: &CallContext, value: &Dynamic) -> EvalResult<String> {
    Formatter::new(context).text(value)
}

/// Formats `{index:spec}` places. Of the format, alignment, width, precision, `?` and `x` count.
fn format_text(context: &CallContext, format: &str, args: &Array) -> EvalResult<String> {
    let mut text = String::new();
    let mut rest = format;
    while let Some(start) = rest.find(['{', '}']) {
        text += &rest[..start];
        let brace = &rest[start..=start];
        if rest[start + 1..].starts_with(brace) {
            text += brace;
            rest = &rest[start + 2..];
            continue;
        }
        let Some(end) = rest[start..].find('}').map(|end| start + end).filter(|end| *end > start) else {
            return Err(ScriptError::new("cannot format the text: a `{` or `}` is alone")
                .with_help("write {{ or }}")
                .into());
        };
        let place = &rest[start + 1..end];
        let (index, spec) = place.split_once(':').unwrap_or((place, ""));
        let value = index.parse::<usize>().ok().and_then(|index| args.get(index));
        let value = value
            .ok_or_else(|| ScriptError::new("cannot format the text: there are fewer values than `{}`"))?;
        text += &Spec::parse(&with_counts(spec, args)?).apply(context, value)?;
        if text.len() > MAX_TEXT_BYTES {
            return Err(ScriptError::new("cannot format the text: it would be longer than 1 MiB").into());
        }
        rest = &rest[end + 1..];
    }
    text += rest;
    Ok(text)
}

/// Replaces the arguments that are a width or a precision: `>1$` with the second argument.
fn with_counts<'a>(spec: &'a str, args: &Array) -> EvalResult<Cow<'a, str>> {
    let Some(end) = spec.find('$') else { return Ok(spec.into()) };
    let digits = spec[..end].len() - spec[..end].trim_end_matches(|char: char| char.is_ascii_digit()).len();
    let (before, index) = spec[..end].split_at(end - digits);
    let count = index.parse::<usize>().ok().and_then(|index| args.get(index)?.as_int().ok());
    let count = count.and_then(|count| usize::try_from(count).ok()).ok_or_else(|| {
        ScriptError::new("cannot format the text: a width or precision is no integer of 0 or more")
    })?;
    let rest = with_counts(&spec[end + 1..], args)?;
    Ok(format!("{before}{count}{rest}").into())
}

/// A format specification: `>8.2`.
#[derive(Default)]
struct Spec<'a> {
    fill: Option<char>,
    /// Whether zeros fill a number behind its sign: `{:08}`.
    has_zeros: bool,
    align: Option<char>,
    width: usize,
    precision: Option<usize>,
    /// Whether a number has its sign: `{:+}`.
    has_sign: bool,
    /// Whether a number has the prefix of its notation: `{:#x}`.
    has_prefix: bool,
    kind: &'a str,
}

/// The maximum width of a formatted value.
const MAX_WIDTH: usize = 4_096;

impl<'a> Spec<'a> {
    fn parse(spec: &'a str) -> Self {
        let mut parsed = Self::default();
        let mut chars = spec.chars();
        let is_align = |char: char| matches!(char, '<' | '>' | '^');
        match (chars.next(), chars.next()) {
            (Some(fill), Some(align)) if is_align(align) => {
                (parsed.fill, parsed.align) = (Some(fill), Some(align));
            }
            (Some(align), _) if is_align(align) => parsed.align = Some(align),
            _ => {}
        }
        let skipped = parsed.fill.map_or(0, char::len_utf8) + usize::from(parsed.align.is_some());
        let rest = &spec[skipped..];
        let flags = rest.len() - rest.trim_start_matches(['+', '#']).len();
        (parsed.has_sign, parsed.has_prefix) = (rest[..flags].contains('+'), rest[..flags].contains('#'));
        let rest = &rest[flags..];
        if rest.starts_with('0') {
            parsed.has_zeros = true;
        }
        let digits = rest.find(|char: char| !char.is_ascii_digit()).unwrap_or(rest.len());
        parsed.width = rest[..digits].parse().unwrap_or(0).min(MAX_WIDTH);
        let mut rest = &rest[digits..];
        if let Some(precision) = rest.strip_prefix('.') {
            let digits = precision.find(|char: char| !char.is_ascii_digit()).unwrap_or(precision.len());
            parsed.precision = precision[..digits].parse().ok().map(|digits: usize| digits.min(64));
            rest = &precision[digits..];
        }
        parsed.kind = rest;
        parsed
    }

    /// Returns an integer in hexadecimal, binary or octal notation. A negative one has the bits of its type.
    fn in_base(&self, context: &CallContext, value: &Dynamic) -> EvalResult<String> {
        let bits = match to_value(value)? {
            Value::Int(int) if int < 0 => {
                let info = type_mark::marked_type(value).map(strip_wrappers);
                let max = info
                    .and_then(type_mark::integer_range)
                    .map_or(i64::MAX.unsigned_abs().into(), |(_, max)| max);
                #[expect(clippy::cast_sign_loss, reason = "the bits count")]
                let bits = int as u128 & (max * 2 + 1);
                bits
            }
            Value::Int(int) => int.unsigned_abs(),
            Value::Uint(int) => int,
            _ => {
                let shown = shown(context, value)?;
                return Err(ScriptError::new(format!(
                    "cannot format {shown} as {}: expected an integer",
                    self.kind
                ))
                .into());
            }
        };
        let (prefix, digits) = match self.kind {
            "x" => ("0x", format!("{bits:x}")),
            "X" => ("0x", format!("{bits:X}")),
            "b" => ("0b", format!("{bits:b}")),
            _ => ("0o", format!("{bits:o}")),
        };
        let prefix = if self.has_prefix { prefix } else { "" };
        // Zeros are between the prefix and the digits.
        let zeros = if self.has_zeros { self.width.saturating_sub(prefix.len() + digits.len()) } else { 0 };
        Ok(format!("{prefix}{}{digits}", "0".repeat(zeros)))
    }

    fn apply(&self, context: &CallContext, value: &Dynamic) -> EvalResult<String> {
        let number = to_value(value).ok().filter(|value| value.as_float().is_some());
        let is_number = number.is_some();
        let mut text: Cow<'_, str> = match (self.kind, self.precision) {
            ("x" | "X" | "b" | "o", _) => self.in_base(context, value)?.into(),
            ("e", digits) if is_number => match (number, digits) {
                (Some(Value::Int(value)), None) => format!("{value:e}").into(),
                (Some(Value::Int(value)), Some(digits)) => format!("{value:.digits$e}").into(),
                (Some(Value::Uint(value)), None) => format!("{value:e}").into(),
                (Some(Value::Uint(value)), Some(digits)) => format!("{value:.digits$e}").into(),
                (value, digits) => {
                    let float = value.and_then(|value| value.as_float()).unwrap_or_default();
                    digits.map_or_else(|| format!("{float:e}"), |digits| format!("{float:.digits$e}")).into()
                }
            },
            ("", Some(digits)) if value.is_float() => {
                format!("{:.digits$}", value.as_float().unwrap_or_default()).into()
            }
            ("", Some(chars)) if value.is_string() => {
                value.to_string().chars().take(chars).collect::<String>().into()
            }
            ("?", Some(digits)) if value.is_float() => {
                format!("{:.digits$?}", value.as_float().unwrap_or_default()).into()
            }
            ("", None) if value.is_float() => value.as_float().unwrap_or_default().to_string().into(),
            ("?", Some(digits)) if value.is::<Duration>() => {
                format!("{:.digits$?}", value.read_lock::<Duration>().map(|time| *time).unwrap_or_default())
                    .into()
            }
            // A key of a map.
            ("?", _) if value.is_string() && type_mark::is_variant(value) => value.to_string().into(),
            ("?", _) if self.has_prefix => Formatter::new(context).lines(value)?.into(),
            ("?", _) => Formatter::new(context).line(value)?.into(),
            ("", _) if value.is_string() || value.is_char() => value.to_string().into(),
            ("", _) => shown(context, value)?.into(),
            (kind, _) => {
                let error = ScriptError::new(format!("cannot format the text: `{kind}` is no format here"));
                return Err(error.with_help("use {}, {:?}, {:x}, {:b}, {:e}, {:>8}, {:.2}").into());
            }
        };
        if self.has_sign && is_number && !text.starts_with('-') {
            text = format!("+{text}").into();
        }
        let missing = self.width.saturating_sub(text.chars().count());
        let is_finite = value.as_float().is_ok_and(FLOAT::is_finite);
        if self.has_zeros && (is_finite || value.is_int() || !matches!(self.kind, "" | "?")) {
            let sign = text.len() - text.trim_start_matches(['+', '-']).len();
            let (sign, digits) = text.split_at(sign);
            return Ok(format!("{sign}{}{digits}", "0".repeat(missing)));
        }
        let before = match self.align {
            Some('>') => missing,
            Some('^') => missing / 2,
            None if is_number => missing,
            _ => 0,
        };
        let fill = |count: usize| self.fill.unwrap_or(' ').to_string().repeat(count);
        Ok(format!("{}{text}{}", fill(before), fill(missing - before)))
    }
}
