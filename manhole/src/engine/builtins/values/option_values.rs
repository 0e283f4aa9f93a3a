//! Options, results and types of values: `Some`, `None`, `Err`, `unwrap`, `type_of`.
//!
//! An option is its value, or a `()` that the console shows as `None`. The `Err` of a function is an error of the command, unless a
//! method such as `unwrap_or` or a pattern follows: then it is a value, as one that is typed: `Err("no luck")`.

use std::time::Duration;

use rhai::{Dynamic, EvalAltResult, FnPtr, Module, NativeCallContext, Position};

use crate::engine::live::{Handle, IterItem, strip_locks, strip_wrappers, to_value};
use crate::engine::query::{Callback, CallbackContext, Comparison};
use crate::engine::run::RunControl;
use crate::engine::state::CallContext;
use crate::engine::value::{
    EvalResult, RustValue, ScriptError, plain_type, register, to_script, token_hooks, type_mark,
};
use crate::reflect::{ResultKind, Step, StructFields, StructValue, TypeInfo, TypeKind, Value};

type Call<'a> = NativeCallContext<'a>;

/// Returns `Err(error)`.
fn failure(error: Dynamic) -> Dynamic {
    let error = text_of(error);
    let content = to_value(&error).unwrap_or_else(|_| Value::from(error.to_string()));
    Dynamic::from(RustValue { value: StructValue::new("Err", StructFields::Tuple(vec![content])).into() })
}

/// Returns a value that is written as `Ok(…)` or `Err(…)`.
fn written_outcome(value: &Dynamic) -> Option<Content> {
    let value = value.read_lock::<RustValue>()?;
    let Value::Struct(value) = &value.value else { return None };
    let content = value.fields().values().first().map(|content| to_script::to_script((*content).clone()));
    match value.name() {
        _ if value.owner().is_some_and(|owner| owner != "Result") => None,
        "Ok" => content.map(Content::Value),
        "Err" => content.map(Content::Err),
        _ => None,
    }
}

/// Compares two values of which one is written as `Ok(…)` or `Err(…)`. Returns `None` for all others.
pub(super) fn equal_outcomes(call: &Call<'_>, a: &Dynamic, b: &Dynamic) -> EvalResult<Option<bool>> {
    if written_outcome(a).is_none() && written_outcome(b).is_none() {
        return Ok(None);
    }
    let (a, b) = (Content::of(call, a.clone())?, Content::of(call, b.clone())?);
    match (a, b) {
        (Content::Value(a), Content::Value(b)) | (Content::Err(a), Content::Err(b)) => {
            Ok(Some(Comparison(&*CallContext::of(call)?).equal(&a, &b)?))
        }
        _ => Ok(Some(false)),
    }
}

/// An option or a result.
pub(in crate::engine::builtins) enum Content {
    /// `Some` or `Ok`.
    Value(Dynamic),
    None,
    Err(Dynamic),
}

impl Content {
    pub(in crate::engine::builtins) fn of(call: &Call<'_>, value: Dynamic) -> EvalResult<Self> {
        if let Some(outcome) = written_outcome(&value) {
            return Ok(outcome);
        }
        if value.is_unit() {
            return Ok(if to_script::is_some(&value) { Self::Value(Dynamic::UNIT) } else { Self::None });
        }
        let Some(handle) = value.read_lock::<Handle>().map(|handle| handle.clone()) else {
            return Ok(Self::Value(to_script::inside(value)));
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
            return Ok(Self::Value(to_script::inside(value)));
        }
        if handle.variant(run)? == Some("Ok") {
            return Ok(Self::Value(handle.join(Step::Name("0".into())).get(run)?));
        }
        // Of an error, the application shows only the text.
        let error = handle.read(run, |found| match found.outcome() {
            ResultKind::Failed(text) => text,
            ResultKind::Ok | ResultKind::Value | ResultKind::Lines(_) => String::new(),
        })?;
        Ok(Self::Err(error.into()))
    }

    /// Returns the value inside, if there is one.
    fn value(self) -> Option<Dynamic> {
        if let Self::Value(value) = self { Some(value) } else { None }
    }

    /// Returns what `function` returns for the value inside.
    pub(in crate::engine::builtins) fn map(self, call: &Call<'_>, function: FnPtr) -> EvalResult {
        match self {
            Self::Value(value) => run(call, function, Some(value)).map(to_script::some),
            Self::None => Ok(to_script::none()),
            Self::Err(error) => Err(EvalAltResult::ErrorRuntime(error, Position::NONE).into()),
        }
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
    register(module, "Ok", |value: Dynamic| {
        if value.is_unit() && !to_script::is_none(&value) { to_script::done() } else { value }
    });
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
    register(module, "__some", to_script::inside);
    register(module, "__inside", |call: Call<'_>, value: Dynamic| -> EvalResult {
        Ok(match Content::of(&call, value)? {
            Content::Value(value) | Content::Err(value) => value,
            Content::None => to_script::none(),
        })
    });
    register(module, "__outcome", |call: Call<'_>, value: Dynamic| -> EvalResult {
        Ok(match Content::of(&call, value)? {
            Content::Value(value) => value,
            Content::None => to_script::none(),
            Content::Err(error) => failure(error),
        })
    });
    register(module, "__is_outcome", |error: Dynamic| match error.read_lock::<ScriptError>() {
        Some(error) => error.is_outcome,
        // The engine's own errors are maps with the kind of error.
        None => !error.is_map(),
    });
    register(module, "__ends_function", |error: Dynamic| {
        error.read_lock::<ScriptError>().is_some_and(|error| error.ends_function)
    });
    register(module, "__failure", failure);
    register(module, "is_ok", |call: Call<'_>, value: Dynamic| {
        EvalResult::Ok(!matches!(Content::of(&call, value)?, Content::Err(_)))
    });
    register(module, "is_err", |call: Call<'_>, value: Dynamic| {
        EvalResult::Ok(matches!(Content::of(&call, value)?, Content::Err(_)))
    });
    register(module, "ok", |call: Call<'_>, value: Dynamic| -> EvalResult {
        Ok(Content::of(&call, value)?.value().map_or_else(to_script::none, to_script::some))
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

/// Returns the type that the value of an option has in the application, if it is known.
fn known_type(value: &Dynamic) -> Option<&'static TypeInfo> {
    let of_handle = || value.read_lock::<Handle>().and_then(|handle| handle.static_type());
    type_mark::marked_type(value).or_else(of_handle)
}

/// Returns the default of a type of the standard library.
pub(in crate::engine::builtins) fn default_value(info: &'static TypeInfo) -> Option<Value<'static>> {
    let info = strip_locks(info);
    Some(match &info.kind {
        TypeKind::List(_) | TypeKind::Set(_) => Value::List(Vec::new()),
        TypeKind::Map(..) => Value::Map(Vec::new()),
        TypeKind::Leaf if type_mark::integer_range(info).is_some() && info.name != "NonZero" => {
            Value::from(0)
        }
        TypeKind::Leaf => match info.name {
            "bool" | "AtomicBool" => Value::Bool(false),
            "f32" | "f64" => Value::Float(0.0),
            "String" | "str" | "PathBuf" | "OsString" => Value::from(""),
            "Duration" => Value::Duration(Duration::ZERO),
            _ => return None,
        },
        _ => return None,
    })
}

/// Adds the methods that return the value inside, or something else.
fn bind_defaults(module: &mut Module) {
    register(module, "unwrap_or", |call: Call<'_>, value: Dynamic, default: Dynamic| -> EvalResult {
        Ok(Content::of(&call, value)?.value().unwrap_or(default))
    });
    register(module, "or", |call: Call<'_>, value: Dynamic, other: Dynamic| -> EvalResult {
        Ok(Content::of(&call, value)?.value().map_or(other, to_script::some))
    });
    register(module, "and", |call: Call<'_>, value: Dynamic, other: Dynamic| -> EvalResult {
        Ok(Content::of(&call, value)?.value().map_or_else(to_script::none, |_| other))
    });
    register(module, "unwrap_or_default", |call: Call<'_>, value: Dynamic| -> EvalResult {
        let info = known_type(&value).map(strip_wrappers);
        Content::of(&call, value)?
            .value()
            .or_else(|| default_value(info?).map(to_script::to_script))
            .ok_or_else(|| {
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
            (Some(value), None) | (None, Some(value)) => to_script::some(value),
            _ => to_script::none(),
        })
    });
}

/// Adds the methods that take a closure.
fn bind_closures(module: &mut Module) {
    for name in ["map", "and_then"] {
        register(module, name, |call: Call<'_>, value: Dynamic, function: FnPtr| {
            Content::of(&call, value)?.map(&call, function)
        });
    }
    register(
        module,
        "map_or",
        |call: Call<'_>, value: Dynamic, default: Dynamic, function: FnPtr| -> EvalResult {
            match Content::of(&call, value)? {
                Content::Value(value) => run(&call, function, Some(value)),
                _ => Ok(default),
            }
        },
    );
    register(
        module,
        "map_or_else",
        |call: Call<'_>, value: Dynamic, default: FnPtr, function: FnPtr| -> EvalResult {
            match Content::of(&call, value)? {
                Content::Value(value) => run(&call, function, Some(value)),
                Content::None => run(&call, default, None),
                Content::Err(error) => run(&call, default, Some(text_of(error))),
            }
        },
    );
    for name in ["unwrap_or_else", "or_else"] {
        register(module, name, |call: Call<'_>, value: Dynamic, function: FnPtr| -> EvalResult {
            match Content::of(&call, value)? {
                Content::Value(value) => Ok(value),
                Content::None => run(&call, function, None),
                Content::Err(error) => run(&call, function, Some(text_of(error))),
            }
        });
    }
    register(module, "ok_or_else", |call: Call<'_>, value: Dynamic, function: FnPtr| -> EvalResult {
        match Content::of(&call, value)?.value() {
            Some(value) => Ok(value),
            None => Err(EvalAltResult::ErrorRuntime(run(&call, function, None)?, Position::NONE).into()),
        }
    });
    register(module, "map_err", |call: Call<'_>, value: Dynamic, function: FnPtr| -> EvalResult {
        match Content::of(&call, value)? {
            Content::Value(value) => Ok(value),
            Content::None => Ok(to_script::none()),
            Content::Err(error) => {
                let error = run(&call, function, Some(text_of(error)))?;
                Err(EvalAltResult::ErrorRuntime(error, Position::NONE).into())
            }
        }
    });
    register(module, "is_err_and", |call: Call<'_>, value: Dynamic, function: FnPtr| -> EvalResult {
        match Content::of(&call, value)? {
            Content::Err(error) => run(&call, function, Some(text_of(error))),
            _ => Ok(false.into()),
        }
    });
    for (name, of_none) in [("is_some_and", false), ("is_none_or", true), ("is_ok_and", false)] {
        register(module, name, move |call: Call<'_>, value: Dynamic, function: FnPtr| -> EvalResult {
            match Content::of(&call, value)?.value() {
                Some(value) => run(&call, function, Some(value)),
                None => Ok(of_none.into()),
            }
        });
    }
}

/// Calls a closure with a value, or with nothing.
fn run(call: &Call<'_>, function: FnPtr, value: Option<Dynamic>) -> EvalResult {
    let context = CallContext::of(call)?;
    let caller = CallbackContext::new(&context)?;
    let mut args: Vec<_> = match value {
        Some(value) if caller.takes_pair(&function, 0) => {
            let [first, second] = pair(value, &context.run)?;
            vec![first, second, Dynamic::UNIT]
        }
        value => value.into_iter().collect(),
    };
    Callback::new(&caller, function, args.len()).call(&mut args)
}

/// Returns the parts of a tuple, or the key and the value of a map's entry.
fn pair(value: Dynamic, run: &RunControl) -> EvalResult<[Dynamic; 2]> {
    let parts = IterItem::new(value, None).pair(run)?;
    parts.ok_or_else(|| {
        let error = ScriptError::new("cannot take the value apart: it is no pair");
        error.with_help("write one parameter: |x| …").into()
    })
}

/// Returns an error as a closure gets it: that of a function as its text.
fn text_of(error: Dynamic) -> Dynamic {
    let content = error.read_lock::<ScriptError>().map(|error| match &error.outcome {
        Some(content) => to_script::to_script(content.as_ref().clone()),
        None => error.message.clone().into(),
    });
    content.unwrap_or(error)
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
