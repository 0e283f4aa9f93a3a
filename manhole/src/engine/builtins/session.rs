//! What the console adds to the script language itself.

use std::cmp::Ordering;
use std::time::{Duration, SystemTime};

use rhai::{Array, Dynamic, EvalAltResult, FLOAT, FuncRegistration, INT, Module, NativeCallContext};

use super::{array_sort, help, output, strings};
use crate::engine::live::handle::Handle;
use crate::engine::live::static_type::strip_locks;
use crate::engine::run::session_limits;
use crate::engine::run::watchdog::StopReason;
use crate::engine::state::session_state::CallContext;
use crate::engine::state::session_symbols::SessionSymbols;
use crate::engine::value::script_error::ScriptError;
use crate::engine::value::{convert, token_hooks};
use crate::reflect::{Level, Manhole, Shape, Value};

type Outcome<T = Dynamic> = Result<T, Box<EvalAltResult>>;

/// Adds the functions and constants that every session has.
pub(crate) fn bind(module: &mut Module) {
    bind_options(module);
    bind_times(module);
    bind_sleep(module);
    bind_help(module);
    add(module, token_hooks::TYPE_OF)
        .set_into_module(module, |call: NativeCallContext<'_>, value: Dynamic| type_of(&call, &value));
    bind_exit(module);
    bind_level(module);
    bind_limits(module);
    array_sort::bind(module);
    strings::bind(module);
    output::bind(module);
    add(module, "to_string").set_into_module(module, |fault: &mut ScriptError| fault.message.clone());
}

fn add(_: &Module, name: &str) -> FuncRegistration {
    FuncRegistration::new(name).in_global_namespace()
}

/// The type of a value; for a live one that in the program.
fn type_of(call: &NativeCallContext<'_>, value: &Dynamic) -> Outcome<String> {
    if value.is_string() {
        return Ok("String".to_owned());
    }
    let Some(handle) = value.read_lock::<Handle>().map(|handle| handle.clone()) else {
        return Ok(crate::engine::value::diagnostic::plain_types(
            call.engine().map_type_name(value.type_name()),
        ));
    };
    let context = CallContext::of(call)?;
    if let Some(info) = handle.known_type() {
        return Ok(strip_locks(info).to_string());
    }
    let name = handle.look(&context, |found| found.reflect().info().to_string());
    name.map_err(|fault| fault.at(call.call_position()))
}

/// The engine's own `exit` ends a script as if it had come to its end.
fn bind_exit(module: &mut Module) {
    fn exit(call: &NativeCallContext<'_>) -> Outcome<()> {
        CallContext::of(call)?.0.watchdog.stop(StopReason::Exit);
        Err(EvalAltResult::ErrorTerminated(Dynamic::UNIT, call.call_position()).into())
    }
    for name in ["exit", "quit"] {
        add(module, name).set_into_module(module, |call: NativeCallContext<'_>| exit(&call));
    }
}

/// How far the session may go.
fn bind_level(module: &mut Module) {
    add(module, "level").set_into_module(module, |call: NativeCallContext<'_>| -> Outcome<String> {
        Ok(CallContext::of(&call)?.0.level().to_string())
    });
    add(module, "level").set_into_module(
        module,
        |call: NativeCallContext<'_>, wanted: &str| -> Outcome<()> {
            let CallContext(session) = &*CallContext::of(&call)?;
            let fail = |message: String, help: Option<&str>| {
                ScriptError::new(message).with_help(help.map(str::to_owned)).at(call.call_position())
            };
            let wanted: Level = wanted.parse().map_err(|error| fail(format!("{error}"), None))?;
            if wanted > session.level() {
                let message = format!("this session is at {} and cannot go up", session.level());
                return Err(fail(message, Some("a new session begins where its user may go")));
            }
            session.lower(wanted);
            Ok(())
        },
    );
}

/// Looking at the session's limits, and changing them.
fn bind_limits(module: &mut Module) {
    add(module, "set").set_into_module(module, |call: NativeCallContext<'_>| -> Outcome<()> {
        let context = CallContext::of(&call)?;
        print(&context, &context.0.settings.overview())
    });
    add(module, "set").set_into_module(module, |call: NativeCallContext<'_>, name: &str| -> Outcome {
        let context = CallContext::of(&call)?;
        session_limits::shown(&context.0.settings, name).map_err(|fault| fault.at(call.call_position()))
    });
    add(module, "set").set_into_module(
        module,
        |call: NativeCallContext<'_>, name: &str, value: Dynamic| -> Outcome<()> {
            let CallContext(session) = &*CallContext::of(&call)?;
            session.settings.set(name, &value).map_err(|fault| fault.at(call.call_position()))?;
            session.watchdog.retime();
            Ok(())
        },
    );
}

/// An option is its value, or `()` that is shown as `None`.
fn bind_options(module: &mut Module) {
    module.set_var("None", convert::none());
    add(module, "Some").set_into_module(module, |value: Dynamic| value);
    add(module, "is_none").set_into_module(module, |value: Dynamic| value.is_unit());
    add(module, "is_some").set_into_module(module, |value: Dynamic| !value.is_unit());
    add(module, "unwrap_or").set_into_module(
        module,
        |value: Dynamic, default: Dynamic| {
            if value.is_unit() { default } else { value }
        },
    );
    add(module, "unwrap").set_into_module(module, |call: NativeCallContext<'_>, value: Dynamic| -> Outcome {
        if value.is_unit() {
            Err(ScriptError::new("the value is None").at(call.call_position()))
        } else {
            Ok(value)
        }
    });
}

/// What is known of the program and of the session.
fn bind_help(module: &mut Module) {
    type Call<'a> = NativeCallContext<'a>;
    add(module, "help").set_into_module(module, |call: Call<'_>| -> Outcome<()> {
        let context = CallContext::of(&call)?;
        print(&context, &help::overview(&context.0.language))
    });
    for name in ["help", "doc"] {
        add(module, name).set_into_module(module, |call: Call<'_>, topic: Dynamic| -> Outcome<()> {
            let context = CallContext::of(&call)?;
            let text = help::topic(&context, &topic).map_err(|fault| fault.at(call.call_position()))?;
            print(&context, &text)
        });
    }
    add(module, "dir").set_into_module(module, |call: Call<'_>| -> Outcome<Array> {
        Ok(CallContext::of(&call)?.0.language.names().map(|name| name.to_owned().into()).collect())
    });
    add(module, "dir").set_into_module(module, |call: Call<'_>, topic: Dynamic| -> Outcome<Array> {
        let context = CallContext::of(&call)?;
        help::names(&context, &topic).map_err(|fault| fault.at(call.call_position()))
    });
    for (name, what) in [
        ("vars", SessionSymbols::vars as fn(&SessionSymbols, &CallContext) -> Outcome<String>),
        ("functions", SessionSymbols::functions),
    ] {
        add(module, name).set_into_module(module, move |call: Call<'_>| -> Outcome<()> {
            let context = CallContext::of(&call)?;
            let symbols = context.0.symbols();
            print(&context, &what(&symbols, &context)?)
        });
    }
    add(module, "history").set_into_module(module, |call: Call<'_>| -> Outcome<()> {
        let context = CallContext::of(&call)?;
        let text = context.0.history().text();
        print(&context, &text)
    });
}

/// Shows a text that is no value: a client that is gone stops the command at its next step.
fn print(context: &CallContext, text: &str) -> Outcome<()> {
    let _ = context.0.watchdog.write(text);
    Ok(())
}

/// Durations and times, which compare with each other and with texts: `idle > "5s"`.
fn bind_times(module: &mut Module) {
    bind_comparisons::<Duration>(module);
    bind_comparisons::<SystemTime>(module);
    fn some<T>(call: &NativeCallContext<'_>, result: Option<T>) -> Outcome<T> {
        result.ok_or_else(|| {
            ScriptError::new("the result is no time that can be told").at(call.call_position())
        })
    }
    add(module, "+").set_into_module(module, |call: NativeCallContext<'_>, a: Duration, b: Duration| {
        some(&call, a.checked_add(b))
    });
    add(module, "-").set_into_module(module, |call: NativeCallContext<'_>, a: Duration, b: Duration| {
        some(&call, a.checked_sub(b))
    });
    add(module, "*").set_into_module(module, |call: NativeCallContext<'_>, a: Duration, times: INT| {
        some(&call, u32::try_from(times).ok().and_then(|times| a.checked_mul(times)))
    });
    add(module, "/").set_into_module(module, |call: NativeCallContext<'_>, a: Duration, parts: INT| {
        some(&call, u32::try_from(parts).ok().and_then(|parts| a.checked_div(parts)))
    });
    add(module, "+")
        .set_into_module(module, |call: NativeCallContext<'_>, at: SystemTime, after: Duration| {
            some(&call, at.checked_add(after))
        });
    add(module, "-")
        .set_into_module(module, |call: NativeCallContext<'_>, at: SystemTime, before: Duration| {
            some(&call, at.checked_sub(before))
        });
    add(module, "-").set_into_module(module, |call: NativeCallContext<'_>, a: SystemTime, b: SystemTime| {
        some(&call, a.duration_since(b).ok())
    });
}

fn bind_comparisons<T: Manhole + Clone + PartialOrd + Send + Sync + 'static>(module: &mut Module) {
    type Comparison = (&'static str, fn(Option<Ordering>) -> bool);
    const COMPARISONS: [Comparison; 6] = [
        ("==", |order| order == Some(Ordering::Equal)),
        ("!=", |order| order != Some(Ordering::Equal)),
        ("<", |order| order == Some(Ordering::Less)),
        ("<=", |order| matches!(order, Some(Ordering::Less | Ordering::Equal))),
        (">", |order| order == Some(Ordering::Greater)),
        (">=", |order| matches!(order, Some(Ordering::Greater | Ordering::Equal))),
    ];
    fn parsed<T: Manhole>(call: &NativeCallContext<'_>, text: &str) -> Outcome<T> {
        T::from_value(Value::from(text))
            .map_err(|error| ScriptError::new(error.to_string()).at(call.call_position()))
    }
    for (symbol, test) in COMPARISONS {
        add(module, symbol).set_into_module(module, move |a: T, b: T| test(a.partial_cmp(&b)));
        add(module, symbol).set_into_module(module, move |call: NativeCallContext<'_>, a: T, b: &str| {
            parsed::<T>(&call, b).map(|b| test(a.partial_cmp(&b)))
        });
        add(module, symbol).set_into_module(module, move |call: NativeCallContext<'_>, a: &str, b: T| {
            parsed::<T>(&call, a).map(|a| test(a.partial_cmp(&b)))
        });
    }
    for name in ["to_string", "to_debug"] {
        add(module, name).set_into_module(module, |value: &mut T| match value.reflect().into_shape() {
            Shape::Leaf(value) => value.to_string(),
            _ => String::new(),
        });
    }
}

/// The engine's own `sleep` cannot be stopped.
fn bind_sleep(module: &mut Module) {
    fn sleep(call: &NativeCallContext<'_>, time: &Dynamic) -> Outcome<()> {
        let context = CallContext::of(call)?;
        let time = output::span(time).map_err(|fault| fault.at(call.call_position()))?;
        let stopped = |_| EvalAltResult::ErrorTerminated(Dynamic::UNIT, call.call_position()).into();
        context.0.watchdog.sleep(time).map_err(stopped)
    }
    add(module, "sleep")
        .set_into_module(module, |call: NativeCallContext<'_>, time: Dynamic| sleep(&call, &time));
    // The engine's own are for these types exactly, and would go first.
    add(module, "sleep")
        .set_into_module(module, |call: NativeCallContext<'_>, time: FLOAT| sleep(&call, &time.into()));
    add(module, "sleep")
        .set_into_module(module, |call: NativeCallContext<'_>, time: INT| sleep(&call, &time.into()));
}

/// The module `process`, whose `exit` ends the application if its author allows that.
pub(crate) fn process(allow_exit: bool) -> Module {
    let mut module = Module::new();
    if allow_exit {
        FuncRegistration::new("exit").set_into_module(
            &mut module,
            |call: NativeCallContext<'_>, code: INT| -> Outcome<()> {
                let CallContext(session) = &*CallContext::of(&call)?;
                session
                    .require(Level::Admin, "process::exit")
                    .map_err(|fault| fault.at(call.call_position()))?;
                match i32::try_from(code) {
                    // At the next step: what was typed is told before.
                    Ok(code) => {
                        session.watchdog.stop(StopReason::Process(code));
                        Err(EvalAltResult::ErrorTerminated(Dynamic::UNIT, call.call_position()).into())
                    }
                    Err(_) => Err(format!("{code} is no exit status").into()),
                }
            },
        );
    } else {
        FuncRegistration::new("exit").set_into_module(
            &mut module,
            |call: NativeCallContext<'_>, _: INT| -> Outcome<()> {
                let fault = ScriptError::new("process::exit is not switched on in this program".to_owned())
                    .with_help(
                        "`exit` ends this session only; Builder::allow_exit(true) switches it on".to_owned(),
                    );
                Err(fault.at(call.call_position()))
            },
        );
    }
    module
}
