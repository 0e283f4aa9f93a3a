//! Containers that hold their items by key.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use crate::reflect::{Manhole, Map, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind, Value, ValueError};

macro_rules! map {
    ($name:literal, [$($generics:tt)*], $ty:ty) => {
        impl<$($generics)*> Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                const {
                    &TypeInfo::new($name, TypeKind::Map(K::type_info, V::type_info))
                        .with_params(&[K::type_info, V::type_info])
                }
            }

            fn reflect(&self) -> Node<'_> {
                Node::new::<Self>(Shape::Map(self))
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::new::<Self>(ShapeMut::Map(self))
            }

            fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
                *self = Self::from_value(value)?;
                Ok(())
            }

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                match value {
                    Value::Map(entries) => {
                        entries.into_iter().map(|(key, item)| Ok((made_key(key)?, V::from_value(item)?))).collect()
                    }
                    value => Err(ValueError::wrong_kind(Self::type_info(), "a map", &value)),
                }
            }
        }

        impl<$($generics)*> Map for $ty {
            fn len(&self) -> usize {
                self.len()
            }

            fn get(&self, key: &Value<'_>) -> Option<&dyn Manhole> {
                let key = K::from_value(key.clone()).ok()?;
                Some(self.get(&key)?)
            }

            fn get_mut(&mut self, key: &Value<'_>) -> Option<&mut dyn Manhole> {
                let key = K::from_value(key.clone()).ok()?;
                Some(self.get_mut(&key)?)
            }

            fn entries(&self, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
                for (key, item) in self {
                    if !visit(key, item) {
                        break;
                    }
                }
            }
        }
    };
}

map!("HashMap", [K: Manhole + Eq + Hash, V: Manhole, S: BuildHasher + Default], HashMap<K, V, S>);
map!("BTreeMap", [K: Manhole + Ord, V: Manhole], BTreeMap<K, V>);

/// A key. The keys of a script's own maps are always texts, also where they stand for numbers.
fn made_key<K: Manhole>(key: Value<'_>) -> Result<K, ValueError> {
    let error = match K::from_value(key.clone()) {
        Ok(key) => return Ok(key),
        Err(error) => error,
    };
    let Value::Text(text) = key else { return Err(error) };
    let number = text.parse::<i128>().map_err(|_| error)?;
    K::from_value(Value::Int(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_made_of_maps() {
        let map = || Value::Map(vec![(Value::from("42"), Value::from("x"))]);
        let made = HashMap::<u16, String>::from_value(map()).unwrap();
        assert_eq!(made, HashMap::from([(42, "x".to_owned())]));
        let made = BTreeMap::<String, String>::from_value(map()).unwrap();
        assert_eq!(made, BTreeMap::from([("42".to_owned(), "x".to_owned())]));
        let error =
            BTreeMap::<u8, u8>::from_value(Value::Map(vec![(Value::from("a"), Value::from(1))])).unwrap_err();
        assert_eq!(error.to_string(), "u8 takes an integer, not the text \"a\"");
    }
}
