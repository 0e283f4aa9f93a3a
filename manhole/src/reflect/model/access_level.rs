//! The access level of a session.

use std::fmt;
use std::str::FromStr;

/// The access level of a session. Each level includes the lower ones.
///
/// ```
/// use manhole::reflect::Level;
///
/// assert!(Level::Observe < Level::Operate && Level::Operate < Level::Admin);
/// assert_eq!("observe".parse(), Ok(Level::Observe));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Reads fields, and calls methods and functions marked `#[manhole(observe)]`.
    Observe,
    /// Writes fields, edits collections, calls methods and functions.
    Operate,
    /// Also accesses fields, methods and functions marked `#[manhole(admin)]`.
    Admin,
}

impl Level {
    /// All levels, the lowest first.
    ///
    /// ```
    /// use manhole::Level;
    ///
    /// assert!(Level::ALL.is_sorted());
    /// ```
    pub const ALL: [Self; 3] = [Self::Observe, Self::Operate, Self::Admin];

    /// Returns the name, as in attributes and messages.
    ///
    /// ```
    /// use manhole::Level;
    ///
    /// assert_eq!(Level::Admin.name(), "admin");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Operate => "operate",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error of parsing a level.
///
/// ```
/// use manhole::Level;
///
/// let error = "root".parse::<Level>().unwrap_err();
/// assert_eq!(error.to_string(), "\"root\" is not a level: expected observe, operate or admin");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseLevelError(String);

impl fmt::Display for ParseLevelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a level: expected observe, operate or admin", self.0)
    }
}

impl std::error::Error for ParseLevelError {}

impl FromStr for Level {
    type Err = ParseLevelError;

    fn from_str(text: &str) -> Result<Self, ParseLevelError> {
        Self::ALL
            .into_iter()
            .find(|level| level.name() == text)
            .ok_or_else(|| ParseLevelError(text.to_owned()))
    }
}
