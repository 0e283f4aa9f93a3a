//! The bindings of a namespace: its functions, and the fields and methods of every type that its roots reach.
//!
//! All live values have one type in a script. So there is one getter for each field *name*, and one function for each
//! method name and number of arguments, however many types have them. Indexers handle the rest: items of lists and maps, and fields
//! of types that only appear at run time.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rhai::{Dynamic, FuncRegistration, Module, NativeCallContext};

use super::collections;
use crate::engine::live::{Handle, Program, from_call_output, step, values};
use crate::engine::run::{Change, ChangeKind};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, ScriptResult, Signature, panicked};
use crate::namespace::{CallResult, FunctionItem, ItemKind, NamespaceItem};
use crate::reflect::{CallError, Step, Value};
use crate::threads::call_application;

/// Creates the module with the bindings of `program`.
pub(super) fn module(program: &Program) -> Module {
    let mut module = Module::new();
    let symbols = program.symbols();
    for entry in program.namespace.entries() {
        if let NamespaceItem(ItemKind::Function(function)) = &entry.item {
            bind_function(&mut module, &entry.name, function);
        }
    }
    for field in &symbols.fields {
        bind_field(&mut module, field);
    }
    for (name, methods) in &symbols.methods {
        let arities: HashSet<_> = methods.iter().map(|(_, method)| method.params.len()).collect();
        for arity in arities.into_iter().filter(|arity| !collections::is_known(name, *arity)) {
            bind_method(&mut module, name, arity);
        }
    }
    collections::bind(&mut module);
    bind_indexers(&mut module);
    module
}

fn bind_field(module: &mut Module, name: &'static str) {
    let step = Step::Name(name.into());
    FuncRegistration::new_getter(name)
        .set_into_module(module, move |call: NativeCallContext<'_>, this: &mut Handle| {
            get(&call, this, Some(step.clone()))
        });
}

fn bind_indexers(module: &mut Module) {
    FuncRegistration::new_index_getter().set_into_module(
        module,
        |call: NativeCallContext<'_>, this: &mut Handle, index: Dynamic| {
            let step = step(&index)?;
            get(&call, this, Some(step))
        },
    );
}

/// Reads the value of `handle`, or of one `step` further.
pub(crate) fn get(call: &NativeCallContext<'_>, handle: &Handle, step: Option<Step>) -> EvalResult {
    let context = CallContext::of(call)?;
    let read = match handle.leaf(&context.run, step.as_ref()) {
        Ok(Some(leaf)) => Ok(leaf),
        Ok(None) => Ok(Dynamic::from(join(handle, step))),
        Err(error) => Err(suggest_call(error, &join(handle, step), &context)),
    };
    read.map_err(Into::into)
}

fn join(handle: &Handle, step: Option<Step>) -> Handle {
    match step {
        Some(step) => handle.join(step),
        None => handle.clone(),
    }
}

/// Suggests a call if a field is missing and a method has its name.
fn suggest_call(error: ScriptError, handle: &Handle, context: &CallContext) -> ScriptError {
    match handle.last_name().filter(|_| error.is_no_part) {
        Some(name) if collections::is_known(name, 0) || context.program().symbols().has_method(name) => {
            error.with_help(format!("call it: {name}(…)"))
        }
        _ => error,
    }
}

fn bind_function(module: &mut Module, name: &str, function: &FunctionItem) {
    let (function, arity) =
        (NamedFunction { name: name.to_owned(), item: function.clone() }, function.arity());
    Signature { name, arity }.register_function(module, move |call, args| {
        Ok(function.call(&*CallContext::of(call)?, values(args)?)?)
    });
}

/// A function of the application, and its name.
pub(crate) struct NamedFunction {
    pub(crate) name: String,
    pub(crate) item: FunctionItem,
}

impl NamedFunction {
    /// Calls the function, and waits for it if it is `async`.
    pub(crate) fn call(&self, context: &CallContext, args: Vec<Value<'static>>) -> ScriptResult<Dynamic> {
        let Self { name, item } = self;
        context.run.require(item.level(), &format!("{name}(…)"))?;
        context.run.check_call_allowed()?;
        context.run.check_panics()?;
        context.run.search.check_change(ChangeKind::Call, || format!("{name}(…), which may write"))?;
        let values: Vec<_> = args.iter().collect();
        let change = Change { kind: ChangeKind::Call, values: &values };
        context.run.changes.begin(context.run.level(), &change, || (name.clone(), false))?;
        let failed = |error: CallError| {
            let failed = ScriptError::new(error.message_for(name));
            if let CallError::Failed(text) = &error {
                return failed.of_function_with(text.to_string());
            }
            failed.with_help(format!("call it: {}", item.signature(name)))
        };
        let called = catch_unwind(AssertUnwindSafe(|| call_application(|| item.call(args))));
        let output = match called.map_err(|panic| panicked(&*panic))?.map_err(failed)? {
            CallResult::Returned(output) => output,
            CallResult::Started(future) => {
                context.run.runtime.wait(future, &context.run.watchdog)?.map_err(failed)?
            }
        };
        Ok(from_call_output(name, output))
    }
}

fn bind_method(module: &mut Module, name: &'static str, arity: usize) {
    Signature { name, arity }.register_method(module, move |call, this: &mut Handle, args| {
        collections::call_method(call, this, name, args)
    });
}
