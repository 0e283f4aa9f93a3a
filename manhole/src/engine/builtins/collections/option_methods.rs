//! The methods of collections that options have too.
//!
//! On an option they apply to its value, and not to the items of a collection inside.

use rhai::{Dynamic, FnPtr, NativeCallContext};

use super::receiver::{MethodEntry, Receiver};
use crate::engine::builtins::values::OptionContent;
use crate::engine::live::Handle;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, to_script, type_kinds, type_mark};
use crate::reflect::{TypeInfo, TypeKind};

/// The methods of the iterator over an option, which has one item or none.
const ITERATED: &[&str] = &[
    "all",
    "any",
    "chain",
    "count",
    "enumerate",
    "filter_map",
    "find_map",
    "flat_map",
    "fold",
    "for_each",
    "rev",
];

/// Returns whether options have a method of this name.
fn is_known(name: &str) -> bool {
    matches!(name, "filter" | "flatten" | "map" | "zip") || ITERATED.contains(&name)
}

/// Returns whether `value` is an option, and not what is inside.
pub(super) fn is_option(value: &Dynamic, name: &str) -> bool {
    is_known(name) && (to_script::is_some(value) || is_option_of_application(value))
}

fn is_option_of_application(value: &Dynamic) -> bool {
    if type_mark::marked_type(value).is_some_and(is_option_type) && !to_script::is_inside(value) {
        return true;
    }
    let Some(handle) = value.read_lock::<Handle>().filter(|_| !to_script::is_inside(value)) else {
        return false;
    };
    handle.static_type().is_some_and(is_option_type)
}

/// Returns whether the type, without its locks, is an option, a result, a cell that may be empty or a weak pointer.
fn is_option_type(info: &'static TypeInfo) -> bool {
    match info.kind {
        TypeKind::Option(_) => true,
        TypeKind::Enum(_) => info.name == "Result",
        TypeKind::Lock(inner) => {
            matches!(info.name, "OnceCell" | "OnceLock" | "Weak") || is_option_type(inner())
        }
        _ => false,
    }
}

/// Returns what a loop over `value` goes through: of an option its value, if there is one.
pub(super) fn items(call: &NativeCallContext<'_>, value: Dynamic) -> EvalResult {
    if !to_script::is_none(&value) && !is_option(&value, "map") {
        return Ok(value);
    }
    Ok(match OptionContent::of(call, value)? {
        OptionContent::Value(value) => Dynamic::from_array(vec![value]),
        OptionContent::None | OptionContent::Err(_) => Dynamic::from_array(Vec::new()),
    })
}

/// Calls a method of collections on an option. Returns `None` if options have no such method.
pub(super) fn call(
    call: &NativeCallContext<'_>,
    method: MethodEntry,
    (this, args): (&Dynamic, &[Dynamic]),
) -> Option<EvalResult> {
    // A single value has no iterator; one that a script wrote as it is may be meant as an option.
    let is_iterated = ITERATED.contains(&method.name);
    if !is_known(method.name) || is_iterated && !this.is_unit() && !is_option(this, method.name) {
        return None;
    }
    let content = match OptionContent::of(call, this.clone()) {
        Ok(content) => content,
        Err(error) => return Some(Err(error)),
    };
    if is_iterated {
        return Some(iterated(call, method, (content, args)));
    }
    let function = || Some(args.first()?.read_lock::<FnPtr>()?.clone());
    Some(match (method.name, content) {
        ("map", content) => content.map(call, function()?),
        (_, OptionContent::None) => Ok(to_script::none()),
        ("flatten", OptionContent::Value(value)) => Ok(value),
        ("zip", OptionContent::Value(value)) => {
            OptionContent::of(call, args.first()?.clone()).map(|other| match other {
                OptionContent::Value(other) => to_script::some(Dynamic::from_array(vec![value, other])),
                _ => to_script::none(),
            })
        }
        ("filter", OptionContent::Value(value)) => {
            let kept = OptionContent::Value(value.clone()).map(call, function()?);
            kept.and_then(|kept| match kept.as_bool() {
                Ok(true) => Ok(to_script::some(value)),
                Ok(false) => Ok(to_script::none()),
                Err(found) => {
                    let found = type_kinds(found);
                    let message =
                        format!("the function must return true or false: expected bool, found {found}");
                    Err(ScriptError::new(message).into())
                }
            })
        }
        _ => return None,
    })
}

fn iterated(
    call: &NativeCallContext<'_>,
    method: MethodEntry,
    (content, args): (OptionContent, &[Dynamic]),
) -> EvalResult {
    let items = match content {
        OptionContent::Value(value) => vec![value],
        OptionContent::None | OptionContent::Err(_) => Vec::new(),
    };
    let context = CallContext::of(call)?;
    let items = Dynamic::from_array(items);
    let Some(receiver) = Receiver::of_script(&context, method.name, &items) else { return Ok(items) };
    (method.run)(&receiver, args)
}
