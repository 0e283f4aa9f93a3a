//! Durations, times and instants: arithmetic, methods, and `sleep`.

use std::time::{Duration, Instant, SystemTime};

use rhai::{Dynamic, FLOAT, INT, Module, NativeCallContext};

use crate::engine::live::to_value;
use crate::engine::state::CallContext;
use crate::engine::value::{
    EvalResult, ScriptError, ScriptInstant, ScriptResult, register, terminated, to_script, type_mark,
};
use crate::reflect::{Manhole, TypeInfo, Value};

/// Adds the functions.
pub(crate) fn bind(module: &mut Module) {
    bind_texts(module);
    bind_arithmetic(module);
    bind_methods(module);
    bind_sleep(module);
}

/// Adds functions to a module.
type Bind = fn(&mut Module);

/// The types of Rust with functions that scripts call as in Rust: `Instant::now()`.
pub(crate) const CONSTRUCTORS: [(&str, Bind); 2] = [
    ("Instant", |module| {
        module.set_native_fn("now", || -> EvalResult<ScriptInstant> {
            Ok(ScriptInstant { at: Instant::now() })
        });
    }),
    ("SystemTime", |module| {
        module.set_native_fn("now", || -> EvalResult<SystemTime> { Ok(SystemTime::now()) });
    }),
];

/// Returns the constant at `path`, such as `Duration::MAX`.
pub(super) fn constant(path: &str) -> Option<Dynamic> {
    match path {
        "Duration::MAX" => Some(Dynamic::from(Duration::MAX)),
        "SystemTime::UNIX_EPOCH" | "UNIX_EPOCH" => Some(Dynamic::from(SystemTime::UNIX_EPOCH)),
        _ => None,
    }
}

fn out_of_range() -> Box<rhai::EvalAltResult> {
    ScriptError::new("cannot compute the time: the result is out of range").into()
}

fn in_range<T>(result: Option<T>) -> EvalResult<T> {
    result.ok_or_else(out_of_range)
}

fn parse<T: Manhole>(text: &str) -> EvalResult<T> {
    T::from_value(Value::from(text)).map_err(|error| ScriptError::new(error.to_string()).into())
}

impl ScriptInstant {
    fn checked_add(self, time: Duration) -> Option<Self> {
        self.at.checked_add(time).map(|at| Self { at })
    }

    fn checked_sub(self, time: Duration) -> Option<Self> {
        self.at.checked_sub(time).map(|at| Self { at })
    }
}

fn scaled(time: Duration, factor: FLOAT) -> EvalResult<Duration> {
    in_range(Duration::try_from_secs_f64(time.as_secs_f64() * factor).ok())
}

fn bind_arithmetic(module: &mut Module) {
    macro_rules! shifted {
        ($($ty:ty),*) => {$(
            register(module, "+", |a: $ty, b: Duration| in_range(a.checked_add(b)));
            register(module, "-", |a: $ty, b: Duration| in_range(a.checked_sub(b)));
            register(module, "+", |a: $ty, b: &str| parse(b).and_then(|b| in_range(a.checked_add(b))));
            register(module, "-", |a: $ty, b: &str| parse(b).and_then(|b| in_range(a.checked_sub(b))));
        )*};
    }
    shifted!(Duration, SystemTime, ScriptInstant);
    register(module, "*", |a: Duration, times: INT| {
        in_range(u32::try_from(times).ok().and_then(|times| a.checked_mul(times)))
    });
    register(module, "/", |a: Duration, parts: INT| {
        in_range(u32::try_from(parts).ok().and_then(|parts| a.checked_div(parts)))
    });
    register(module, "*", |times: INT, a: Duration| {
        in_range(u32::try_from(times).ok().and_then(|times| a.checked_mul(times)))
    });
    register(module, "*", |a: Duration, times: FLOAT| scaled(a, times));
    register(module, "*", |times: FLOAT, a: Duration| scaled(a, times));
    register(module, "/", |a: Duration, parts: FLOAT| scaled(a, parts.recip()));
    register(module, "/", |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64());
    register(module, "-", |a: SystemTime, b: SystemTime| in_range(a.duration_since(b).ok()));
    register(module, "-", |a: ScriptInstant, b: ScriptInstant| in_range(a.at.checked_duration_since(b.at)));
}

/// Adds the methods that Rust has. Their results are whole numbers, which fit a script's integers for 292 years.
fn bind_methods(module: &mut Module) {
    fn whole(number: u128, info: &'static TypeInfo) -> EvalResult {
        let number: Dynamic = in_range(INT::try_from(number).ok())?.into();
        Ok(type_mark::mark(number, info))
    }
    register(module, "as_secs", |time: Duration| whole(time.as_secs().into(), u64::type_info()));
    register(module, "as_millis", |time: Duration| whole(time.as_millis(), u128::type_info()));
    register(module, "as_micros", |time: Duration| whole(time.as_micros(), u128::type_info()));
    register(module, "as_nanos", |time: Duration| whole(time.as_nanos(), u128::type_info()));
    register(module, "as_secs_f64", |time: Duration| time.as_secs_f64());
    register(module, "abs_diff", |a: Duration, b: Duration| a.abs_diff(b));
    type Change = fn(Duration, u32) -> Option<Duration>;
    const CHANGES: [(&str, Change); 2] =
        [("checked_mul", Duration::checked_mul), ("checked_div", Duration::checked_div)];
    for (name, change) in CHANGES {
        register(module, name, move |time: Duration, by: INT| {
            let changed = u32::try_from(by).ok().and_then(|by| change(time, by));
            changed.map_or_else(to_script::none, |changed| to_script::some(Dynamic::from(changed)))
        });
    }
    register(module, "mul_f64", scaled);
    register(module, "div_f64", |time: Duration, parts: FLOAT| scaled(time, parts.recip()));
    register(module, "subsec_micros", |time: Duration| INT::from(time.subsec_micros()));
    register(module, "subsec_nanos", |time: Duration| INT::from(time.subsec_nanos()));
    register(module, "subsec_millis", |time: Duration| INT::from(time.subsec_millis()));
    register(module, "is_zero", |time: Duration| time.is_zero());
    register(module, "elapsed", |time: ScriptInstant| time.at.elapsed());
    register(module, "elapsed", |time: SystemTime| in_range(time.elapsed().ok()));
    for name in ["duration_since", "saturating_duration_since"] {
        register(module, name, |time: ScriptInstant, earlier: ScriptInstant| {
            time.at.saturating_duration_since(earlier.at)
        });
    }
    register(module, "duration_since", |time: SystemTime, earlier: SystemTime| {
        in_range(time.duration_since(earlier).ok())
    });
}

fn bind_texts(module: &mut Module) {
    for name in ["to_string", "to_debug"] {
        register(module, name, |time: Duration| Value::Duration(time).to_string());
        register(module, name, |time: SystemTime| Value::Time(time).to_string());
        register(module, name, |time: ScriptInstant| Value::Instant(time.at).to_string());
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
