//! The value that a walk leads to.

use std::fmt;

use super::access_error::{AccessError, AccessErrorKind};
use crate::reflect::model::{Level, LockWait, Manhole, PathRef};

/// A root, the path from it to a value, and what a walk to that value may do. Its methods read, write, call and copy the value.
///
/// Each method walks the path again, waits for locks as its [`LockWait`] allows, and releases them before it returns.
///
/// ```
/// use std::time::Duration;
///
/// use manhole::Manhole;
/// use manhole::reflect::{Level, Path, Step, Target, Value};
///
/// #[derive(Manhole)]
/// struct Config {
///     limit: u32,
/// }
///
/// let config = std::sync::Mutex::new(Config { limit: 100 });
/// let path = Path::root().join(Step::Name("limit".into()));
/// let limit = Target::new("config", &config).at(&path).with_level(Level::Operate);
/// limit.write(&Value::from(250))?;
/// assert_eq!(limit.snapshot()?, Value::from(250));
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Target<'a> {
    pub(crate) name: &'a str,
    pub(crate) root: &'a dyn Manhole,
    pub(crate) path: PathRef<'a>,
    pub(crate) wait: LockWait<'a>,
    pub(crate) level: Level,
}

impl<'a> Target<'a> {
    /// Creates a target for the root itself, called `name` in errors. Tries locks once, with [`Level::Admin`].
    ///
    /// ```
    /// use manhole::reflect::Target;
    ///
    /// assert_eq!(Target::new("count", &7_u32).to_string(), "count");
    /// ```
    pub fn new(name: &'a str, root: &'a dyn Manhole) -> Self {
        Self { name, root, path: PathRef::root(), wait: LockWait::none(), level: Level::Admin }
    }

    /// Sets the path from the root.
    ///
    /// ```
    /// use manhole::reflect::{Path, Step, Target, Value};
    ///
    /// let path = Path::root().join(Step::Key(Value::from(1)));
    /// let second = Target::new("letters", &['a', 'b']).at(&path).to_string();
    /// assert_eq!(second, "letters[1]");
    /// ```
    #[must_use]
    pub fn at(self, path: impl Into<PathRef<'a>>) -> Self {
        Self { path: path.into(), ..self }
    }

    /// Sets how long to wait for locks. Defaults to [`LockWait::none`].
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use manhole::reflect::{AccessErrorKind, Cancellation, LockWait, Target};
    ///
    /// struct CtrlC;
    ///
    /// impl Cancellation for CtrlC {
    ///     fn is_cancelled(&self) -> bool {
    ///         true
    ///     }
    /// }
    ///
    /// let lock = std::sync::Mutex::new(7_u32);
    /// let guard = lock.lock().unwrap();
    /// let wait = LockWait::new(Duration::from_secs(60), &CtrlC);
    /// let error = Target::new("lock", &lock).with_wait(wait).snapshot().unwrap_err();
    /// assert_eq!(*error.kind, AccessErrorKind::Cancelled);
    /// # drop(guard);
    /// ```
    #[must_use]
    pub fn with_wait(self, wait: LockWait<'a>) -> Self {
        Self { wait, ..self }
    }

    /// Sets the access level of the walk. Defaults to [`Level::Admin`].
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::{Level, Target};
    ///
    /// #[derive(Manhole)]
    /// struct Account {
    ///     #[manhole(admin)]
    ///     balance: i64,
    /// }
    ///
    /// let account = Account { balance: 7 };
    /// let seen = |level| Target::new("account", &account).with_level(level).snapshot();
    /// assert_eq!(seen(Level::Admin)?.to_string(), r#"{"balance": 7}"#);
    /// assert_eq!(seen(Level::Observe)?.to_string(), r#"{"balance": "<admin>"}"#);
    /// # Ok::<(), manhole::reflect::AccessError>(())
    /// ```
    #[must_use]
    pub fn with_level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// Returns the root's name and the first `count` steps.
    pub(super) fn location(&self, count: usize) -> String {
        let mut text = self.name.to_owned();
        for step in self.path.steps().into_iter().take(count) {
            text += &step.to_string();
        }
        text
    }

    /// Creates the error at the end of the path.
    pub(crate) fn fail(&self, kind: AccessErrorKind) -> AccessError {
        kind.at(self.to_string())
    }
}

impl fmt::Display for Target<'_> {
    /// Writes the path with the name of its root: `gizmo.items[3]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.location(usize::MAX))
    }
}
