//! Containers that hold their items by position.

use std::collections::VecDeque;

use crate::reflect::{List, Manhole, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind};

macro_rules! list {
    ($name:literal, [$($generics:tt)*], $ty:ty) => {
        impl<$($generics)*> Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new($name, TypeKind::List(T::type_info)).with_params(&[T::type_info]) }
            }

            fn reflect(&self) -> Node<'_> {
                Node::new::<Self>(Shape::List(self))
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::new::<Self>(ShapeMut::List(self))
            }
        }

        impl<$($generics)*> List for $ty {
            fn len(&self) -> usize {
                self.as_list_len()
            }

            fn get(&self, index: usize) -> Option<&dyn Manhole> {
                Some(self.get_item(index)?)
            }

            fn get_mut(&mut self, index: usize) -> Option<&mut dyn Manhole> {
                Some(self.get_item_mut(index)?)
            }
        }
    };
}

/// The three calls that a list needs, under names that the inherent ones do not hide.
trait Items<T> {
    fn as_list_len(&self) -> usize;
    fn get_item(&self, index: usize) -> Option<&T>;
    fn get_item_mut(&mut self, index: usize) -> Option<&mut T>;
}

impl<T> Items<T> for [T] {
    fn as_list_len(&self) -> usize {
        self.len()
    }

    fn get_item(&self, index: usize) -> Option<&T> {
        self.get(index)
    }

    fn get_item_mut(&mut self, index: usize) -> Option<&mut T> {
        self.get_mut(index)
    }
}

impl<T> Items<T> for VecDeque<T> {
    fn as_list_len(&self) -> usize {
        self.len()
    }

    fn get_item(&self, index: usize) -> Option<&T> {
        self.get(index)
    }

    fn get_item_mut(&mut self, index: usize) -> Option<&mut T> {
        self.get_mut(index)
    }
}

list!("Vec", [T: Manhole], Vec<T>);
list!("VecDeque", [T: Manhole], VecDeque<T>);
list!("Box<[_]>", [T: Manhole], Box<[T]>);
list!("array", [T: Manhole, const N: usize], [T; N]);
