//! Teaches the engine the names of a namespace: its roots and functions, and the fields and methods of every type that can be
//! reached from them.
//!
//! There is one type for all live values, so there is one getter and setter for each distinct field *name* and one function
//! for each distinct method name and number of arguments, however many types there are. The indexers catch the rest: items of
//! lists and maps, and fields of types that only show up at run time.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rhai::{Dynamic, FuncRegistration, ImmutableString, Module, NativeCallContext};

use super::{collection_methods, scalar_roots};
use crate::engine::live::{Handle, Program, SetterCall, call_site, from_call_output, to_value};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, by_arity, panicked};
use crate::namespace::{CallResult, FunctionItem, ItemKind, NamespaceItem};
use crate::reflect::{CallError, Step, Value};

/// The module with the names of `program`.
pub(super) fn module(program: &Program) -> Module {
    let mut module = Module::new();
    let symbols = program.symbols();
    scalar_roots::bind(&mut module, program.scalar_roots());
    for entry in program.namespace.entries() {
        if let NamespaceItem(ItemKind::Function(function)) = &entry.item {
            bind_function(&mut module, &entry.name, function);
        }
    }
    for field in &symbols.fields {
        bind_field(&mut module, field);
    }
    for (name, methods) in &symbols.methods {
        let arities: BTreeSet<_> = methods.iter().map(|(_, method)| method.params.len()).collect();
        for arity in arities.into_iter().filter(|arity| !collection_methods::is_known(name, *arity)) {
            bind_method(&mut module, name, arity);
        }
    }
    collection_methods::bind(&mut module, symbols);
    collection_methods::bind_comparisons(&mut module);
    bind_indexers(&mut module);
    module
}

fn bind_field(module: &mut Module, name: &'static str) {
    let step = Step::Name(name.into());
    let read_step = step.clone();
    FuncRegistration::new_getter(name)
        .set_into_module(module, move |call: NativeCallContext<'_>, this: &mut Handle| {
            get(&call, this, Some(read_step.clone()))
        });
    // Marked as pure although it writes: a root is a constant to the engine, which would refuse to call it otherwise.
    FuncRegistration::new_setter(name).with_purity(true).set_into_module(
        module,
        move |call: NativeCallContext<'_>, this: &mut Handle, value: Dynamic| {
            set(&call, &this.join(step.clone()), &value)
        },
    );
}

fn bind_indexers(module: &mut Module) {
    FuncRegistration::new_index_getter().set_into_module(
        module,
        |call: NativeCallContext<'_>, this: &mut Handle, index: Dynamic| {
            let step = step(&index)?;
            get(&call, this, Some(step))
        },
    );
    FuncRegistration::new_index_setter().with_purity(true).set_into_module(
        module,
        |call: NativeCallContext<'_>, this: &mut Handle, index: Dynamic, value: Dynamic| {
            let step = step(&index)?;
            set(&call, &this.join(step), &value)
        },
    );
}

/// What stands in brackets. A text may also be the name of a field that has no getter of its own.
pub(crate) fn step(index: &Dynamic) -> Result<Step, ScriptError> {
    match index.read_lock::<ImmutableString>() {
        Some(name) => Ok(Step::Key(Value::from(name.to_string()))),
        None => to_value(index).map(Step::Key),
    }
}

/// Reads what `handle` leads to, or what is one `step` further.
pub(crate) fn get(call: &NativeCallContext<'_>, handle: &Handle, step: Option<Step>) -> EvalResult {
    let context = CallContext::of(call)?;
    let read = match handle.leaf(&context.run, step.as_ref()) {
        Ok(Some(leaf)) => context
            .reads
            .record(call_site(call, context.callback_depth.depth()), handle, step.as_ref(), &leaf)
            .map(|()| leaf),
        Ok(None) => Ok(Dynamic::from(further(handle, step))),
        Err(fault) => Err(call_it(fault, &further(handle, step), &context)),
    };
    read.map_err(Into::into)
}

fn further(handle: &Handle, step: Option<Step>) -> Handle {
    match step {
        Some(step) => handle.join(step),
        None => handle.clone(),
    }
}

/// What was read may have been meant to be called.
fn call_it(fault: ScriptError, handle: &Handle, context: &CallContext) -> ScriptError {
    match handle.last_name() {
        Some(name) if collection_methods::is_known(name, 0) || context.program.symbols().has_method(name) => {
            fault.with_help(format!("call it: {name}(…)"))
        }
        _ => fault,
    }
}

/// Writes `value` to what `handle` leads to, if it is an assignment.
pub(crate) fn set(call: &NativeCallContext<'_>, handle: &Handle, value: &Dynamic) -> EvalResult<()> {
    // The engine feeds back every handle on the way to what it has set or called: not a write, and known before any lock.
    if value.read_lock::<Handle>().is_some_and(|value| value.is_same_place(handle)) {
        return Ok(());
    }
    let context = CallContext::of(call)?;
    let written =
        match context.reads.classify(&call_site(call, context.callback_depth.depth()), handle, value) {
            SetterCall::Unchanged => Ok(()),
            SetterCall::Assigned => to_value(value).and_then(|value| handle.set(&context.run, &value)),
            SetterCall::Changed(old) => to_value(&old).and_then(|old| {
                let new = to_value(value)?;
                if handle.replace(&context.run, &new, &old)? { Ok(()) } else { Err(handle.changed()) }
            }),
        };
    written.map_err(Into::into)
}

fn bind_function(module: &mut Module, name: &str, function: &FunctionItem) {
    let called = name.to_owned();
    let function = function.clone();
    let arity = function.arity();
    let run = move |call: &NativeCallContext<'_>, args: &[Dynamic]| {
        let context = CallContext::of(call)?;
        let result = values(args).and_then(|args| run_function(&context, &called, &function, args));
        result.map_err(Into::into)
    };
    by_arity!(arity, [], |call, args| run(call, args), module, name);
}

/// Calls a function of the program, and waits for it if it is `async`.
pub(crate) fn run_function(
    context: &CallContext,
    name: &str,
    function: &FunctionItem,
    args: Vec<Value<'static>>,
) -> Result<Dynamic, ScriptError> {
    context.run.require(function.level(), &format!("{name}(…)"))?;
    context.run.abandoned.check_call_allowed()?;
    let failed = |error: CallError| call_fault(&function.signature(name), &error);
    let called = catch_unwind(AssertUnwindSafe(|| function.call(args)));
    let returned = match called.map_err(|panic| panicked(&*panic))?.map_err(failed)? {
        CallResult::CallOutput(returned) => returned,
        CallResult::Started(future) => {
            context.run.runtime.wait(future, &context.run.watchdog)?.map_err(failed)?
        }
    };
    Ok(from_call_output(name, returned))
}

fn bind_method(module: &mut Module, name: &'static str, arity: usize) {
    by_arity!(arity, [this: &mut Handle], |call, args| call_method(call, this, name, args), module, name);
}

/// Calls a method of what `this` leads to.
pub(crate) fn call_method(
    call: &NativeCallContext<'_>,
    this: &Handle,
    name: &str,
    args: &[Dynamic],
) -> EvalResult {
    let context = CallContext::of(call)?;
    let result = values(args).and_then(|args| this.call(&context.run, name, &args));
    result.map_err(Into::into)
}

fn values(args: &[Dynamic]) -> Result<Vec<Value<'static>>, ScriptError> {
    args.iter().map(to_value).collect()
}

/// What is wrong with a call, with the signature as what to try.
pub(crate) fn call_fault(signature: &str, error: &CallError) -> ScriptError {
    let help = match error {
        CallError::Failed(_) => None,
        _ => Some(signature.to_owned()),
    };
    ScriptError::new(error.to_string()).with_optional_help(help)
}
