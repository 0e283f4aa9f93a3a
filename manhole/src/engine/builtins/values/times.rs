//! Durations and times: arithmetic, and `sleep`.

use std::time::{Duration, SystemTime};

use rhai::{Dynamic, FLOAT, INT, Module, NativeCallContext};

use crate::engine::live::to_value;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, ScriptResult, register, terminated, to_script};
use crate::reflect::{Manhole, Shape, Value};

/// Adds the functions.
pub(crate) fn bind(module: &mut Module) {
    bind_times(module);
    bind_sleep(module);
}

fn bind_times(module: &mut Module) {
    bind_texts::<Duration>(module);
    bind_texts::<SystemTime>(module);
    fn in_range<T>(result: Option<T>) -> EvalResult<T> {
        result.ok_or_else(|| ScriptError::new("cannot compute the time: the result is out of range").into())
    }
    register(module, "+", |a: Duration, b: Duration| in_range(a.checked_add(b)));
    register(module, "-", |a: Duration, b: Duration| in_range(a.checked_sub(b)));
    register(module, "*", |a: Duration, times: INT| {
        in_range(u32::try_from(times).ok().and_then(|times| a.checked_mul(times)))
    });
    register(module, "/", |a: Duration, parts: INT| {
        in_range(u32::try_from(parts).ok().and_then(|parts| a.checked_div(parts)))
    });
    register(module, "+", |a: Duration, b: &str| in_range(a.checked_add(parse(b)?)));
    register(module, "-", |a: Duration, b: &str| in_range(a.checked_sub(parse(b)?)));
    register(module, "*", |times: INT, a: Duration| {
        in_range(u32::try_from(times).ok().and_then(|times| a.checked_mul(times)))
    });
    register(module, "*", |a: Duration, times: FLOAT| {
        in_range(Duration::try_from_secs_f64(a.as_secs_f64() * times).ok())
    });
    register(module, "*", |times: FLOAT, a: Duration| {
        in_range(Duration::try_from_secs_f64(a.as_secs_f64() * times).ok())
    });
    register(module, "/", |a: Duration, parts: FLOAT| {
        in_range(Duration::try_from_secs_f64(a.as_secs_f64() / parts).ok())
    });
    register(module, "/", |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64());
    register(module, "+", |at: SystemTime, after: &str| in_range(at.checked_add(parse(after)?)));
    register(module, "-", |at: SystemTime, before: &str| in_range(at.checked_sub(parse(before)?)));
    for (name, count) in COUNTS {
        register(module, name, move |a: Duration| {
            to_script::integer(i128::try_from(count(&a)).unwrap_or(i128::MAX))
        });
    }
    register(module, "as_secs_f64", |a: Duration| a.as_secs_f64());
    register(module, "+", |at: SystemTime, after: Duration| in_range(at.checked_add(after)));
    register(module, "-", |at: SystemTime, before: Duration| in_range(at.checked_sub(before)));
    register(module, "-", |a: SystemTime, b: SystemTime| in_range(a.duration_since(b).ok()));
}

fn parse(text: &str) -> EvalResult<Duration> {
    Duration::from_value(Value::from(text)).map_err(|error| ScriptError::new(error.to_string()).into())
}

type Count = fn(&Duration) -> u128;

const COUNTS: [(&str, Count); 5] = [
    ("as_secs", |time| time.as_secs().into()),
    ("as_millis", Duration::as_millis),
    ("as_micros", Duration::as_micros),
    ("as_nanos", Duration::as_nanos),
    ("subsec_millis", |time| time.subsec_millis().into()),
];

fn bind_texts<T: Manhole + Clone + Send + Sync + 'static>(module: &mut Module) {
    for name in ["to_string", "to_debug"] {
        register(module, name, |value: &mut T| match value.reflect().into_shape() {
            Shape::Leaf(value) => value.to_string(),
            _ => String::new(),
        });
    }
}

/// Replaces the engine's `sleep`, which cannot be stopped.
fn bind_sleep(module: &mut Module) {
    fn sleep(call: &NativeCallContext<'_>, time: &Dynamic) -> EvalResult<()> {
        let context = CallContext::of(call)?;
        let time = duration(time)?;
        context.run.watchdog.sleep(time).or_else(|_| terminated())
    }
    register(module, "sleep", |call: NativeCallContext<'_>, time: Dynamic| sleep(&call, &time));
    // The engine's own functions for exactly these types would have precedence.
    register(module, "sleep", |call: NativeCallContext<'_>, time: FLOAT| sleep(&call, &time.into()));
    register(module, "sleep", |call: NativeCallContext<'_>, time: INT| sleep(&call, &time.into()));
}

/// Reads a duration: a number of seconds, or a string.
pub(in crate::engine::builtins) fn duration(value: &Dynamic) -> ScriptResult<Duration> {
    let value = to_value(value)?;
    let wrong = || {
        ScriptError::new(format!("cannot read {value} as a duration"))
            .with_help("pass a number of seconds, or a string such as \"500ms\"")
    };
    match value.as_float() {
        Some(seconds) => Duration::try_from_secs_f64(seconds).map_err(|_| wrong()),
        None => Duration::from_value(value.clone()).map_err(|_| wrong()),
    }
}
