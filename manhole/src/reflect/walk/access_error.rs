//! The errors of walks and of operations on values.

use std::error::Error;
use std::fmt;

use crate::reflect::model::{
    CallError, Level, LockError, LockUse, LockUses, Lockable, TypeInfo, Value, ValueError, VisitError,
};
#[cfg(feature = "console")]
use crate::reflect::model::{GONE, NOT_SET};
use crate::reflect::text::{did_you_mean, plural};

/// An error at a path: the path is invalid, or the value there refuses the operation.
///
/// ```
/// use manhole::reflect::{AccessErrorKind, Path, Step, Target, Value};
///
/// let path = Path::root().join(Step::Key(Value::from(9)));
/// let error = Target::new("numbers", &vec![1, 2]).at(&path).read(|_| ()).unwrap_err();
/// assert_eq!(error.path, "numbers[9]");
/// assert!(matches!(*error.kind, AccessErrorKind::NoItem { len: 2, .. }));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AccessError {
    /// The part of the path that was walked, with the name of its root: `gizmo.items[9]`.
    pub path: String,
    /// The reason. Boxed, because errors are rare and most results are small.
    pub kind: Box<AccessErrorKind>,
}

/// Declares the enum with the message and the help of each variant behind the variant. `$path` names the path in them.
macro_rules! error_kinds {
    (
        $(#[$meta:meta])*
        pub enum $name:ident, at $path:ident {
            $(
                $(#[$variant_meta:meta])*
                $variant:ident $(($value:ident: $value_ty:ty))? $({
                    $($(#[$field_meta:meta])* $field:ident: $field_ty:ty,)*
                })? => $text:expr $(, help $help:expr)?;
            )*
        }
    ) => {
        $(#[$meta])*
        pub enum $name {
            $($(#[$variant_meta])* $variant $(($value_ty))? $({
                $($(#[$field_meta])* $field: $field_ty,)*
            })?,)*
        }

        #[expect(unused_variables, reason = "a text names some of the fields")]
        impl $name {
            /// Returns the message and the help.
            fn texts(&self, $path: &str) -> (String, Option<String>) {
                match self {
                    $(Self::$variant $(($value))? $({ $($field,)* })? => ($text, error_kinds!(@help $($help)?)),)*
                }
            }
        }
    };
    (@help) => { None };
    (@help $help:expr) => { $help };
}

error_kinds! {
    /// The reason of an [`AccessError`].
    ///
    /// ```
    /// use manhole::reflect::AccessErrorKind;
    ///
    /// let error = AccessErrorKind::IsNone.at("gizmo.parent");
    /// assert_eq!(error.to_string(), "gizmo.parent is None");
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    #[non_exhaustive]
    pub enum AccessErrorKind, at path {
        /// The type has no such field.
        NoField {
            /// The type's name.
            ty: String,
            /// The unknown name.
            field: String,
            /// The names of the type's fields.
            known: Vec<&'static str>,
        } => format!("{ty} has no field `{field}`{}", did_you_mean(field, known.iter().copied()).unwrap_or_default()),
            help Some(fields_help(ty, known));

        /// The enum value is of a variant without this field.
        OtherVariant {
            /// The type's name.
            ty: String,
            /// The unknown name.
            field: String,
            /// The value's variant.
            variant: &'static str,
            /// The fields of that variant.
            known: Vec<&'static str>,
        } => format!("cannot reach {path}: this {ty} is {variant}, which has no field `{field}`"),
            help (!known.is_empty()).then(|| fields_help(variant, known));

        /// The list has no item at this index.
        NoItem {
            /// The index, as a script gave it.
            index: Value<'static>,
            /// The number of items.
            len: usize,
        } => match (index, len) {
                (Value::Int(_), 0) => format!("cannot reach {path}: the list is empty"),
                (Value::Int(_), _) => format!("cannot reach {path}: the list has {}", plural(*len, "item")),
                _ => format!("cannot reach {path}: the index of a list is an integer, not {index}"),
            },
            help (*len > 0).then(|| format!("use an index from 0 to {}, or from -1 backwards", len - 1));

        /// The map has no such key.
        NoKey {
            /// The key.
            key: Value<'static>,
            /// The type's name.
            ty: String,
        } => format!("cannot reach {path}: the map has no key {key}"),
            help Some("read what may be missing by get(key); keys() lists the keys".to_owned());

        /// The value has no fields or items that this step could reach.
        NoInside {
            /// The type's name.
            ty: String,
        } => format!("cannot reach {path}: {ty} has no fields or items");

        /// The value is not a collection.
        NoCollection {
            /// The type's name.
            ty: String,
        } => format!("cannot use {path} as a collection: its type is {ty}");

        /// The value is larger than a snapshot may be.
        TooLarge {
            /// The limit that it exceeds.
            why: &'static str,
        } => format!("cannot copy {path}: {why}"),
            help Some("copy a part of it".to_owned());

        /// The option is `None`.
        IsNone => format!("{path} is None");

        /// The lock or cell has no value inside. The text completes "`path` …".
        Empty(why: &'static str) => format!("{path} {why}");

        /// The pointers at the path lead back to themselves, or too many follow one another.
        PointerCycle => format!("cannot reach {path}: its pointers form a cycle");

        /// The value is secret.
        Secret => format!("cannot read or write {path}: it is secret");

        /// The field is marked read-only.
        ReadOnly {
            /// The type that has the field.
            ty: String,
            /// The field.
            field: &'static str,
        } => format!("cannot write {path}: the field `{field}` of {ty} is read-only");

        /// The session's level is too low.
        Denied {
            /// The session's level.
            level: Level,
            /// The level required.
            needs: Level,
        } => format!("cannot access {path}: it takes the level {needs}, and this session is at {level}");

        /// No lock above the value gives exclusive access.
        NoLock {
            /// The type of the value.
            ty: String,
        } => format!("cannot change {path}: no lock above this {ty} gives exclusive access"),
            help Some("in the application, keep it behind a Mutex or RwLock, or make the field an atomic".to_owned());

        /// The application validates the value as a whole, so its parts cannot be changed.
        Whole {
            /// The validated type.
            ty: String,
        } => format!("cannot change {path}: the application validates this {ty} as a whole"),
            help Some("assign the whole value".to_owned());

        /// The value is not the expected one any more.
        Changed => format!("cannot write {path}: the application has changed it since it was read"),
            help Some("try again".to_owned());

        /// The application holds the lock, and has not released it in time. A tracked lock knows who that is.
        Locked(uses: Option<LockUses>) => format!("cannot lock {path}: {}", holder(uses.as_ref())),
            help Some("try again, or read something else".to_owned());

        /// The task or thread that owns the value has not served the request.
        Visit(error: VisitError) => format!("cannot reach {path}: {error}"),
            help error.help();

        /// The command was stopped while it waited for a lock.
        Cancelled => format!("stopped while waiting for the lock of {path}");

        /// The new value does not fit.
        Value(error: ValueError) => format!("cannot write {path}: {error}");

        /// The type has no such method.
        NoMethod {
            /// The type's name.
            ty: String,
            /// The unknown name.
            method: String,
            /// The signatures of the type's methods.
            known: Vec<String>,
        } => format!("{ty} has no method `{method}`{}", did_you_mean(method, known.iter().map(|known| method_name(known)))
                .unwrap_or_default()),
            help (!known.is_empty()).then(|| fields_help(ty, known));

        /// The method could not be called, or has failed.
        Call {
            /// The reason.
            error: CallError,
            /// The method's signature.
            signature: String,
        } => error.message_for(format_args!("{path}.{}", method_name(signature))),
            help match error {
                CallError::BehindLock => Some(
                    "in the application, put the lock inside the type that has the method, or call it through a function"
                        .to_owned(),
                ),
                CallError::BehindOwner => Some("in the application, make it a function of the namespace".to_owned()),
                _ => error.is_about_arguments().then(|| format!("call it: {signature}")),
            };
    }
}

/// Returns who holds a lock.
fn holder(uses: Option<&LockUses>) -> String {
    let Some(holder) = uses.and_then(|uses| uses.holders.first()) else {
        return "the application holds the lock".to_owned();
    };
    let LockUse { thread, place, since } = holder;
    format!("the thread `{thread}` has held the lock for {}, since {place}", Value::Duration(since.elapsed()))
}

/// Returns the name in the signature of a method.
fn method_name(signature: &str) -> &str {
    let signature = signature.strip_prefix("async ").unwrap_or(signature);
    signature.split_once('(').map_or(signature, |(name, _)| name)
}

fn fields_help(name: &str, known: &[impl AsRef<str>]) -> String {
    let known: Vec<_> = known.iter().map(AsRef::as_ref).collect();
    if known.is_empty() {
        format!("{name} shows no fields")
    } else {
        format!("{name} has: {}", known.join(", "))
    }
}

impl AccessErrorKind {
    /// Adds the path at which the error occurred.
    ///
    /// ```
    /// use manhole::reflect::AccessErrorKind;
    ///
    /// assert_eq!(AccessErrorKind::Secret.at("gizmo.token").path, "gizmo.token");
    /// ```
    #[must_use]
    pub fn at(self, path: impl Into<String>) -> AccessError {
        AccessError { path: path.into(), kind: Box::new(self) }
    }

    /// Creates the error for a lock on a value of type `info`.
    pub(super) fn from_lock_error(error: LockError, lock: &dyn Lockable, info: &TypeInfo) -> Self {
        match error {
            LockError::Locked => Self::Locked(lock.uses()),
            LockError::Cancelled => Self::Cancelled,
            LockError::Empty(why) => Self::Empty(why),
            LockError::Whole => Self::Whole { ty: info.to_string() },
        }
    }
}

impl AccessError {
    /// Returns whether it is this error of a call.
    pub(crate) fn is_call(&self, error: &CallError) -> bool {
        matches!(&*self.kind, AccessErrorKind::Call { error: found, .. } if found == error)
    }

    /// Returns whether the value at `path` is an empty cell or a weak pointer to a value that is gone.
    #[cfg(feature = "console")]
    pub(crate) fn is_none_at(&self, path: impl FnOnce() -> String) -> bool {
        matches!(*self.kind, AccessErrorKind::Empty(NOT_SET | GONE)) && self.path == path()
    }

    /// Returns whether exclusive access to the value would avoid it.
    pub(super) fn needs_exclusive(&self) -> bool {
        matches!(&*self.kind, AccessErrorKind::NoLock { .. }) || self.is_call(&CallError::NeedsExclusive)
    }

    /// Returns what to try instead, or `None` if nothing is known to help.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::{Path, Step, Target};
    ///
    /// #[derive(Manhole)]
    /// struct Gizmo {
    ///     count: u64,
    ///     name: String,
    /// }
    ///
    /// let gizmo = Gizmo { count: 1, name: "anvil".to_owned() };
    /// let path = Path::root().join(Step::Name("cuont".into()));
    /// let error = Target::new("gizmo", &gizmo).at(&path).read(|_| ()).unwrap_err();
    /// assert_eq!(error.to_string(), "Gizmo has no field `cuont`; did you mean `count`?");
    /// assert_eq!(error.help().as_deref(), Some("Gizmo has: count, name"));
    /// ```
    #[must_use]
    pub fn help(&self) -> Option<String> {
        self.kind.texts(&self.path).1
    }
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind.texts(&self.path).0)
    }
}

impl Error for AccessError {}
