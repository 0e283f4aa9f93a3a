//! One item of a query, with its key in the collection.

use rhai::{Array, Dynamic};

use super::handle::Handle;
use super::rows::{OpenRow, Row};
use crate::engine::run::RunControl;
use crate::engine::value::{EvalResult, ScriptResult, to_script, type_mark};
use crate::reflect::{Step, TypeInfo, Value};

/// The items of a query, or those that leave one of its stages.
pub(crate) type ItemStream = Box<dyn Iterator<Item = EvalResult<IterItem>>>;

/// An item of a query.
#[derive(Clone)]
pub(crate) struct IterItem {
    pub(crate) item: Dynamic,
    /// The key or position in the collection; `None` for the items of a set.
    pub(crate) key: Option<Value<'static>>,
    pub(crate) label: Label,
    /// What is copied of the item.
    pub(crate) row: Option<Row>,
}

/// What precedes an item.
#[derive(Clone)]
pub(crate) enum Label {
    None,
    /// Its key in a map, which has this type in the application.
    Key(Option<&'static TypeInfo>),
    /// Its key in a map, as a copy: no path leads there.
    Copied(Value<'static>),
    /// The other one of a pair.
    First(Dynamic),
}

impl IterItem {
    /// Creates an item without a label.
    pub(crate) const fn new(item: Dynamic, key: Option<Value<'static>>) -> Self {
        Self { item, key, label: Label::None, row: None }
    }

    /// Returns the item as a function sees it that changes nothing: it reads the copies of its fields until the other value is dropped.
    pub(crate) fn open_row(&self, run: &RunControl) -> Option<(Self, OpenRow)> {
        let row = self.row.as_ref()?;
        let opened = row.open(run)?;
        let handle = self.item.read_lock::<Handle>()?.clone().with_row(row.clone());
        Some((Self { item: Dynamic::from(handle), ..self.clone() }, opened))
    }

    /// Returns the key, if this is the entry of a map.
    pub(crate) const fn entry_key(&self) -> Option<&Value<'static>> {
        match &self.label {
            Label::Key(_) => self.key.as_ref(),
            Label::Copied(key) => Some(key),
            Label::None | Label::First(_) => None,
        }
    }

    /// Returns what precedes the item in a function with two parameters: a map's key, the other one of a pair, or `position`.
    pub(crate) fn first(&self, position: usize) -> Dynamic {
        match (&self.label, self.entry_key()) {
            (Label::First(first), _) => first.clone(),
            (Label::Key(Some(info)), Some(key)) => type_mark::mark(key_to_script(key), info),
            (_, Some(key)) => key_to_script(key),
            _ => to_script(Value::from(position)),
        }
    }

    /// Returns the item; of a pair or of a map's entry, both parts. The fields of an entry of the application stay within reach.
    pub(crate) fn entry(&self) -> Dynamic {
        match self.entry_key() {
            Some(_) if matches!(self.label, Label::Key(_)) && self.item.is::<Handle>() => {
                to_script::entry(self.item.clone())
            }
            Some(_) => Dynamic::from_array(vec![self.first(0), self.item.clone()]),
            None => self.whole(),
        }
    }

    /// Returns the item; of a pair, an array of both.
    pub(crate) fn whole(&self) -> Dynamic {
        match &self.label {
            Label::First(first) => Dynamic::from_array(vec![first.clone(), self.item.clone()]),
            _ => self.item.clone(),
        }
    }

    /// Returns both parts of a pair: of a map's entry, of an array of two or of a tuple. Any other item follows its `position`.
    pub(crate) fn parts(&self, position: usize, run: &RunControl) -> ScriptResult<[Dynamic; 2]> {
        let pair = if matches!(self.label, Label::None) { self.pair(run)? } else { None };
        Ok(pair.unwrap_or_else(|| [self.first(position), self.item.clone()]))
    }

    /// Returns whether the item is no entry of a map, and no pair that a query has made.
    pub(crate) const fn is_single(&self) -> bool {
        matches!(self.label, Label::None)
    }

    /// Returns the parts of an array of two, of a tuple, or of the entry of a map that a method has found.
    pub(crate) fn pair(&self, run: &RunControl) -> ScriptResult<Option<[Dynamic; 2]>> {
        if to_script::is_entry(&self.item) {
            let key = self.item.read_lock::<Handle>().and_then(|handle| match handle.path().last() {
                Some(Step::Key(key)) => Some(key_to_script(key)),
                _ => None,
            });
            return Ok(key.map(|key| [key, self.item.clone()]));
        }
        if let Some([first, second]) = self.item.read_lock::<Array>().as_deref().map(Vec::as_slice) {
            return Ok(Some([first.clone(), second.clone()]));
        }
        let tuple = self.item.read_lock::<Handle>().map(|handle| handle.clone());
        let Some(tuple) = tuple.filter(Handle::is_pair) else { return Ok(None) };
        let part = |name: &'static str| tuple.join(Step::Name(name.into())).get(run);
        Ok(Some([part("0")?, part("1")?]))
    }

    /// Replaces the item. It has no label then.
    pub(crate) fn with(self, item: Dynamic) -> Self {
        Self::new(item, self.key)
    }
}

/// Converts a key for a script. One that is an empty option is `None`.
pub(crate) fn key_to_script(key: &Value<'_>) -> Dynamic {
    if *key == Value::Unit { to_script::none() } else { to_script(key.clone()) }
}

/// Returns the text of a key.
pub(crate) fn key_text(key: &Value<'_>) -> String {
    if *key == Value::Unit { "None".to_owned() } else { key.to_string() }
}
