//! The names that a console offers: roots and functions. Uses `reflect`.

#[expect(missing_docs, reason = "for generated code only")]
pub mod autoref;
mod function;
mod item;

use std::borrow::Cow;
use std::fmt;
use std::thread::ThreadId;

pub(crate) use function::FunctionItem;
pub use function::{AsyncParams, CallResult, Function};
pub use item::NamespaceItem;
pub(crate) use item::{HeldValue, ItemKind, Root, RootValue};

/// The names that a console offers, each a root or a function. `manhole!` builds one.
///
/// ```
/// use manhole::{Namespace, manhole};
/// use parking_lot::Mutex;
/// use std::sync::Arc;
///
/// let counter = Arc::new(Mutex::new(0_u64));
/// let namespace: Namespace = manhole! {
///     /// Requests served since the start.
///     counter => counter,
///     add => |a: i64, b: i64| a + b,
/// };
/// assert_eq!(namespace.names().collect::<Vec<_>>(), ["counter", "add"]);
/// ```
#[derive(Clone, Default)]
pub struct Namespace {
    entries: Vec<Entry>,
}

/// A name, with its help text and its value.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: Cow<'static, str>,
    pub(crate) doc: Cow<'static, str>,
    pub(crate) item: NamespaceItem,
}

impl Namespace {
    /// Makes a namespace without names.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Adds a name with its help text, or replaces it.
    ///
    /// ```
    /// use manhole::{NamespaceItem, Namespace};
    ///
    /// let namespace = Namespace::new()
    ///     .with("limit", "The limit.", NamespaceItem::root(7_u32))
    ///     .with("twice", "", NamespaceItem::function(|n: i64| n * 2));
    /// assert_eq!(namespace.names().count(), 2);
    /// ```
    #[must_use]
    pub fn with(
        mut self,
        name: impl Into<Cow<'static, str>>,
        doc: impl Into<Cow<'static, str>>,
        item: NamespaceItem,
    ) -> Self {
        let entry = Entry { name: name.into(), doc: doc.into(), item };
        self.entries.retain(|known| known.name != entry.name);
        self.entries.push(entry);
        self
    }

    /// Sets the names of the parameters of the last added function.
    #[doc(hidden)]
    #[must_use]
    pub fn with_params(mut self, names: &'static [&'static str]) -> Self {
        if let Some(Entry { item: NamespaceItem(ItemKind::Function(function)), .. }) = self.entries.last_mut()
        {
            function.name_params(names);
        }
        self
    }

    /// Returns the names, in the order in which they were added.
    ///
    /// ```
    /// use manhole::manhole;
    ///
    /// let namespace = manhole! { answer => 42_u8, twice => |n: i64| n * 2 };
    /// assert_eq!(namespace.names().collect::<Vec<_>>(), ["answer", "twice"]);
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| &*entry.name)
    }

    /// Returns the names of the roots that cannot leave their threads, and these threads.
    pub(crate) fn local_roots(&self) -> impl Iterator<Item = (&str, ThreadId)> {
        self.entries.iter().filter_map(|entry| Some((&*entry.name, entry.item.home()?)))
    }

    /// Adds a name that it does not have.
    pub(crate) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Removes a name.
    pub(crate) fn remove(&mut self, name: &str) -> Option<Entry> {
        let index = self.entries.iter().position(|entry| entry.name == name)?;
        Some(self.entries.remove(index))
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
