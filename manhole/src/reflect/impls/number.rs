//! Integers and floats.

use std::num::NonZero;

use crate::reflect::model::{Manhole, Node, NodeMut, TypeInfo, TypeKind, Value, ValueError};

macro_rules! integers {
    ($($int:ident)*) => {$(
        impl Manhole for $int {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new(stringify!($int), TypeKind::Leaf) }
            }

            fn reflect(&self) -> Node<'_> {
                Node::leaf::<Self>(*self)
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::leaf::<Self>()
            }

            fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
                *self = Self::from_value(value)?;
                Ok(())
            }

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                let fitting = match value {
                    Value::Int(int) => Self::try_from(int).ok(),
                    Value::Uint(int) => Self::try_from(int).ok(),
                    _ => return Err(ValueError::wrong_kind(Self::type_info(), "an integer", &value)),
                };
                fitting.ok_or_else(|| ValueError::out_of_range(Self::type_info(), &value, Self::MIN, Self::MAX))
            }
        }
    )*};
}

integers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

/// Integers that are never zero, converted from the plain ones.
macro_rules! nonzero {
    ($($int:ident)*) => {$(
        impl Manhole for NonZero<$int> {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new("NonZero", TypeKind::Leaf).with_params(&[$int::type_info]) }
            }

            fn reflect(&self) -> Node<'_> {
                Node::leaf::<Self>(self.get())
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::leaf::<Self>()
            }

            fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
                *self = Self::from_value(value)?;
                Ok(())
            }

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                let value = $int::from_value(value)?;
                Self::new(value).ok_or_else(|| ValueError::new(format!("{} cannot be 0", Self::type_info())))
            }
        }
    )*};
}

nonzero!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

/// Converts an integer to a float, if that is exact.
fn exact(int: i128) -> Option<f64> {
    const MAX_EXACT: i128 = 1 << f64::MANTISSA_DIGITS;
    (-MAX_EXACT..=MAX_EXACT).contains(&int).then_some(int as f64)
}

fn float(info: &'static TypeInfo, value: &Value<'_>) -> Result<f64, ValueError> {
    match *value {
        Value::Float(float) => Ok(float),
        Value::F32(float) => Ok(f64::from(float)),
        Value::Int(int) => {
            exact(int).ok_or_else(|| ValueError::new(format!("{info} cannot represent {int} exactly")))
        }
        _ => Err(ValueError::wrong_kind(info, "a number", value)),
    }
}

impl Manhole for f64 {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("f64", TypeKind::Leaf) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::leaf::<Self>(*self)
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::leaf::<Self>()
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        *self = Self::from_value(value)?;
        Ok(())
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        float(Self::type_info(), &value)
    }
}

impl Manhole for f32 {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("f32", TypeKind::Leaf) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::leaf::<Self>(Value::F32(*self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::leaf::<Self>()
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        *self = Self::from_value(value)?;
        Ok(())
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let wide = float(Self::type_info(), &value)?;
        let narrow = wide as Self;
        if wide.is_finite() && !narrow.is_finite() {
            return Err(ValueError::out_of_range(Self::type_info(), &value, Self::MIN, Self::MAX));
        }
        Ok(narrow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_out_of_range_reports_the_range() {
        let error = u8::from_value(Value::from(300)).unwrap_err();
        assert_eq!(error.to_string(), "300 does not fit into u8 (0 to 255)");
        let error = u8::from_value(Value::from(-1)).unwrap_err();
        assert_eq!(error.to_string(), "-1 does not fit into u8 (0 to 255)");
        let error = u64::from_value(Value::from("7")).unwrap_err();
        assert_eq!(error.to_string(), "u64 takes an integer, not the string \"7\"");
        let error = i32::from_value(Value::from(1.5)).unwrap_err();
        assert_eq!(error.to_string(), "i32 takes an integer, not the float 1.5");
    }

    #[test]
    fn the_largest_integers_are_exact() {
        assert_eq!(u64::from_value(Value::from(u64::MAX)), Ok(u64::MAX));
        assert_eq!(u128::from_value(Value::from(u128::MAX)), Ok(u128::MAX));
        assert_eq!(i128::from_value(Value::from(i128::MIN)), Ok(i128::MIN));
    }

    #[test]
    fn an_integer_becomes_a_float_only_exactly() {
        assert_eq!(f64::from_value(Value::from(1)), Ok(1.0));
        assert!(f64::from_value(Value::from((1_i64 << 53) + 1)).is_err());
        assert!(f32::from_value(Value::from(1e300)).is_err());
        assert!(f32::from_value(Value::from(f64::INFINITY)).unwrap().is_infinite());
    }
}
