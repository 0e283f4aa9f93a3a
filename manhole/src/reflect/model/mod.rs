//! Describes values and types to the console: the [`Manhole`] trait and everything that it names. Uses `text` alone.

mod access_level;
mod call;
mod call_error;
mod lock_uses;
mod lock_wait;
mod manhole;
mod method_info;
mod node;
mod path;
mod shape_traits;
mod type_info;
mod values;
mod visit;

pub use access_level::{Level, ParseLevelError};
pub use call::{Args, Lines, ResultKind};
pub use call_error::CallError;
pub use lock_uses::{LockUse, LockUses};
pub use lock_wait::{Cancellation, LockError, LockWait};
pub(crate) use lock_wait::{GONE, NOT_SET};
pub use manhole::{CallFuture, CallOutput, Described, Manhole, ValueBorrow, ValueMut, ValueRef};
#[cfg(feature = "console")]
pub(crate) use method_info::write_signature;
pub use method_info::{MethodInfo, ParamInfo};
pub(crate) use node::FormatText;
pub use node::{Node, NodeMut, Shape, ShapeMut, Text};
pub use path::{Path, PathRef, Step};
pub use shape_traits::{
    AccessMode, Around, AroundKind, AtomicValue, Enum, InnerBorrow, List, Lockable, Map, Owner, Resume, Set,
    Struct, ValueVisitor, Visit,
};
pub use type_info::{FieldInfo, StructStyle, TypeInfo, TypeKind, VariantInfo};
#[cfg(feature = "console")]
pub(crate) use values::compare_times;
#[cfg(any(feature = "chrono", feature = "jiff", feature = "jiff_02"))]
pub(crate) use values::has_rfc3339;
pub use values::{StructFields, StructValue, Value, ValueError};
pub use visit::VisitError;
pub(crate) use visit::{PendingVisit, request};
