//! The way from a root to a value below it.

use std::fmt;
use std::sync::Arc;

use super::Value;

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// `.name`
    Name(Arc<str>),
    /// `[key]`
    Key(Value<'static>),
}

/// The steps from a root down, oldest first.
///
/// Every handle in a script holds one, and most differ from another only in their last step, so a path shares its beginning
/// with the path it was made from.
#[derive(Debug, Clone, Default)]
pub struct Path(Option<Arc<Link>>);

#[derive(Debug)]
struct Link {
    parent: Path,
    step: Step,
    /// How many steps there are with this one.
    len: usize,
}

impl Path {
    /// The path to the root itself.
    #[must_use]
    pub const fn root() -> Self {
        Self(None)
    }

    /// This path, one step further.
    #[must_use]
    pub fn join(&self, step: Step) -> Self {
        Self(Some(Arc::new(Link { parent: self.clone(), step, len: self.len() + 1 })))
    }

    /// How many steps there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |link| link.len)
    }

    /// Whether it is the path to the root itself.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The steps from the root down.
    #[must_use]
    pub fn steps(&self) -> Vec<&Step> {
        let mut steps = Vec::new();
        let mut path = self;
        while let Some(link) = &path.0 {
            steps.push(&link.step);
            path = &link.parent;
        }
        steps.reverse();
        steps
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
    fn a_path_reads_as_it_is_typed() {
        let path = Path::root()
            .join(Step::Name("items".into()))
            .join(Step::Key(Value::from(3)))
            .join(Step::Name("by".into()))
            .join(Step::Key(Value::from("k")));
        assert_eq!(path.to_string(), r#".items[3].by["k"]"#);
    }

    #[test]
    fn equality_is_by_steps() {
        let a = Path::root().join(Step::Name("a".into()));
        let b = Path::root().join(Step::Name("a".into()));
        assert_eq!(a, b);
        assert_ne!(a, a.join(Step::Key(Value::from(0))));
        assert_ne!(a, Path::root());
    }
}
