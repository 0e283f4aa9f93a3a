//! A registry of values that tasks and threads own while they run: connections, requests, jobs.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;
use std::time::{Duration, Instant};

use super::shape_macro::listing_methods;
use super::shared_map::SharedMap;
use crate::reflect::model::{
    Args, CallError, CallOutput, FieldInfo, Manhole, Map, MethodInfo, Node, NodeMut, Resume, Shape, Struct,
    StructStyle, TypeInfo, TypeKind, Value, ValueMut, ValueRef,
};
use crate::reflect::support::{expect_args, finish};

/// The values of tasks and threads that run: which connections are open, and since when?
///
/// A task enters its value and keeps the returned [`RegistryEntry`], which leaves when it is dropped. In the console the registry is a map by
/// number. Each entry has its `age`, the `name` that the task gave it, the `thread` that entered it, and its `value`.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use manhole::{Manhole, Registry, manhole};
///
/// #[derive(Manhole)]
/// struct Connection {
///     user: String,
///     /// Bytes received.
///     bytes: AtomicU64,
/// }
///
/// static CONNECTIONS: Registry<Connection> = Registry::new();
///
/// let namespace = manhole! {
///     /// The open connections.
///     connections => CONNECTIONS,
/// };
///
/// // In the task of a connection:
/// let connection = CONNECTIONS
///     .enter(Connection { user: "alice".to_owned(), bytes: AtomicU64::new(0) })
///     .named("10.0.0.7:4242");
/// connection.bytes.fetch_add(512, Ordering::Relaxed);
/// assert_eq!(CONNECTIONS.len(), 1);
/// drop(connection);
/// assert!(CONNECTIONS.is_empty());
/// # drop(namespace);
/// ```
///
/// The console and the task share the value. What the task changes needs an atomic or a lock, for which only the two of them ever wait;
/// or the entry is a [`Remote`](crate::Remote), and the task serves the console itself.
pub struct Registry<T> {
    /// The number of the next entry.
    next: AtomicU64,
    entries: SharedMap<u64, Slot<T>>,
}

/// What an entry and the console share.
struct Slot<T> {
    value: T,
    entered: Instant,
    thread: Thread,
    name: OnceLock<String>,
    abort: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

/// A value in a [`Registry`], until this is dropped.
pub struct RegistryEntry<'a, T> {
    registry: &'a Registry<T>,
    number: u64,
    slot: Arc<Slot<T>>,
}

impl<T> Registry<T> {
    /// Creates a registry without entries, for a `static`.
    #[must_use]
    pub const fn new() -> Self {
        Self { next: AtomicU64::new(1), entries: SharedMap::new() }
    }

    /// Enters `value`, until the result is dropped.
    #[must_use = "the value leaves the registry when the entry is dropped"]
    pub fn enter(&self, value: T) -> RegistryEntry<'_, T> {
        let slot = Arc::new(Slot {
            value,
            entered: Instant::now(),
            thread: std::thread::current(),
            name: OnceLock::new(),
            abort: OnceLock::new(),
        });
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.entries.insert(number, Arc::clone(&slot));
        RegistryEntry { registry: self, number, slot }
    }

    /// Returns the number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Default for Registry<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> RegistryEntry<'_, T> {
    /// Gives the entry a name, such as the address of a peer. Only the first one counts.
    #[must_use = "the value leaves the registry when the entry is dropped"]
    pub fn named(self, name: impl Into<String>) -> Self {
        // A name that is there stays.
        let _ = self.slot.name.set(name.into());
        self
    }

    /// Lets sessions at the level operate end the entry's task: `connections[17].abort()` calls `abort`. Only the first one counts.
    ///
    /// ```
    /// use manhole::Registry;
    ///
    /// static JOBS: Registry<u64> = Registry::new();
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let job = tokio::spawn(std::future::pending::<()>());
    /// let abort = job.abort_handle();
    /// let entry = JOBS.enter(7).abort_with(move || abort.abort());
    /// # drop(entry);
    /// # job.abort();
    /// # });
    /// ```
    ///
    /// A `CancellationToken` works as well: `move || token.cancel()`.
    #[must_use = "the value leaves the registry when the entry is dropped"]
    pub fn abort_with(self, abort: impl Fn() + Send + Sync + 'static) -> Self {
        // One that is there stays.
        let _ = self.slot.abort.set(Box::new(abort));
        self
    }

    /// Returns the entry's number, which no other entry of the registry gets.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }
}

impl<T> Deref for RegistryEntry<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.slot.value
    }
}

impl<T> Drop for RegistryEntry<'_, T> {
    fn drop(&mut self) {
        self.registry.entries.remove(&self.number);
    }
}

// Types of the application that hold one may derive `Debug`.
impl<T> fmt::Debug for Registry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for RegistryEntry<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryEntry").field("number", &self.number).finish_non_exhaustive()
    }
}

impl<T: Manhole> Manhole for Registry<T> {
    fn type_info() -> &'static TypeInfo {
        const {
            &TypeInfo::new("Registry", TypeKind::Map(u64::type_info, Seen::<T>::type_info))
                .with_params(&[T::type_info])
        }
    }

    listing_methods!(Manhole);
}

impl<T: Manhole> Map for Registry<T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>> {
        self.entries.get(key).map(|slot| ValueRef::owned(Seen(slot)))
    }

    listing_methods!(Map);

    fn entries_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        self.entries.entries_from(place, &mut |number, slot| visit(number, &Seen(slot)));
    }
}

/// An entry as the console sees it.
struct Seen<T>(Arc<Slot<T>>);

impl<T: Manhole> Manhole for Seen<T> {
    fn type_info() -> &'static TypeInfo {
        const METHODS: &[MethodInfo] = &[MethodInfo::new("abort", "Ends the task of the entry.", &[], "")];
        const {
            &TypeInfo::new(
                "Entry",
                TypeKind::Struct(
                    StructStyle::Named,
                    const {
                        &[
                            FieldInfo::new("age", "The time since it was entered.", Duration::type_info)
                                .readonly(),
                            FieldInfo::new(
                                "name",
                                "The name that its task gave it.",
                                Option::<String>::type_info,
                            )
                            .readonly(),
                            FieldInfo::new("thread", "The thread that entered it.", String::type_info)
                                .readonly(),
                            FieldInfo::new("value", "", T::type_info),
                        ]
                    },
                ),
            )
            .with_params(&[T::type_info])
            .with_methods(METHODS)
        }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Struct(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::shared(self)
    }

    fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        if index != 0 {
            return Err(CallError::NoMethod);
        }
        expect_args(&args, 0)?;
        let Some(abort) = self.0.abort.get() else {
            let message = "the application has not said how: RegistryEntry::abort_with does";
            return Err(CallError::Failed(message.to_owned()));
        };
        abort();
        finish(())
    }
}

impl<T: Manhole> Struct for Seen<T> {
    fn field(&self, index: usize) -> Option<ValueRef<'_>> {
        let slot = &*self.0;
        Some(match index {
            0 => ValueRef::owned(slot.entered.elapsed()),
            1 => ValueRef::owned(slot.name.get().cloned()),
            2 => ValueRef::owned(
                slot.thread.name().map_or_else(|| format!("{:?}", slot.thread.id()), str::to_owned),
            ),
            3 => ValueRef::from(&slot.value),
            _ => return None,
        })
    }

    fn field_mut(&mut self, _index: usize) -> Option<ValueMut<'_>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::reflect::model::{Path, Step};
    use crate::reflect::ops::shown;
    use crate::reflect::walk::Target;

    #[test]
    fn entries_are_there_until_they_are_dropped() {
        let registry = Registry::new();
        let first = registry.enter(AtomicU64::new(1)).named("first").named("second");
        let second = registry.enter(AtomicU64::new(2));
        assert_eq!((first.number(), second.number(), registry.len()), (1, 2, 2));
        let at = |number: u64, field: &'static str| {
            let path = Path::root().join(Step::Key(Value::from(number))).join(Step::Name(field.into()));
            Target::new("registry", &registry).at(&path).snapshot()
        };
        assert_eq!(at(1, "name"), Ok(Value::from("first")));
        assert_eq!(at(2, "name"), Ok(Value::Unit));
        let path = Path::root().join(Step::Key(Value::from(2))).join(Step::Name("value".into()));
        assert_eq!(Target::new("registry", &registry).at(&path).write(&Value::from(7)), Ok(()));
        assert_eq!(second.load(Ordering::Relaxed), 7);
        drop(first);
        assert!(shown(&registry).starts_with("{2: Entry { age: "));
        assert_eq!(at(1, "name").unwrap_err().to_string(), "cannot reach registry[1]: the map has no key 1");
        drop(second);
        assert!(registry.is_empty());
    }

    #[test]
    fn an_iteration_passes_each_entry_once() {
        let registry = Registry::new();
        let entries: Vec<_> = (0..200_u64).map(|n| registry.enter(n)).collect();
        let collect = |place: &Resume| {
            let mut numbers = Vec::new();
            registry.entries_from(place, &mut |number, _| {
                if let Shape::Leaf(Value::Int(number)) = number.reflect().into_shape() {
                    numbers.push(number);
                }
                true
            });
            numbers
        };
        assert_eq!(collect(&Resume::default()), (1..=200).collect::<Vec<_>>());
        let behind = Resume { passed: 120, last: Some(Value::Int(120)) };
        assert_eq!(collect(&behind), (121..=200).collect::<Vec<_>>());
        let without_key = Resume { passed: 120, last: None };
        assert_eq!(collect(&without_key), (121..=200).collect::<Vec<_>>());
        drop(entries);
        assert_eq!(collect(&behind), []);
    }
}
