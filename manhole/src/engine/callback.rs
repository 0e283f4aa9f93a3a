//! Calls of a script's functions that the engine does not make itself: for the items of a query, which may be looked at in a
//! `for` loop or when an answer is shown, where no native function is running that could pass its own context on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rhai::{
    Dynamic, Engine, EvalAltResult, FnPtr, GlobalRuntimeState, Module, NativeCallContext, Position, Shared,
};

use super::context::Context;

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
        let in_script = script_of(&self.context, function, args.len());
        let global = in_script.map(|functions| {
            let mut global = self.global.clone();
            // What the closure calls are the functions of its own script.
            global.lib.clear();
            global.lib.push(functions);
            global
        });
        let global = global.as_ref().unwrap_or(&self.global);
        let call = NativeCallContext::new_with_all_fields(&self.engine, name, None, global, Position::NONE);
        function.call_raw(&call, None, args)
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        self.context.0.nesting.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The functions of the imported script that a closure was written in, if it was not in the running command.
fn script_of(context: &Context, function: &FnPtr, args: usize) -> Option<Shared<Module>> {
    let (name, params) = (function.fn_name(), function.curry().len() + args);
    let is_own = |functions: &Shared<Module>| functions.get_script_fn(name, params).is_some();
    if context.0.functions().as_ref().is_some_and(is_own) {
        return None;
    }
    context.0.scripts.functions_with(name, params)
}

/// Whether `function` takes two arguments besides those it has captured: an item and its key or position.
pub(super) fn takes_key(context: &Context, function: &FnPtr) -> bool {
    let params = function.curry().len() + 2;
    let name = function.fn_name();
    let known = |params| {
        let own = context.0.functions().is_some_and(|own| own.get_script_fn(name, params).is_some());
        own || context.0.scripts.functions_with(name, params).is_some()
    };
    known(params) && !known(params - 1)
}
