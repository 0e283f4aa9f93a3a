//! The methods of collections that options have too.

use rhai::{Dynamic, FnPtr, NativeCallContext};

use crate::engine::query::{Callback, CallbackContext};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, to_script};

/// Calls a method of collections on an option. Returns `None` if options have no such method.
pub(super) fn call(
    call: &NativeCallContext<'_>,
    name: &str,
    (this, args): (&Dynamic, &[Dynamic]),
) -> Option<EvalResult> {
    match (name, args) {
        ("flatten", []) => Some(Ok(this.clone())),
        ("zip", [other]) if this.is_unit() || other.is_unit() => Some(Ok(to_script::none())),
        ("zip", [other]) => Some(Ok(Dynamic::from_array(vec![this.clone(), other.clone()]))),
        ("filter", [_]) if this.is_unit() => Some(Ok(to_script::none())),
        ("filter", [function]) => {
            let function = function.read_lock::<FnPtr>()?.clone();
            let is_kept = kept(call, function, this).map(|kept| kept.as_bool().unwrap_or(false));
            Some(is_kept.map(|is_kept| if is_kept { this.clone() } else { to_script::none() }))
        }
        _ => None,
    }
}

fn kept(call: &NativeCallContext<'_>, function: FnPtr, value: &Dynamic) -> EvalResult {
    let context = CallContext::of(call)?;
    Callback::new(&CallbackContext::new(&context)?, function, 1).call(&mut [value.clone()])
}
