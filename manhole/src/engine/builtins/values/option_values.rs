//! Options, results and types of values: `Some`, `None`, `Err`, `unwrap`, `type_of`.
//!
//! An option is its value, or a `()` that the console shows as `None`. The `Err` of a function is an error of the command, unless a
//! method such as `unwrap_or` follows: then it is a [`Failure`] for that method.

use rhai::{Dynamic, EvalAltResult, FnPtr, Module, NativeCallContext, Position};

use crate::engine::live::{Handle, strip_locks, strip_wrappers};
use crate::engine::query::{Callback, CallbackContext};
use crate::engine::state::CallContext;
use crate::engine::value::{
    EvalResult, RustValue, ScriptError, plain_type, register, to_script, token_hooks, type_mark,
};
use crate::reflect::{Step, TypeInfo};

type Call<'a> = NativeCallContext<'a>;

/// The `Err` of a function, for a method that handles it.
#[derive(Clone)]
struct Failure {
    error: Dynamic,
}

/// An option or a result.
enum Content {
    /// `Some` or `Ok`.
    Value(Dynamic),
    None,
    Err(Dynamic),
}

impl Content {
    fn of(call: &Call<'_>, value: Dynamic) -> EvalResult<Self> {
        if let Some(failure) = value.read_lock::<Failure>() {
            return Ok(Self::Err(failure.error.clone()));
        }
        if value.is_unit() {
            return Ok(Self::None);
        }
        let Some(handle) = value.read_lock::<Handle>().map(|handle| handle.clone()) else {
            return Ok(Self::Value(value));
        };
        let run = &CallContext::of(call)?.run;
        if handle.is_absent(run) {
            return Ok(Self::None);
        }
        let is_result = |info: &'static TypeInfo| strip_wrappers(info).name == "Result";
        let is_result = match handle.static_type() {
            Some(info) => is_result(info),
            None => is_result(handle.read(run, |found| found.reflect().info())?),
        };
        if !is_result {
            return Ok(Self::Value(value));
        }
        if handle.variant(run)? == Some("Ok") {
            return Ok(Self::Value(handle.join(Step::Name("0".into())).get(run)?));
        }
        // Of an error, the application shows only the text.
        let error = handle.snapshot(run)?.to_string();
        let error = error.trim_matches('"');
        let error = error.strip_prefix("Err(").and_then(|error| error.strip_suffix(')')).unwrap_or(error);
        Ok(Self::Err(error.to_owned().into()))
    }

    /// Returns the value inside, if there is one.
    fn value(self) -> Option<Dynamic> {
        if let Self::Value(value) = self { Some(value) } else { None }
    }
}

/// Adds the functions.
pub(crate) fn bind(module: &mut Module) {
    register(module, "Some", |value: Dynamic| -> EvalResult {
        if value.is_unit() {
            let error = ScriptError::new("cannot make Some(None): an option is its value here");
            return Err(error.with_help("write None").into());
        }
        Ok(to_script::some(value))
    });
    register(module, "Ok", |value: Dynamic| value);
    register(module, "Err", |call: Call<'_>, error: Dynamic| -> EvalResult {
        Err(EvalAltResult::ErrorRuntime(error, call.call_position()).into())
    });
    for (name, expected) in [("is_none", true), ("is_some", false)] {
        register(module, name, move |call: Call<'_>, value: Dynamic| {
            EvalResult::Ok(matches!(Content::of(&call, value)?, Content::None) == expected)
        });
    }
    bind_results(module);
    bind_defaults(module);
    bind_closures(module);
    register(module, token_hooks::TYPE_OF, |call: Call<'_>, value: Dynamic| type_of(&call, &value));
}

/// Adds the functions that the compiler calls, and the methods of results.
fn bind_results(module: &mut Module) {
    register(module, "__is_err", |call: Call<'_>, value: Dynamic| {
        EvalResult::Ok(matches!(Content::of(&call, value)?, Content::Err(_)))
    });
    register(module, "__inside", |call: Call<'_>, value: Dynamic| -> EvalResult {
        Ok(match Content::of(&call, value)? {
            Content::Value(value) | Content::Err(value) => value,
            Content::None => to_script::none(),
        })
    });
    register(module, "__is_outcome", |error: Dynamic| match error.read_lock::<ScriptError>() {
        Some(error) => error.is_outcome,
        // The engine's own errors are maps with the kind of error.
        None => !error.is_map(),
    });
    register(module, "__error_text", text_of);
    register(module, "__failure", |error: Dynamic| Dynamic::from(Failure { error }));
    register(module, "is_ok", |call: Call<'_>, value: Dynamic| {
        EvalResult::Ok(!matches!(Content::of(&call, value)?, Content::Err(_)))
    });
    register(module, "is_err", |call: Call<'_>, value: Dynamic| {
        EvalResult::Ok(matches!(Content::of(&call, value)?, Content::Err(_)))
    });
    register(module, "ok", |call: Call<'_>, value: Dynamic| -> EvalResult {
        Ok(Content::of(&call, value)?.value().unwrap_or_else(to_script::none))
    });
    register(module, "err", |call: Call<'_>, value: Dynamic| -> EvalResult {
        Ok(if let Content::Err(error) = Content::of(&call, value)? { error } else { to_script::none() })
    });
    register(module, "unwrap_err", |call: Call<'_>, value: Dynamic| -> EvalResult {
        match Content::of(&call, value)? {
            Content::Err(error) => Ok(error),
            _ => Err(ScriptError::new("cannot unwrap the error: the value is Ok").into()),
        }
    });
}

/// Adds the methods that return the value inside, or something else.
fn bind_defaults(module: &mut Module) {
    for name in ["unwrap_or", "or"] {
        register(module, name, |call: Call<'_>, value: Dynamic, default: Dynamic| -> EvalResult {
            Ok(Content::of(&call, value)?.value().unwrap_or(default))
        });
    }
    register(module, "unwrap_or_default", |call: Call<'_>, value: Dynamic| -> EvalResult {
        Content::of(&call, value)?.value().ok_or_else(|| {
            let error =
                ScriptError::new("cannot choose a default: nothing says what type the value would have");
            error.with_help("name the default: x.unwrap_or(0)").into()
        })
    });
    register(module, "unwrap", |call: Call<'_>, value: Dynamic| -> EvalResult {
        match Content::of(&call, value)? {
            Content::Value(value) => Ok(value),
            Content::None => Err(ScriptError::new("cannot unwrap the value: it is None").into()),
            Content::Err(error) => Err(EvalAltResult::ErrorRuntime(error, Position::NONE).into()),
        }
    });
    for name in ["expect", "ok_or"] {
        register(module, name, |call: Call<'_>, value: Dynamic, error: Dynamic| -> EvalResult {
            let thrown = || EvalAltResult::ErrorRuntime(error, Position::NONE).into();
            Content::of(&call, value)?.value().ok_or_else(thrown)
        });
    }
    register(module, "xor", |call: Call<'_>, value: Dynamic, other: Dynamic| -> EvalResult {
        Ok(match (Content::of(&call, value)?.value(), Content::of(&call, other)?.value()) {
            (Some(value), None) | (None, Some(value)) => value,
            _ => to_script::none(),
        })
    });
}

/// Adds the methods that take a closure.
fn bind_closures(module: &mut Module) {
    for name in ["map", "and_then"] {
        register(module, name, |call: Call<'_>, value: Dynamic, function: FnPtr| -> EvalResult {
            match Content::of(&call, value)? {
                Content::Value(value) => run(&call, function, &mut [value]),
                Content::None => Ok(to_script::none()),
                Content::Err(error) => Err(EvalAltResult::ErrorRuntime(error, Position::NONE).into()),
            }
        });
    }
    register(
        module,
        "map_or",
        |call: Call<'_>, value: Dynamic, default: Dynamic, function: FnPtr| -> EvalResult {
            match Content::of(&call, value)? {
                Content::Value(value) => run(&call, function, &mut [value]),
                _ => Ok(default),
            }
        },
    );
    register(
        module,
        "map_or_else",
        |call: Call<'_>, value: Dynamic, default: FnPtr, function: FnPtr| -> EvalResult {
            match Content::of(&call, value)? {
                Content::Value(value) => run(&call, function, &mut [value]),
                Content::None => run(&call, default, &mut []),
                Content::Err(error) => run(&call, default, &mut [text_of(error)]),
            }
        },
    );
    for name in ["unwrap_or_else", "or_else"] {
        register(module, name, |call: Call<'_>, value: Dynamic, function: FnPtr| -> EvalResult {
            match Content::of(&call, value)? {
                Content::Value(value) => Ok(value),
                Content::None => run(&call, function, &mut []),
                Content::Err(error) => run(&call, function, &mut [text_of(error)]),
            }
        });
    }
    register(module, "ok_or_else", |call: Call<'_>, value: Dynamic, function: FnPtr| -> EvalResult {
        match Content::of(&call, value)?.value() {
            Some(value) => Ok(value),
            None => Err(EvalAltResult::ErrorRuntime(run(&call, function, &mut [])?, Position::NONE).into()),
        }
    });
    register(module, "map_err", |call: Call<'_>, value: Dynamic, function: FnPtr| -> EvalResult {
        match Content::of(&call, value)? {
            Content::Value(value) => Ok(value),
            Content::None => Ok(to_script::none()),
            Content::Err(error) => {
                let error = run(&call, function, &mut [text_of(error)])?;
                Err(EvalAltResult::ErrorRuntime(error, Position::NONE).into())
            }
        }
    });
    for (name, of_none) in [("is_some_and", false), ("is_none_or", true), ("is_ok_and", false)] {
        register(module, name, move |call: Call<'_>, value: Dynamic, function: FnPtr| -> EvalResult {
            match Content::of(&call, value)?.value() {
                Some(value) => run(&call, function, &mut [value]),
                None => Ok(of_none.into()),
            }
        });
    }
}

fn run(call: &Call<'_>, function: FnPtr, args: &mut [Dynamic]) -> EvalResult {
    let context = CallContext::of(call)?;
    Callback::new(&CallbackContext::new(&context)?, function, args.len()).call(args)
}

/// Returns an error as a closure gets it: that of a function as its text.
fn text_of(error: Dynamic) -> Dynamic {
    let message = error.read_lock::<ScriptError>().map(|error| error.message.clone());
    message.map_or(error, Dynamic::from)
}

/// Returns the type of a value; of a live value or a copy of one, its type in the application.
fn type_of(call: &Call<'_>, value: &Dynamic) -> EvalResult<String> {
    if let Some(info) = type_mark::marked_type(value) {
        return Ok(strip_locks(info).to_string());
    }
    if value.is_string() {
        return Ok("String".to_owned());
    }
    if let Some(value) = value.read_lock::<RustValue>() {
        return Ok(value.type_name());
    }
    let Some(handle) = value.read_lock::<Handle>().map(|handle| handle.clone()) else {
        return Ok(plain_type(call.engine().map_type_name(value.type_name())));
    };
    if let Some(info) = handle.static_type() {
        return Ok(strip_locks(info).to_string());
    }
    Ok(handle.read(&CallContext::of(call)?.run, |found| found.reflect().info().to_string())?)
}
