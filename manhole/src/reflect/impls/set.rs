//! Containers whose items are neither counted nor named.

use std::collections::{BTreeSet, BinaryHeap, HashSet};
use std::hash::{BuildHasher, Hash};

use super::list::made_of_list;
use crate::reflect::{Manhole, Node, NodeMut, Set, Shape, ShapeMut, TypeInfo, TypeKind, Value, ValueError};

macro_rules! set {
    ($name:literal, [$($generics:tt)*], $ty:ty, |$this:ident, $item:ident| $contains:expr) => {
        impl<$($generics)*> Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new($name, TypeKind::Set(T::type_info)).with_params(&[T::type_info]) }
            }

            fn reflect(&self) -> Node<'_> {
                Node::new::<Self>(Shape::Set(self))
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::new::<Self>(ShapeMut::Set(self))
            }

            fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
                *self = Self::from_value(value)?;
                Ok(())
            }

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                made_of_list(Self::type_info(), value)
            }
        }

        impl<$($generics)*> Set for $ty {
            fn len(&self) -> usize {
                self.len()
            }

            fn contains(&self, item: &Value<'_>) -> bool {
                let $this = self;
                let $item = item;
                $contains
            }

            fn items(&self, visit: &mut dyn FnMut(&dyn Manhole) -> bool) {
                for item in self.iter() {
                    if !visit(item) {
                        break;
                    }
                }
            }
        }
    };
}

set!("HashSet", [T: Manhole + Eq + Hash, S: BuildHasher + Default], HashSet<T, S>, |this, item| {
    T::from_value(item.clone()).is_ok_and(|item| this.contains(&item))
});
set!("BTreeSet", [T: Manhole + Ord], BTreeSet<T>, |this, item| {
    T::from_value(item.clone()).is_ok_and(|item| this.contains(&item))
});
// A heap has to be searched; its order is nobody's business but its own.
set!("BinaryHeap", [T: Manhole + Ord], BinaryHeap<T>, |this, item| {
    T::from_value(item.clone()).is_ok_and(|item| this.iter().any(|known| *known == item))
});
