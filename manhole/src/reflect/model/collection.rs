//! What has items: lists, maps and sets.

use super::manhole::Manhole;
use super::value::Value;
use super::value_error::ValueError;
use super::value_ref::{ValueMut, ValueRef};

/// Items by position. What cannot grow or shrink leaves [`insert`](List::insert) and the rest as they are.
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
    /// How many items there are.
    fn len(&self) -> usize;

    /// The item at `index`.
    fn get(&self, index: usize) -> Option<ValueRef<'_>>;

    /// The item at `index`, exclusively.
    fn get_mut(&mut self, index: usize) -> Option<ValueMut<'_>>;

    /// Shows the items from `index` on until `visit` answers `false`. A list that has to go to a place step by step goes there once.
    fn items_from(&self, index: usize, visit: &mut dyn FnMut(&dyn Manhole) -> bool) {
        let mut items = (index..self.len()).map_while(|index| self.get(index));
        while items.next().is_some_and(|item| visit(&*item)) {}
    }

    /// Puts an item made of `value` in front of the one at `index`, which is at most the length.
    ///
    /// # Errors
    ///
    /// If no item can be made of `value`, or the number of items is fixed.
    fn insert(&mut self, index: usize, value: Value<'_>) -> Result<(), ValueError> {
        let _ = (index, value);
        Err(ValueError::fixed_size())
    }

    /// Takes out the item at `index`, which is less than the length.
    ///
    /// # Errors
    ///
    /// If the number of items is fixed.
    fn remove(&mut self, index: usize) -> Result<(), ValueError> {
        let _ = index;
        Err(ValueError::fixed_size())
    }

    /// Takes out all items from `len` on.
    ///
    /// # Errors
    ///
    /// If the number of items is fixed.
    fn truncate(&mut self, len: usize) -> Result<(), ValueError> {
        let _ = len;
        Err(ValueError::fixed_size())
    }
}

/// Where going through a map or set has stopped, so that it can go on there under another lock.
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
    /// How many items have been passed.
    pub passed: usize,
    /// The last key of a map or item of a set, where it is one value.
    pub last: Option<Value<'static>>,
}

/// Items by key. What cannot grow or shrink leaves [`insert`](Map::insert) and the rest as they are.
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
    /// How many items there are.
    fn len(&self) -> usize;

    /// The item under `key`; `None` also for a key of another type.
    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>>;

    /// The item under `key`, exclusively.
    fn get_mut(&mut self, key: &Value<'_>) -> Option<ValueMut<'_>>;

    /// Shows keys and items in the map's own order until `visit` answers `false`.
    fn entries(&self, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool);

    /// Goes on showing keys and items where an earlier look has stopped. A map that can find the place by its key does.
    fn entries_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        let mut passed = 0;
        self.entries(&mut |key, item| {
            passed += 1;
            passed <= place.passed || visit(key, item)
        });
    }

    /// Puts an item made of `value` under a key made of `key`, in place of the one that may be there.
    ///
    /// # Errors
    ///
    /// If no key or item can be made of what is given, or the number of items is fixed.
    fn insert(&mut self, key: Value<'_>, value: Value<'_>) -> Result<(), ValueError> {
        let _ = (key, value);
        Err(ValueError::fixed_size())
    }

    /// Takes out the item under `key`; answers whether there was one.
    ///
    /// # Errors
    ///
    /// If the number of items is fixed.
    fn remove(&mut self, key: &Value<'_>) -> Result<bool, ValueError> {
        let _ = key;
        Err(ValueError::fixed_size())
    }

    /// Takes out all items.
    ///
    /// # Errors
    ///
    /// If the number of items is fixed.
    fn clear(&mut self) -> Result<(), ValueError> {
        Err(ValueError::fixed_size())
    }
}

/// Items that are neither counted nor named, only there.
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
    /// How many items there are.
    fn len(&self) -> usize;

    /// Whether `item` is one of them; not for a value of another type.
    fn contains(&self, item: &Value<'_>) -> bool;

    /// Shows the items in the set's own order until `visit` answers `false`.
    fn items(&self, visit: &mut dyn FnMut(&dyn Manhole) -> bool);

    /// Goes on showing items where an earlier look has stopped. A set that can find the place by its item does.
    fn items_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole) -> bool) {
        let mut passed = 0;
        self.items(&mut |item| {
            passed += 1;
            passed <= place.passed || visit(item)
        });
    }

    /// Puts an item made of `value` in; answers whether it is new.
    ///
    /// # Errors
    ///
    /// If no item can be made of `value`, or the number of items is fixed.
    fn insert(&mut self, value: Value<'_>) -> Result<bool, ValueError> {
        let _ = value;
        Err(ValueError::fixed_size())
    }

    /// Takes `item` out; answers whether it was there.
    ///
    /// # Errors
    ///
    /// If the number of items is fixed, or an item cannot be found in this kind of set.
    fn remove(&mut self, item: &Value<'_>) -> Result<bool, ValueError> {
        let _ = item;
        Err(ValueError::fixed_size())
    }

    /// Takes out all items.
    ///
    /// # Errors
    ///
    /// If the number of items is fixed.
    fn clear(&mut self) -> Result<(), ValueError> {
        Err(ValueError::fixed_size())
    }
}
