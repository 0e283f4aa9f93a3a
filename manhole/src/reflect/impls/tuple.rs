//! Tuples and ranges.

use std::ops::{Range, RangeInclusive};

use crate::reflect::{
    Budget, FieldInfo, Held, HeldMut, Manhole, Node, NodeMut, Path, Patience, Shape, ShapeMut, Struct,
    StructStyle, TypeInfo, TypeKind, Value, ValueError, layout, preview,
};

macro_rules! tuple {
    ($($param:ident $index:tt),+) => {
        impl<$($param: Manhole),+> Manhole for ($($param,)+) {
            fn type_info() -> &'static TypeInfo {
                const {
                    &TypeInfo::new(
                        "",
                        TypeKind::Struct(
                            StructStyle::Tuple,
                            const { &[$(FieldInfo::new(stringify!($index), "", $param::type_info)),+] },
                        ),
                    )
                    .with_params(&[$($param::type_info),+])
                }
            }

            fn reflect(&self) -> Node<'_> {
                Node::new::<Self>(Shape::Struct(self))
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::new::<Self>(ShapeMut::Struct(self))
            }

            fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
                *self = Self::from_value(value)?;
                Ok(())
            }

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                const COUNT: usize = <[&str]>::len(&[$(stringify!($param)),+]);
                match value {
                    Value::List(items) if items.len() == COUNT => {
                        let mut items = items.into_iter();
                        Ok(($($param::from_value(items.next().unwrap_or(Value::Unit))?,)+))
                    }
                    value => {
                        let expected = format!("a list of {COUNT}");
                        Err(ValueError::wrong_kind(Self::type_info(), &expected, &value))
                    }
                }
            }
        }

        impl<$($param: Manhole),+> Struct for ($($param,)+) {
            fn field(&self, index: usize) -> Option<Held<'_>> {
                match index {
                    $($index => Some(Held::from(&self.$index)),)+
                    _ => None,
                }
            }

            fn field_mut(&mut self, index: usize) -> Option<HeldMut<'_>> {
                match index {
                    $($index => Some(HeldMut::from(&mut self.$index)),)+
                    _ => None,
                }
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

macro_rules! range {
    ($ty:ident, $dots:literal, |$this:ident| ($start:expr, $end:expr)) => {
        impl<T: Manhole> Manhole for $ty<T> {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new(stringify!($ty), TypeKind::Opaque).with_params(&[T::type_info]) }
            }

            fn reflect(&self) -> Node<'_> {
                let $this = self;
                Node::new::<Self>(Shape::Shown([bound($start), bound($end)].join($dots)))
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::shared(self)
            }
        }
    };
}

range!(Range, "..", |this| (&this.start, &this.end));
range!(RangeInclusive, "..=", |this| (this.start(), this.end()));

/// One end of a range as it is shown.
fn bound(value: &dyn Manhole) -> String {
    let shown = preview("", value, &Path::root(), &Patience::none(), Budget::default());
    shown.map_or_else(|_| "?".to_owned(), |shown| layout(&shown, usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tuples_are_made_of_lists() {
        let list = Value::List(vec![Value::from(1), Value::from("a")]);
        assert_eq!(<(u8, String)>::from_value(list.clone()), Ok((1, "a".to_owned())));
        let error = <(u8, String, bool)>::from_value(list).unwrap_err();
        assert_eq!(error.to_string(), "(u8, String, bool) takes a list of 3, not the list of 2 items");
    }

    #[test]
    fn tuples_are_named_and_shown_as_rust_does() {
        assert_eq!(<(u8, String)>::type_info().to_string(), "(u8, String)");
        assert_eq!(<(u8,)>::type_info().to_string(), "(u8,)");
        assert_eq!(bound(&(1_u8, "a".to_owned())), "(1, \"a\")");
        assert_eq!(bound(&(1..=5)), "1..=5");
        assert_eq!(bound(&('a'..'c')), "'a'..'c'");
    }
}
