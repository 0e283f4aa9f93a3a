//! The methods that only live values have: `push`, `insert`, `update`, `snapshot`, `retain`.

use rhai::{Dynamic, FnPtr, ImmutableString, Module};

use super::copies::clone;
use super::receiver::{MethodEntry, Receiver, method, number};
use crate::engine::live::{
    Handle, KeyOrItem, Query, Recomputed, Stage, from_script, step, strip_wrappers, to_value,
};
use crate::engine::query::{Aggregation, Callback, CallbackContext, Comparison, retain};
use crate::engine::state::Edit;
use crate::engine::value::{EvalResult, ScriptError, Signature, to_script, type_mark};
use crate::reflect::{CollectionEdit, Level, Manhole, Removed, Shape, Step, TypeInfo, TypeKind, Value};

/// The methods that only live values have.
pub(super) const METHODS: &[MethodEntry] = &[
    method("len", 0, |on, _| {
        Ok(type_mark::mark(on.handle()?.len(&on.context.run)?.into(), usize::type_info()))
    }),
    method("is_empty", 0, |on, _| Ok((on.handle()?.len(&on.context.run)? == 0).into())),
    method("contains", 1, |on, args| on.live_contains(&args[0]).map(Dynamic::from)),
    method("contains_key", 1, |on, args| {
        on.live_get(&args[0]).map(|found| (!to_script::is_none(&found)).into())
    }),
    method("keys", 0, |on, _| Ok(Dynamic::from(Query::live(on.handle()?.clone(), KeyOrItem::Key)))),
    method("values", 0, |on, _| on.then(Stage::Values)),
    method("get", 1, |on, args| on.live_get(&args[0])),
    method("push", 1, |on, args| on.change(&CollectionEdit::Push(to_value(&args[0])?))),
    method("insert", 1, |on, args| on.insert(&args[0])),
    method("insert", 2, |on, args| {
        on.change(&CollectionEdit::Insert(to_value(&args[0])?, to_value(&args[1])?))
    }),
    method("extend", 1, |on, args| on.extend(&args[0])),
    method("remove", 1, |on, args| on.change(&CollectionEdit::Remove(to_value(&args[0])?))),
    method("pop", 0, |on, _| on.change(&CollectionEdit::Pop)),
    method("shift", 0, |on, _| {
        if on.handle()?.len(&on.context.run)? == 0 {
            return Ok(to_script::none());
        }
        on.change(&CollectionEdit::Remove(Value::from(0))).map(to_script::some)
    }),
    method("truncate", 1, |on, args| on.change(&CollectionEdit::Truncate(on.count(args, 0)?))),
    method("clear", 0, |on, _| on.change(&CollectionEdit::Clear)),
    method("update", 2, |on, args| on.update(&args[0], on.function(args)?.function)),
    method("snapshot", 0, |on, _| Ok(on.handle()?.script_snapshot(&on.context.run)?)),
    method("variant", 0, |on, _| on.variant()),
    method("retain", 1, |on, args| Ok(number(retain(on.handle()?, &on.function(args)?, on.context)?))),
    method("key", 0, |on, _| on.key()),
    method("value", 0, |on, _| on.value()),
    method("to_string", 0, |on, _| on.text()),
    method("to_debug", 0, |on, _| on.text()),
];

/// Adds the methods.
pub(super) fn bind(module: &mut Module) {
    for method in METHODS.iter().copied() {
        let signature = Signature { name: method.name, arity: method.arity };
        signature
            .register_method(module, move |call, this: &mut Handle, args| method.call_live(call, this, args));
    }
}

/// Returns what an edit does to the places of other items.
const fn edit_kind(edit: &CollectionEdit<'_>) -> Edit {
    match edit {
        CollectionEdit::Push(_)
        | CollectionEdit::Pop
        | CollectionEdit::Truncate(_)
        | CollectionEdit::Clear => Edit::AtEnd,
        _ => Edit::Anywhere,
    }
}

impl Receiver<'_> {
    /// Adds an item to a set.
    fn insert(&self, item: &Dynamic) -> EvalResult {
        if !self.is_live_set()? {
            let place = self.handle()?.location();
            let message = format!("cannot insert into {place}: expected 2 arguments, found 1");
            let help = "pass the key or position first: insert(key, item); push(item) appends to a list";
            return Err(ScriptError::new(message).with_help(help).into());
        }
        self.change(&CollectionEdit::Push(to_value(item)?))
    }

    /// Appends the items of another collection, one after another.
    fn extend(&self, items: &Dynamic) -> EvalResult {
        let Some(query) = Query::of(items, self.context)? else {
            return Err(ScriptError::new("`extend` takes a list of items").into());
        };
        let is_map = self.handle()?.is_map(&self.context.run);
        let query = if is_map { query.then(Stage::Pairs) } else { query };
        for item in Aggregation::new(query, self.context).to_array()? {
            let edit = match (to_value(&clone(self.context, item)?)?, is_map) {
                (Value::List(mut pair), true) if pair.len() == 2 => {
                    let item = pair.remove(1);
                    CollectionEdit::Insert(pair.remove(0), item)
                }
                (item, _) => CollectionEdit::Push(item),
            };
            self.change(&edit).map(drop)?;
        }
        Ok(Dynamic::UNIT)
    }

    /// Returns the key or position under which the value is in its collection.
    fn key(&self) -> EvalResult {
        match self.handle()?.path().last() {
            Some(Step::Key(key)) => Ok(to_script(key.clone())),
            _ => Ok(to_script::none()),
        }
    }

    /// Returns the value of an entry of a map, which is the entry here; of any other value, its field `value`.
    fn value(&self) -> EvalResult {
        let handle = self.handle()?;
        match handle.path().last() {
            Some(Step::Key(_)) => self.itself(),
            _ => Ok(handle.join(Step::Name("value".into())).get(&self.context.run)?),
        }
    }

    /// Returns whether the collection contains `item`: a map as a key, a list or set as an item.
    fn live_contains(&self, item: &Dynamic) -> EvalResult<bool> {
        let handle = self.handle()?;
        let info = handle.read(&self.context.run, |found| found.reflect().info())?;
        match strip_wrappers(info).kind {
            TypeKind::Map(key, _) => Comparison(self.context).check_possible("a key", key(), item)?,
            TypeKind::Set(inner) | TypeKind::List(inner) => {
                Comparison(self.context).check_possible("an item", inner(), item)?;
            }
            _ => {}
        }
        let key = from_script::key(&self.context.run, item)?;
        let known = handle.read(&self.context.run, move |found| match found.reflect().into_shape() {
            Shape::Map(map) => Some(map.get(&key).is_some()),
            Shape::Set(set) if set.has_lookup() => Some(set.contains(&key)),
            _ => None,
        });
        match known? {
            Some(known) => Ok(known),
            None => self.contains(item),
        }
    }

    /// Returns the item at a position or under a key, or `None`.
    fn live_get(&self, key: &Dynamic) -> EvalResult {
        let handle = self.handle()?;
        // Fails if it is not a collection.
        handle.len(&self.context.run)?;
        if let Some(items) = self.items_in(key)? {
            return Ok(items);
        }
        if self.is_live_set()? {
            let is_known = self.live_contains(key)?;
            return Ok(if is_known { to_script::some(key.clone()) } else { to_script::none() });
        }
        let item = handle.join(step(key)?);
        if item.is_missing(&self.context.run) {
            let info = handle.read(&self.context.run, |found| found.reflect().info())?;
            Ok(match strip_wrappers(info).kind {
                TypeKind::Map(_, item) | TypeKind::List(item) => type_mark::mark(to_script::none(), item()),
                _ => to_script::none(),
            })
        } else {
            Ok(to_script::some(item.get(&self.context.run)?))
        }
    }

    fn change(&self, change: &CollectionEdit<'_>) -> EvalResult {
        let (handle, edit) = (self.handle()?, edit_kind(change));
        if self.context.run.level() >= Level::Operate {
            self.context.iterations.before_edit(handle, edit)?;
        }
        Ok(match handle.change(&self.context.run, change)? {
            Removed::Nothing => Dynamic::UNIT,
            Removed::Missing => to_script::none(),
            Removed::Item(item) => {
                let item = to_script(item);
                let item = match handle.static_type().and_then(item_type) {
                    Some(info) if !item.is_bool() => type_mark::mark_inside(item, info),
                    _ => item,
                };
                let is_option = match change {
                    CollectionEdit::Pop => true,
                    _ => !item.is_bool() && handle.is_map(&self.context.run),
                };
                if is_option { to_script::some(item) } else { item }
            }
        })
    }

    /// Updates a field: `update(gizmo, "count", |v| v + 1)`. Reads, computes without a lock, and writes if the value is
    /// still the same; otherwise tries again.
    fn update(&self, field: &Dynamic, function: FnPtr) -> EvalResult {
        let step = match field.read_lock::<ImmutableString>() {
            Some(name) => Step::Name(name.to_string().into()),
            None => step(field)?,
        };
        let target = self.handle()?.join(step);
        let callback = Callback::new(&CallbackContext::new(self.context)?, function, 1);
        target.recompute(&self.context.run, |old| {
            let new = callback.call(&mut [old])?;
            Ok(Recomputed { value: Some(new.clone()), result: new })
        })
    }

    /// Returns the name of an enum value's variant.
    fn variant(&self) -> EvalResult {
        let handle = self.handle()?;
        match handle.variant(&self.context.run)? {
            Some(name) => Ok(name.into()),
            None => Err(ScriptError::new(format!("{} is not an enum", handle.location())).into()),
        }
    }
}

/// Returns the type of the items of a collection.
fn item_type(collection: &'static TypeInfo) -> Option<&'static TypeInfo> {
    match strip_wrappers(collection).kind {
        TypeKind::List(item) | TypeKind::Set(item) | TypeKind::Map(_, item) => Some(item()),
        _ => None,
    }
}
