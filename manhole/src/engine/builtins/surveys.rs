//! Builtins that search everything below a value: `sizes`, `grep` and `locks`.

use rhai::{Dynamic, ImmutableString, Module, NativeCallContext};

use crate::engine::live::Program;
use crate::engine::state::CallContext;
use crate::engine::survey;
use crate::engine::value::{EvalResult, ScriptError, register};

type Call<'a> = NativeCallContext<'a>;

/// Adds those functions whose names the application does not use.
pub(crate) fn bind(module: &mut Module, program: &Program) {
    if !program.has("sizes") {
        register(module, "sizes", |call: Call<'_>| survey::sizes(&*CallContext::of(&call)?, None));
        register(module, "sizes", |call: Call<'_>, value: Dynamic| {
            survey::sizes(&*CallContext::of(&call)?, Some(&value))
        });
    }
    if !program.has("locks") {
        register(module, "locks", |call: Call<'_>| survey::locks(&*CallContext::of(&call)?));
    }
    if !program.has("grep") {
        register(module, "grep", |call: Call<'_>, text: Dynamic| grep(&call, None, &text));
        register(module, "grep", |call: Call<'_>, value: Dynamic, text: Dynamic| {
            grep(&call, Some(&value), &text)
        });
    }
}

fn grep(call: &Call<'_>, value: Option<&Dynamic>, text: &Dynamic) -> EvalResult {
    let Some(text) = text.read_lock::<ImmutableString>() else {
        let error = ScriptError::new("grep takes the text that it searches for as a string");
        return Err(error.with_help("grep(\"text\"), or grep(x, \"text\") for a value").into());
    };
    survey::grep(&*CallContext::of(call)?, value, &text)
}
