//! Containers of items by key.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};
use std::ops::Bound;

use super::shape_macro::shape_methods;
use crate::reflect::model::{
    Manhole, Map, Resume, Shape, TypeInfo, TypeKind, Value, ValueError, ValueMut, ValueRef,
};
pub(super) use crate::reflect::support::convert_key;

macro_rules! map {
    ($name:literal, [$($generics:tt)*], $ty:ty, $remove:ident, { $($entries_from:tt)* }) => {
        impl<$($generics)*> Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                const {
                    &TypeInfo::new($name, TypeKind::Map(K::type_info, V::type_info))
                        .with_params(&[K::type_info, V::type_info])
                }
            }

            shape_methods!(Map);

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                match value {
                    Value::Map(entries) => {
                        entries.into_iter().map(|(key, item)| Ok((convert_key(key)?, V::from_value(item)?))).collect()
                    }
                    value => Err(ValueError::wrong_kind(Self::type_info(), "a map", &value)),
                }
            }
        }

        impl<$($generics)*> Map for $ty {
            fn len(&self) -> usize {
                self.len()
            }

            fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>> {
                if is_borrowed::<K>() {
                    return find(self.iter(), key).map(ValueRef::from);
                }
                self.get(&convert_key::<K>(key.clone()).ok()?).map(ValueRef::from)
            }

            fn get_mut(&mut self, key: &Value<'_>) -> Option<ValueMut<'_>> {
                if is_borrowed::<K>() {
                    return find(self.iter_mut(), key).map(ValueMut::from);
                }
                self.get_mut(&convert_key::<K>(key.clone()).ok()?).map(ValueMut::from)
            }

            fn entries(&self, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
                let _ = self.iter().all(|(key, item)| visit(key, item));
            }

            $($entries_from)*

            fn insert(&mut self, key: Value<'_>, value: Value<'_>) -> Result<(), ValueError> {
                let (key, value) = (convert_key(key)?, V::from_value(value)?);
                self.insert(key, value);
                Ok(())
            }

            fn remove(&mut self, key: &Value<'_>) -> Result<bool, ValueError> {
                Ok(convert_key(key.clone()).is_ok_and(|key: K| self.$remove(&key).is_some()))
            }

            fn clear(&mut self) -> Result<(), ValueError> {
                self.clear();
                Ok(())
            }
        }
    };
}

map!("HashMap", [K: Manhole + Eq + Hash, V: Manhole, S: BuildHasher + Default], HashMap<K, V, S>, remove, {
    fn capacity(&self) -> Option<usize> {
        Some(self.capacity())
    }

    fn entries_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        let _ = self.iter().skip(place.passed).all(|(key, item)| visit(key, item));
    }
});
map!("BTreeMap", [K: Manhole + Ord, V: Manhole], BTreeMap<K, V>, remove, {
    fn resumes_at_key(&self) -> bool {
        true
    }

    fn entries_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        let last = place.last.as_ref().and_then(|last| K::from_value(last.clone()).ok());
        let (start, passed) = match &last {
            Some(last) => (Bound::Excluded(last), 0),
            None => (Bound::Unbounded, place.passed),
        };
        let _ = self.range((start, Bound::Unbounded)).skip(passed).all(|(key, item)| visit(key, item));
    }
});

// The map is ordered, so a removal must keep the order of the other entries.
#[cfg(feature = "indexmap")]
map!("IndexMap", [K: Manhole + Eq + Hash, V: Manhole, S: BuildHasher + Default], indexmap::IndexMap<K, V, S>, shift_remove, {
    fn capacity(&self) -> Option<usize> {
        Some(self.capacity())
    }

    fn entries_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        let _ = self.iter().skip(place.passed).all(|(key, item)| visit(key, item));
    }
});

/// Finds the key in `map` that `key` represents.
///
/// No `&'static str` can be created from a script's string, so it is searched for: such maps are small, as their keys are
/// in the source code.
fn find<'m, K: Manhole + 'm, V>(mut entries: impl Iterator<Item = (&'m K, V)>, key: &Value<'_>) -> Option<V> {
    entries
        .find(|(known, _)| matches!(known.reflect().into_shape(), Shape::Leaf(known) if known == *key))
        .map(|(_, item)| item)
}

/// Returns whether keys of type `K` cannot be created, only compared.
pub(super) fn is_borrowed<K: Manhole>() -> bool {
    K::type_info().name == "&str"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_convert_from_maps() {
        let map = || Value::Map(vec![(Value::from("42"), Value::from("x"))]);
        let made = HashMap::<u16, String>::from_value(map()).unwrap();
        assert_eq!(made, HashMap::from([(42, "x".to_owned())]));
        let made = BTreeMap::<String, String>::from_value(map()).unwrap();
        assert_eq!(made, BTreeMap::from([("42".to_owned(), "x".to_owned())]));
        let error =
            BTreeMap::<u8, u8>::from_value(Value::Map(vec![(Value::from("a"), Value::from(1))])).unwrap_err();
        assert_eq!(error.to_string(), "u8 takes an integer, not the string \"a\"");
    }

    #[cfg(feature = "indexmap")]
    #[test]
    fn an_index_map_keeps_its_order() {
        let entry = |key: &'static str, item: u8| (Value::from(key), Value::from(item));
        let value = Value::Map(vec![entry("c", 1), entry("a", 2), entry("b", 3)]);
        let mut map = indexmap::IndexMap::<String, u8>::from_value(value).unwrap();
        assert_eq!(Map::remove(&mut map, &Value::from("c")), Ok(true));
        assert_eq!(map.keys().collect::<Vec<_>>(), ["a", "b"]);
        let mut seen = Vec::new();
        map.entries_from(&Resume { passed: 1, last: None }, &mut |key, _| {
            if let Shape::Leaf(key) = key.reflect().into_shape() {
                seen.push(key.to_string());
            }
            true
        });
        assert_eq!(seen, ["\"b\""]);
    }
}
