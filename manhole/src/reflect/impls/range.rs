//! Ranges and their bounds.

use std::ops::{Bound, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

use super::computed_fields::opaque;
use super::shape_macro::shape_methods;
use crate::reflect::model::{
    Enum, FieldInfo, Manhole, Node, NodeMut, Shape, ShapeMut, Struct, StructStyle, TypeInfo, TypeKind, Value,
    ValueError, ValueMut, ValueRef, VariantInfo,
};
use crate::reflect::support::FieldValues;

/// Implements a range. Its bounds are read as fields, and written as a whole, since they belong together.
macro_rules! range {
    ($ty:ident, $name:literal, $example:literal, |$this:ident| [$($end:literal => $index:literal: $read:expr),+], $make:expr) => {
        impl<T: Manhole> Manhole for $ty<T> {
            fn type_info() -> &'static TypeInfo {
                const {
                    &TypeInfo::new(
                        $name,
                        TypeKind::Struct(StructStyle::Range, const { &[$(FieldInfo::new($end, "", T::type_info)),+] }),
                    )
                    .with_params(&[T::type_info])
                }
            }

            fn reflect(&self) -> Node<'_> {
                Node::new::<Self>(Shape::Struct(self))
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::new::<Self>(ShapeMut::Whole)
            }

            fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
                *self = Self::from_value(value)?;
                Ok(())
            }

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                let info = Self::type_info();
                let value = ends(info, $example, value)?;
                let mut fields = FieldValues::of_struct(info, value)?;
                Ok(($make)($(fields.take($index, T::from_value)?),+))
            }
        }

        impl<T: Manhole> Struct for $ty<T> {
            fn field(&self, index: usize) -> Option<ValueRef<'_>> {
                let $this = self;
                match index {
                    $($index => Some(ValueRef::from($read)),)+
                    _ => None,
                }
            }

            fn field_mut(&mut self, _index: usize) -> Option<ValueMut<'_>> {
                // It is written as a whole.
                None
            }
        }
    };
}

range!(Range, "Range", "1..9", |this| ["start" => 0: &this.start, "end" => 1: &this.end], |start, end| start..end);
range!(RangeInclusive, "RangeInclusive", "1..=9", |this| ["start" => 0: this.start(), "end" => 1: this.end()],
    |start, end| start..=end);
range!(RangeFrom, "RangeFrom", "1..", |this| ["start" => 0: &this.start], |start| start..);
range!(RangeTo, "RangeTo", "..9", |this| ["end" => 0: &this.end], |end| ..end);
range!(RangeToInclusive, "RangeToInclusive", "..=9", |this| ["end" => 0: &this.end], |end| ..=end);
opaque!([] RangeFull, "..";);

/// Parses the bounds of a range written as a string like `example`. Returns any other value unchanged.
fn ends<'a>(info: &TypeInfo, example: &str, value: Value<'a>) -> Result<Value<'a>, ValueError> {
    let other =
        |value: &Value<'_>| ValueError::wrong_kind(info, &format!("a range such as {example}"), value);
    let text = match value {
        Value::Text(text) => text,
        Value::Map(fields) => return Ok(Value::Map(fields)),
        value => return Err(other(&value)),
    };
    let split = |text: &str| {
        let (start, end) = text.split_once("..")?;
        let (end, inclusive) = end.strip_prefix('=').map_or((end, false), |end| (end, true));
        Some([start.trim(), end.trim()].map(str::to_owned)).filter(|_| inclusive == example.contains('='))
    };
    let Some(ends) = split(&text) else { return Err(other(&Value::Text(text))) };
    let named = ["start", "end"].into_iter().zip(ends).filter(|(_, end)| !end.is_empty());
    Ok(Value::Map(named.map(|(name, end)| (Value::from(name), Value::from_text(end))).collect()))
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

    shape_methods!(Enum);

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let (variant, mut fields) = FieldValues::of_variant(Self::type_info(), value)?;
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

    fn field(&self, index: usize) -> Option<ValueRef<'_>> {
        match self {
            Self::Included(end) | Self::Excluded(end) if index == 0 => Some(ValueRef::from(end)),
            _ => None,
        }
    }

    fn field_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
        match self {
            Self::Included(end) | Self::Excluded(end) if index == 0 => Some(ValueMut::from(end)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::ops::shown;

    #[test]
    fn ranges_are_shown_as_rust_writes_them() {
        let ranges: [(&dyn Manhole, &str); 8] = [
            (&(1..5), "1..5"),
            (&(1..=5), "1..=5"),
            (&('a'..), "'a'.."),
            (&(..(1_u8, 2_u8)), "..(1, 2)"),
            (&(..=5), "..=5"),
            (&(..), ".."),
            (&Bound::Included(3), "Included(3)"),
            (&Bound::<u8>::Unbounded, "Unbounded"),
        ];
        for (range, text) in ranges {
            assert_eq!(shown(range), text);
        }
        assert_eq!(Range::<u8>::type_info().to_string(), "Range<u8>");
    }

    #[test]
    fn ranges_convert_from_strings_and_maps() {
        assert_eq!(Range::from_value(Value::from("1..5")), Ok(1_u8..5));
        assert_eq!(RangeInclusive::from_value(Value::from("-1 ..= 5")), Ok(-1_i8..=5));
        assert_eq!(RangeFrom::from_value(Value::from("0.5..")), Ok(0.5_f64..));
        assert_eq!(RangeTo::from_value(Value::from("..5")), Ok(..5_u8));
        let fields = vec![(Value::from("start"), Value::from(1)), (Value::from("end"), Value::from(5))];
        assert_eq!(Range::from_value(Value::Map(fields)), Ok(1_u8..5));
        for (text, error) in [
            ("1..=5", "Range<u8> takes a range such as 1..9, not the string \"1..=5\""),
            ("soon", "Range<u8> takes a range such as 1..9, not the string \"soon\""),
            ("1..", "Range<u8> has no value for its field `end`: expected start..end"),
            ("1..300", "`end`: 300 does not fit into u8 (0 to 255)"),
        ] {
            assert_eq!(Range::<u8>::from_value(Value::from(text)).unwrap_err().to_string(), error);
        }
    }

    #[test]
    fn a_bound_converts_like_an_enum() {
        let excluded = Value::Map(vec![(Value::from("Excluded"), Value::from(3))]);
        assert_eq!(Bound::<u8>::from_value(excluded), Ok(Bound::Excluded(3)));
        assert_eq!(Bound::<u8>::from_value(Value::from("Unbounded")), Ok(Bound::Unbounded));
        let error = Bound::<u8>::from_value(Value::from(3)).unwrap_err();
        assert!(error.to_string().starts_with("Bound<u8> takes Included(…), "), "{error}");
    }
}
