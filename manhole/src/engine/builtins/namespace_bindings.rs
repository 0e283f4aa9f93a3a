//! Teaches the engine the names of a namespace: its roots and functions, and the fields and methods of every type that can be
//! reached from them.
//!
//! There is one type for all live values, so there is one getter and setter for each distinct field *name* and one function
//! for each distinct method name and number of arguments, however many types there are. The indexers catch the rest: items of
//! lists and maps, and fields of types that only show up at run time.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rhai::{Dynamic, EvalAltResult, FuncRegistration, ImmutableString, Module, NativeCallContext};

use super::collection_methods;
use crate::engine::compile::scalar_root;
use crate::engine::compile::scalar_root::Roots;
use crate::engine::live::handle::{Handle, from_returned};
use crate::engine::live::setter_writeback::{SetterCall, call_site};
use crate::engine::state::session_state::CallContext;
use crate::engine::value::convert;
use crate::engine::value::register::by_arity;
use crate::engine::value::script_error::{ScriptError, panicked};
use crate::namespace::{CallResult, FunctionItem, ItemKind, Namespace, NamespaceItem};
use crate::reflect::{CallError, MethodInfo, Step, TypeInfo, TypeKind, Value};

type Outcome<T = Dynamic> = Result<T, Box<EvalAltResult>>;

/// The module that binds a namespace.
pub(crate) fn module(namespace: &Namespace, symbols: &SymbolTable, scalar_roots: &Roots) -> Module {
    let mut module = Module::new();
    scalar_root::bind(&mut module, scalar_roots);
    for entry in namespace.entries() {
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

/// The names that the types of a namespace use.
#[derive(Default)]
pub(crate) struct SymbolTable {
    known: BTreeSet<usize>,
    types: Vec<&'static TypeInfo>,
    fields: BTreeSet<&'static str>,
    methods: BTreeMap<&'static str, Vec<(&'static TypeInfo, &'static MethodInfo)>>,
}

impl SymbolTable {
    /// The names that can be reached from the roots of `namespace`.
    pub(crate) fn of(namespace: &Namespace) -> Self {
        let mut symbols = Self::default();
        for entry in namespace.entries() {
            if let NamespaceItem(ItemKind::Root { info, .. }) = &entry.item {
                symbols.add_type(info);
            }
        }
        symbols
    }

    /// All types that have fields, variants or methods.
    pub(crate) fn types(&self) -> impl Iterator<Item = &'static TypeInfo> {
        self.types.iter().copied()
    }

    /// Adds the names of `info` and of all types below it.
    fn add_type(&mut self, info: &'static TypeInfo) {
        let mut open = vec![info];
        while let Some(info) = open.pop() {
            if !self.known.insert(std::ptr::from_ref(info).addr()) {
                continue;
            }
            if matches!(info.kind, TypeKind::Struct(..) | TypeKind::Enum(_)) || !info.methods.is_empty() {
                self.types.push(info);
            }
            self.fields.extend(info.fields().iter().map(|field| field.name));
            if let TypeKind::Enum(variants) = info.kind {
                self.fields
                    .extend(variants.iter().flat_map(|variant| variant.fields).map(|field| field.name));
            }
            for method in info.methods {
                self.methods.entry(method.name).or_default().push((info, method));
            }
            open.extend(info.inner());
        }
    }
}

impl SymbolTable {
    /// The names of all fields that are secret.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &'static str> {
        let fields = self.types().flat_map(|info| {
            let variants = if let TypeKind::Enum(variants) = info.kind { variants } else { &[] };
            info.fields().iter().chain(variants.iter().flat_map(|variant| variant.fields))
        });
        fields.filter(|field| field.secret).map(|field| field.name)
    }

    /// The names of all methods.
    pub(crate) fn method_names(&self) -> impl Iterator<Item = &'static str> {
        self.methods.keys().copied()
    }

    /// Whether a type has a method called `name`.
    pub(crate) fn has_method(&self, name: &str) -> bool {
        self.methods.contains_key(name)
    }

    /// The signatures of all methods called `name`, each with its type: `Gizmo::reset() -> u64`.
    pub(crate) fn signatures(&self, name: &str) -> Vec<String> {
        self.methods.get(name).into_iter().flatten().map(|(ty, method)| format!("{ty}::{method}")).collect()
    }
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
            let step = step(&index).map_err(|fault| fault.at(call.call_position()))?;
            get(&call, this, Some(step))
        },
    );
    FuncRegistration::new_index_setter().with_purity(true).set_into_module(
        module,
        |call: NativeCallContext<'_>, this: &mut Handle, index: Dynamic, value: Dynamic| {
            let step = step(&index).map_err(|fault| fault.at(call.call_position()))?;
            set(&call, &this.join(step), &value)
        },
    );
}

/// What stands in brackets. A text may also be the name of a field that has no getter of its own.
pub(crate) fn step(index: &Dynamic) -> Result<Step, ScriptError> {
    match index.read_lock::<ImmutableString>() {
        Some(name) => Ok(Step::Key(Value::from(name.to_string()))),
        None => convert::to_value(index).map(Step::Key),
    }
}

/// Reads what `handle` leads to, or what is one `step` further.
pub(crate) fn get(call: &NativeCallContext<'_>, handle: &Handle, step: Option<Step>) -> Outcome {
    let context = CallContext::of(call)?;
    let read = match handle.leaf(&context, step.as_ref()) {
        Ok(Some(leaf)) => {
            context.0.reads.note(call_site(call, &context), handle, step.as_ref(), &leaf).map(|()| leaf)
        }
        Ok(None) => Ok(Dynamic::from(further(handle, step))),
        Err(fault) => Err(call_it(fault, &further(handle, step), &context)),
    };
    read.map_err(|fault| fault.at(call.call_position()))
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
        Some(name)
            if collection_methods::is_known(name, 0) || context.0.language.symbols().has_method(name) =>
        {
            fault.with_help(format!("call it: {name}(…)"))
        }
        _ => fault,
    }
}

/// Writes `value` to what `handle` leads to, if it is an assignment.
pub(crate) fn set(call: &NativeCallContext<'_>, handle: &Handle, value: &Dynamic) -> Outcome<()> {
    // The engine feeds back every handle on the way to what it has set or called: not a write, and known before any lock.
    if value.read_lock::<Handle>().is_some_and(|value| value.is(handle)) {
        return Ok(());
    }
    let context = CallContext::of(call)?;
    let written = match context.0.reads.classify(&call_site(call, &context), handle, value) {
        SetterCall::Unchanged => Ok(()),
        SetterCall::Assigned => convert::to_value(value).and_then(|value| handle.set(&context, &value)),
        SetterCall::Changed(old) => convert::to_value(&old).and_then(|old| {
            let new = convert::to_value(value)?;
            if handle.replace(&context, &new, &old)? { Ok(()) } else { Err(handle.changed()) }
        }),
    };
    written.map_err(|fault| fault.at(call.call_position()))
}

fn bind_function(module: &mut Module, name: &str, function: &FunctionItem) {
    let called = name.to_owned();
    let function = function.clone();
    let arity = function.arity();
    let run = move |call: &NativeCallContext<'_>, args: &[Dynamic]| {
        let context = CallContext::of(call)?;
        let result = values(args).and_then(|args| run_function(&context, &called, &function, args));
        result.map_err(|fault| fault.at(call.call_position()))
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
    context.0.require(function.level(), &format!("{name}(…)"))?;
    context.0.language.abandoned.check_call_allowed()?;
    let failed = |error: CallError| call_fault(&function.signature(name), &error);
    let called = catch_unwind(AssertUnwindSafe(|| function.call(args)));
    let returned = match called.map_err(|panic| panicked(&*panic))?.map_err(failed)? {
        CallResult::CallOutput(returned) => returned,
        CallResult::Started(future) => {
            context.0.language.runtime.wait(future, &context.0.watchdog)?.map_err(failed)?
        }
    };
    Ok(from_returned(name, returned))
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
) -> Outcome {
    let context = CallContext::of(call)?;
    let result = values(args).and_then(|args| this.call(&context, name, &args));
    result.map_err(|fault| fault.at(call.call_position()))
}

fn values(args: &[Dynamic]) -> Result<Vec<Value<'static>>, ScriptError> {
    args.iter().map(convert::to_value).collect()
}

/// What is wrong with a call, with the signature as what to try.
pub(crate) fn call_fault(signature: &str, error: &CallError) -> ScriptError {
    let help = match error {
        CallError::Failed(_) => None,
        _ => Some(signature.to_owned()),
    };
    ScriptError::new(error.to_string()).with_help(help)
}
