//! The value of a name: a root or a function.

use std::ops::Deref;
use std::sync::{Arc, Weak};
use std::thread::ThreadId;

use super::function::{Function, FunctionItem};
use crate::reflect::{Level, Manhole, TypeInfo, keep_here};

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
    Root(Root),
    Function(FunctionItem),
}

/// A value that sessions can read and change.
#[derive(Clone)]
pub(crate) struct Root {
    pub(crate) value: RootValue,
    pub(crate) info: &'static TypeInfo,
    pub(crate) level: Level,
    /// The thread that keeps the value, if it cannot leave it.
    pub(crate) home: Option<ThreadId>,
}

/// The value of a root.
#[derive(Clone)]
pub(crate) enum RootValue {
    /// One that stays.
    Static(Arc<dyn Manhole + Send + Sync>),
    /// One that the application can remove.
    Removable(Weak<dyn Manhole + Send + Sync>),
}

/// The value of a root, kept while it is used.
pub(crate) enum HeldValue<'a> {
    Static(&'a Arc<dyn Manhole + Send + Sync>),
    Removable(Arc<dyn Manhole + Send + Sync>),
}

impl RootValue {
    /// Returns the value, unless the application has removed it.
    pub(crate) fn hold(&self) -> Option<HeldValue<'_>> {
        match self {
            Self::Static(value) => Some(HeldValue::Static(value)),
            Self::Removable(value) => value.upgrade().map(HeldValue::Removable),
        }
    }
}

impl Deref for HeldValue<'_> {
    type Target = Arc<dyn Manhole + Send + Sync>;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Static(value) => value,
            Self::Removable(value) => value,
        }
    }
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
        let value = RootValue::Static(Arc::new(value));
        Self(ItemKind::Root(Root { info: T::type_info(), value, level: Level::Observe, home: None }))
    }

    /// Makes a root of a value that cannot leave its thread, such as `Rc<RefCell<T>>`. The current thread keeps it, and only
    /// `Builder::serve_inline` on this thread can serve it: there the thread waits for each command, and serves the value in that time.
    ///
    /// `manhole!` makes such a root of each value that is not `Send` and `Sync`.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    ///
    /// use manhole::{NamespaceItem, Namespace};
    ///
    /// let count = Rc::new(Cell::new(0_u64));
    /// let namespace = Namespace::new().with("count", "", NamespaceItem::local_root(Rc::clone(&count)));
    /// # let _ = namespace;
    /// ```
    pub fn local_root<T: Manhole + 'static>(value: T) -> Self {
        let value = RootValue::Static(Arc::new(keep_here(value)));
        let home = Some(std::thread::current().id());
        Self(ItemKind::Root(Root { info: T::type_info(), value, level: Level::Observe, home }))
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

    /// Returns the thread of a root that cannot leave it.
    pub(crate) fn home(&self) -> Option<ThreadId> {
        match &self.0 {
            ItemKind::Root(root) => root.home,
            ItemKind::Function(_) => None,
        }
    }

    /// Makes a root removable: it is there as long as the returned value.
    pub(crate) fn into_removable(self) -> (Self, Option<Arc<dyn Manhole + Send + Sync>>) {
        match self.0 {
            ItemKind::Root(Root { value: RootValue::Static(value), info, level, home }) => {
                let root = Root { value: RootValue::Removable(Arc::downgrade(&value)), info, level, home };
                (Self(ItemKind::Root(root)), Some(value))
            }
            kind => (Self(kind), None),
        }
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
            ItemKind::Root(root) => root.level = level,
            ItemKind::Function(function) => function.set_level(level),
        }
        self
    }
}
