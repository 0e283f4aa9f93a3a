//! The path from a root to a value below it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use smallvec::SmallVec;

use super::values::Value;

/// One step of a [`Path`].
///
/// ```
/// use manhole::reflect::{Step, Value};
///
/// assert_eq!(Step::Name("items".into()).to_string(), ".items");
/// assert_eq!(Step::Key(Value::from("alice")).to_string(), "[\"alice\"]");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// `.name`
    Name(Cow<'static, str>),
    /// `[key]`
    Key(Value<'static>),
}

/// The steps from a root down, outermost first.
///
/// Each handle of a script holds a path. Most paths differ from another only in the last step, so a path shares its
/// beginning with the one that it was joined to.
///
/// ```
/// use manhole::reflect::{Path, Step, Value};
///
/// let items = Path::root().join(Step::Name("items".into()));
/// let first = items.join(Step::Key(Value::from(0)));
/// assert_eq!(first.to_string(), ".items[0]");
/// assert_eq!((items.len(), first.len()), (1, 2));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Path(Option<Arc<PathNode>>);

#[derive(Debug)]
struct PathNode {
    parent: Path,
    step: Step,
    /// The number of steps up to this one.
    len: usize,
}

impl Path {
    /// Returns the path to the root itself.
    ///
    /// ```
    /// use manhole::reflect::Path;
    ///
    /// assert!(Path::root().is_empty());
    /// ```
    #[must_use]
    pub const fn root() -> Self {
        Self(None)
    }

    /// Returns this path with one step more.
    ///
    /// ```
    /// use manhole::reflect::{Path, Step};
    ///
    /// assert_eq!(Path::root().join(Step::Name("config".into())).to_string(), ".config");
    /// ```
    #[must_use]
    pub fn join(&self, step: Step) -> Self {
        Self(Some(Arc::new(PathNode { parent: self.clone(), step, len: self.len() + 1 })))
    }

    /// Returns the last step, or `None` for the path to the root itself.
    ///
    /// ```
    /// use manhole::reflect::{Path, Step};
    ///
    /// let name = Step::Name("config".into());
    /// assert_eq!(Path::root().join(name.clone()).last(), Some(&name));
    /// assert_eq!(Path::root().last(), None);
    /// ```
    #[must_use]
    pub fn last(&self) -> Option<&Step> {
        self.0.as_ref().map(|link| &link.step)
    }

    /// Returns the number of steps.
    ///
    /// ```
    /// use manhole::reflect::Path;
    ///
    /// assert_eq!(Path::root().len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |link| link.len)
    }

    /// Returns whether this is the path to the root itself.
    ///
    /// ```
    /// use manhole::reflect::{Path, Step};
    ///
    /// assert!(!Path::root().join(Step::Name("config".into())).is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the steps from the root down.
    pub(crate) fn steps(&self) -> SmallVec<[&Step; 8]> {
        let mut steps = SmallVec::new();
        let mut path = self;
        while let Some(link) = &path.0 {
            steps.push(&link.step);
            path = &link.parent;
        }
        steps.reverse();
        steps
    }
}

/// A borrowed path, with at most one step more: a read one step below a handle allocates no path.
///
/// ```
/// use manhole::reflect::{Path, PathRef, Step};
///
/// let (path, step) = (Path::root(), Step::Name("limit".into()));
/// assert_eq!(PathRef::beyond(&path, &step).to_path(), path.join(step));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct PathRef<'a> {
    path: &'a Path,
    next: Option<&'a Step>,
}

impl<'a> PathRef<'a> {
    /// Returns the path to the root itself.
    pub(crate) fn root() -> Self {
        static ROOT: Path = Path::root();
        Self::from(&ROOT)
    }

    /// Returns the path one step further than `path`.
    ///
    /// ```
    /// use manhole::reflect::{Path, PathRef, Step, Target, Value};
    ///
    /// let (root, first) = (Path::root(), Step::Key(Value::from(0)));
    /// let letter = Target::new("letters", &vec!['a']).at(PathRef::beyond(&root, &first)).snapshot();
    /// assert_eq!(letter, Ok(Value::Char('a')));
    /// ```
    #[must_use]
    pub const fn beyond(path: &'a Path, step: &'a Step) -> Self {
        Self { path, next: Some(step) }
    }

    /// Returns the same path, owned.
    ///
    /// ```
    /// use manhole::reflect::{Path, PathRef, Step};
    ///
    /// let path = Path::root().join(Step::Name("limit".into()));
    /// assert_eq!(PathRef::from(&path).to_path(), path);
    /// ```
    #[must_use]
    pub fn to_path(&self) -> Path {
        self.next.map_or_else(|| self.path.clone(), |step| self.path.join(step.clone()))
    }

    /// Returns the steps from the root down.
    pub(crate) fn steps(&self) -> SmallVec<[&'a Step; 8]> {
        let mut steps = self.path.steps();
        if let Some(step) = self.next {
            steps.push(step);
        }
        steps
    }
}

impl<'a> From<&'a Path> for PathRef<'a> {
    fn from(path: &'a Path) -> Self {
        Self { path, next: None }
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || (a.step == b.step && a.parent == b.parent),
            _ => false,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, ".{name}"),
            Self::Key(key) => write!(f, "[{key}]"),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps().iter().try_for_each(|step| step.fmt(f))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_displays_as_a_script_writes_it() {
        let path = Path::root()
            .join(Step::Name("items".into()))
            .join(Step::Key(Value::from(3)))
            .join(Step::Name("by".into()))
            .join(Step::Key(Value::from("k")));
        assert_eq!(path.to_string(), r#".items[3].by["k"]"#);
    }

    #[test]
    fn paths_compare_by_steps() {
        let a = Path::root().join(Step::Name("a".into()));
        let b = Path::root().join(Step::Name("a".into()));
        assert_eq!(a, b);
        assert_ne!(a, a.join(Step::Key(Value::from(0))));
        assert_ne!(a, Path::root());
    }
}
