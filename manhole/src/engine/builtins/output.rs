//! Builtins that print: `table`, `tree`, `json`, `dbg` and `time`.

use std::time::Instant;

use rhai::{Array, Dynamic, FnPtr, INT, Map, Module, NativeCallContext};

use crate::engine::live::Handle;
use crate::engine::show::{Formatter, Json, deep_copy, table, tree};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, Signature, register};

type Call<'a> = NativeCallContext<'a>;

/// Adds the functions.
pub(crate) fn bind(module: &mut Module) {
    register(module, "table", |call: Call<'_>, value: Dynamic| -> EvalResult<()> {
        let context = CallContext::of(&call)?;
        let preview = Formatter::new(&context).preview(&value)?;
        context.run.print(&table::table(&preview, context.run.limits.columns()));
        Ok(())
    });
    register(module, "tree", |call: Call<'_>, value: Dynamic| draw_tree(&call, &value, None));
    register(module, "tree", |call: Call<'_>, value: Dynamic, depth: INT| {
        draw_tree(&call, &value, Some(depth))
    });
    register(module, "json", |call: Call<'_>, value: Dynamic| -> EvalResult<()> {
        let context = CallContext::of(&call)?;
        let value = deep_copy::copy(&value, &context)?;
        let text = serde_json::to_string_pretty(&Json(&value)).map_err(|error| error.to_string())?;
        context.run.print(&(text + "\n"));
        Ok(())
    });
    register(module, "__print_part", |call: Call<'_>, text: &str| -> EvalResult<()> {
        CallContext::of(&call)?.run.print(text);
        Ok(())
    });
    bind_to_json(module);
    for arity in 1..=8 {
        Signature { name: "dbg", arity }.register_function(module, debug);
    }
    register(module, "time", |call: Call<'_>, function: FnPtr| -> EvalResult {
        let context = CallContext::of(&call)?;
        let start = Instant::now();
        let value = function.call_raw(&call, None, [])?;
        let took = start.elapsed();
        context.run.print(&format!("took {took:.1?}\n"));
        Ok(value)
    });
}

/// Adds `to_json` for all types. It replaces the engine's, which is for maps and does not know live values.
fn bind_to_json(module: &mut Module) {
    fn to_json(call: &Call<'_>, value: &Dynamic) -> EvalResult<String> {
        let context = CallContext::of(call)?;
        let value = deep_copy::copy(value, &context)?;
        let text = serde_json::to_string(&Json(&value)).map_err(|error| error.to_string())?;
        if text.len() > crate::engine::run::limits::MAX_TEXT_BYTES {
            return Err(ScriptError::new("cannot make the JSON: it is longer than 1 MiB").into());
        }
        Ok(text)
    }
    register(module, "to_json", |call: Call<'_>, value: Dynamic| to_json(&call, &value));
    macro_rules! bind_by_reference {
        ($($ty:ty)*) => {$(
            register(module, "to_json", |call: Call<'_>, value: &mut $ty| to_json(&call, &Dynamic::from(value.clone())));
        )*};
    }
    bind_by_reference!(Map Array Handle);
}

fn draw_tree(call: &Call<'_>, value: &Dynamic, depth: Option<INT>) -> EvalResult<()> {
    let context = CallContext::of(call)?;
    let mut limits = context.run.limits.preview_limits();
    if let Some(depth) = depth {
        limits.depth = usize::try_from(depth).unwrap_or_default().min(limits.depth.max(32));
    }
    context.run.print(&tree::tree(&Formatter::with_limits(&context, limits).preview(value)?));
    Ok(())
}

fn debug(call: &Call<'_>, args: &[Dynamic]) -> EvalResult {
    let context = CallContext::of(call)?;
    for value in args {
        context.run.print(&(Formatter::new(&context).text(value)? + "\n"));
    }
    Ok(args.last().cloned().unwrap_or_default())
}
