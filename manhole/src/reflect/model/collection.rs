//! Lists, maps and sets.

use super::manhole::Manhole;
use super::value::Value;
use super::value_error::ValueError;
use super::value_ref::{ValueMut, ValueRef};

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
    /// The number of items.
    fn len(&self) -> usize;

    /// The item at `index`.
    fn get(&self, index: usize) -> Option<ValueRef<'_>>;

    /// The item at `index`, through an exclusive reference.
    fn get_mut(&mut self, index: usize) -> Option<ValueMut<'_>>;

    /// Passes the items from `index` on to `visit`, until it returns `false`. Linked lists override it to find `index` only
    /// once.
    fn items_from(&self, index: usize, visit: &mut dyn FnMut(&dyn Manhole) -> bool) {
        let mut items = (index..self.len()).map_while(|index| self.get(index));
        while items.next().is_some_and(|item| visit(&*item)) {}
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
    /// The number of entries.
    fn len(&self) -> usize;

    /// The item at `key`; `None` also for a key of another type.
    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>>;

    /// The item at `key`, through an exclusive reference.
    fn get_mut(&mut self, key: &Value<'_>) -> Option<ValueMut<'_>>;

    /// Passes keys and items to `visit`, in the map's order, until it returns `false`.
    fn entries(&self, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool);

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
    /// The number of items.
    fn len(&self) -> usize;

    /// Whether the set has `item`; `false` for a value of another type.
    fn contains(&self, item: &Value<'_>) -> bool;

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
