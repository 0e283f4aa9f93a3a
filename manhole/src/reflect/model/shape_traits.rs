//! The traits of values with parts, of locks and of atomics: what a [`Shape`](super::Shape) refers to.

use super::lock_uses::LockUses;
use super::lock_wait::{LockError, LockWait};
use super::manhole::{Manhole, ValueBorrow, ValueMut, ValueRef};
use super::values::Value;
use super::values::ValueError;

/// The fields of a struct, in the order of [`TypeInfo::fields`](super::TypeInfo::fields). `#[derive(Manhole)]` implements
/// it.
///
/// Implement it by hand to show computed fields:
///
/// ```
/// use manhole::reflect::{
///     FieldInfo, ValueRef, ValueMut, Node, NodeMut, Shape, ShapeMut, Struct, StructStyle, TypeInfo, TypeKind,
/// };
/// use manhole::Manhole;
///
/// struct Circle {
///     radius: f64,
/// }
///
/// impl Struct for Circle {
///     fn field(&self, index: usize) -> Option<ValueRef<'_>> {
///         match index {
///             0 => Some(ValueRef::from(&self.radius)),
///             1 => Some(ValueRef::owned(self.radius * self.radius * std::f64::consts::PI)),
///             _ => None,
///         }
///     }
///
///     fn field_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
///         (index == 0).then(|| ValueMut::from(&mut self.radius))
///     }
/// }
///
/// impl Manhole for Circle {
///     fn type_info() -> &'static TypeInfo {
///         const FIELDS: &[FieldInfo] = &[
///             FieldInfo::new("radius", "In metres.", f64::type_info),
///             FieldInfo::new("area", "In square metres.", f64::type_info).readonly(),
///         ];
///         const { &TypeInfo::new("Circle", TypeKind::Struct(StructStyle::Named, FIELDS)) }
///     }
///
///     fn reflect(&self) -> Node<'_> {
///         Node::new::<Self>(Shape::Struct(self))
///     }
///
///     fn reflect_mut(&mut self) -> NodeMut<'_> {
///         NodeMut::new::<Self>(ShapeMut::Struct(self))
///     }
/// }
///
/// use manhole::reflect::{PreviewLimits, Target, pretty_print};
/// let seen = Target::new("circle", &Circle { radius: 2.0 }).preview(PreviewLimits::default())?;
/// assert_eq!(pretty_print(&seen, 80), "Circle { radius: 2.0, area: 12.566370614359172 }");
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
pub trait Struct {
    /// Returns the field at `index`, or `None` for a secret or an invalid index.
    fn field(&self, index: usize) -> Option<ValueRef<'_>>;

    /// Returns the field at `index`, through an exclusive reference, or `None` for a secret or an invalid index.
    fn field_mut(&mut self, index: usize) -> Option<ValueMut<'_>>;
}

/// The variant of an enum and its fields, in the order of [`TypeKind::Enum`](super::TypeKind::Enum). `#[derive(Manhole)]`
/// implements it.
///
/// ```
/// use manhole::Manhole;
/// use manhole::reflect::{Shape, TypeKind};
///
/// #[derive(Manhole)]
/// enum Mode {
///     Idle,
///     Busy { job: u64 },
/// }
///
/// assert!(matches!(Mode::Idle.reflect().shape(), Shape::Enum(value) if value.variant() == 0));
/// let busy = Mode::Busy { job: 7 };
/// let Shape::Enum(value) = busy.reflect().into_shape() else { unreachable!() };
/// assert_eq!(value.variant(), 1);
/// assert!(value.field(0).is_some());
/// ```
pub trait Enum {
    /// Returns the index of the value's variant.
    fn variant(&self) -> usize;

    /// Returns the field of the current variant at `index`, or `None` for a secret or an invalid index.
    fn field(&self, index: usize) -> Option<ValueRef<'_>>;

    /// Returns the field of the current variant at `index`, through an exclusive reference.
    fn field_mut(&mut self, index: usize) -> Option<ValueMut<'_>>;
}

/// Items by index. A list of fixed length keeps the default [`insert`](List::insert), [`remove`](List::remove) and
/// [`truncate`](List::truncate).
///
/// ```
/// use manhole::Manhole;
/// use manhole::reflect::{ValueRef, ValueMut, List, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind};
///
/// /// The last measurements, the newest first.
/// struct Ring {
///     slots: [u32; 4],
///     newest: usize,
/// }
///
/// impl Ring {
///     fn slot(&self, index: usize) -> usize {
///         (self.newest + self.slots.len() - index) % self.slots.len()
///     }
/// }
///
/// impl List for Ring {
///     fn len(&self) -> usize {
///         self.slots.len()
///     }
///
///     fn get(&self, index: usize) -> Option<ValueRef<'_>> {
///         (index < self.len()).then(|| ValueRef::from(&self.slots[self.slot(index)]))
///     }
///
///     fn get_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
///         let slot = self.slot(index);
///         (index < self.len()).then(|| ValueMut::from(&mut self.slots[slot]))
///     }
/// }
///
/// impl Manhole for Ring {
///     fn type_info() -> &'static TypeInfo {
///         const { &TypeInfo::new("Ring", TypeKind::List(u32::type_info)) }
///     }
///
///     fn reflect(&self) -> Node<'_> {
///         Node::new::<Self>(Shape::List(self))
///     }
///
///     fn reflect_mut(&mut self) -> NodeMut<'_> {
///         NodeMut::new::<Self>(ShapeMut::List(self))
///     }
/// }
///
/// # use manhole::reflect::Target;
/// let ring = Ring { slots: [30, 40, 10, 20], newest: 1 };
/// let seen = Target::new("ring", &ring).snapshot()?;
/// assert_eq!(seen.to_string(), "[40, 30, 20, 10]");
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
#[expect(clippy::len_without_is_empty, reason = "implemented by containers, asked only for the length")]
pub trait List {
    /// Returns the number of items.
    fn len(&self) -> usize;

    /// Returns the number of items for which memory is allocated, if the type knows it. Defaults to `None`.
    fn capacity(&self) -> Option<usize> {
        None
    }

    /// Returns the item at `index`.
    fn get(&self, index: usize) -> Option<ValueRef<'_>>;

    /// Returns the item at `index`, through an exclusive reference.
    fn get_mut(&mut self, index: usize) -> Option<ValueMut<'_>>;

    /// Passes the items from `index` on to `visit`, until it returns `false`. Linked lists override it to find `index` only
    /// once.
    fn items_from(&self, index: usize, visit: &mut dyn FnMut(&dyn Manhole) -> bool) {
        let mut items = (index..self.len()).map_while(|index| self.get(index));
        while items.next().is_some_and(|item| visit(&*item)) {}
    }

    /// Returns whether an item is found without passing over those before it. Defaults to `true`.
    fn has_random_access(&self) -> bool {
        true
    }

    /// Inserts an item converted from `value` before `index`, which is at most the length.
    ///
    /// # Errors
    ///
    /// If `value` cannot be converted, or the length is fixed.
    fn insert(&mut self, index: usize, value: Value<'_>) -> Result<(), ValueError> {
        let _ = (index, value);
        Err(ValueError::fixed_size())
    }

    /// Removes the item at `index`, which is less than the length.
    ///
    /// # Errors
    ///
    /// If the length is fixed.
    fn remove(&mut self, index: usize) -> Result<(), ValueError> {
        let _ = index;
        Err(ValueError::fixed_size())
    }

    /// Removes all items from `len` on.
    ///
    /// # Errors
    ///
    /// If the length is fixed.
    fn truncate(&mut self, len: usize) -> Result<(), ValueError> {
        let _ = len;
        Err(ValueError::fixed_size())
    }
}

/// The place where an iteration over a map or set stopped, so that it can resume under another lock.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use manhole::reflect::{Map, Resume, Value};
///
/// let map = BTreeMap::from([(1, 'a'), (2, 'b'), (3, 'c')]);
/// let mut place = Resume::default();
/// place.passed = 2;
/// place.last = Some(Value::from(2));
/// let mut left = 0;
/// map.entries_from(&place, &mut |_key, _item| {
///     left += 1;
///     true
/// });
/// assert_eq!(left, 1);
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Resume {
    /// The number of items passed.
    pub passed: usize,
    /// The last key of the map or item of the set, if it is a leaf.
    pub last: Option<Value<'static>>,
}

/// Items by key. A map with fixed entries keeps the default [`insert`](Map::insert), [`remove`](Map::remove) and
/// [`clear`](Map::clear).
///
/// ```
/// use std::collections::HashMap;
///
/// use manhole::reflect::{Map, Value};
///
/// let mut sessions = HashMap::from([("alice".to_owned(), 3_u32)]);
/// Map::insert(&mut sessions, Value::from("bob"), Value::from(5))?;
/// assert!(Map::get(&sessions, &Value::from("bob")).is_some());
/// assert!(Map::get(&sessions, &Value::from(5)).is_none(), "no key of this type");
/// # Ok::<(), manhole::reflect::ValueError>(())
/// ```
#[expect(clippy::len_without_is_empty, reason = "implemented by containers, asked only for the length")]
pub trait Map {
    /// Returns the number of entries.
    fn len(&self) -> usize;

    /// Returns the number of entries for which memory is allocated, if the type knows it. Defaults to `None`.
    fn capacity(&self) -> Option<usize> {
        None
    }

    /// Returns the item at `key`, or `None` if there is none, also for a key of another type.
    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>>;

    /// Returns the item at `key`, through an exclusive reference.
    fn get_mut(&mut self, key: &Value<'_>) -> Option<ValueMut<'_>>;

    /// Passes keys and items to `visit`, in the map's order, until it returns `false`.
    fn entries(&self, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool);

    /// Returns whether [`entries_from`](Map::entries_from) finds its place by the key, without passing over the entries before it.
    /// Defaults to `false`.
    fn resumes_at_key(&self) -> bool {
        false
    }

    /// Returns whether no other key ever has the text of one of these. Defaults to `false`, and the place behind an entry is then
    /// found by its key only if the key leads to the entry.
    fn has_unique_keys(&self) -> bool {
        false
    }

    /// Resumes an iteration at `place`. Sorted maps override it to find the place by its key.
    fn entries_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        let mut passed = 0;
        self.entries(&mut |key, item| {
            passed += 1;
            passed <= place.passed || visit(key, item)
        });
    }

    /// Inserts an item converted from `value` at a key converted from `key`, and replaces the item there.
    ///
    /// # Errors
    ///
    /// If `key` or `value` cannot be converted, or the entries are fixed.
    fn insert(&mut self, key: Value<'_>, value: Value<'_>) -> Result<(), ValueError> {
        let _ = (key, value);
        Err(ValueError::fixed_size())
    }

    /// Removes the entry at `key`. Returns whether it existed.
    ///
    /// # Errors
    ///
    /// If the entries are fixed.
    fn remove(&mut self, key: &Value<'_>) -> Result<bool, ValueError> {
        let _ = key;
        Err(ValueError::fixed_size())
    }

    /// Removes all entries.
    ///
    /// # Errors
    ///
    /// If the entries are fixed.
    fn clear(&mut self) -> Result<(), ValueError> {
        Err(ValueError::fixed_size())
    }
}

/// Items without index or key.
///
/// ```
/// use std::collections::BTreeSet;
///
/// use manhole::reflect::{Set, Value};
///
/// let mut ports = BTreeSet::from([80_u16]);
/// assert!(Set::insert(&mut ports, Value::from(443))?);
/// assert!(!Set::insert(&mut ports, Value::from(443))?, "it is there already");
/// assert!(Set::insert(&mut ports, Value::from(70_000)).is_err());
/// # Ok::<(), manhole::reflect::ValueError>(())
/// ```
#[expect(clippy::len_without_is_empty, reason = "implemented by containers, asked only for the length")]
pub trait Set {
    /// Returns the number of items.
    fn len(&self) -> usize;

    /// Returns the number of items for which memory is allocated, if the type knows it. Defaults to `None`.
    fn capacity(&self) -> Option<usize> {
        None
    }

    /// Returns whether the set has `item`. Returns `false` for a value of another type.
    fn contains(&self, item: &Value<'_>) -> bool;

    /// Returns the item equal to `item`. Returns `None` by default.
    fn get(&self, item: &Value<'_>) -> Option<&dyn Manhole> {
        let _ = item;
        None
    }

    /// Returns whether [`contains`](Set::contains) finds an item without passing over the others. Defaults to `true`.
    fn has_lookup(&self) -> bool {
        true
    }

    /// Returns whether [`items_from`](Set::items_from) finds its place by the item, without passing over those before it, and
    /// [`get`](Set::get) finds items. Defaults to `false`.
    fn resumes_at_item(&self) -> bool {
        false
    }

    /// Passes the items to `visit`, in the set's order, until it returns `false`.
    fn items(&self, visit: &mut dyn FnMut(&dyn Manhole) -> bool);

    /// Resumes an iteration at `place`. Sorted sets override it to find the place by its item.
    fn items_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole) -> bool) {
        let mut passed = 0;
        self.items(&mut |item| {
            passed += 1;
            passed <= place.passed || visit(item)
        });
    }

    /// Inserts an item converted from `value`. Returns whether it is new.
    ///
    /// # Errors
    ///
    /// If `value` cannot be converted, or the items are fixed.
    fn insert(&mut self, value: Value<'_>) -> Result<bool, ValueError> {
        let _ = value;
        Err(ValueError::fixed_size())
    }

    /// Removes `item`. Returns whether it existed.
    ///
    /// # Errors
    ///
    /// If the items are fixed, or this kind of set cannot find an item.
    fn remove(&mut self, item: &Value<'_>) -> Result<bool, ValueError> {
        let _ = item;
        Err(ValueError::fixed_size())
    }

    /// Removes all items.
    ///
    /// # Errors
    ///
    /// If the items are fixed.
    fn clear(&mut self) -> Result<(), ValueError> {
        Err(ValueError::fixed_size())
    }
}

/// The purpose of a walk.
///
/// ```
/// use manhole::reflect::{Lockable, AccessMode, LockWait};
///
/// let lock = std::sync::RwLock::new(7_u32);
/// let reader = lock.read().unwrap();
/// let open = |mode| lock.open(mode, &LockWait::none(), &mut |_| {});
/// assert!(open(AccessMode::Read).is_ok(), "readers share the lock");
/// assert!(open(AccessMode::Write).is_err());
/// # drop(reader);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessMode {
    /// Reads only: a read lock suffices.
    Read,
    /// Changes something: needs the strongest access there is.
    Write,
}

/// The closure that [`Lockable::open`] calls with the value inside.
pub type ValueVisitor<'a> = &'a mut dyn FnMut(ValueBorrow<'_>);

/// A lock, or another value that must be opened to reach the value inside. An implementation waits no longer than its
/// [`LockWait`] allows.
///
/// ```
/// use std::cell::RefCell;
///
/// use manhole::Manhole;
/// use manhole::reflect::{
///     AccessMode, LockError, LockWait, Lockable, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind, ValueBorrow,
///     ValueVisitor,
/// };
///
/// /// A cell of one thread, as a lock that is never waited for.
/// struct Own<T>(RefCell<T>);
///
/// impl<T: Manhole> Lockable for Own<T> {
///     fn open(
///         &self,
///         mode: AccessMode,
///         _wait: &LockWait<'_>,
///         then: ValueVisitor<'_>,
///     ) -> Result<(), LockError> {
///         match mode {
///             AccessMode::Read => then(ValueBorrow::Shared(&*self.0.try_borrow().map_err(|_| LockError::Locked)?)),
///             AccessMode::Write => {
///                 then(ValueBorrow::Exclusive(&mut *self.0.try_borrow_mut().map_err(|_| LockError::Locked)?));
///             }
///         }
///         Ok(())
///     }
///
///     fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
///         Some(self.0.get_mut())
///     }
/// }
///
/// impl<T: Manhole> Manhole for Own<T> {
///     fn type_info() -> &'static TypeInfo {
///         const { &TypeInfo::new("Own", TypeKind::Lock(T::type_info)) }
///     }
///
///     fn reflect(&self) -> Node<'_> {
///         Node::new::<Self>(Shape::Lock(self))
///     }
///
///     fn reflect_mut(&mut self) -> NodeMut<'_> {
///         NodeMut::new::<Self>(ShapeMut::Lock(self))
///     }
/// }
///
/// # use manhole::reflect::{Target, Value};
/// let own = Own(RefCell::new(7_u32));
/// Target::new("own", &own).write(&Value::from(8))?;
/// assert_eq!(own.0.into_inner(), 8);
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
pub trait Lockable {
    /// Opens the lock, runs `then` on the value inside, and releases the lock.
    ///
    /// # Errors
    ///
    /// If the lock cannot be opened in time.
    fn open(&self, mode: AccessMode, wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError>;

    /// Returns whether other threads wait while it is open. Cells that are filled once, and maps that lock each entry,
    /// are no locks.
    fn is_lock(&self) -> bool {
        true
    }

    /// Returns whether several readers may hold it. A walk that writes then tries to pass as a reader first. It takes the
    /// lock alone only if no lock further down gives exclusive access.
    fn is_shared_by_readers(&self) -> bool {
        false
    }

    /// Returns the value inside, without locking, for the exclusive owner. Defaults to `None`, for a value that others
    /// share.
    fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
        None
    }

    /// Returns the value inside, if it can be read without locking: that of a cell that is filled once.
    fn get(&self) -> Option<&dyn Manhole> {
        None
    }

    /// Returns the address by which the console knows the lock again, if several paths lead to it or it contains itself. Defaults to
    /// `None`, for one that is created for a walk.
    fn address(&self) -> Option<usize> {
        None
    }

    /// Returns whether a thread has panicked while it held the lock.
    fn is_poisoned(&self) -> bool {
        false
    }

    /// Returns which threads hold it and wait for it. Defaults to `None`, for a lock that does not know them.
    fn uses(&self) -> Option<LockUses> {
        None
    }
}

/// What the owner of a value runs on it for the console.
pub type Visit = Box<dyn FnOnce(&mut dyn Manhole) + Send>;

/// The task or thread that owns a value without a lock, as the console reaches it.
///
/// [`visits`](crate::visits) and [`Remote::with_mailbox`](crate::Remote::with_mailbox) implement it.
pub trait Owner: Send + Sync {
    /// Hands `visit` to the owner, which runs it on its value. Returns a number for it, or `None` if the owner has ended. Does not
    /// block.
    fn push(&self, visit: Visit) -> Option<u64>;

    /// Takes back a visit by its number. Returns `false` if the owner has begun it.
    fn withdraw(&self, number: u64) -> bool;

    /// Makes sure that the owner gets to know of the visits that wait. The console calls it every few milliseconds while it waits.
    fn remind(&self) {}
}

/// A pointer or lock around a value of any type, which an adapter shows.
#[doc(hidden)]
pub trait Around {
    /// The type inside.
    type Inner: ?Sized;

    /// What opening it means.
    const KIND: AroundKind;

    /// Does what [`Lockable::open`] does.
    fn open_around(
        &self,
        mode: AccessMode,
        wait: &LockWait<'_>,
        then: &mut dyn FnMut(InnerBorrow<'_, Self::Inner>),
    ) -> Result<(), LockError>;

    /// Returns whether a thread has panicked while it held the lock.
    fn has_poison(&self) -> bool {
        false
    }

    /// Does what [`Lockable::uses`] does.
    fn uses(&self) -> Option<LockUses> {
        None
    }
}

/// What opening an [`Around`] means for other threads.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AroundKind {
    /// Nothing.
    Pointer,
    /// They wait.
    Exclusive,
    /// They wait, unless all are readers.
    Readers,
}

/// A reference to the value inside an [`Around`].
#[doc(hidden)]
pub enum InnerBorrow<'a, T: ?Sized> {
    Shared(&'a T),
    Exclusive(&'a mut T),
}

impl<'a, T: Manhole> From<InnerBorrow<'a, T>> for ValueBorrow<'a> {
    fn from(borrow: InnerBorrow<'a, T>) -> Self {
        match borrow {
            InnerBorrow::Shared(value) => Self::Shared(value),
            InnerBorrow::Exclusive(value) => Self::Exclusive(value),
        }
    }
}

/// A leaf that can be changed through a shared reference.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use manhole::reflect::{AtomicValue, Value};
///
/// let count = AtomicU32::new(7);
/// assert!(AtomicValue::store(&count, Value::from(8), Some(&Value::from(7)))?);
/// assert!(!AtomicValue::store(&count, Value::from(9), Some(&Value::from(7)))?, "it is no longer 7");
/// assert_eq!(count.load(Ordering::Relaxed), 8);
/// # Ok::<(), manhole::reflect::ValueError>(())
/// ```
pub trait AtomicValue {
    /// Loads the value.
    fn load(&self) -> Value<'_>;

    /// Stores `value`, if `expected` is `None` or equals the current value. Returns whether it did.
    ///
    /// # Errors
    ///
    /// If `value` cannot be converted to this type.
    fn store(&self, value: Value<'_>, expected: Option<&Value<'_>>) -> Result<bool, ValueError>;
}
