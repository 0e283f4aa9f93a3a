//! The value of a name: a root or a function.

use std::sync::Arc;

use super::function::{Function, FunctionItem};
use crate::reflect::{Level, Manhole, TypeInfo};

/// What a name stands for: made by `From` of a value, or by [`NamespaceItem::function`].
///
/// `manhole!` makes them; by hand, where names are known only at run time:
///
/// ```
/// use std::sync::Mutex;
///
/// use manhole::{NamespaceItem, Namespace};
///
/// let mut namespace = Namespace::new();
/// for shard in 0..4 {
///     namespace = namespace.with(format!("shard_{shard}"), "One shard.", NamespaceItem::root(Mutex::new(0_u64)));
/// }
/// assert_eq!(namespace.names().last(), Some("shard_3"));
/// ```
#[derive(Clone)]
pub struct NamespaceItem(pub(crate) ItemKind);

#[derive(Clone)]
pub(crate) enum ItemKind {
    Root { value: Arc<dyn Manhole + Send + Sync>, info: &'static TypeInfo, level: Level },
    Function(FunctionItem),
}

impl NamespaceItem {
    /// A root: a value that is kept and walked into.
    ///
    /// What is shared with the application has its sharing inside: an `Arc<Mutex<T>>`, a `&'static T`.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    ///
    /// use manhole::{NamespaceItem, Namespace};
    ///
    /// let count = Arc::new(Mutex::new(0_u64));
    /// let namespace = Namespace::new().with("count", "Requests so far.", NamespaceItem::root(Arc::clone(&count)));
    /// *count.lock().unwrap() += 1; // The program goes on using it.
    /// # let _ = namespace;
    /// ```
    pub fn root<T: Manhole + Send + Sync + 'static>(value: T) -> Self {
        Self(ItemKind::Root { info: T::type_info(), value: Arc::new(value), level: Level::Observe })
    }

    /// A function, called with values of a script.
    ///
    /// ```
    /// use manhole::{NamespaceItem, Namespace};
    ///
    /// let namespace = Namespace::new().with("double", "Twice as much.", NamespaceItem::function(|n: i64| n * 2));
    /// assert_eq!(namespace.names().next(), Some("double"));
    /// ```
    pub fn function<A>(function: impl Function<A> + 'static) -> Self {
        Self(ItemKind::Function(FunctionItem::new(function)))
    }

    /// The same from this level on: a root that is not seen below it, a function that is not called below it. Without this, roots
    /// are seen at [`Observe`](Level::Observe), and functions called at [`Operate`](Level::Operate).
    ///
    /// ```
    /// use manhole::{NamespaceItem, Level, Namespace};
    ///
    /// let drop_all = NamespaceItem::function(|| 0_u64).from_level(Level::Admin);
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
