//! Calls of a script's functions that the engine does not make itself: for the items of a query, which may be looked at in a
//! `for` loop or when an answer is shown, where no native function is running that could pass its own context on.

use std::sync::Arc;

use rhai::{
    Dynamic, Engine, EvalAltResult, FnPtr, GlobalRuntimeState, Module, NativeCallContext, Position, Shared,
};

use crate::engine::state::CallContext;

/// How many call levels one callback inside of another counts for. The levels of what surrounds it are not known, and this
/// many callbacks inside of one another reach the limit on levels long before the stack ends.
const LEVELS: usize = 8;

/// Who calls: the running command, whose functions can be called.
pub(crate) struct CallbackContext {
    context: CallContext,
    engine: Arc<Engine>,
    global: GlobalRuntimeState,
    /// The functions of the running command.
    own: Option<Shared<Module>>,
}

impl CallbackContext {
    pub(crate) fn new(context: &CallContext) -> Result<Arc<Self>, Box<EvalAltResult>> {
        let engine = context.engine.get().and_then(std::sync::Weak::upgrade);
        let engine = engine.ok_or("this function is called outside of a session")?;
        let own = context.functions();
        let mut global = engine.new_global_runtime_state();
        global.lib.extend(own.clone());
        let depth = context.callback_depth.enter();
        global.level = depth * LEVELS;
        Ok(Arc::new(Self { context: context.clone(), engine, global, own }))
    }

    pub(crate) const fn context(&self) -> &CallContext {
        &self.context
    }

    /// Whether `function` takes two arguments besides those it has captured: an item and its key or position.
    pub(crate) fn takes_key(&self, function: &FnPtr) -> bool {
        let known = |args| self.has(function, args) || self.script_with(function, args).is_some();
        known(2) && !known(1)
    }

    /// Whether the running command has this function for so many arguments.
    fn has(&self, function: &FnPtr, args: usize) -> bool {
        let params = function.curry().len() + args;
        self.own.as_ref().is_some_and(|own| own.get_script_fn(function.fn_name(), params).is_some())
    }

    /// The functions of the imported script that has this one for so many arguments.
    fn script_with(&self, function: &FnPtr, args: usize) -> Option<Shared<Module>> {
        self.context.scripts.functions_with(function.fn_name(), function.curry().len() + args)
    }
}

impl Drop for CallbackContext {
    fn drop(&mut self) {
        self.context.callback_depth.leave();
    }
}

/// A function of the script, to be called with a certain number of arguments.
pub(crate) struct Callback {
    caller: Arc<CallbackContext>,
    function: FnPtr,
    /// What the function sees if it was written in a script that was imported: the functions of that script.
    in_script: Option<GlobalRuntimeState>,
}

impl Callback {
    pub(crate) fn new(caller: &Arc<CallbackContext>, function: FnPtr, args: usize) -> Self {
        let script = if caller.has(&function, args) { None } else { caller.script_with(&function, args) };
        let in_script = script.map(|functions| {
            let mut global = caller.global.clone();
            global.lib.clear();
            global.lib.push(functions);
            global
        });
        Self { caller: Arc::clone(caller), function, in_script }
    }

    pub(crate) fn context(&self) -> &CallContext {
        self.caller.context()
    }

    /// Calls the function.
    pub(crate) fn call(&self, args: &mut [Dynamic]) -> Result<Dynamic, Box<EvalAltResult>> {
        let (engine, name) = (&self.caller.engine, self.function.fn_name());
        let global = self.in_script.as_ref().unwrap_or(&self.caller.global);
        let call = NativeCallContext::new_with_all_fields(engine, name, None, global, Position::NONE);
        self.function.call_raw(&call, None, args)
    }
}
