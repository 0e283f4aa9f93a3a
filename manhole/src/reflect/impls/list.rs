//! Containers that hold their items by position.

use std::collections::VecDeque;

use crate::reflect::{List, Manhole, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind, Value, ValueError};

macro_rules! list {
    ($name:literal, [$($generics:tt)*], $ty:ty, |$items:ident| $made:expr) => {
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

            fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
                *self = Self::from_value(value)?;
                Ok(())
            }

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                let $items: Vec<T> = made_of_list(Self::type_info(), value)?;
                $made
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

list!("Vec", [T: Manhole], Vec<T>, |items| Ok(items));
list!("VecDeque", [T: Manhole], VecDeque<T>, |items| Ok(items.into()));
list!("Box<[_]>", [T: Manhole], Box<[T]>, |items| Ok(items.into()));
list!("array", [T: Manhole, const N: usize], [T; N], |items| Self::try_from(items)
    .map_err(|items| ValueError::new(format!("the array takes {N} items, not {}", items.len()))));

/// The items that a list of a script becomes.
pub(super) fn made_of_list<T: Manhole, C: FromIterator<T>>(
    info: &TypeInfo,
    value: Value<'_>,
) -> Result<C, ValueError> {
    match value {
        Value::List(items) => items.into_iter().map(T::from_value).collect(),
        value => Err(ValueError::wrong_kind(info, "a list", &value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_made_of_lists() {
        let list = || Value::List(vec![Value::from(1), Value::from(2)]);
        assert_eq!(Vec::<u8>::from_value(list()), Ok(vec![1, 2]));
        assert_eq!(<[u8; 2]>::from_value(list()), Ok([1, 2]));
        let error = <[u8; 3]>::from_value(list()).unwrap_err();
        assert_eq!(error.to_string(), "the array takes 3 items, not 2");
        let mut kept = vec![7_u8];
        let error = kept.write(Value::List(vec![Value::from(1), Value::from(300)])).unwrap_err();
        assert_eq!(error.to_string(), "300 does not fit into u8 (0 to 255)");
        assert_eq!(kept, [7], "a write that fails changes nothing");
        let error = kept.write(Value::from(1)).unwrap_err();
        assert_eq!(error.to_string(), "Vec<u8> takes a list, not the integer 1");
    }
}
