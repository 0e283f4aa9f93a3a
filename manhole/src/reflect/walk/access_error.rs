//! Why a value could not be reached, read or written: a sentence for the person at the prompt.

use std::error::Error;
use std::fmt;

use crate::reflect::model::{CallError, Level, Value, ValueError};
use crate::reflect::text::closest_match;

/// Why a path could not be walked to its end, or what was there refused.
///
/// ```
/// use manhole::reflect::{AccessErrorKind, Path, LockWait, Step, Value, read};
///
/// let path = Path::root().join(Step::Key(Value::from(9)));
/// let error = read("numbers", &vec![1, 2], &path, &LockWait::none(), &mut |_| ()).unwrap_err();
/// assert_eq!(error.path, "numbers[9]");
/// assert!(matches!(*error.kind, AccessErrorKind::NoItem { len: 2, .. }));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AccessError {
    /// The path as far as it was walked, with the name of its root: `gizmo.items[9]`.
    pub path: String,
    /// What went wrong there. Boxed, because it is rare and most results are small.
    pub kind: Box<AccessErrorKind>,
}

/// What went wrong at a path.
///
/// ```
/// use manhole::reflect::AccessErrorKind;
///
/// let error = AccessErrorKind::IsNone.at("gizmo.parent");
/// assert_eq!(error.to_string(), "gizmo.parent is None");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum AccessErrorKind {
    /// The type has no such field.
    NoField {
        /// The type's name.
        ty: String,
        /// The name that was asked for.
        field: String,
        /// The names there are.
        known: Vec<&'static str>,
    },
    /// The enum value is of another variant than the one with this field.
    OtherVariant {
        /// The type's name.
        ty: String,
        /// The name that was asked for.
        field: String,
        /// The variant it is.
        variant: &'static str,
        /// The fields of that variant.
        known: Vec<&'static str>,
    },
    /// The position is outside of the list.
    NoItem {
        /// The position that was asked for.
        index: Value<'static>,
        /// How many items there are.
        len: usize,
    },
    /// The map has no such key.
    NoKey {
        /// The key that was asked for.
        key: Value<'static>,
        /// The type's name.
        ty: String,
    },
    /// The value has nothing inside that this step could reach.
    NoInside {
        /// The type's name.
        ty: String,
    },
    /// The value is no collection.
    NoCollection {
        /// The type's name.
        ty: String,
    },
    /// There is more than a snapshot may hold.
    TooLarge {
        /// Of what there is too much.
        why: &'static str,
    },
    /// The option is empty.
    IsNone,
    /// The value's guard has nothing inside.
    Empty(&'static str),
    /// The value is secret.
    Secret,
    /// The field is marked read-only.
    ReadOnly {
        /// The type that has the field.
        ty: String,
        /// The field.
        field: &'static str,
    },
    /// The session may not do that.
    Denied {
        /// How far it may go.
        level: Level,
        /// How far it would have to.
        needs: Level,
    },
    /// Nothing above the value gives exclusive access.
    NoLock {
        /// The type that would have to change.
        ty: String,
    },
    /// The value is checked as a whole by the program.
    Whole {
        /// The type that is checked.
        ty: String,
    },
    /// The value is no longer the one that the new one was computed from.
    Changed,
    /// Somebody else held the lock too long.
    Locked,
    /// The command was stopped while it waited for a lock.
    Cancelled,
    /// The new value does not fit.
    Value(ValueError),
    /// The type has no such method.
    NoMethod {
        /// The type's name.
        ty: String,
        /// The name that was called.
        method: String,
        /// The signatures of the methods there are.
        known: Vec<String>,
    },
    /// The method could not be called, or failed.
    Call {
        /// Why.
        error: CallError,
        /// The method's signature.
        signature: String,
    },
}

impl AccessErrorKind {
    /// Adds where it happened.
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
}

impl AccessError {
    /// Whether it is that error of a call.
    pub(crate) fn is_call(&self, error: &CallError) -> bool {
        matches!(&*self.kind, AccessErrorKind::Call { error: found, .. } if found == error)
    }

    /// Whether it could be done by who has the value alone.
    pub(crate) fn needs_exclusive(&self) -> bool {
        matches!(&*self.kind, AccessErrorKind::NoLock { .. }) || self.is_call(&CallError::NeedsExclusive)
    }

    /// What to try instead, if anything is known to help.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::{Path, LockWait, Step, read};
    ///
    /// #[derive(Manhole)]
    /// struct Gizmo {
    ///     count: u64,
    ///     name: String,
    /// }
    ///
    /// let gizmo = Gizmo { count: 1, name: "anvil".to_owned() };
    /// let path = Path::root().join(Step::Name("cuont".into()));
    /// let error = read("gizmo", &gizmo, &path, &LockWait::none(), &mut |_| ()).unwrap_err();
    /// assert_eq!(error.to_string(), "Gizmo has no field `cuont`; did you mean `count`?");
    /// assert_eq!(error.help().as_deref(), Some("Gizmo has: count, name"));
    /// ```
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match &*self.kind {
            AccessErrorKind::NoField { ty, known, .. } if known.is_empty() => {
                Some(format!("{ty} shows no fields"))
            }
            AccessErrorKind::NoField { ty, known, .. } => Some(format!("{ty} has: {}", known.join(", "))),
            AccessErrorKind::OtherVariant { known, variant, .. } if !known.is_empty() => {
                Some(format!("{variant} has: {}", known.join(", ")))
            }
            AccessErrorKind::NoLock { .. } => Some(
                "in the program, keep it behind a Mutex or RwLock, or make the field an atomic".to_owned(),
            ),
            AccessErrorKind::NoMethod { ty, known, .. } if !known.is_empty() => {
                Some(format!("{ty} has: {}", known.join(", ")))
            }
            AccessErrorKind::Call { error: CallError::BehindLock, .. } => Some(
                "in the program, put the lock inside of the type that has the method, or call it through a function"
                    .to_owned(),
            ),
            AccessErrorKind::Call { error, signature } if error.is_about_arguments() => {
                Some(signature.clone())
            }
            AccessErrorKind::Whole { .. } => Some("assign the whole value".to_owned()),
            AccessErrorKind::TooLarge { .. } => Some("take a part of it".to_owned()),
            AccessErrorKind::Changed => Some("try again".to_owned()),
            AccessErrorKind::Locked => Some("try again, or look at something else meanwhile".to_owned()),
            AccessErrorKind::NoItem { len, .. } if *len > 0 => {
                Some(format!("positions go from 0 to {}, or from -1 backwards", len - 1))
            }
            _ => None,
        }
    }
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &*self.kind {
            AccessErrorKind::NoField { ty, field, known } => {
                write!(f, "{ty} has no field `{field}`")?;
                closest_match(field, known.iter().copied())
                    .map_or(Ok(()), |name| write!(f, "; did you mean `{name}`?"))
            }
            AccessErrorKind::OtherVariant { ty, field, variant, .. } => {
                write!(f, "this {ty} is {variant}, which has no field `{field}`")
            }
            AccessErrorKind::NoItem { index, .. } if !matches!(index, Value::Int(_)) => {
                write!(f, "{path}: the items of a list are counted, {index} is no position")
            }
            AccessErrorKind::NoItem { index, len: 0 } => {
                write!(f, "{path}: there is no item {index}, the list is empty")
            }
            AccessErrorKind::NoItem { index, len } => {
                write!(f, "{path}: there is no item {index}, only {len}")
            }
            AccessErrorKind::NoKey { key, .. } => write!(f, "{path}: there is no key {key}"),
            AccessErrorKind::NoInside { ty } => write!(f, "{path}: {ty} has nothing inside to go to"),
            AccessErrorKind::NoCollection { ty } => write!(f, "{path}: {ty} is no collection"),
            AccessErrorKind::TooLarge { why } => {
                write!(f, "{path} is too large to be copied as a whole: {why}")
            }
            AccessErrorKind::IsNone => write!(f, "{path} is None"),
            AccessErrorKind::Empty(why) => write!(f, "{path} {why}"),
            AccessErrorKind::Secret => {
                write!(f, "{path} is secret: it can be neither read nor written from here")
            }
            AccessErrorKind::ReadOnly { ty, field } => {
                write!(f, "cannot write {path}: the field `{field}` of {ty} is read-only")
            }
            AccessErrorKind::Denied { level, needs } => {
                write!(f, "{path} takes the level {needs}, and this session is at {level}")
            }
            AccessErrorKind::NoLock { ty } => {
                write!(f, "cannot change {path}: nothing above this {ty} locks, it is shared")
            }
            AccessErrorKind::Whole { ty } => {
                write!(f, "cannot change {path}: the program checks this {ty} as a whole")
            }
            AccessErrorKind::Changed => {
                write!(f, "{path} was changed by the program meanwhile: nothing was written")
            }
            AccessErrorKind::Locked => write!(f, "{path} is locked by the program"),
            AccessErrorKind::Cancelled => write!(f, "stopped while waiting for the lock of {path}"),
            AccessErrorKind::Value(error) => write!(f, "cannot write {path}: {error}"),
            AccessErrorKind::NoMethod { ty, method, known } => {
                write!(f, "{ty} has no method `{method}`")?;
                let names = known
                    .iter()
                    .filter_map(|known| known.strip_prefix("async ").unwrap_or(known).split('(').next());
                closest_match(method, names).map_or(Ok(()), |name| write!(f, "; did you mean `{name}`?"))
            }
            AccessErrorKind::Call { error, .. } => write!(f, "{path}: {error}"),
        }
    }
}

impl Error for AccessError {}
