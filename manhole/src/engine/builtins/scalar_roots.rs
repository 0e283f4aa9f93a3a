//! Roots that are a single value: `counter`, not `gizmo.count`.
//!
//! Scripts cannot compute with a handle. So such a root is read as its value, by the engine's hook for variables. An assignment is
//! compiled as one to a property of an object, see [`root_assignment`](crate::engine::compile::root_assignment).
//!
//! A closure captures the value of every variable that it uses and does not define. The value of a root has a mark, so that a closure
//! that captured it reads the root, and not the value from the time when the closure was created.

use rhai::{Dynamic, EvalContext, FuncRegistration, Module, NativeCallContext};

use super::namespace_bindings;
use crate::engine::live::{ROOTS_OBJECT, Roots};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, to_script};

/// The type of [`ROOTS_OBJECT`].
#[derive(Clone)]
struct RootsObject;

/// Adds the object with a property for each root.
pub(crate) fn bind(module: &mut Module, roots: &Roots) {
    for (name, handle) in roots {
        let (readable, writable) = (handle.clone(), handle.clone());
        FuncRegistration::new_getter(name).set_into_module(
            module,
            move |call: NativeCallContext<'_>, _: &mut RootsObject| {
                namespace_bindings::get(&call, &readable, None)
            },
        );
        FuncRegistration::new_setter(name).with_purity(true).set_into_module(
            module,
            move |call: NativeCallContext<'_>, _: &mut RootsObject, value: Dynamic| {
                namespace_bindings::set(&call, &writable, &value)
            },
        );
    }
}

/// Returns the value of the root `name`, unless a variable of the script hides it.
pub(crate) fn resolve(
    context: &CallContext,
    name: &str,
    evaluation: &EvalContext<'_, '_, '_, '_, '_, '_>,
) -> EvalResult<Option<Dynamic>> {
    if let Some(handle) = context.program.roots().get(name) {
        if evaluation.scope().contains(name) {
            return Ok(None);
        }
        handle.check_visible(&context.run)?;
        return Ok(Some(Dynamic::from(handle.clone())));
    }
    if let Some(handle) = context.program.scalar_roots().get(name) {
        if evaluation.scope().get(name).is_some_and(|known| !to_script::is_root(known)) {
            return Ok(None);
        }
        let value = handle.clone().get(&context.run)?;
        return Ok(Some(to_script::root(value)));
    }
    let object = name == ROOTS_OBJECT && !evaluation.scope().contains(name);
    Ok(object.then(|| Dynamic::from(RootsObject)))
}
