//! Containers that hold their items by key.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use crate::reflect::{Manhole, Map, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind, Value};

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

map!("HashMap", [K: Manhole + Eq + Hash, V: Manhole, S: BuildHasher], HashMap<K, V, S>);
map!("BTreeMap", [K: Manhole + Ord, V: Manhole], BTreeMap<K, V>);
