//! Containers of items without index or key.

use std::collections::{BTreeSet, BinaryHeap, HashSet};
use std::hash::{BuildHasher, Hash};
use std::ops::Bound;

use super::list::convert_items;
use super::map::convert_key;
use super::shape_macro::shape_methods;
use crate::reflect::model::{Manhole, Resume, Set, TypeInfo, TypeKind, Value, ValueError};

macro_rules! set {
    ($name:literal, [$($generics:tt)*], $ty:ty, { $($more:tt)* }) => {
        impl<$($generics)*> Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new($name, TypeKind::Set(T::type_info)).with_params(&[T::type_info]) }
            }

            shape_methods!(Set);

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                convert_items(Self::type_info(), without_entries(value))
            }
        }

        impl<$($generics)*> Set for $ty {
            fn len(&self) -> usize {
                self.len()
            }

            fn items(&self, visit: &mut dyn FnMut(&dyn Manhole) -> bool) {
                let _ = self.iter().all(|item| visit(item));
            }

            fn clear(&mut self) -> Result<(), ValueError> {
                self.clear();
                Ok(())
            }

            $($more)*
        }
    };
}

/// Returns an empty map, which is shown as an empty set is, as an empty list.
fn without_entries(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Map(entries) if entries.is_empty() => Value::List(Vec::new()),
        value => value,
    }
}

/// The methods of a set with lookup.
macro_rules! found {
    ($remove:ident) => {
        fn contains(&self, item: &Value<'_>) -> bool {
            convert_key(item.clone()).is_ok_and(|item: T| self.contains(&item))
        }

        fn insert(&mut self, value: Value<'_>) -> Result<bool, ValueError> {
            Ok(self.insert(T::from_value(value)?))
        }

        fn remove(&mut self, item: &Value<'_>) -> Result<bool, ValueError> {
            Ok(convert_key(item.clone()).is_ok_and(|item: T| self.$remove(&item)))
        }
    };
}

set!("HashSet", [T: Manhole + Eq + Hash, S: BuildHasher + Default], HashSet<T, S>, {
    fn capacity(&self) -> Option<usize> {
        Some(self.capacity())
    }

    found!(remove);

    fn items_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole) -> bool) {
        let _ = self.iter().skip(place.passed).all(|item| visit(item));
    }
});
set!("BTreeSet", [T: Manhole + Ord], BTreeSet<T>, {
    found!(remove);

    fn get(&self, item: &Value<'_>) -> Option<&dyn Manhole> {
        let item = T::from_value(item.clone()).ok()?;
        self.get(&item).map(|item| item as &dyn Manhole)
    }

    fn resumes_at_item(&self) -> bool {
        true
    }

    fn items_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole) -> bool) {
        let last = place.last.as_ref().and_then(|last| T::from_value(last.clone()).ok());
        let (start, passed) = match &last {
            Some(last) => (Bound::Excluded(last), 0),
            None => (Bound::Unbounded, place.passed),
        };
        let _ = self.range((start, Bound::Unbounded)).skip(passed).all(|item| visit(item));
    }
});
#[cfg(feature = "indexmap")]
set!("IndexSet", [T: Manhole + Eq + Hash, S: BuildHasher + Default], indexmap::IndexSet<T, S>, {
    fn capacity(&self) -> Option<usize> {
        Some(self.capacity())
    }

    found!(shift_remove);

    fn items_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole) -> bool) {
        let _ = self.iter().skip(place.passed).all(|item| visit(item));
    }
});
// A heap has no lookup; its order is an implementation detail.
set!("BinaryHeap", [T: Manhole + Ord], BinaryHeap<T>, {
    fn capacity(&self) -> Option<usize> {
        Some(self.capacity())
    }

    fn has_lookup(&self) -> bool {
        false
    }

    fn items_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole) -> bool) {
        let _ = self.iter().skip(place.passed).all(|item| visit(item));
    }

    fn contains(&self, item: &Value<'_>) -> bool {
        T::from_value(item.clone()).is_ok_and(|item| self.iter().any(|known| *known == item))
    }

    fn insert(&mut self, value: Value<'_>) -> Result<bool, ValueError> {
        self.push(T::from_value(value)?);
        Ok(true)
    }

    fn remove(&mut self, _item: &Value<'_>) -> Result<bool, ValueError> {
        Err(ValueError::new("cannot remove an item from the middle of a heap"))
    }
});

#[cfg(all(test, feature = "indexmap"))]
mod tests {
    use super::*;

    #[test]
    fn an_index_set_keeps_its_order() {
        let list = Value::List(vec![Value::from(3), Value::from(1), Value::from(2)]);
        let mut set = indexmap::IndexSet::<u8>::from_value(list).unwrap();
        assert_eq!(Set::remove(&mut set, &Value::from(3)), Ok(true));
        assert_eq!(Set::insert(&mut set, Value::from(0)), Ok(true));
        assert_eq!(set.as_slice().iter().collect::<Vec<_>>(), [&1, &2, &0]);
    }
}
