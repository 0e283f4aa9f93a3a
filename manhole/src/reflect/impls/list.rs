//! Containers of items by index.

use std::borrow::Cow;
use std::collections::{LinkedList, VecDeque};
use std::sync::Arc;

use super::shape_macro::shape_methods;
use crate::reflect::model::{
    List, Manhole, Node, NodeMut, Shape, TypeInfo, TypeKind, Value, ValueError, ValueMut, ValueRef,
};

/// The number of items of a linked list that are found from its end at a time.
const MAX_LINKED_PART: usize = 8_192;

/// Implements a list: the name of its type, how to construct it, and its methods beside those that change items.
macro_rules! list {
    ($name:expr, [$($generics:tt)*], $ty:ty, |$items:ident| $made:expr, { $($changes:tt)* }) => {
        impl<$($generics)*> Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new($name, TypeKind::List(T::type_info)).with_params(&[T::type_info]) }
            }

            shape_methods!(List);

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                let $items: Vec<T> = convert_items(Self::type_info(), value)?;
                $made
            }
        }

        impl<$($generics)*> List for $ty {
            $($changes)*
        }
    };
}

/// The name of an array of `N` items.
struct ArrayName<const N: usize>;

impl<const N: usize> ArrayName<N> {
    const NAME: &'static str = match std::str::from_utf8(Self::TEXT.0.split_at(Self::TEXT.1).1) {
        Ok(name) => name,
        Err(_) => "[_]",
    };

    /// The text `[_; N]` at the end, and where it begins.
    const TEXT: ([u8; 32], usize) = {
        let (mut text, mut start, mut rest) = ([0; 32], 31, N);
        text[start] = b']';
        loop {
            start -= 1;
            text[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        let before: &[u8] = b"[_; ";
        let mut index = before.len();
        while index > 0 {
            index -= 1;
            start -= 1;
            text[start] = before[index];
        }
        (text, start)
    };
}

/// Access to the items of a container with random access.
macro_rules! items {
    () => {
        fn len(&self) -> usize {
            self.len()
        }

        fn get(&self, index: usize) -> Option<ValueRef<'_>> {
            self.get(index).map(ValueRef::from)
        }

        fn get_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
            self.get_mut(index).map(ValueMut::from)
        }
    };
}

/// Access to the items of a slice in a box or array, whose own methods take precedence over the trait's.
macro_rules! slice_items {
    () => {
        fn len(&self) -> usize {
            <[T]>::len(self)
        }

        fn get(&self, index: usize) -> Option<ValueRef<'_>> {
            <[T]>::get(self, index).map(ValueRef::from)
        }

        fn get_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
            <[T]>::get_mut(self, index).map(ValueMut::from)
        }
    };
}

/// Insertion and removal.
macro_rules! changes {
    (|$this:ident, $index:ident, $item:ident| $insert:expr, $remove:expr, $truncate:expr) => {
        fn insert(&mut self, $index: usize, value: Value<'_>) -> Result<(), ValueError> {
            let $item = T::from_value(value)?;
            let $this = self;
            $insert;
            Ok(())
        }

        fn remove(&mut self, $index: usize) -> Result<(), ValueError> {
            let $this = self;
            $remove;
            Ok(())
        }

        fn truncate(&mut self, $index: usize) -> Result<(), ValueError> {
            let $this = self;
            $truncate;
            Ok(())
        }
    };
}

list!("Vec", [T: Manhole], Vec<T>, |items| Ok(items), {
    fn capacity(&self) -> Option<usize> {
        Some(self.capacity())
    }

    slice_items!();
    changes!(|this, index, item| this.insert(index, item), this.remove(index), this.truncate(index));
});
list!("VecDeque", [T: Manhole], VecDeque<T>, |items| Ok(items.into()), {
    fn capacity(&self) -> Option<usize> {
        Some(self.capacity())
    }

    items!();
    changes!(|this, index, item| this.insert(index, item), this.remove(index), this.truncate(index));
});
list!("LinkedList", [T: Manhole], LinkedList<T>, |items| Ok(items.into_iter().collect()), {
    fn len(&self) -> usize {
        self.len()
    }

    fn has_random_access(&self) -> bool {
        false
    }

    fn get(&self, index: usize) -> Option<ValueRef<'_>> {
        let behind = self.len().checked_sub(index + 1)?;
        let item = if behind < index { self.iter().nth_back(behind) } else { self.iter().nth(index) };
        item.map(ValueRef::from)
    }

    fn items_from(&self, index: usize, visit: &mut dyn FnMut(&dyn Manhole) -> bool) {
        let len = self.len();
        if index < len / 2 {
            let _ = self.iter().skip(index).all(|item| visit(item));
            return;
        }
        // Found from the end, in parts that are visited forwards.
        let (mut start, mut wants_more) = (index, true);
        while start < len && wants_more {
            let end = len.min(start + MAX_LINKED_PART);
            let part: Vec<_> = self.iter().rev().skip(len - end).take(end - start).collect();
            wants_more = part.into_iter().rev().all(|item| visit(item));
            start = end;
        }
    }

    fn get_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
        let behind = self.len().checked_sub(index + 1)?;
        let mut items = self.iter_mut();
        let item = if behind < index { items.nth_back(behind) } else { items.nth(index) };
        item.map(ValueMut::from)
    }

    changes!(
        |this, index, item| {
            let mut rest = this.split_off(index);
            this.push_back(item);
            this.append(&mut rest);
        },
        {
            let mut rest = this.split_off(index);
            rest.pop_front();
            this.append(&mut rest);
        },
        if index < this.len() {
            drop(this.split_off(index));
        }
    );
});
list!("Box<[_]>", [T: Manhole], Box<[T]>, |items| Ok(items.into()), {
    slice_items!();
});
list!(ArrayName::<N>::NAME, [T: Manhole, const N: usize], [T; N], |items| Self::try_from(items)
    .map_err(|items| ValueError::new(format!("the array has {N} items, not {}", items.len()))), {
    slice_items!();
});

list!("Cow<[_]>", [T: Manhole + Clone], Cow<'static, [T]>, |items| Ok(Cow::Owned(items)), {
    fn len(&self) -> usize {
        <[T]>::len(self)
    }

    fn get(&self, index: usize) -> Option<ValueRef<'_>> {
        <[T]>::get(self, index).map(ValueRef::from)
    }

    fn get_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
        List::get_mut(self.to_mut(), index)
    }

    changes!(
        |this, index, item| this.to_mut().insert(index, item),
        this.to_mut().remove(index),
        this.to_mut().truncate(index)
    );
});
list!("SmallVec", [T: Manhole + 'static, A: smallvec::Array<Item = T>], smallvec::SmallVec<A>, |items| Ok(items.into()), {
    slice_items!();
    changes!(|this, index, item| this.insert(index, item), this.remove(index), this.truncate(index));
});

/// A shared slice, which is read-only.
macro_rules! shared_slice {
    ($name:literal, [$($generics:tt)*], $ty:ty) => {
        impl<$($generics)*> Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new($name, TypeKind::List(T::type_info)).with_params(&[T::type_info]) }
            }

            fn reflect(&self) -> Node<'_> {
                Node::new::<Self>(Shape::List(self))
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::shared(self)
            }
        }

        impl<$($generics)*> List for $ty {
            fn len(&self) -> usize {
                <[T]>::len(self)
            }

            fn get(&self, index: usize) -> Option<ValueRef<'_>> {
                <[T]>::get(self, index).map(ValueRef::from)
            }

            fn get_mut(&mut self, _index: usize) -> Option<ValueMut<'_>> {
                None
            }
        }
    };
}

shared_slice!("&[_]", ['a, T: Manhole], &'a [T]);
shared_slice!("Arc<[_]>", [T: Manhole], Arc<[T]>);

/// Converts the items of a script's list.
pub(super) fn convert_items<T: Manhole, C: FromIterator<T>>(
    info: &TypeInfo,
    value: Value<'_>,
) -> Result<C, ValueError> {
    match value {
        Value::List(items) => items.into_iter().map(T::from_value).collect(),
        Value::Bytes(bytes) if T::type_info().name == u8::type_info().name => {
            bytes.iter().map(|byte| T::from_value(Value::from(*byte))).collect()
        }
        value => Err(ValueError::wrong_kind(info, "a list", &value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_convert_from_lists() {
        let list = || Value::List(vec![Value::from(1), Value::from(2)]);
        assert_eq!(Vec::<u8>::from_value(list()), Ok(vec![1, 2]));
        assert_eq!(<[u8; 2]>::from_value(list()), Ok([1, 2]));
        assert_eq!(<[u8; 2]>::from_value(Value::Bytes(b"ab".into())), Ok(*b"ab"));
        let error = <[i8; 2]>::from_value(Value::Bytes(b"ab".into())).unwrap_err();
        assert_eq!(error.to_string(), "[i8; 2] takes a list, not the byte string of 2 bytes");
        let error = <[u8; 3]>::from_value(list()).unwrap_err();
        assert_eq!(error.to_string(), "the array has 3 items, not 2");
        let mut kept = vec![7_u8];
        let error = kept.write(Value::List(vec![Value::from(1), Value::from(300)])).unwrap_err();
        assert_eq!(error.to_string(), "300 does not fit into u8 (0 to 255)");
        assert_eq!(kept, [7], "a write that fails changes nothing");
        let error = kept.write(Value::from(1)).unwrap_err();
        assert_eq!(error.to_string(), "Vec<u8> takes a list, not the integer 1");
    }

    #[test]
    fn arrays_and_slices_are_named_as_in_rust() {
        assert_eq!(<[u8; 0]>::type_info().to_string(), "[u8; 0]");
        assert_eq!(<[Option<u8>; 1_234]>::type_info().to_string(), "[Option<u8>; 1234]");
        assert_eq!(Box::<[u8]>::type_info().to_string(), "Box<[u8]>");
        assert_eq!(<&[char]>::type_info().to_string(), "&[char]");
    }

    #[test]
    fn a_borrowed_slice_is_cloned_on_write() {
        let mut list: Cow<'static, [u8]> = Cow::Borrowed(&[1, 2]);
        assert_eq!(List::insert(&mut list, 1, Value::from(9)), Ok(()));
        assert_eq!(&*list, [1, 9, 2]);
    }

    #[test]
    fn a_small_vector_grows() {
        let mut list = smallvec::SmallVec::<[u8; 2]>::from_slice(&[1, 2]);
        assert_eq!(List::insert(&mut list, 2, Value::from(3)), Ok(()));
        assert_eq!(List::remove(&mut list, 0), Ok(()));
        assert_eq!(list.as_slice(), [2, 3]);
        assert_eq!(list.write(Value::List(vec![Value::from(7)])), Ok(()));
        assert_eq!(list.as_slice(), [7]);
        assert_eq!(smallvec::SmallVec::<[u8; 2]>::type_info().to_string(), "SmallVec<u8>");
    }
}
