//! Ranges and their ends.

use std::fmt;
use std::ops::{Bound, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

use crate::reflect::{
    Budget, Enum, FieldInfo, Fields, Held, HeldMut, Manhole, Node, NodeMut, Path, Patience, Shape, ShapeMut,
    StructStyle, TypeInfo, TypeKind, Value, ValueError, VariantInfo, layout, preview,
};

/// A range, shown as Rust writes it. Its ends are what makes it, so that it has no inside to change one by one.
macro_rules! range {
    ([$($generics:tt)*] $ty:ty, $name:literal, [$($param:expr)?], |$this:ident| $($shown:tt)+) => {
        impl<$($generics)*> Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new($name, TypeKind::Opaque).with_params(&[$($param)?]) }
            }

            fn reflect(&self) -> Node<'_> {
                let $this = self;
                Node::new::<Self>(Shape::shown(format_args!($($shown)+)))
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::shared(self)
            }
        }
    };
}

range!([T: Manhole] Range<T>, "Range", [T::type_info], |this| "{}..{}", End(&this.start), End(&this.end));
range!([T: Manhole] RangeInclusive<T>, "RangeInclusive", [T::type_info],
    |this| "{}..={}", End(this.start()), End(this.end()));
range!([T: Manhole] RangeFrom<T>, "RangeFrom", [T::type_info], |this| "{}..", End(&this.start));
range!([T: Manhole] RangeTo<T>, "RangeTo", [T::type_info], |this| "..{}", End(&this.end));
range!([T: Manhole] RangeToInclusive<T>, "RangeToInclusive", [T::type_info], |this| "..={}", End(&this.end));
range!([] RangeFull, "RangeFull", [], |_this| "..");

/// One end of a range as it is shown.
struct End<'a>(&'a dyn Manhole);

impl fmt::Display for End<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match preview("", self.0, &Path::root(), &Patience::none(), Budget::default()) {
            Ok(shown) => f.write_str(&layout(&shown, usize::MAX)),
            Err(_) => f.write_str("?"),
        }
    }
}

impl<T: Manhole> Manhole for Bound<T> {
    fn type_info() -> &'static TypeInfo {
        const {
            &TypeInfo::new(
                "Bound",
                TypeKind::Enum(
                    const {
                        &[
                            VariantInfo::new(
                                "Included",
                                "",
                                StructStyle::Tuple,
                                const { &[FieldInfo::new("0", "", T::type_info)] },
                            ),
                            VariantInfo::new(
                                "Excluded",
                                "",
                                StructStyle::Tuple,
                                const { &[FieldInfo::new("0", "", T::type_info)] },
                            ),
                            VariantInfo::new("Unbounded", "", StructStyle::Unit, &[]),
                        ]
                    },
                ),
            )
            .with_params(&[T::type_info])
        }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Enum(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Enum(self))
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        *self = Self::from_value(value)?;
        Ok(())
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let (variant, mut fields) = Fields::of_variant(Self::type_info(), value)?;
        match variant {
            0 => fields.take(0, T::from_value).map(Self::Included),
            1 => fields.take(0, T::from_value).map(Self::Excluded),
            _ => Ok(Self::Unbounded),
        }
    }
}

impl<T: Manhole> Enum for Bound<T> {
    fn variant(&self) -> usize {
        match self {
            Self::Included(_) => 0,
            Self::Excluded(_) => 1,
            Self::Unbounded => 2,
        }
    }

    fn field(&self, index: usize) -> Option<Held<'_>> {
        match self {
            Self::Included(end) | Self::Excluded(end) if index == 0 => Some(Held::from(end)),
            _ => None,
        }
    }

    fn field_mut(&mut self, index: usize) -> Option<HeldMut<'_>> {
        match self {
            Self::Included(end) | Self::Excluded(end) if index == 0 => Some(HeldMut::from(end)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_shown_as_rust_writes_them() {
        let shown: [(&dyn Manhole, &str); 8] = [
            (&(1..5), "1..5"),
            (&(1..=5), "1..=5"),
            (&('a'..), "'a'.."),
            (&(..(1_u8, 2_u8)), "..(1, 2)"),
            (&(..=5), "..=5"),
            (&(..), ".."),
            (&Bound::Included(3), "Included(3)"),
            (&Bound::<u8>::Unbounded, "Unbounded"),
        ];
        for (range, text) in shown {
            assert_eq!(End(range).to_string(), text);
        }
        assert_eq!(Range::<u8>::type_info().to_string(), "Range<u8>");
        assert_eq!(RangeFull::type_info().to_string(), "RangeFull");
    }

    #[test]
    fn a_bound_is_made_as_any_enum() {
        let excluded = Value::Map(vec![(Value::from("Excluded"), Value::from(3))]);
        assert_eq!(Bound::<u8>::from_value(excluded), Ok(Bound::Excluded(3)));
        assert_eq!(Bound::<u8>::from_value(Value::from("Unbounded")), Ok(Bound::Unbounded));
        let error = Bound::<u8>::from_value(Value::from(3)).unwrap_err();
        assert!(error.to_string().starts_with("Bound<u8> takes #{ Included: … }, "), "{error}");
    }
}
