//! Wrappers that change only the behaviour of a value, and pointers that own it: shown as the value inside.

use std::cmp::{Ordering, Reverse};
use std::num::{Saturating, Wrapping};

use super::shape_macro::shape_methods;
use crate::reflect::model::{
    Args, CallError, CallFuture, CallOutput, Described, Enum, Manhole, Node, NodeMut, StructStyle, TypeInfo,
    TypeKind, Value, ValueError, ValueMut, ValueRef, VariantInfo,
};
use crate::reflect::support::FieldValues;

macro_rules! wrapper {
    ([$($generics:tt)*] $ty:ty, |$this:ident| $inner:expr $(, |$value:ident| $made:expr)?) => {
        impl<$($generics)*> Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                T::described()
            }

            fn reflect(&self) -> Node<'_> {
                let $this = self;
                $inner.reflect()
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                let $this = self;
                $inner.reflect_mut()
            }

            fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
                let $this = self;
                $inner.write(value)
            }

            $(fn from_value($value: Value<'_>) -> Result<Self, ValueError> {
                $made
            })?

            fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
                let $this = self;
                $inner.call(index, args)
            }

            fn call_mut(&mut self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
                let $this = self;
                $inner.call_mut(index, args)
            }

            fn call_async(&self, index: usize, args: Args<'_>) -> Result<CallFuture<'_>, CallError> {
                let $this = self;
                $inner.call_async(index, args)
            }
        }
    };
}

wrapper!([T: Described + ?Sized] Box<T>, |this| (**this), |value| T::boxed(value));
wrapper!([T: Described + ?Sized] &mut T, |this| (**this));
wrapper!([T: Manhole] Reverse<T>, |this| this.0, |value| T::from_value(value).map(Reverse));
wrapper!([T: Manhole] Saturating<T>, |this| this.0, |value| T::from_value(value).map(Saturating));
wrapper!([T: Manhole] Wrapping<T>, |this| this.0, |value| T::from_value(value).map(Wrapping));

/// The result of a comparison.
impl Manhole for Ordering {
    fn type_info() -> &'static TypeInfo {
        const VARIANTS: &[VariantInfo] = &[
            VariantInfo::new("Less", "", StructStyle::Unit, &[]),
            VariantInfo::new("Equal", "", StructStyle::Unit, &[]),
            VariantInfo::new("Greater", "", StructStyle::Unit, &[]),
        ];
        const { &TypeInfo::new("Ordering", TypeKind::Enum(VARIANTS)) }
    }

    shape_methods!(Enum);

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        Ok(match FieldValues::of_variant(Self::type_info(), value)?.0 {
            0 => Self::Less,
            1 => Self::Equal,
            _ => Self::Greater,
        })
    }
}

impl Enum for Ordering {
    fn variant(&self) -> usize {
        match self {
            Self::Less => 0,
            Self::Equal => 1,
            Self::Greater => 2,
        }
    }

    fn field(&self, _index: usize) -> Option<ValueRef<'_>> {
        None
    }

    fn field_mut(&mut self, _index: usize) -> Option<ValueMut<'_>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newtype_is_shown_as_its_value() {
        let mut number = Wrapping(1_u8);
        assert_eq!(number.write(Value::from(255)), Ok(()));
        assert_eq!(number.0, 255);
        let error = number.write(Value::from(256)).unwrap_err();
        assert_eq!(error.to_string(), "256 does not fit into u8 (0 to 255)");
        assert_eq!(Saturating::<i8>::type_info().to_string(), "i8");
        assert_eq!(Reverse::<u8>::from_value(Value::from(3)), Ok(Reverse(3)));
    }

    #[test]
    fn an_ordering_is_shown_by_name() {
        for ordering in [Ordering::Less, Ordering::Equal, Ordering::Greater] {
            assert_eq!(Ordering::from_value(Value::from(format!("{ordering:?}"))), Ok(ordering));
        }
        assert!(Ordering::from_value(Value::from(1)).is_err());
    }
}
