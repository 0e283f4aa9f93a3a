//! What the console can reach: named roots and functions.

mod function;
#[expect(missing_docs, reason = "for generated code only")]
pub mod probe;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::reflect::{Level, Manhole, TypeInfo};

pub(crate) use function::FunctionItem;
pub use function::{AsyncParams, CallResult, Function};

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
///
/// `manhole!` makes them; by hand, where names are known only at run time:
///
/// ```
/// use std::sync::Mutex;
///
/// use manhole::{Item, Namespace};
///
/// let mut namespace = Namespace::new();
/// for shard in 0..4 {
///     namespace = namespace.with(format!("shard_{shard}"), "One shard.", Item::root(Mutex::new(0_u64)));
/// }
/// assert_eq!(namespace.names().last(), Some("shard_3"));
/// ```
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
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    ///
    /// use manhole::{Item, Namespace};
    ///
    /// let count = Arc::new(Mutex::new(0_u64));
    /// let namespace = Namespace::new().with("count", "Requests so far.", Item::root(Arc::clone(&count)));
    /// *count.lock().unwrap() += 1; // The program goes on using it.
    /// # let _ = namespace;
    /// ```
    pub fn root<T: Manhole + Send + Sync + 'static>(value: T) -> Self {
        Self(ItemKind::Root { info: T::type_info(), value: Arc::new(value), level: Level::Observe })
    }

    /// A function, called with values of a script.
    ///
    /// ```
    /// use manhole::{Item, Namespace};
    ///
    /// let namespace = Namespace::new().with("double", "Twice as much.", Item::function(|n: i64| n * 2));
    /// assert_eq!(namespace.names().next(), Some("double"));
    /// ```
    pub fn function<A>(function: impl Function<A> + 'static) -> Self {
        Self(ItemKind::Function(FunctionItem::new(function)))
    }

    /// The same from this level on: a root that is not seen below it, a function that is not called below it. Without this, roots
    /// are seen at [`Observe`](Level::Observe), and functions called at [`Operate`](Level::Operate).
    ///
    /// ```
    /// use manhole::{Item, Level, Namespace};
    ///
    /// let drop_all = Item::function(|| 0_u64).from_level(Level::Admin);
    /// let namespace = Namespace::new().with("drop_all", "Forgets all sessions.", drop_all);
    /// # let _ = namespace;
    /// ```
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
    ///
    /// ```
    /// use manhole::Namespace;
    ///
    /// assert_eq!(Namespace::new().names().count(), 0);
    /// ```
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

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
