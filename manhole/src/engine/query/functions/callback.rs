//! Calls of a script's functions that no native function of the engine makes: for the items of a query that a `for` loop or the
//! display of a result runs.

use std::sync::Arc;

use rhai::{
    AST, ASTNode, Dynamic, Engine, EvalAltResult, Expr, FnPtr, GlobalRuntimeState, Module, NativeCallContext,
    Position, ScriptFuncDef, Shared, Stmt,
};

use crate::engine::compile::{ENTRY, PAIR};
use crate::engine::live::ItemFunction;
use crate::engine::state::CallContext;
use crate::engine::value::EvalResult;

/// The call levels that a nested callback counts for. The levels around it are unknown, and with this many for each callback
/// the engine's limit is reached long before the stack ends.
const LEVELS_PER_CALLBACK: usize = 8;

/// The running command, whose functions a callback can call.
pub(crate) struct CallbackContext {
    context: CallContext,
    engine: Arc<Engine>,
    global: GlobalRuntimeState,
    /// The functions of the running command.
    functions: Option<Shared<Module>>,
}

impl CallbackContext {
    pub(crate) fn new(context: &CallContext) -> EvalResult<Arc<Self>> {
        let engine = context.engine().ok_or("this function is called outside a session")?;
        let functions = context.functions();
        let mut global = engine.new_global_runtime_state();
        global.lib.extend(functions.clone());
        global.level = context.callback_depth.enter() * LEVELS_PER_CALLBACK;
        Ok(Arc::new(Self { context: context.clone(), engine, global, functions }))
    }

    /// Returns whether `function` can be called with this number of arguments besides its captured values.
    pub(crate) fn takes(&self, function: &FnPtr, args: usize) -> bool {
        self.definition(function, args).is_some() || self.script_functions(function, args).is_some()
    }

    /// Returns whether the last parameter of `function`, behind this number of others, is a pair such as `(key, value)`.
    pub(crate) fn takes_pair(&self, function: &FnPtr, others: usize) -> bool {
        self.has_last_parameter(function, (others + 3, PAIR))
    }

    /// Returns whether `function` has this number of parameters, and uses the last one as a pair, such as the entry of a map.
    pub(crate) fn takes_entry(&self, function: &FnPtr, args: usize) -> bool {
        self.has_last_parameter(function, (args, ENTRY))
    }

    /// Returns whether `function` returns the order of its two parameters, as far as its text shows: it calls `cmp` or the like.
    pub(crate) fn compares(&self, function: &FnPtr) -> bool {
        let Some(definition) = self.script_fn(function.fn_name(), function.curry().len() + 2) else {
            return false;
        };
        let mut found = Module::new();
        found.set_script_fn(definition.clone());
        let is_comparison = |node: &ASTNode<'_>| match node {
            ASTNode::Expr(Expr::MethodCall(call, _) | Expr::FnCall(call, _))
            | ASTNode::Stmt(Stmt::FnCall(call, _)) => {
                matches!(call.name.as_str(), "cmp" | "partial_cmp" | "total_cmp")
            }
            _ => false,
        };
        // The walk ends where it finds one.
        !AST::new([], found).walk(&mut |path: &[ASTNode<'_>]| !path.last().is_some_and(is_comparison))
    }

    /// Calls a function that is not the script's. Returns `None` if it fails.
    pub(super) fn call_native(&self, name: &str, mut args: Vec<Dynamic>) -> Option<Dynamic> {
        let call =
            NativeCallContext::new_with_all_fields(&self.engine, name, None, &self.global, Position::NONE);
        call.call_native_fn_raw(name, false, &mut args.iter_mut().collect::<Vec<_>>()).ok()
    }

    fn has_last_parameter(&self, function: &FnPtr, (args, name): (usize, &str)) -> bool {
        let params = function.curry().len() + args;
        let scripts = || self.script_functions(function, args);
        let definition = self.script_fn(function.fn_name(), params).cloned();
        let definition = definition.or_else(|| scripts()?.get_script_fn(function.fn_name(), params).cloned());
        definition.is_some_and(|definition| definition.params.last().is_some_and(|last| last == name))
    }

    /// Returns the position of the body of `function`, if the running command has it for this number of arguments.
    fn definition(&self, function: &FnPtr, args: usize) -> Option<Position> {
        let definition = self.script_fn(function.fn_name(), function.curry().len() + args)?;
        Some(definition.body.start_position())
    }

    /// Returns the definition of the function `name` with this number of parameters, if the running command has it.
    pub(super) fn script_fn(&self, name: &str, params: usize) -> Option<&Shared<ScriptFuncDef>> {
        self.functions.as_ref()?.get_script_fn(name, params)
    }

    /// Returns whether a type of the application has a method called `name`.
    pub(super) fn has_application_method(&self, name: &str) -> bool {
        self.context.program().symbols().has_method(name)
    }

    /// Returns the functions of the imported script that has this one for this number of arguments.
    fn script_functions(&self, function: &FnPtr, args: usize) -> Option<Shared<Module>> {
        self.context.scripts.functions_with(function.fn_name(), function.curry().len() + args)
    }
}

impl Drop for CallbackContext {
    fn drop(&mut self) {
        self.context.callback_depth.leave();
    }
}

/// A script function that Rust code calls with a fixed number of arguments.
pub(crate) struct Callback {
    caller: Arc<CallbackContext>,
    function: FnPtr,
    /// The position of the body, unless it is in an imported script.
    position: Option<Position>,
    /// The state with the functions of the imported script that has the function.
    script_state: Option<GlobalRuntimeState>,
    /// The method that calls it, if that is a search.
    search: Option<&'static str>,
}

impl Callback {
    pub(crate) fn new(caller: &Arc<CallbackContext>, function: FnPtr, args: usize) -> Self {
        let position = caller.definition(&function, args);
        let functions = if position.is_some() { None } else { caller.script_functions(&function, args) };
        let script_state = functions.map(|functions| {
            let mut global = caller.global.clone();
            global.lib.clear();
            global.lib.push(functions);
            global
        });
        Self { caller: Arc::clone(caller), function, position, script_state, search: None }
    }

    /// Creates a callback for the function of a method. That of a search only reads.
    pub(crate) fn of(caller: &Arc<CallbackContext>, function: &ItemFunction, args: usize) -> Self {
        let search = function.is_search().then_some(function.method);
        Self { search, ..Self::new(caller, function.function.clone(), args) }
    }

    pub(crate) fn context(&self) -> &CallContext {
        &self.caller.context
    }

    /// Returns whether the function only returns a value, as far as its text shows.
    pub(super) fn is_harmless(&self) -> bool {
        self.caller.is_harmless(&self.function)
    }

    /// Calls the function.
    pub(crate) fn call(&self, args: &mut [Dynamic]) -> EvalResult {
        self.call_on(None, args)
    }

    /// Calls the function with `this` as its receiver.
    pub(crate) fn call_on(&self, this: Option<&mut Dynamic>, args: &mut [Dynamic]) -> EvalResult {
        let (engine, name) = (&self.caller.engine, self.function.fn_name());
        let global = self.script_state.as_ref().unwrap_or(&self.caller.global);
        let call = NativeCallContext::new_with_all_fields(engine, name, None, global, Position::NONE);
        let _search = self.search.map(|method| self.context().run.search.begin(method));
        self.function.call_raw(&call, this, args)
    }

    /// Adds the position of the function's body to an error that the function's result causes.
    pub(crate) fn locate(&self, error: impl Into<Box<EvalAltResult>>) -> Box<EvalAltResult> {
        let mut error = error.into();
        let Some(position) = self.position else { return error };
        error.set_position(position);
        let name = self.function.fn_name().to_owned();
        EvalAltResult::ErrorInFunctionCall(name, String::new(), error, Position::NONE).into()
    }
}
