//! What the console can reach: named roots and functions.

mod function;
#[expect(missing_docs, reason = "for generated code only")]
pub mod probe;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::reflect::{Level, Manhole, TypeInfo};

pub(crate) use function::FunctionItem;
pub use function::{Awaited, Called, Function};

/// The names a console offers, each a root value or a function. `manhole!` builds one.
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

/// One name with what it stands for.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: Cow<'static, str>,
    pub(crate) doc: Cow<'static, str>,
    pub(crate) item: Item,
}

/// What a name stands for: made by `From` of a value, or by [`Item::function`].
#[derive(Clone)]
pub struct Item(pub(crate) ItemKind);

#[derive(Clone)]
pub(crate) enum ItemKind {
    Root { value: Arc<dyn Manhole + Send + Sync>, info: &'static TypeInfo, level: Level },
    Function(FunctionItem),
}

impl Item {
    /// A root: a value that is kept and walked into.
    ///
    /// What is shared with the application has its sharing inside: an `Arc<Mutex<T>>`, a `&'static T`.
    pub fn root<T: Manhole + Send + Sync + 'static>(value: T) -> Self {
        Self(ItemKind::Root { info: T::type_info(), value: Arc::new(value), level: Level::Observe })
    }

    /// A function, called with values of a script.
    pub fn function<A>(function: impl Function<A> + 'static) -> Self {
        Self(ItemKind::Function(FunctionItem::new(function)))
    }

    /// The same from this level on: a root that is not seen below it, a function that is not called below it. Without this, roots
    /// are seen at [`Observe`](Level::Observe), and functions called at [`Operate`](Level::Operate).
    #[must_use]
    pub fn from_level(mut self, level: Level) -> Self {
        match &mut self.0 {
            ItemKind::Root { level: known, .. } => *known = level,
            ItemKind::Function(function) => function.set_level(level),
        }
        self
    }
}

impl Namespace {
    /// A namespace without names.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Adds a name with its help text. A name that is there already is replaced.
    ///
    /// ```
    /// use manhole::{Item, Namespace};
    ///
    /// let namespace = Namespace::new()
    ///     .with("limit", "How many at once.", Item::root(7_u32))
    ///     .with("twice", "", Item::function(|n: i64| n * 2));
    /// assert_eq!(namespace.names().count(), 2);
    /// ```
    #[must_use]
    pub fn with(
        mut self,
        name: impl Into<Cow<'static, str>>,
        doc: impl Into<Cow<'static, str>>,
        item: Item,
    ) -> Self {
        let entry = Entry { name: name.into(), doc: doc.into(), item };
        self.entries.retain(|known| known.name != entry.name);
        self.entries.push(entry);
        self
    }

    /// Names the parameters of the function that was added last.
    #[doc(hidden)]
    #[must_use]
    pub fn with_params(mut self, names: &'static [&'static str]) -> Self {
        if let Some(Entry { item: Item(ItemKind::Function(function)), .. }) = self.entries.last_mut() {
            function.name_params(names);
        }
        self
    }

    /// The names, in the order they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| &*entry.name)
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
