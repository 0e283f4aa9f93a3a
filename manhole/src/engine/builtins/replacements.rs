//! What replaces a value and returns the one before: `mem::take`, `mem::replace`, `fetch_add`.

use rhai::{Dynamic, FnPtr, FuncRegistration, ImmutableString, Module, NativeCallContext};

use crate::engine::live::{Handle, Recomputed, step, strip_locks, to_value};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, register, to_script};
use crate::reflect::{Lookup, Step, TypeKind, Value};

type Call<'a> = NativeCallContext<'a>;

/// Adds the functions. For the engine a root is a constant, on which only pure functions are called.
pub(super) fn bind(module: &mut Module) {
    fn field(handle: &Handle, name: &str) -> Handle {
        handle.join(Step::Name(name.to_owned().into()))
    }
    fn item(handle: &Handle, key: &Dynamic) -> EvalResult<Handle> {
        Ok(handle.join(step(key)?))
    }
    fn root(call: &Call<'_>, name: &str) -> EvalResult<Handle> {
        let root = CallContext::of(call)?.program().scalar_roots().get(name).cloned();
        root.ok_or_else(|| ScriptError::new(format!("cannot replace `{name}`: it is no single value")).into())
    }
    register(module, "__take", |call: Call<'_>, this: &mut Handle, name: ImmutableString| {
        take(&call, &field(this, &name))
    });
    register(module, "__take_at", |call: Call<'_>, this: &mut Handle, key: Dynamic| {
        take(&call, &item(this, &key)?)
    });
    register(module, "__take_root", |call: Call<'_>, name: &str| take(&call, &root(&call, name)?));
    register(
        module,
        "__replace",
        |call: Call<'_>, this: &mut Handle, name: ImmutableString, value: Dynamic| {
            replace(&call, &field(this, &name), &value)
        },
    );
    register(module, "__replace_at", |call: Call<'_>, this: &mut Handle, key: Dynamic, value: Dynamic| {
        replace(&call, &item(this, &key)?, &value)
    });
    register(module, "__replace_root", |call: Call<'_>, name: &str, value: Dynamic| {
        replace(&call, &root(&call, name)?, &value)
    });
    register(
        module,
        "__fetch",
        |call: Call<'_>, this: &mut Handle, name: ImmutableString, operator: &str, value: Dynamic| {
            fetch(&call, &field(this, &name), (operator, value))
        },
    );
    register(
        module,
        "__fetch_at",
        |call: Call<'_>, this: &mut Handle, key: Dynamic, operator: &str, value: Dynamic| {
            fetch(&call, &item(this, &key)?, (operator, value))
        },
    );
    register(module, "__fetch_root", |call: Call<'_>, name: &str, operator: &str, value: Dynamic| {
        fetch(&call, &root(&call, name)?, (operator, value))
    });
    FuncRegistration::new("__take_self").in_global_namespace().with_purity(false).set_into_module(
        module,
        |this: &mut Dynamic| -> EvalResult {
            let old = this.clone().flatten();
            *this = match &old {
                option if to_script::is_some(option) => to_script::none(),
                set if to_script::is_set(set) => to_script::set(rhai::Array::new()),
                old => default_of(old)?,
            };
            Ok(old)
        },
    );
    FuncRegistration::new("get_or_insert").in_global_namespace().with_purity(false).set_into_module(
        module,
        |this: &mut Dynamic, value: Dynamic| -> Dynamic {
            if this.is_unit() {
                *this = to_script::some(value);
            }
            to_script::inside(this.clone())
        },
    );
    FuncRegistration::new("get_or_insert_with").in_global_namespace().with_purity(false).set_into_module(
        module,
        |call: Call<'_>, this: &mut Dynamic, function: FnPtr| -> EvalResult {
            if this.is_unit() {
                *this = to_script::some(function.call_within_context(&call, ())?);
            }
            Ok(to_script::inside(this.clone()))
        },
    );
    FuncRegistration::new("__replace_self").in_global_namespace().with_purity(false).set_into_module(
        module,
        |call: Call<'_>, this: &mut Dynamic, value: Dynamic| -> EvalResult {
            if to_script::is_set(this) && !to_script::is_set(&value) {
                return call.call_fn_raw("replace", true, true, &mut [this, &mut value.clone()]);
            }
            // An option of a list gets another list, or `None`.
            if this.is_array() && !value.is_array() && !value.is_unit() && !to_script::is_none(&value) {
                let error = ScriptError::new("cannot call `replace`: the value is a list");
                return Err(error.with_help("change its item: v[0] = x").into());
            }
            Ok(std::mem::replace(this, value))
        },
    );
}

/// Replaces the value at `target` by the default of its type.
fn take(call: &Call<'_>, target: &Handle) -> EvalResult {
    match target.static_type().map(|info| &strip_locks(info).kind) {
        Some(TypeKind::Option(_)) => recompute(call, target, |_| Ok(to_script::none())),
        Some(_) => recompute(call, target, default_of),
        // Only an option accepts `None`.
        None => recompute(call, target, |_| Ok(to_script::none()))
            .or_else(|_| recompute(call, target, default_of)),
    }
}

fn replace(call: &Call<'_>, target: &Handle, value: &Dynamic) -> EvalResult {
    recompute(call, target, |_| Ok(value.clone()))
}

fn fetch(call: &Call<'_>, target: &Handle, (operator, value): (&str, Dynamic)) -> EvalResult {
    recompute(call, target, |old| {
        let (mut old, mut value) = (old.clone(), value.clone());
        call.call_native_fn_raw(operator, false, &mut [&mut old, &mut value]).map_err(|mut error| {
            error.clear_position();
            error
        })
    })
}

/// Replaces the value at `target` by what `new` makes of it. Returns the value before.
fn recompute(call: &Call<'_>, target: &Handle, new: impl Fn(&Dynamic) -> EvalResult) -> EvalResult {
    let context = CallContext::of(call)?;
    if matches!(target.classify(&context.run)?, Lookup::Composite) {
        let place = target.location();
        let error = ScriptError::new(format!("cannot replace {place}: it is no single value"));
        return Err(error
            .with_help(format!("copy it, then assign it: old = {place}.clone(); {place} = …"))
            .into());
    }
    target.recompute(&context.run, |old| Ok(Recomputed { value: Some(new(&old)?), result: old }))
}

/// Returns the default of the type of `value`.
fn default_of(value: &Dynamic) -> EvalResult {
    Ok(match to_value(value)? {
        Value::Unit => to_script::none(),
        Value::Bool(_) => false.into(),
        Value::Int(_) | Value::Uint(_) => 0.into(),
        Value::F32(_) | Value::Float(_) => 0.0.into(),
        Value::Text(_) => "".into(),
        Value::Duration(_) => Dynamic::from(std::time::Duration::ZERO),
        Value::Bytes(_) => Dynamic::from_blob(Vec::new()),
        Value::List(_) => Dynamic::from_array(rhai::Array::new()),
        Value::Map(_) => Dynamic::from_map(rhai::Map::new()),
        value => {
            let message = format!("cannot take {value}: its type has no default here");
            return Err(ScriptError::new(message)
                .with_help("name the new value: std::mem::replace(&mut x, value)")
                .into());
        }
    })
}
