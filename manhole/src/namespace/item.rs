//! The value of a name: a root or a function.

use std::sync::Arc;

use super::function::{Function, FunctionItem};
use crate::reflect::{Level, Manhole, TypeInfo};

/// The value of a name: a [root](NamespaceItem::root) or a [function](NamespaceItem::function).
///
/// `manhole!` makes these. Make them yourself where names are known only at run time:
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
    /// Makes a root: a value that sessions can read and change.
    ///
    /// To share it with the application, use a type that shares: `Arc<Mutex<T>>` or `&'static T`.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    ///
    /// use manhole::{NamespaceItem, Namespace};
    ///
    /// let count = Arc::new(Mutex::new(0_u64));
    /// let namespace = Namespace::new().with("count", "Requests so far.", NamespaceItem::root(Arc::clone(&count)));
    /// *count.lock().unwrap() += 1; // The application still uses it.
    /// # let _ = namespace;
    /// ```
    pub fn root<T: Manhole + Send + Sync + 'static>(value: T) -> Self {
        Self(ItemKind::Root { info: T::type_info(), value: Arc::new(value), level: Level::Observe })
    }

    /// Makes a function, called with values of a script.
    ///
    /// ```
    /// use manhole::{NamespaceItem, Namespace};
    ///
    /// let namespace = Namespace::new().with("double", "Doubles a number.", NamespaceItem::function(|n: i64| n * 2));
    /// assert_eq!(namespace.names().next(), Some("double"));
    /// ```
    pub fn function<A>(function: impl Function<A> + 'static) -> Self {
        Self(ItemKind::Function(FunctionItem::new(function)))
    }

    /// Sets the level that a session needs to see the root or to call the function. Defaults to [`Observe`](Level::Observe) for roots,
    /// and to [`Operate`](Level::Operate) for functions.
    ///
    /// ```
    /// use manhole::{NamespaceItem, Level, Namespace};
    ///
    /// let drop_all = NamespaceItem::function(|| 0_u64).from_level(Level::Admin);
    /// let namespace = Namespace::new().with("drop_all", "Removes all sessions.", drop_all);
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
