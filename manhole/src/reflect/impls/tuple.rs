//! Tuples.

use super::shape_macro::shape_methods;
use crate::reflect::model::{
    FieldInfo, Manhole, Struct, StructStyle, TypeInfo, TypeKind, Value, ValueError, ValueMut, ValueRef,
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

            shape_methods!(Struct);

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
            fn field(&self, index: usize) -> Option<ValueRef<'_>> {
                match index {
                    $($index => Some(ValueRef::from(&self.$index)),)+
                    _ => None,
                }
            }

            fn field_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
                match index {
                    $($index => Some(ValueMut::from(&mut self.$index)),)+
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
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tuples_convert_from_lists() {
        let list = Value::List(vec![Value::from(1), Value::from("a")]);
        assert_eq!(<(u8, String)>::from_value(list.clone()), Ok((1, "a".to_owned())));
        let error = <(u8, String, bool)>::from_value(list).unwrap_err();
        assert_eq!(error.to_string(), "(u8, String, bool) takes a list of 3, not the list of 2 items");
    }

    #[test]
    fn tuple_types_are_named_as_in_rust() {
        assert_eq!(<(u8, String)>::type_info().to_string(), "(u8, String)");
        assert_eq!(<(u8,)>::type_info().to_string(), "(u8,)");
        type Twelve = (u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, bool);
        assert!(Twelve::type_info().to_string().ends_with(", u8, bool)"));
    }
}
