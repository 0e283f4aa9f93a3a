//! The access level of a session, which the client may lower.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// An access level. A session never has more than its user has.
///
/// ```
/// use manhole_client::Level;
///
/// assert!(Level::Observe < Level::Admin);
/// assert_eq!("observe".parse(), Ok(Level::Observe));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Reads.
    Observe,
    /// Reads, writes and calls methods.
    Operate,
    /// Also what the application reserves for administrators.
    Admin,
}

impl Level {
    /// All levels, the lowest first.
    pub const ALL: [Self; 3] = [Self::Observe, Self::Operate, Self::Admin];

    /// Returns the name.
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

impl FromStr for Level {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let level =
            [Self::Observe, Self::Operate, Self::Admin].into_iter().find(|level| level.name() == name);
        level.ok_or_else(|| format!("expected observe, operate or admin, found {name:?}"))
    }
}
