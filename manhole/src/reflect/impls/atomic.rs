//! Atomics, which can be changed without a lock above them.

use std::sync::atomic::{
    AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicU8, AtomicU16, AtomicU32,
    AtomicU64, AtomicUsize, Ordering,
};

use crate::reflect::model::{
    AtomicValue, Manhole, Node, NodeMut, Shape, TypeInfo, TypeKind, Value, ValueError,
};

macro_rules! atomics {
    ($($atomic:ident: $plain:ty,)*) => {$(
        impl Manhole for $atomic {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new(stringify!($atomic), TypeKind::Leaf) }
            }

            fn reflect(&self) -> Node<'_> {
                Node::new::<Self>(Shape::Atomic(self))
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::shared(self)
            }

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                <$plain>::from_value(value).map(Self::new)
            }
        }

        impl AtomicValue for $atomic {
            fn load(&self) -> Value<'_> {
                // The strongest order: a console need not save a fence, and with a weaker one it could show values in an
                // order that the author has ruled out.
                <$atomic>::load(self, Ordering::SeqCst).into()
            }

            fn store(&self, value: Value<'_>, expected: Option<&Value<'_>>) -> Result<bool, ValueError> {
                let value = <$plain>::from_value(value)?;
                let Some(expected) = expected else {
                    <$atomic>::store(self, value, Ordering::SeqCst);
                    return Ok(true);
                };
                let Ok(expected) = <$plain>::from_value(expected.clone()) else { return Ok(false) };
                Ok(self.compare_exchange(expected, value, Ordering::SeqCst, Ordering::SeqCst).is_ok())
            }
        }
    )*};
}

atomics! {
    AtomicBool: bool,
    AtomicI8: i8,
    AtomicI16: i16,
    AtomicI32: i32,
    AtomicI64: i64,
    AtomicIsize: isize,
    AtomicU8: u8,
    AtomicU16: u16,
    AtomicU32: u32,
    AtomicU64: u64,
    AtomicUsize: usize,
}
