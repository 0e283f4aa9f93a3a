//! Options and types of values: `Some`, `None`, `unwrap`, `type_of`.

use rhai::{Dynamic, EvalAltResult, FnPtr, Module, NativeCallContext, Position};

use crate::engine::live::{Handle, strip_locks};
use crate::engine::query::{Callback, CallbackContext};
use crate::engine::state::CallContext;
use crate::engine::value::{
    EvalResult, RustValue, ScriptError, plain_type, register, to_script, token_hooks, type_mark,
};

/// Adds the functions. An option is its value, or a `()` that the console shows as `None`.
pub(crate) fn bind(module: &mut Module) {
    register(module, "Some", to_script::some);
    register(module, "Ok", |value: Dynamic| value);
    register(module, "Err", |call: NativeCallContext<'_>, error: Dynamic| -> EvalResult {
        Err(EvalAltResult::ErrorRuntime(error, call.call_position()).into())
    });
    register(module, "is_none", |value: Dynamic| value.is_unit());
    register(module, "is_some", |value: Dynamic| !value.is_unit());
    let some = |value: Dynamic| (!value.is_unit()).then_some(value);
    register(module, "unwrap_or", move |value, default: Dynamic| some(value).unwrap_or(default));
    register(module, "unwrap", move |value| -> EvalResult {
        some(value).ok_or_else(|| ScriptError::new("cannot unwrap the value: it is None").into())
    });
    for name in ["is_ok", "is_err"] {
        register(module, name, move |_: Dynamic| name == "is_ok");
    }
    register(module, "ok", |value: Dynamic| value);
    register(module, "or", move |value, other: Dynamic| some(value).unwrap_or(other));
    for name in ["expect", "ok_or"] {
        register(module, name, move |value, error: Dynamic| -> EvalResult {
            some(value).ok_or_else(|| EvalAltResult::ErrorRuntime(error, Position::NONE).into())
        });
    }
    bind_closures(module);
    register(module, token_hooks::TYPE_OF, |call: NativeCallContext<'_>, value: Dynamic| {
        type_of(&call, &value)
    });
}

/// Adds the methods of options that take a closure.
fn bind_closures(module: &mut Module) {
    type Call<'a> = NativeCallContext<'a>;
    fn call(call: &Call<'_>, function: FnPtr, args: &mut [Dynamic]) -> EvalResult {
        let context = CallContext::of(call)?;
        Callback::new(&CallbackContext::new(&context)?, function, args.len()).call(args)
    }
    for name in ["map", "and_then"] {
        register(module, name, |context: Call<'_>, value: Dynamic, function: FnPtr| -> EvalResult {
            if value.is_unit() { Ok(to_script::none()) } else { call(&context, function, &mut [value]) }
        });
    }
    register(
        module,
        "map_or",
        |context: Call<'_>, value: Dynamic, default: Dynamic, function: FnPtr| -> EvalResult {
            if value.is_unit() { Ok(default) } else { call(&context, function, &mut [value]) }
        },
    );
    for name in ["unwrap_or_else", "or_else"] {
        register(module, name, |context: Call<'_>, value: Dynamic, function: FnPtr| -> EvalResult {
            if value.is_unit() { call(&context, function, &mut []) } else { Ok(value) }
        });
    }
    for (name, of_none) in [("is_some_and", false), ("is_none_or", true)] {
        register(module, name, move |context: Call<'_>, value: Dynamic, function: FnPtr| -> EvalResult {
            if value.is_unit() { Ok(of_none.into()) } else { call(&context, function, &mut [value]) }
        });
    }
}

/// Returns the type of a value; of a live value or a copy of one, its type in the application.
fn type_of(call: &NativeCallContext<'_>, value: &Dynamic) -> EvalResult<String> {
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
