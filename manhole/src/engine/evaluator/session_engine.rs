//! The script engine of one session: limits, hooks, modules.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use rhai::{Dynamic, Engine, OptimizationLevel};

use super::engine_template::{EngineTemplate, STANDARD};
use super::imports::{MAX_IMPORTED_SCRIPTS, Resolver};
use super::offered_names::BoundNames;
use crate::engine::builtins::{builtin_docs, collections, install_comparisons};
use crate::engine::live::{Handle, Program, Query, strip_wrappers, values};
use crate::engine::query::execute;
use crate::engine::run::{MAX_TEXT_BYTES, MAX_VARIABLES};
use crate::engine::show;
use crate::engine::state::{CallContext, FailedCall};
use crate::engine::value::{
    RustValue, ScriptError, ScriptInstant, Unbound, to_script, token_hooks, type_kinds, type_mark,
};
use crate::reflect::{MAX_COLLECTION_ITEMS, Step, TypeInfo};

/// Creates the engine of the session `context`.
pub(super) fn engine(template: &EngineTemplate, names: &BoundNames, context: &CallContext) -> Arc<Engine> {
    let mut engine = Engine::new_raw();
    if let Some(extension) = &template.extension {
        // First, so that it cannot undo the settings below.
        let _ = catch_unwind(AssertUnwindSafe(|| extension(&mut engine)));
    }
    engine.set_optimization_level(OptimizationLevel::None);
    apply_limits(&mut engine);
    let session = context.clone();
    token_hooks::install(&mut engine, move |token, follows_dot| {
        session.parse_guard.check(&session.run.watchdog, token, follows_dot)
    });
    resolve_variables(&mut engine, context, &names.program);
    record_failed_calls(&mut engine, context);
    install_comparisons(&mut engine);
    // The operators of the language would hide those that keep the types of integers.
    engine.set_fast_operators(false);
    engine.set_fail_on_invalid_map_property(true);
    engine.register_type_with_name::<Handle>("application value");
    engine.register_type_with_name::<Query>("Query");
    engine.register_type_with_name::<Duration>("Duration");
    engine.register_type_with_name::<SystemTime>("SystemTime");
    engine.register_type_with_name::<ScriptInstant>("Instant");
    engine.register_type_with_name::<RustValue>("value in Rust's notation");
    engine.register_type_with_name::<Unbound>("name without a value");
    engine.register_type_with_name::<ScriptError>("error");
    engine.register_global_module(STANDARD.clone());
    engine.register_global_module(names.modules().bindings.clone());
    engine.register_global_module(execute::module(context).into());
    for (name, module) in &names.modules().qualified {
        engine.register_static_module(*name, module.clone());
    }
    engine.set_module_resolver(Resolver(context.clone()));
    engine.set_max_modules(MAX_IMPORTED_SCRIPTS);
    engine.set_default_tag(Dynamic::from(context.clone()));
    let session = context.clone();
    engine.on_progress(move |_| session.run.watchdog.tick().err().map(|_| Dynamic::UNIT));
    let session = context.clone();
    engine.on_print(move |text| {
        session.run.print(&format!("{text}\n"));
    });
    let session = context.clone();
    engine.on_debug(move |text, _, _| {
        session.run.print(&format!("{text}\n"));
    });
    Arc::new(engine)
}

/// Resolves variables that the script does not define: roots, and large integer literals.
#[expect(deprecated, reason = "the engine marks its unstable interfaces so")]
fn resolve_variables(engine: &mut Engine, context: &CallContext, program: &Arc<Program>) {
    let (context, program) = (context.clone(), Arc::clone(program));
    engine.on_var(move |name, index, mut evaluation| {
        if context.closures.load(Ordering::Relaxed) {
            if let Some(constant) = context.gc.track(name, &mut evaluation)? {
                return Ok(Some(constant));
            }
        }
        // The parser found the variable in the script.
        if index > 0 {
            return Ok(None);
        }
        match token_hooks::resolve(name) {
            Some(integer) => Ok(Some(integer)),
            None => {
                // A variable hides a root.
                if evaluation.scope().contains(name) {
                    return Ok(None);
                }
                if let Some(root) = program.roots().get(name) {
                    root.check_visible(&context.run)?;
                    return Ok(Some(Dynamic::from(root.clone())));
                }
                // Closures would capture a variable of a module.
                if name == "None" {
                    return Ok(Some(to_script::none()));
                }
                // A script has no access to the variables of the session.
                if evaluation.source().is_some() { Ok(None) } else { context.outer(name) }
            }
        }
    });
}

/// Calls methods of types that only appear at run time, and records the types of the arguments of failed calls, for messages.
#[expect(deprecated, reason = "the engine marks its unstable interfaces so")]
fn record_failed_calls(engine: &mut Engine, context: &CallContext) {
    let context = context.clone();
    engine.on_missing_function(move |name, args, is_method, _| {
        let live = args.first().and_then(|first| first.read_lock::<Handle>().map(|handle| handle.clone()));
        let count = args.len().saturating_sub(1);
        if let Some(field) = live.as_ref().filter(|_| count == 0).and_then(|live| field_of(live, name)) {
            if is_unknown(&context, name, 0) {
                return Ok(Some(field.get(&context.run)?));
            }
        }
        let live = live.filter(|handle| handle.static_type().is_none() && is_unknown(&context, name, count));
        if let Some(handle) = live.as_ref().filter(|handle| handle.has_method(&context.run, name)) {
            let args: Vec<Dynamic> = args.iter().skip(1).map(|arg| (**arg).clone()).collect();
            return show::call_method(&context, handle, name, &values(&args)?).map(Some);
        }
        let receiver = args.first().and_then(|first| type_of(&context, &*first.read_lock::<Handle>()?));
        let types = args.iter().map(|arg| type_name(&context, arg)).collect();
        context.add_failed_call(FailedCall { name: name.to_owned(), is_method, types, receiver });
        Ok(None)
    });
}

/// Returns the field that a method without arguments means: what the console shows as `finished` is `is_finished()` in Rust.
fn field_of(handle: &Handle, method: &str) -> Option<Handle> {
    let fields = strip_wrappers(handle.static_type()?).fields();
    let names = [method, method.strip_prefix("is_").unwrap_or(method)];
    let field = names.iter().find_map(|name| fields.iter().find(|field| field.name == *name))?;
    Some(handle.join(Step::Name(field.name.into())))
}

/// Returns whether no function is called `name` and takes a live value with `count` arguments. The engine reports the failure of any
/// call as that of an unknown function, and a call that failed is not repeated.
fn is_unknown(context: &CallContext, name: &str, count: usize) -> bool {
    let program = context.program();
    let methods = program.symbols().methods.get(name);
    let is_method =
        methods.is_some_and(|methods| methods.iter().any(|(_, method)| method.params.len() == count));
    !is_method
        && !collections::is_known(name, count)
        && builtin_docs::find(name).is_none()
        && program.function_item(name).is_none()
}

/// Returns the type of a live value: the static one, or that of the value behind a trait object if no lock is in the way.
fn type_of(context: &CallContext, handle: &Handle) -> Option<&'static TypeInfo> {
    handle
        .static_type()
        .or_else(|| handle.read_within(&context.run, Duration::ZERO, |value| value.reflect().info()).ok())
}

/// Returns the name of a value's type for a message.
fn type_name(context: &CallContext, value: &Dynamic) -> String {
    if value.is_unit() {
        return "()".to_owned();
    }
    if let Some(info) = value.read_lock::<Handle>().and_then(|handle| type_of(context, &handle)) {
        return strip_wrappers(info).to_string();
    }
    match type_mark::marked_type(value) {
        Some(info) => strip_wrappers(info).to_string(),
        None if value.is_string() => "String".to_owned(),
        None => type_kinds(value.type_name()),
    }
}

/// Limits the nesting and the values of scripts. Every script of the tests stays within a stack of
/// 64 MiB with these, in debug and in release builds.
fn apply_limits(engine: &mut Engine) {
    engine
        .set_max_call_levels(48)
        .set_max_expr_depths(64, 32)
        .set_max_string_size(MAX_TEXT_BYTES)
        .set_max_array_size(MAX_COLLECTION_ITEMS)
        .set_max_map_size(MAX_COLLECTION_ITEMS)
        .set_max_variables(MAX_VARIABLES)
        .set_max_functions(256)
        .set_max_modules(0)
        // The watchdog counts instead, since this counter misses some operations.
        .set_max_operations(0)
        // A script that calls itself through `eval` overflows the native stack whatever the limits.
        .disable_symbol("eval")
        // Curried functions nest by value without a limit. A closure that calls another does the same.
        .disable_symbol("curry");
}
