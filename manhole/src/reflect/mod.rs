//! Describes values to the console: the [`Manhole`] trait, and the operations on values at a path.
//!
//! This layer knows neither the script language nor sockets. It never copies a value to read it: a walk follows a [`Path`]
//! from a root, opens each lock inside a closure, and copies one leaf or a bounded [`Preview`].

mod impls;
mod model;
mod ops;
mod support;
mod text;
mod walk;

pub(crate) use impls::computed_fields;
pub use impls::{
    Computed, MailboxError, Registry, RegistryEntry, Remote, TrackedGuard, TrackedMutex, TrackedRwLock,
    VisitMessage, Visits, computed, visits,
};
#[cfg(feature = "console")]
pub(crate) use impls::{Reported, SharedMap, ThreadLocal, keep_here, listing_methods};
#[cfg(feature = "tokio")]
pub(crate) use impls::{RuntimeCounts, serve_kept_values};
pub use model::{
    AccessMode, Args, AtomicValue, CallError, CallFuture, CallOutput, Cancellation, Described, Enum,
    FieldInfo, Level, Lines, List, LockError, LockUse, LockUses, LockWait, Lockable, Manhole, Map,
    MethodInfo, Node, NodeMut, Owner, ParamInfo, ParseLevelError, Path, PathRef, ResultKind, Resume, Set,
    Shape, ShapeMut, Step, Struct, StructFields, StructStyle, StructValue, Text, TypeInfo, TypeKind, Value,
    ValueBorrow, ValueError, ValueMut, ValueRef, ValueVisitor, VariantInfo, Visit, VisitError,
};
#[doc(hidden)]
pub use model::{Around, AroundKind, InnerBorrow};
#[cfg(feature = "console")]
pub(crate) use model::{compare_times, write_signature};
pub use ops::{
    AsyncCall, CollectionEdit, GroupStyle, Lookup, Preview, PreviewLimits, Removed, as_key, pretty_print,
};
#[cfg(feature = "console")]
pub(crate) use ops::{
    Collection, Collector, Continuation, Entry, Group, GroupKind, Label, Leaf, LeafPath,
    MAX_COLLECTION_ITEMS, Place, Reason, Removal, Survey, classify, leaf, preview_value,
    script_value_preview, snapshot_value,
};
#[cfg(feature = "console")]
pub(crate) use support::check_struct_type;
#[cfg(feature = "serde")]
#[doc(hidden)]
pub use support::serde;
pub use support::{
    AroundView, AsDebug, AsDisplay, AsOpaque, AsRemote, AsResult, Behind, ByManhole, ByType, FieldCall,
    FieldMethod, FieldProbe, FieldValues, FixedItems, Foreign, Getter, GetterProbe, HidesFieldsProbe, Items,
    ItemsMut, ItemsProbe, ItemsViewer, Methods, Native, NoHiddenFields, NoItemsMut, NoMethods, NoRemote,
    NoView, NoViewerInfo, NotGetter, NotManhole, PairsProbe, RemoteProbe, Setter, SetterResult, SinglesProbe,
    TextValue, ViewerInfo, WithMethods, WithMethodsMut, argument, expect_args, finish, methods_info,
    read_only, remote_info, validate, validated, validated_mut,
};
#[cfg(feature = "console")]
pub(crate) use text::{
    did_you_mean, doc_summary, placeholder, plural, prefix, short_type_name, shorten, thousands,
};
pub use walk::{AccessError, AccessErrorKind, Target};
#[cfg(feature = "console")]
pub(crate) use walk::{HeldLocks, author_code};
