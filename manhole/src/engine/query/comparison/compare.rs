//! Compares two values of a script.

use std::cmp::Ordering;
use std::ops::{Range, RangeInclusive};

use rhai::{Array, Dynamic, INT, ImmutableString, Map};

use super::operand::{Content, Operand};
use super::rules::{check_possible, equal, order, passes};
use crate::engine::live::{Handle, Query, to_value};
use crate::engine::query::aggregate::Aggregation;
use crate::engine::state::CallContext;
use crate::engine::value::{
    EvalResult, ScriptError, ScriptResult, plain_type, quick_equal, to_script, type_mark,
};
use crate::reflect::{TypeInfo, Value};

/// How deep the arrays and maps of a script may be nested. A copy of a live value is nested less deeply.
const MAX_DEPTH: usize = 64;

/// Compares values for one command.
#[derive(Clone, Copy)]
pub(crate) struct Comparison<'a>(pub(crate) &'a CallContext);

impl Comparison<'_> {
    /// Returns whether two values are equal.
    ///
    /// # Errors
    ///
    /// If they can never be equal, or if the application does not let them be read.
    pub(crate) fn equal(self, a: &Dynamic, b: &Dynamic) -> EvalResult<bool> {
        if let (Some(a), Some(b)) = (a.read_lock::<Handle>(), b.read_lock::<Handle>()) {
            if a.is_same_place(&b) {
                return Ok(true);
            }
        }
        if a.is_unit() && !type_mark::is_marked(a) || b.is_unit() && !type_mark::is_marked(b) {
            // A value of the application can be absent too.
            let other = if a.is_unit() { b } else { a };
            let handle = other.read_lock::<Handle>().map(|handle| handle.clone());
            return Ok(other.is_unit() || handle.is_some_and(|handle| handle.is_absent(&self.0.run)));
        }
        // Copies nothing of the variant's fields.
        if let Some(is_variant) = self.is_variant(a, b)?.or(self.is_variant(b, a)?) {
            return Ok(is_variant);
        }
        Ok(equal(&self.operand(a, 0)?, &self.operand(b, 0)?)?)
    }

    /// Returns whether `value` is a live value of the variant `name`; `None` if it is not of an enum with this variant.
    fn is_variant(self, value: &Dynamic, name: &Dynamic) -> EvalResult<Option<bool>> {
        let (Some(handle), Some(name)) = (value.read_lock::<Handle>(), name.read_lock::<ImmutableString>())
        else {
            return Ok(None);
        };
        let found = handle.variant_of(&self.0.run)?;
        let known = found.filter(|(_, variants)| variants.iter().any(|variant| *variant.name == **name));
        Ok(known.map(|(variant, _)| *variant.name == **name))
    }

    /// Returns the order of two values, or `None` if one of them is not a number.
    ///
    /// # Errors
    ///
    /// If they have no order, or if the application does not let them be read.
    pub(crate) fn order(self, a: &Dynamic, b: &Dynamic) -> EvalResult<Option<Ordering>> {
        Ok(order(&self.operand(a, 0)?, &self.operand(b, 0)?)?)
    }

    /// Returns whether the order of two values passes `test`.
    ///
    /// # Errors
    ///
    /// If they have no order, or if the application does not let them be read.
    pub(crate) fn passes(self, a: &Dynamic, b: &Dynamic, test: fn(Ordering) -> bool) -> EvalResult<bool> {
        Ok(passes(&self.operand(a, 0)?, &self.operand(b, 0)?, test)?)
    }

    /// Returns whether one of `items` equals `value`.
    ///
    /// # Errors
    ///
    /// If there are items, and none of them could equal it.
    pub(crate) fn position(
        self,
        value: &Dynamic,
        items: impl IntoIterator<Item = EvalResult>,
    ) -> EvalResult<Option<usize>> {
        let mut unlike = None;
        let mut is_like = false;
        for (position, item) in items.into_iter().enumerate() {
            let item = item?;
            match quick_equal(&item, value).map_or_else(|| self.equal(&item, value), Ok) {
                Ok(true) => return Ok(Some(position)),
                Ok(false) => is_like = true,
                Err(error) => {
                    unlike.get_or_insert(error);
                }
            }
        }
        unlike.filter(|_| !is_like).map_or(Ok(None), Err)
    }

    /// Returns an error if no value of the type `info`, called `what`, can equal `value`.
    pub(crate) fn check_possible(
        self,
        what: &str,
        info: &'static TypeInfo,
        value: &Dynamic,
    ) -> EvalResult<()> {
        let mut known = Operand::new(Content::Leaf(Value::Unit), Some(info));
        known.place = Some(what.to_owned());
        check_possible(&known, &self.operand(value, 0)?)?;
        Ok(())
    }

    fn operand(self, value: &Dynamic, depth: usize) -> EvalResult<Operand> {
        if depth > MAX_DEPTH {
            let message = format!("cannot compare values that are nested more than {MAX_DEPTH} levels deep");
            return Err(ScriptError::new(message).of_limit().into());
        }
        if let Some(handle) = value.read_lock::<Handle>() {
            let run = &self.0.run;
            let info = match handle.static_type() {
                Some(info) => info,
                None => handle.read(run, |found| found.reflect().info())?,
            };
            let mut operand = Operand::typed(handle.snapshot(run)?, Some(info));
            operand.place = Some(handle.location());
            return Ok(operand);
        }
        if let Some(query) = value.read_lock::<Query>() {
            return self.operand(&Aggregation::new(query.clone(), self.0).to_array()?.into(), depth);
        }
        if let Some(items) = value.read_lock::<Array>() {
            let items = items.iter().map(|item| self.operand(item, depth + 1)).collect::<EvalResult<_>>()?;
            return Ok(Operand::new(Content::List(items), None));
        }
        if let Some(entries) = value.read_lock::<Map>() {
            let entries =
                entries.iter().map(|(key, item)| Ok((key.to_string(), self.operand(item, depth + 1)?)));
            return Ok(Operand::new(Content::Map(entries.collect::<EvalResult<_>>()?), None));
        }
        if let Some((start, end, name)) = range_of(value) {
            let bound = |value: INT| Operand::untyped(Value::from(value));
            let bounds = vec![("start".to_owned(), bound(start)), ("end".to_owned(), bound(end))];
            let (place, path) = (Some(value.to_string()), Some(name.to_owned()));
            return Ok(Operand { place, path, ..Operand::new(Content::Map(bounds), None) });
        }
        let leaf = to_value(value).map_err(|_| {
            let name = plain_type(value.type_name());
            ScriptError::new(format!("cannot compare a value of the type {name}"))
        })?;
        let is_option = to_script::is_some(value) || to_script::is_none(value);
        Ok(Operand { info: type_mark::marked_type(value), is_option, ..Operand::untyped(leaf) })
    }
}

/// Returns the bounds of a script's range, and the name of its type.
fn range_of(value: &Dynamic) -> Option<(INT, INT, &'static str)> {
    if let Some(range) = value.read_lock::<Range<INT>>() {
        return Some((range.start, range.end, "Range"));
    }
    let range = value.read_lock::<RangeInclusive<INT>>()?;
    Some((*range.start(), *range.end(), "RangeInclusive"))
}

/// Checks that the keys of a sort, a minimum or a maximum have an order.
#[derive(Default)]
pub(crate) struct KeyCheck(Option<Value<'static>>);

impl KeyCheck {
    /// Returns an error if `key` has no order with the keys before.
    pub(crate) fn check(&mut self, key: &Value<'static>) -> ScriptResult<()> {
        if *key == Value::Unit {
            return Ok(());
        }
        match &self.0 {
            Some(first) if first.kind() == key.kind() && !matches!(first, Value::List(_)) => Ok(()),
            Some(first) => {
                order(&Operand::untyped(first.clone()), &Operand::untyped(key.clone())).map(|_| ())
            }
            None => {
                // A value that has no order with others has none with itself.
                order(&Operand::untyped(key.clone()), &Operand::untyped(key.clone()))?;
                self.0 = Some(key.clone());
                Ok(())
            }
        }
    }
}
