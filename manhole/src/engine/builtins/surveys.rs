//! Builtins that search everything below a value: `sizes`.

use rhai::{Dynamic, Module, NativeCallContext};

use crate::engine::live::Program;
use crate::engine::state::CallContext;
use crate::engine::survey;
use crate::engine::value::register;

type Call<'a> = NativeCallContext<'a>;

/// Adds those functions whose names the application does not use.
pub(crate) fn bind(module: &mut Module, program: &Program) {
    if !program.has("sizes") {
        register(module, "sizes", |call: Call<'_>| survey::sizes(&*CallContext::of(&call)?, None));
        register(module, "sizes", |call: Call<'_>, value: Dynamic| {
            survey::sizes(&*CallContext::of(&call)?, Some(&value))
        });
    }
}
