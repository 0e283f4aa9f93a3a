//! The functions that forms of Rust become: casts, patterns, conversions. See
//! [`rust_forms`](crate::engine::compile).

use std::cmp::Ordering;
use std::time::Duration;

use rhai::{Array, Dynamic, FLOAT, FnPtr, INT, Module, NativeCallContext};

use crate::engine::builtins::values::{is_single, single_float};
use crate::engine::live::{CollectionKind, Handle, Query, step, strip_wrappers, to_value};
use crate::engine::query::Comparison;
use crate::engine::show::Formatter;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, ScriptResult, register, to_script, type_mark};
use crate::reflect::{MAX_COLLECTION_ITEMS, Manhole, Step, TypeInfo, Value};

/// Adds the functions.
pub(crate) fn bind(module: &mut Module) {
    bind_patterns(module);
    bind_values(module);
}

fn bind_patterns(module: &mut Module) {
    for name in ["cmp", "partial_cmp", "total_cmp"] {
        register(module, name, move |call: NativeCallContext<'_>, a: Dynamic, b: Dynamic| -> EvalResult {
            let order = match (name, a.as_float(), b.as_float()) {
                ("total_cmp", Ok(a), Ok(b)) => Some(a.total_cmp(&b)),
                _ => Comparison(&*CallContext::of(&call)?).order(&a, &b)?,
            };
            Ok(order.map_or_else(to_script::none, type_mark::ordering))
        });
    }
    register(module, "char_indices", |text: &str| -> Array {
        let pair = |(index, char): (usize, char)| {
            Dynamic::from_array(vec![to_script::to_script(Value::from(index)), char.into()])
        };
        text.chars().take(MAX_COLLECTION_ITEMS).enumerate().map(pair).collect()
    });
    register(module, "..=", |first: char, last: char| -> Array {
        (first..=last).take(MAX_COLLECTION_ITEMS).map(Dynamic::from).collect()
    });
    register(module, "..", |first: char, end: char| -> Array {
        (first..end).take(MAX_COLLECTION_ITEMS).map(Dynamic::from).collect()
    });
    bind_orderings(module);
    bind_json(module);
    bind_json_tests(module);
    register(module, "__reversed", |value: Dynamic| Ok(reversed(&to_value(&value)?)?) as EvalResult);
    register(module, "__is_some", |call: NativeCallContext<'_>, value: Dynamic| -> EvalResult<bool> {
        let handle = value.read_lock::<Handle>().map(|handle| handle.clone());
        let context = CallContext::of(&call)?;
        Ok(!value.is_unit() && !handle.is_some_and(|handle| handle.is_absent(&context.run)))
    });
    register(module, "__variant_name", |call: NativeCallContext<'_>, value: Dynamic| {
        let Some(handle) = value.read_lock::<Handle>().map(|handle| handle.clone()) else { return Ok(value) };
        let name = handle.variant(&CallContext::of(&call)?.run)?;
        EvalResult::Ok(name.map_or(value, Dynamic::from))
    });
    register(module, "__item", |call: NativeCallContext<'_>, value: Dynamic, index: INT| {
        item(&call, value, index)
    });
    register(module, "__unmatched", |call: NativeCallContext<'_>, value: Dynamic| -> EvalResult {
        let text = Formatter::new(&*CallContext::of(&call)?).text(&value)?;
        let error = ScriptError::new(format!("no pattern matches {text}"));
        Err(error.with_help("add an arm for the rest: _ => …").into())
    });
}

/// Adds the methods of what `cmp` returns: the name of an `Ordering`.
fn bind_orderings(module: &mut Module) {
    fn ordering(text: &str) -> EvalResult<Ordering> {
        match text {
            "Less" => Ok(Ordering::Less),
            "Equal" => Ok(Ordering::Equal),
            "Greater" => Ok(Ordering::Greater),
            _ => {
                Err(ScriptError::new(format!("{text:?} is no ordering: expected the result of `cmp`")).into())
            }
        }
    }
    register(module, "reverse", |text: &str| EvalResult::Ok(type_mark::ordering(ordering(text)?.reverse())));
    register(module, "then", |text: &str, other: Dynamic| -> EvalResult {
        let order = ordering(text)?;
        Ok(if order.is_eq() { other } else { type_mark::ordering(order) })
    });
    register(module, "then_with", |call: NativeCallContext<'_>, text: &str, function: FnPtr| -> EvalResult {
        let order = ordering(text)?;
        if order.is_eq() { function.call_within_context(&call, ()) } else { Ok(type_mark::ordering(order)) }
    });
    type Test = fn(Ordering) -> bool;
    const TESTS: [(&str, Test); 6] = [
        ("is_lt", Ordering::is_lt),
        ("is_le", Ordering::is_le),
        ("is_gt", Ordering::is_gt),
        ("is_ge", Ordering::is_ge),
        ("is_eq", Ordering::is_eq),
        ("is_ne", Ordering::is_ne),
    ];
    for (name, test) in TESTS {
        register(module, name, move |text: &str| EvalResult::Ok(test(ordering(text)?)));
    }
}

/// Adds the methods of `serde_json::Value`.
fn bind_json(module: &mut Module) {
    type Test = fn(&Value<'_>) -> bool;
    const TESTS: [(&str, Test); 6] = [
        ("as_u64", |value| matches!(value, Value::Int(int) if *int >= 0)),
        ("as_i64", |value| matches!(value, Value::Int(_))),
        ("as_f64", |value| value.as_float().is_some()),
        ("as_bool", |value| matches!(value, Value::Bool(_))),
        ("as_array", |value| matches!(value, Value::List(_))),
        ("as_object", |value| matches!(value, Value::Map(_))),
    ];
    for (name, test) in TESTS {
        register(module, name, move |call: NativeCallContext<'_>, value: Dynamic| -> EvalResult {
            let handle = value.read_lock::<Handle>().map(|handle| handle.clone());
            // A value of the application stays there.
            let is_kept = match handle {
                Some(handle) => match handle.collection_kind(&CallContext::of(&call)?.run)? {
                    Some(CollectionKind::List) => test(&Value::List(Vec::new())),
                    Some(CollectionKind::Map) => test(&Value::Map(Vec::new())),
                    _ => false,
                },
                None => to_value(&value).is_ok_and(|value| test(&value)),
            };
            Ok(if is_kept { to_script::some(value) } else { to_script::none() })
        });
    }
}

/// Adds the tests of `serde_json::Value`.
fn bind_json_tests(module: &mut Module) {
    type Test = fn(&Value<'_>) -> bool;
    const TESTS: [(&str, Test); 7] = [
        ("is_array", |value| matches!(value, Value::List(_))),
        ("is_boolean", |value| matches!(value, Value::Bool(_))),
        ("is_f64", |value| matches!(value, Value::Float(_))),
        ("is_i64", |value| matches!(value, Value::Int(_))),
        ("is_number", |value| value.as_float().is_some()),
        ("is_object", |value| matches!(value, Value::Map(_))),
        ("is_string", |value| matches!(value, Value::Text(_))),
    ];
    for (name, test) in TESTS {
        register(module, name, move |call: NativeCallContext<'_>, value: Dynamic| -> EvalResult<bool> {
            let Some(handle) = value.read_lock::<Handle>().map(|handle| handle.clone()) else {
                return Ok(to_value(&value).is_ok_and(|value| test(&value)));
            };
            Ok(test(&handle.snapshot(&CallContext::of(&call)?.run)?))
        });
    }
}

/// Returns a value whose order is the reverse, for `Reverse(x)` as a key.
fn reversed(value: &Value<'_>) -> ScriptResult<Dynamic> {
    Ok(match value {
        Value::Int(int) => to_script::integer(-*int),
        Value::Float(float) => (-float).into(),
        Value::Bool(bool) => (!bool).into(),
        Value::Duration(time) => {
            to_script::integer(i128::try_from(time.as_nanos()).map_or(i128::MIN, |nanos| -nanos))
        }
        Value::List(items) => items.iter().map(reversed).collect::<ScriptResult<Array>>()?.into(),
        value => {
            let message = format!("cannot reverse the order of {value}: it is {}", value.kind());
            return Err(ScriptError::new(message)
                .with_help("sort, and reverse the result: sort_by_key(|x| x.name).rev()"));
        }
    })
}

/// Returns an item of a list or tuple by its position.
fn item(call: &NativeCallContext<'_>, mut value: Dynamic, index: INT) -> EvalResult {
    if let Some(handle) = value.read_lock::<Handle>().map(|handle| handle.clone()) {
        let run = &CallContext::of(call)?.run;
        if to_script::is_entry(&value) && index <= 1 {
            let Some(Step::Key(key)) = handle.path().last() else { return Ok(value) };
            return Ok(if index == 0 { to_script::to_script(key.clone()) } else { value.clone() });
        }
        let field = handle.join(Step::Name(index.to_string().into()));
        let item = handle.join(step(&index.into())?);
        return Ok(field.get(run).or_else(|error| item.get(run).map_err(|_| error))?);
    }
    if let Some(items) = value.read_lock::<Array>() {
        let item = usize::try_from(index).ok().and_then(|index| items.get(index));
        let missing =
            || ScriptError::new(format!("there is no item {index}: the tuple or list has {}", items.len()));
        return Ok(item.cloned().ok_or_else(missing)?);
    }
    let mut index = Dynamic::from(index);
    call.call_native_fn_raw("index$get$", true, &mut [&mut value, &mut index])
        .map_err(|_| ScriptError::new("cannot take the value apart: it is no tuple or list").into())
}

fn bind_values(module: &mut Module) {
    register(module, "__question", |value: Dynamic| -> EvalResult {
        if value.is_unit() && !to_script::is_some(&value) {
            let help = "handle it: if let Some(x) = value { … }, or x.unwrap_or(0)";
            let error = ScriptError::new("cannot use `?`: the value is None").with_help(help);
            return Err(error.of_empty_option().into());
        }
        Ok(to_script::inside(value))
    });
    register(module, "__borrowed", |value: Dynamic| -> EvalResult {
        if value.is::<Handle>() || value.is::<Query>() {
            return Ok(value);
        }
        let error = ScriptError::new(
            "cannot borrow the value with `&mut`: a variable or parameter would hold a copy",
        );
        Err(error.with_help("change it by its own name or path; or return the new value: x = f(x)").into())
    });
    register(module, "__existing", to_script::existing);
    register(module, "__map_keys", |call: NativeCallContext<'_>, value: Dynamic| -> EvalResult {
        if value.is_array() {
            let error = ScriptError::new("cannot change the parts of the items: the loop has copies of them");
            let help = "change them by their positions: for i in 0..list.len() { list[i].1 += 1 }";
            return Err(error.with_help(help).into());
        }
        let keys: Dynamic = call.call_fn("keys", (value,))?;
        call.call_fn("to_array", (keys,))
    });
    register(module, "then", |call: NativeCallContext<'_>, holds: bool, function: FnPtr| -> EvalResult {
        if !holds {
            return Ok(to_script::none());
        }
        function.call_within_context(&call, ()).map(to_script::some)
    });
    register(
        module,
        "then_some",
        |holds: bool, value: Dynamic| {
            if holds { to_script::some(value) } else { to_script::none() }
        },
    );
    register(module, "drop", |_: Dynamic| ());
    register(module, "__live", |value: Dynamic, name: &str| -> EvalResult {
        if value.is::<Handle>() {
            return Ok(value);
        }
        let error = ScriptError::new(format!("cannot change `{name}`: it holds a copy of the value"));
        Err(error.with_help("change the place by its path: x.name.push(\"a\"), x.list[i].push(\"a\")").into())
    });
    register(module, "__live_item", |value: Dynamic| -> EvalResult {
        if value.is::<Handle>() {
            return Ok(value);
        }
        let error = ScriptError::new("cannot change the item: it is a copy");
        Err(error.with_help("change it by its path: x.list[i].push(\"a\"), map[key] += 1").into())
    });
    register(module, "__as", |value: Dynamic, ty: &str| Ok(cast(&value, ty)?) as EvalResult);
    register(module, "__typed", |value: Dynamic, ty: &str| Ok(typed(value, ty)?) as EvalResult);
    register(module, "__typed_items", |value: Dynamic, ty: &str| -> EvalResult {
        let Some(items) = value.read_lock::<Array>().map(|items| items.clone()) else { return Ok(value) };
        let items = items.into_iter().map(|item| typed(item, ty)).collect::<ScriptResult<Array>>()?;
        Ok(items.into())
    });
    register(module, "__radix", |ty: &str, text: &str, radix: INT| {
        Ok(from_radix(ty, (text, radix))?) as EvalResult
    });
    register(module, "__not", |value: Dynamic, ty: &str| Ok(cast(&inverted(&value)?, ty)?) as EvalResult);
    register(module, "!", |value: Dynamic| -> EvalResult {
        let info = type_mark::marked_type(&value).map(strip_wrappers);
        let inverted = inverted(&value)?;
        Ok(info.map_or(Ok(inverted.clone()), |info| cast(&inverted, info.name))?)
    });
    register(module, "__convert", |ty: &str, value: Dynamic| Ok(convert(&value, ty)?) as EvalResult);
    register(module, "__repeat", |value: Dynamic, count: INT| -> EvalResult<Array> {
        let count = usize::try_from(count).ok().filter(|count| *count <= MAX_COLLECTION_ITEMS);
        let too_many = || {
            ScriptError::new(format!("cannot repeat the item: expected 0 to {MAX_COLLECTION_ITEMS} times"))
        };
        Ok(std::iter::repeat_n(value, count.ok_or_else(too_many)?).collect())
    });
    register(module, "__bytes", |hex: &str| {
        let bytes = hex
            .as_bytes()
            .chunks(2)
            .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()));
        Dynamic::from_blob(bytes.flatten().collect())
    });
    register(module, "__float", |text: &str| text.parse::<FLOAT>().unwrap_or(FLOAT::NAN));
    register(module, "__duration_new", |secs: INT, nanos: INT| -> EvalResult {
        match (u64::try_from(secs), u32::try_from(nanos)) {
            (Ok(secs), Ok(nanos)) if nanos < 1_000_000_000 => Ok(Dynamic::from(Duration::new(secs, nanos))),
            _ => {
                Err(ScriptError::new(format!("cannot make a duration: Duration::new({secs}, {nanos})"))
                    .into())
            }
        }
    });
    for (name, is_lossy) in [("from_utf8", false), ("from_utf8_lossy", true)] {
        register(module, name, move |call: NativeCallContext<'_>, bytes: Dynamic| -> EvalResult {
            let bytes: Dynamic = call.call_fn("__clone", (bytes,))?;
            let no_bytes = || ScriptError::new(format!("`String::{name}` takes bytes"));
            let bytes = match to_value(&bytes)? {
                Value::Bytes(bytes) => bytes.into_owned(),
                Value::List(items) => {
                    let byte = |item: &Value<'_>| {
                        if let Value::Int(int) = item { u8::try_from(*int).ok() } else { None }
                    };
                    items.iter().map(byte).collect::<Option<Vec<u8>>>().ok_or_else(no_bytes)?
                }
                _ => return Err(no_bytes().into()),
            };
            match String::from_utf8(bytes) {
                Ok(text) => Ok(text.into()),
                Err(error) if is_lossy => Ok(String::from_utf8_lossy(error.as_bytes()).into_owned().into()),
                Err(error) => {
                    Err(ScriptError::new(format!("cannot read the text: {error}")).of_function().into())
                }
            }
        });
    }
    register(module, "__duration", |unit: &str, count: Dynamic| Ok(duration(unit, &count)?) as EvalResult);
}

/// Converts a number, a `bool` or a `char` as `as` does in Rust.
fn cast(value: &Dynamic, ty: &str) -> ScriptResult<Dynamic> {
    if let ("f64", true, Ok(float)) = (ty, is_single(value), value.as_float()) {
        // A script has the shortest text of an `f32`, of which this is the value.
        #[expect(clippy::cast_possible_truncation, reason = "it is of an `f32`")]
        return Ok(f64::from(float as f32).into());
    }
    let value = to_value(value)?;
    let wrong = || {
        let help = "cast a number: x as f64, x as u64; or parse a text: text.parse::<u64>()";
        ScriptError::new(format!("cannot cast {value} to {ty}")).with_help(help)
    };
    let value = match &value {
        Value::Bool(value) => Value::from(i64::from(*value)),
        Value::Char(value) if ty != "char" => Value::from(u32::from(*value)),
        value => value.clone(),
    };
    if let Some((_, bits, is_signed)) = INTEGERS.iter().find(|(name, ..)| *name == ty) {
        let cast = cast_integer(&value, *bits, *is_signed).ok_or_else(wrong)?;
        return Ok(integer_info(ty).map_or(cast.clone(), |info| type_mark::mark(cast, info)));
    }
    match ty {
        "f64" => value.as_float().map(Dynamic::from).ok_or_else(wrong),
        "f32" => value.as_float().map(|value| single_float(value, f32::type_info())).ok_or_else(wrong),
        "char" => match value {
            Value::Char(value) => Ok(value.into()),
            Value::Int(code) => u8::try_from(code).map(|code| char::from(code).into()).map_err(|_| wrong()),
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

/// Returns an integer as one of the type `ty`, and any other value as it is.
fn typed(value: Dynamic, ty: &str) -> ScriptResult<Dynamic> {
    if let ("f32", Ok(float)) = (ty, value.as_float()) {
        return Ok(single_float(float, f32::type_info()));
    }
    let Ok(Value::Int(int)) = to_value(&value) else { return Ok(value) };
    match ty {
        "f64" => return Ok((int as f64).into()),
        "f32" => return Ok(single_float(int as f64, f32::type_info())),
        "Duration" if int == 0 => return Ok(Dynamic::from(Duration::ZERO)),
        _ => {}
    }
    let Some(info) = integer_info(ty) else { return Ok(value) };
    let (min, max) = type_mark::integer_range(info).unwrap_or((i128::MIN, u128::MAX));
    if int < min || u128::try_from(int).is_ok_and(|int| int > max) {
        let error = ScriptError::new(format!("{int} does not fit into {ty} ({min} to {max})"));
        return Err(error.with_help(format!("choose a larger type; or cut it off: x as {ty}")));
    }
    Ok(type_mark::mark(value, info))
}

/// Returns the information about an integer type.
fn integer_info(ty: &str) -> Option<&'static TypeInfo> {
    Some(match ty {
        "i8" => i8::type_info(),
        "i16" => i16::type_info(),
        "i32" => i32::type_info(),
        "i64" => i64::type_info(),
        "i128" => i128::type_info(),
        "isize" => isize::type_info(),
        "u128" => u128::type_info(),
        "u8" => u8::type_info(),
        "u16" => u16::type_info(),
        "u32" => u32::type_info(),
        "u64" => u64::type_info(),
        "usize" => usize::type_info(),
        _ => return None,
    })
}

/// The integer types of Rust, with their bits, and whether they have a sign.
const INTEGERS: &[(&str, u32, bool)] = &[
    ("i8", 8, true),
    ("i16", 16, true),
    ("i32", 32, true),
    ("i64", 64, true),
    ("i128", 128, true),
    ("isize", isize::BITS, true),
    ("u8", 8, false),
    ("u16", 16, false),
    ("u32", 32, false),
    ("u64", 64, false),
    ("u128", 128, false),
    ("usize", usize::BITS, false),
];

/// Casts to an integer: another integer loses its upper bits, a float becomes the nearest that there is.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "as the cast does in Rust"
)]
fn cast_integer(value: &Value<'_>, bits: u32, is_signed: bool) -> Option<Dynamic> {
    let unused = u128::BITS - bits;
    let all = match (value, is_signed) {
        (Value::Int(int), _) => *int as u128,
        (Value::Uint(int), _) => *int,
        (Value::Float(float), true) => {
            (*float as i128).clamp(i128::MIN >> unused, i128::MAX >> unused) as u128
        }
        (Value::Float(float), false) => (*float as u128).min(u128::MAX >> unused),
        _ => return None,
    };
    let upper = all << unused;
    Some(if is_signed {
        to_script::integer(upper as i128 >> unused)
    } else {
        let int = upper >> unused;
        i128::try_from(int).map_or_else(|_| Dynamic::from(int), to_script::integer)
    })
}

/// Returns an integer with all bits inverted.
fn inverted(value: &Dynamic) -> ScriptResult<Dynamic> {
    match to_value(value)? {
        Value::Int(int) => Ok(to_script::integer(!int)),
        Value::Uint(int) => Ok(Dynamic::from(!int)),
        value => Err(ScriptError::new(format!("cannot invert the bits of {value}: expected an integer"))),
    }
}

/// Parses an integer as `from_str_radix` does.
fn from_radix(ty: &str, (text, radix): (&str, INT)) -> ScriptResult<Dynamic> {
    let Some(radix) = u32::try_from(radix).ok().filter(|radix| (2..=36).contains(radix)) else {
        return Err(ScriptError::new(format!("cannot parse {text:?} in base {radix}: expected 2 to 36")));
    };
    let wrong = |_| ScriptError::new(format!("cannot parse {text:?} as {ty} in base {radix}")).of_function();
    let parsed = i128::from_str_radix(text, radix).map(to_script::integer).map_err(wrong)?;
    convert(&parsed, ty)
}

/// Converts a value as `T::from` or `T::try_from` does: nothing may be lost.
fn convert(value: &Dynamic, ty: &str) -> ScriptResult<Dynamic> {
    if ty == "String" {
        return Ok(value
            .clone()
            .into_immutable_string()
            .map_or_else(|_| value.to_string().into(), Dynamic::from));
    }
    let converted = cast(value, ty)?;
    let is_same = ty == "char"
        || ty.starts_with('f')
        || to_value(&converted)?.same(&to_value(value)?)
        || value.is_bool()
        || value.is_char();
    if is_same {
        return Ok(converted);
    }
    Err(ScriptError::new(format!("cannot convert {value} to {ty}: it is out of range")).of_function())
}

/// Returns the duration of a call such as `Duration::from_millis(250)`.
fn duration(unit: &str, count: &Dynamic) -> ScriptResult<Dynamic> {
    let count = to_value(count)?;
    let wrong = || ScriptError::new(format!("cannot make a duration: Duration::{unit}({count})"));
    let nanos = match unit {
        "from_secs" | "from_secs_f64" | "from_secs_f32" => 1_000_000_000_u64,
        "from_millis" => 1_000_000,
        "from_micros" => 1_000,
        "from_nanos" => 1,
        "from_mins" => 60 * 1_000_000_000,
        "from_hours" => 3_600 * 1_000_000_000,
        "from_days" => 24 * 3_600 * 1_000_000_000,
        "from_weeks" => 7 * 24 * 3_600 * 1_000_000_000,
        _ => return Err(wrong()),
    };
    let duration = match count {
        Value::Int(count) => {
            let nanos = u128::try_from(count)
                .ok()
                .and_then(|count| count.checked_mul(nanos.into()))
                .ok_or_else(wrong)?;
            let (secs, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
            let secs = u64::try_from(secs).map_err(|_| wrong())?;
            Duration::new(secs, u32::try_from(rest).unwrap_or_default())
        }
        Value::Float(secs) if unit.starts_with("from_secs_f") => {
            Duration::try_from_secs_f64(secs).map_err(|_| wrong())?
        }
        _ => return Err(wrong()),
    };
    Ok(Dynamic::from(duration))
}
