//! A script's function that a query calls for each item.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, FnPtr};

use super::callback::{Callback, CallbackContext};
use super::plan::{Entry, Fields, First, Plan};
use crate::engine::live::{FieldsRead, ItemFunction, IterItem, Label, Rows, from_script};
use crate::engine::query::item_check::ItemCheck;
use crate::engine::value::{EvalResult, ScriptError, type_kinds};
use crate::reflect::Value;

/// The parameters of a function for items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameters {
    /// None: the item of a script's own collection is `this`.
    This,
    /// The item.
    Item,
    /// The item; of a map, its key and item as a pair.
    Entry,
    /// The key or position, and the item.
    KeyAndItem,
    /// The parts of a pair, as in `|(key, value)|`, and a mark of that.
    Pair,
}

impl Parameters {
    pub(crate) fn of(caller: &CallbackContext, function: &FnPtr) -> Self {
        if caller.takes_pair(function, 0) {
            return Self::Pair;
        }
        if caller.takes_entry(function, 1) {
            return Self::Entry;
        }
        match [1, 2, 0].map(|args| caller.takes(function, args)) {
            [false, true, _] => Self::KeyAndItem,
            [false, false, true] => Self::This,
            _ => Self::Item,
        }
    }

    pub(crate) const fn count(self) -> usize {
        match self {
            Self::This => 0,
            Self::Item | Self::Entry => 1,
            Self::KeyAndItem => 2,
            Self::Pair => 3,
        }
    }
}

/// What is copied of an item.
#[derive(Clone, Copy)]
pub(in crate::engine::query) struct KnownItem<'a> {
    /// The item; not for one that is only the position in a list.
    pub(in crate::engine::query) item: Option<&'a IterItem>,
    /// The rows of its batch, and its number there.
    pub(in crate::engine::query) row: Option<(&'a Rows, usize)>,
}

/// A script's function that a query calls for each item. With one parameter it gets the item. With two it gets first the key in a
/// map, the other one of a pair, or the position among the items that arrive.
pub(crate) struct ItemCallback {
    function: Callback,
    parameters: Parameters,
    position: Cell<usize>,
    check: ItemCheck,
    /// Whether it changes and calls nothing, once an item needs it.
    is_harmless: OnceCell<bool>,
    /// How it is computed without the engine.
    plan: Option<Plan>,
    /// The first source of its items, and where the fields of the plan are in the copies of that. `None` where there are too many.
    columns: OnceCell<(Arc<FieldsRead>, Option<Vec<usize>>)>,
}

impl ItemCallback {
    pub(crate) fn new(caller: &Arc<CallbackContext>, function: &ItemFunction, check: &ItemCheck) -> Self {
        let parameters = match Parameters::of(caller, &function.function) {
            Parameters::This if check.is_live() => Parameters::Item,
            parameters => parameters,
        };
        // The number of parameters, and that of the one for the item.
        let params = match parameters {
            Parameters::Item => Some((1, 0)),
            Parameters::KeyAndItem => Some((2, 1)),
            Parameters::Pair => Some((3, 1)),
            Parameters::This | Parameters::Entry => None,
        };
        let plan = params.and_then(|params| Plan::of(caller, &function.function, params));
        let function = Callback::of(caller, function, parameters.count());
        let (is_harmless, columns) = (OnceCell::new(), OnceCell::new());
        Self {
            function,
            parameters,
            position: Cell::new(0),
            check: check.clone(),
            is_harmless,
            plan,
            columns,
        }
    }

    /// Returns whether it may be computed without the engine, from copies of `fields`, to which it adds what it needs.
    pub(in crate::engine::query) fn prepare(&self, fields: &Arc<FieldsRead>) -> bool {
        self.plan.as_ref().is_some_and(|plan| self.columns_of(plan, fields).is_some())
    }

    /// Returns the function's result for an item of which this is known, or `None` where the engine must compute it.
    pub(in crate::engine::query) fn computed(&self, known: KnownItem<'_>) -> Option<Dynamic> {
        self.compute(known, Plan::value)
    }

    /// Returns whether the function returns true for an item of which this is known, or `None` where the engine must compute it.
    pub(in crate::engine::query) fn tested(&self, known: KnownItem<'_>) -> Option<bool> {
        self.compute(known, Plan::test)
    }

    fn compute<T>(
        &self,
        known: KnownItem<'_>,
        compute: impl FnOnce(&Plan, Entry<'_>) -> Option<T>,
    ) -> Option<T> {
        let plan = self.plan.as_ref()?;
        let position = self.position.get();
        let first = match (known.item, self.parameters) {
            // The function gets both parts, or the parts of the item.
            (Some(IterItem { label: Label::First(_), .. }), Parameters::Item)
            | (Some(IterItem { label: Label::None, .. }) | None, Parameters::Pair) => return None,
            (Some(item), _) if !matches!(item.label, Label::None) => First::Of(item),
            _ => First::Position(position),
        };
        let fields = match known.row {
            Some((rows, row)) => {
                self.columns_of(plan, rows.read()).map(|columns| Fields { rows, row, columns })
            }
            None => None,
        };
        let item = known.item.and_then(IterItem::value);
        let result = compute(plan, Entry { item, first, fields })?;
        self.position.set(position + 1);
        Some(result)
    }

    fn columns_of(&self, plan: &Plan, fields: &Arc<FieldsRead>) -> Option<&[usize]> {
        let (known, columns) = self
            .columns
            .get_or_init(|| (Arc::clone(fields), plan.fields.iter().map(|path| fields.add(path)).collect()));
        columns.as_deref().filter(|_| Arc::ptr_eq(known, fields))
    }

    /// Returns the function's result for `item`, or `None` if the application has removed the item since.
    pub(crate) fn call(&self, item: &IterItem) -> EvalResult<Option<Dynamic>> {
        if self.plan.is_some() {
            let rows = item.row.as_ref().and_then(|row| row.current(&self.function.context().run));
            let row = rows.as_ref().map(|(rows, row)| (&**rows, *row));
            if let Some(result) = self.computed(KnownItem { item: Some(item), row }) {
                return Ok(Some(result));
            }
        }
        let position = self.position.replace(self.position.get() + 1);
        let opened = if self.may_read_row(item) { item.open_row(&self.function.context().run) } else { None };
        let original = item;
        let item = opened.as_ref().map_or(item, |(item, _)| item);
        let result = match self.parameters {
            Parameters::This => self.function.call_on(Some(&mut item.whole()), &mut []),
            Parameters::Item => self.function.call(&mut [item.whole()]),
            Parameters::Entry => self.function.call(&mut [item.entry()]),
            Parameters::Pair => self.call_with_parts(item, position),
            Parameters::KeyAndItem => self.function.call(&mut [item.first(position), item.item()]),
        };
        drop(opened);
        self.check.skip_removed(original, result)
    }

    /// Returns whether copies of the item's fields are as good as the fields.
    fn may_read_row(&self, item: &IterItem) -> bool {
        item.row.is_some() && *self.is_harmless.get_or_init(|| self.function.is_harmless())
    }

    /// Calls the function with the parts of a pair.
    fn call_with_parts(&self, item: &IterItem, position: usize) -> EvalResult {
        let [first, second] = item.parts(position, &self.function.context().run)?;
        self.function.call(&mut [first, second, Dynamic::UNIT])
    }

    /// Returns the function's result for `item` as a key to sort by.
    fn sort_key(&self, item: &IterItem) -> EvalResult<Option<Value<'static>>> {
        let Some(returned) = self.call(item)? else { return Ok(None) };
        let key = from_script::sort_key(&self.function.context().run, &returned);
        self.check.skip_removed(item, key).map_err(|error| self.function.locate(error))
    }

    /// Returns the function's result for `item` as a key to group by.
    pub(crate) fn key(&self, item: &IterItem) -> EvalResult<Option<Value<'static>>> {
        let Some(returned) = self.call(item)? else { return Ok(None) };
        let key = from_script::key(&self.function.context().run, &returned);
        self.check.skip_removed(item, key).map_err(|error| self.function.locate(error))
    }

    /// Returns whether the function returns true for `item`, or `None` if the application has removed the item since.
    pub(crate) fn test(&self, item: &IterItem) -> EvalResult<Option<bool>> {
        let Some(returned) = self.call(item)? else { return Ok(None) };
        returned.as_bool().map(Some).map_err(|found| {
            let found = type_kinds(found);
            let message =
                format!("the function must return true or false for each item: expected bool, found {found}");
            self.function.locate(ScriptError::new(message))
        })
    }
}

/// The value by which an item is compared: the result of a script's function, or the item.
pub(crate) struct ItemKey {
    by: Option<ItemCallback>,
    check: ItemCheck,
}

impl ItemKey {
    pub(crate) fn new(by: Option<ItemCallback>, check: &ItemCheck) -> Self {
        Self { by, check: check.clone() }
    }

    /// Adds the position of the function to an error about a key.
    pub(crate) fn locate(&self, error: ScriptError) -> Box<EvalAltResult> {
        match &self.by {
            Some(by) => by.function.locate(error),
            None => error.into(),
        }
    }

    /// Returns the key of `item`, or `None` if the application has removed the item since.
    pub(crate) fn of(&self, item: &IterItem) -> EvalResult<Option<Value<'static>>> {
        match &self.by {
            Some(by) => by.sort_key(item),
            None => self.check.sort_key(item),
        }
    }
}
