//! Calls of a script's functions that the engine does not make itself: for the items of a query, which may be looked at in a
//! `for` loop or when an answer is shown, where no native function is running that could pass its own context on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rhai::{Dynamic, Engine, EvalAltResult, FnPtr, GlobalRuntimeState, NativeCallContext, Position};

use super::handle::Context;

/// How many call levels one callback inside of another counts for. The levels of what surrounds it are not known, and this
/// many callbacks inside of one another reach the limit on levels long before the stack ends.
const LEVELS: usize = 8;

/// How many callbacks are running inside of one another.
#[derive(Default)]
pub(super) struct Nesting(AtomicUsize);

impl Nesting {
    pub(super) fn depth(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// The way to call functions of the running command.
pub(super) struct Callback {
    pub(super) context: Context,
    engine: Arc<Engine>,
    global: GlobalRuntimeState,
}

impl Callback {
    pub(super) fn new(context: &Context) -> Result<Self, Box<EvalAltResult>> {
        let engine = context.0.engine.get().and_then(std::sync::Weak::upgrade);
        let engine = engine.ok_or("this function is called outside of a session")?;
        let mut global = engine.new_global_runtime_state();
        global.lib.extend(context.0.functions());
        let depth = context.0.nesting.0.fetch_add(1, Ordering::Relaxed) + 1;
        global.level = depth * LEVELS;
        Ok(Self { context: context.clone(), engine, global })
    }

    /// Calls `function`.
    pub(super) fn call(&self, function: &FnPtr, args: &mut [Dynamic]) -> Result<Dynamic, Box<EvalAltResult>> {
        let name = function.fn_name();
        let call =
            NativeCallContext::new_with_all_fields(&self.engine, name, None, &self.global, Position::NONE);
        function.call_raw(&call, None, args)
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        self.context.0.nesting.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether `function` takes two arguments besides those it has captured: an item and its key or position.
pub(super) fn takes_key(context: &Context, function: &FnPtr) -> bool {
    let params = function.curry().len() + 2;
    context.0.functions().is_some_and(|functions| {
        functions.get_script_fn(function.fn_name(), params).is_some()
            && functions.get_script_fn(function.fn_name(), params - 1).is_none()
    })
}
