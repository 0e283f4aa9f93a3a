//! Describes values and types to the console: the [`Manhole`] trait and everything that it names. Uses `text` alone.

mod access_level;
mod atomic_value;
mod call;
mod collection;
mod lock_wait;
mod lockable;
mod manhole;
mod node;
mod path;
mod struct_enum;
mod type_info;
mod validated;
mod value;
mod value_error;
mod value_ref;

pub use access_level::{Level, ParseLevelError};
pub use atomic_value::AtomicValue;
pub use call::{Args, CallError, CallFuture, CallOutput, ResultKind};
pub use collection::{List, Map, Resume, Set};
pub use lock_wait::{Cancellation, LockError, LockWait};
pub use lockable::{AccessMode, Lockable};
pub use manhole::Manhole;
pub use node::{Node, NodeMut, Shape, ShapeMut};
pub use path::{Path, PathRef, Step};
pub use struct_enum::{Enum, Struct};
#[cfg(feature = "console")]
pub(crate) use type_info::write_signature;
pub use type_info::{FieldInfo, MethodInfo, ParamInfo, StructStyle, TypeInfo, TypeKind, VariantInfo};
pub use validated::validate;
pub use value::Value;
pub use value_error::ValueError;
pub use value_ref::{ValueBorrow, ValueMut, ValueRef};
