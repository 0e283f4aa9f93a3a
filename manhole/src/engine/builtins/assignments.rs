//! Assignments to fields, items and roots.
//!
//! `gizmo.count = 5` is compiled as a call of a function here, and so is a method that changes a value in its place, such as
//! `gizmo.name.push("x")`. No value of the application has a setter, so nothing that the engine does can write by itself.

use rhai::{
    Array, Blob, Dynamic, EvalAltResult, FuncRegistration, INT, ImmutableString, Map, Module,
    NativeCallContext, Position,
};

use crate::engine::live::{Handle, Recomputed, step, strip_locks, strip_wrappers, to_value};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, register, to_script};
use crate::reflect::{Lookup, Step, TypeKind, Value};

type Call<'a> = NativeCallContext<'a>;

/// Adds the functions.
pub(super) fn bind(module: &mut Module) {
    bind_live(module);
    bind_script(module);
    bind_roots(module);
}

/// Adds the functions for values of the application. For the engine a root is a constant, on which only pure functions are called.
fn bind_live(module: &mut Module) {
    register(
        module,
        "__assign",
        |call: Call<'_>, this: &mut Handle, name: ImmutableString, value: Dynamic| {
            assign(&call, &field(this, &name), &value)
        },
    );
    register(module, "__assign_at", |call: Call<'_>, this: &mut Handle, key: Dynamic, value: Dynamic| {
        assign(&call, &this.join(step(&key)?), &value)
    });
    register(
        module,
        "__modify",
        |call: Call<'_>, this: &mut Handle, name: ImmutableString, operator: &str, value: Dynamic| {
            modify(&call, &field(this, &name), operator, &value)
        },
    );
    register(
        module,
        "__modify_at",
        |call: Call<'_>, this: &mut Handle, key: Dynamic, operator: &str, value: Dynamic| {
            modify(&call, &this.join(step(&key)?), operator, &value)
        },
    );
    register(
        module,
        "__change",
        |call: Call<'_>, this: &mut Handle, name: ImmutableString, method: &str, args: Array| {
            change(&call, field(this, &name), method, args)
        },
    );
    register(
        module,
        "__change_at",
        |call: Call<'_>, this: &mut Handle, key: Dynamic, method: &str, args: Array| {
            change(&call, this.join(step(&key)?), method, args)
        },
    );
}

fn field(handle: &Handle, name: &str) -> Handle {
    handle.join(Step::Name(name.to_owned().into()))
}

/// Adds the functions for roots that are a single value.
fn bind_roots(module: &mut Module) {
    fn root(call: &Call<'_>, name: &str) -> EvalResult<Handle> {
        let context = CallContext::of(call)?;
        let root = context.program().scalar_roots().get(name).cloned();
        root.ok_or_else(|| ScriptError::new(format!("there is no root `{name}`")).into())
    }
    register(module, "__root", |call: Call<'_>, name: &str| -> EvalResult {
        let context = CallContext::of(&call)?;
        if let Some(handle) = context.program().roots().get(name) {
            handle.check_visible(&context.run)?;
            return Ok(Dynamic::from(handle.clone()));
        }
        Ok(root(&call, name)?.get(&context.run)?)
    });
    // Its argument is a copy, so that the closure of a method can use the variable too.
    register(module, "__value", |value: Dynamic| value);
    register(module, "__assign_root", |call: Call<'_>, name: &str, value: Dynamic| {
        assign(&call, &root(&call, name)?, &value)
    });
    register(module, "__modify_root", |call: Call<'_>, name: &str, operator: &str, value: Dynamic| {
        modify(&call, &root(&call, name)?, operator, &value)
    });
    register(module, "__change_root", |call: Call<'_>, name: &str, method: &str, args: Array| {
        change(&call, root(&call, name)?, method, args)
    });
}

fn assign(call: &Call<'_>, target: &Handle, value: &Dynamic) -> EvalResult<()> {
    // A value that is assigned to itself stays.
    if value.read_lock::<Handle>().is_some_and(|value| value.is_same_place(target)) {
        return Ok(());
    }
    let context = CallContext::of(call)?;
    let written = target.set(&context.run, &collected_for(target, to_value(value)?));
    Ok(written.map_err(|error| suggest_insert(error, target, &context))?)
}

/// Returns the text of the characters or texts that were collected for a place of the type `String`.
fn collected_for(target: &Handle, value: Value<'static>) -> Value<'static> {
    let Value::List(items) = &value else { return value };
    let is_text = |item: &Value<'_>| matches!(item, Value::Char(_) | Value::Text(_));
    let is_string = target.static_type().is_some_and(|info| strip_wrappers(info).name == "String");
    if !is_string || items.is_empty() || !items.iter().all(is_text) {
        return value;
    }
    let texts = items.iter().map(|item| match item {
        Value::Text(text) => text.to_string(),
        Value::Char(char) => char.to_string(),
        _ => String::new(),
    });
    Value::from(texts.collect::<String>())
}

/// Suggests an insertion if a map has no such key.
fn suggest_insert(error: ScriptError, target: &Handle, context: &CallContext) -> ScriptError {
    let is_new = error.missing_place.as_deref() == Some(target.location().as_str());
    match (target.parent(), target.path().last()) {
        (Some(map), Some(Step::Key(key))) if is_new && map.is_map(&context.run) => {
            let place = map.location();
            error.with_help(format!("add the key: {place}.insert({key}, …)"))
        }
        _ => error,
    }
}

pub(super) fn modify(call: &Call<'_>, target: &Handle, operator: &str, value: &Dynamic) -> EvalResult<()> {
    let compute = |old| {
        let value = operate(call, old, operator, value.clone())?;
        Ok(Recomputed { value: Some(value), result: Dynamic::UNIT })
    };
    target.recompute(&CallContext::of(call)?.run, compute).map(drop)
}

/// Calls a method that changes its value: of a leaf on a copy, which is then assigned.
pub(super) fn change(call: &Call<'_>, target: Handle, method: &str, args: Array) -> EvalResult {
    let context = CallContext::of(call)?;
    if let ("insert" | "replace", [value]) = (method, args.as_slice()) {
        if is_option(&target) {
            let old = target.copy(&context.run)?;
            assign(call, &target, value)?;
            return if method == "replace" { Ok(old) } else { Ok(target.get(&context.run)?) };
        }
    }
    if matches!(target.classify(&context.run)?, Lookup::Composite) {
        if method == "take" && args.is_empty() {
            let place = target.location();
            let error = ScriptError::new(format!("cannot take {place}: it is no single value"));
            return Err(error
                .with_help(format!("copy it, then clear it: old = {place}.clone(); {place} = None"))
                .into());
        }
        return call_method(call, &mut Dynamic::from(target), method, args);
    }
    target.recompute(&context.run, |old| {
        let mut value = old.clone();
        let result = call_method(call, &mut value, method, args.clone())?;
        let is_same = to_value(&value)?.same(&to_value(&old)?);
        Ok(Recomputed { value: (!is_same).then_some(value), result })
    })
}

/// Returns whether the value is an option. The methods of one around a collection are those of the collection.
fn is_option(target: &Handle) -> bool {
    target.static_type().map(strip_locks).is_some_and(|info| {
        matches!(info.kind, TypeKind::Option(_))
            && !matches!(strip_wrappers(info).kind, TypeKind::List(_) | TypeKind::Map(..) | TypeKind::Set(_))
    })
}

fn call_method(call: &Call<'_>, this: &mut Dynamic, method: &str, mut args: Array) -> EvalResult {
    let mut all: Vec<_> = std::iter::once(this).chain(&mut args).collect();
    call.call_fn_raw(method, true, true, &mut all).map_err(unlocated)
}

/// Returns the result of `old operator value`, for an operator such as `+`.
fn operate(call: &Call<'_>, mut old: Dynamic, operator: &str, mut value: Dynamic) -> EvalResult {
    call.call_native_fn_raw(operator, false, &mut [&mut old, &mut value]).map_err(unlocated)
}

/// Removes the position of an error, so that the engine adds that of the assignment.
fn unlocated(mut error: Box<EvalAltResult>) -> Box<EvalAltResult> {
    error.clear_position();
    error
}

/// Adds the functions for values of a script.
fn bind_script(module: &mut Module) {
    macro_rules! bind {
        ($name:literal, |$call:ident, $this:ident, $key:ident: $ty:ty $(, $arg:ident: $arg_ty:ty)*| $body:expr) => {
            FuncRegistration::new($name).in_global_namespace().with_purity(false).set_into_module(
                module,
                |$call: Call<'_>, $this: &mut Dynamic, $key: $ty $(, $arg: $arg_ty)*| { $body },
            );
        };
    }
    bind!("__assign", |call, this, name: ImmutableString, value: Dynamic| {
        Element::named(name, this).set(&call, this, value)
    });
    bind!("__assign_at", |call, this, key: Dynamic, value: Dynamic| Element::Item(key)
        .set(&call, this, value));
    bind!("__modify", |call, this, name: ImmutableString, operator: &str, value: Dynamic| {
        Element::named(name, this).modify(&call, this, |old| operate(&call, old, operator, value))
    });
    bind!("__modify_at", |call, this, key: Dynamic, operator: &str, value: Dynamic| {
        Element::Item(key).modify(&call, this, |old| operate(&call, old, operator, value))
    });
    bind!("__change", |call, this, name: ImmutableString, method: &str, args: Array| {
        Element::named(name, this).change(&call, this, method, args)
    });
    bind!("__change_at", |call, this, key: Dynamic, method: &str, args: Array| {
        Element::Item(key).change(&call, this, method, args)
    });
    bind!("__take", |call, this, name: ImmutableString| {
        Element::named(name, this).change(&call, this, "__take_self", Array::new())
    });
    bind!("__take_at", |call, this, key: Dynamic| {
        Element::Item(key).change(&call, this, "__take_self", Array::new())
    });
    bind!("__replace", |call, this, name: ImmutableString, value: Dynamic| {
        Element::named(name, this).change(&call, this, "__replace_self", vec![value])
    });
    bind!("__replace_at", |call, this, key: Dynamic, value: Dynamic| {
        Element::Item(key).change(&call, this, "__replace_self", vec![value])
    });
}

/// A part of a script's value.
enum Element {
    Field(ImmutableString),
    Item(Dynamic),
}

impl Element {
    /// Returns the field, or the item of a tuple, which is an array here.
    fn named(name: ImmutableString, this: &Dynamic) -> Self {
        match name.parse::<INT>() {
            Ok(index) if this.is_array() => Self::Item(index.into()),
            _ => Self::Field(name),
        }
    }

    fn set(&self, call: &Call<'_>, this: &mut Dynamic, value: Dynamic) -> EvalResult<()> {
        if let Some(mut map) = this.write_lock::<Map>() {
            let key = self.key()?;
            if matches!(self, Self::Item(key) if to_script::must_exist(key))
                && !map.contains_key(key.as_str())
            {
                return Err(ScriptError::new("cannot unwrap the value: it is None").into());
            }
            map.insert(key.as_str().into(), value);
            return Ok(());
        }
        if let (Self::Item(index), Some(mut items)) = (self, this.write_lock::<Array>()) {
            let len = items.len();
            *items.get_mut(position(index, len)?).ok_or_else(|| out_of_bounds(index, len))? = value;
            return Ok(());
        }
        if let (Self::Item(index), Some(mut bytes)) = (self, this.write_lock::<Blob>()) {
            let len = bytes.len();
            let byte = value.as_int().ok().and_then(|byte| u8::try_from(byte).ok());
            let byte =
                byte.ok_or_else(|| ScriptError::new("cannot assign to the byte: expected 0 to 255"))?;
            *bytes.get_mut(position(index, len)?).ok_or_else(|| out_of_bounds(index, len))? = byte;
            return Ok(());
        }
        if let (Self::Item(index), Some(mut text)) = (self, this.write_lock::<ImmutableString>()) {
            let mut chars: Vec<_> = text.chars().collect();
            let len = chars.len();
            let char = value
                .as_char()
                .map_err(|_| ScriptError::new("cannot assign to the character: expected a `char`"))?;
            *chars.get_mut(position(index, len)?).ok_or_else(|| out_of_bounds(index, len))? = char;
            *text = chars.into_iter().collect::<String>().into();
            return Ok(());
        }
        if let (Self::Item(index), Some(mut bits)) = (self, this.write_lock::<INT>()) {
            let bit = u32::try_from(position(index, 64)?).ok().and_then(|bit| 1_i64.checked_shl(bit));
            let bit = bit.ok_or_else(|| out_of_bounds(index, 64))?;
            let is_set = value
                .as_bool()
                .map_err(|_| ScriptError::new("cannot assign to the bit: expected a `bool`"))?;
            *bits = if is_set { *bits | bit } else { *bits & !bit };
            return Ok(());
        }
        self.call_accessor(call, this, "set", Some(&value)).map(drop)
    }

    fn get(&self, call: &Call<'_>, this: &mut Dynamic) -> EvalResult {
        if let Some(map) = this.read_lock::<Map>() {
            return Ok(map.get(self.key()?.as_str()).cloned().unwrap_or_default());
        }
        if let (Self::Item(index), Some(items)) = (self, this.read_lock::<Array>()) {
            let item = items.get(position(index, items.len())?);
            return item.cloned().ok_or_else(|| out_of_bounds(index, items.len()));
        }
        self.call_accessor(call, this, "get", None)
    }

    fn modify(
        &self,
        call: &Call<'_>,
        this: &mut Dynamic,
        new: impl FnOnce(Dynamic) -> EvalResult,
    ) -> EvalResult<()> {
        let new = new(self.get(call, this)?)?;
        self.set(call, this, new)
    }

    /// Calls a method that may change the part. The part is taken out for that, so that it is not copied.
    fn change(&self, call: &Call<'_>, this: &mut Dynamic, method: &str, args: Array) -> EvalResult {
        let mut part = match self.take(this)? {
            Some(part) => part,
            None => self.get(call, this)?,
        };
        let result = call_method(call, &mut part, method, args);
        // A method that fails may have changed nothing.
        self.set(call, this, part)?;
        result
    }

    /// Takes the part out of an array or a map, if it has it.
    fn take(&self, this: &mut Dynamic) -> EvalResult<Option<Dynamic>> {
        if let Some(mut map) = this.write_lock::<Map>() {
            return Ok(map.get_mut(self.key()?.as_str()).map(std::mem::take));
        }
        let (Self::Item(index), Some(mut items)) = (self, this.write_lock::<Array>()) else {
            return Ok(None);
        };
        let position = position(index, items.len())?;
        Ok(items.get_mut(position).map(std::mem::take))
    }

    fn key(&self) -> EvalResult<ImmutableString> {
        match self {
            Self::Field(name) => Ok(name.clone()),
            Self::Item(key) => key
                .clone()
                .into_immutable_string()
                .map_err(|_| ScriptError::new("cannot use the key: a script's map has texts as keys").into()),
        }
    }

    /// Calls the getter or setter that the application has registered for one of its types.
    fn call_accessor(
        &self,
        call: &Call<'_>,
        this: &mut Dynamic,
        kind: &str,
        value: Option<&Dynamic>,
    ) -> EvalResult {
        let accessors = match self {
            // As for the engine, a type without such a field may have an index of that name.
            Self::Field(name) => {
                vec![(format!("{kind}${name}"), None), (format!("index${kind}$"), Some(name.clone().into()))]
            }
            Self::Item(key) => vec![(format!("index${kind}$"), Some(key.clone()))],
        };
        for (function, key) in accessors {
            let mut args: Vec<Dynamic> = key.into_iter().chain(value.cloned()).collect();
            let mut all: Vec<_> = std::iter::once(&mut *this).chain(&mut args).collect();
            match call.call_native_fn_raw(function, true, &mut all) {
                // There is no such accessor.
                Err(error)
                    if matches!(
                        *error,
                        EvalAltResult::ErrorFunctionNotFound(..)
                            | EvalAltResult::ErrorDotExpr(..)
                            | EvalAltResult::ErrorIndexingType(..)
                    ) => {}
                result => return result.map_err(unlocated),
            }
        }
        let ty = call.engine().map_type_name(this.type_name()).to_owned();
        Err(match self {
            Self::Field(name) => {
                // In the engine's own words.
                let text = format!("Unknown property '{name}' - a setter is not registered for type '{ty}'");
                EvalAltResult::ErrorDotExpr(text, Position::NONE).into()
            }
            Self::Item(_) => EvalAltResult::ErrorIndexingType(ty, Position::NONE).into(),
        })
    }
}

/// Returns the position for an index, which counts from the end if it is negative.
fn position(index: &Dynamic, len: usize) -> EvalResult<usize> {
    let index = index
        .as_int()
        .map_err(|ty| ScriptError::new(format!("cannot use {ty} as an index: expected an integer")))?;
    let position = if index < 0 {
        usize::try_from(index.unsigned_abs()).ok().and_then(|back| len.checked_sub(back))
    } else {
        usize::try_from(index).ok().filter(|index| *index < len)
    };
    position.ok_or_else(|| out_of_bounds(&index.into(), len))
}

fn out_of_bounds(index: &Dynamic, len: usize) -> Box<EvalAltResult> {
    EvalAltResult::ErrorArrayBounds(len, index.as_int().unwrap_or_default(), Position::NONE).into()
}
