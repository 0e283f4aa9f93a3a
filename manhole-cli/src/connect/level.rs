//! The access level of a session, which the client may lower.

use serde::Deserialize;

/// An access level. A session never has more than its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Observe,
    Operate,
    Admin,
}

impl Level {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Operate => "operate",
            Self::Admin => "admin",
        }
    }

    /// Parses the name that a server reports.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Observe, Self::Operate, Self::Admin].into_iter().find(|level| level.name() == name)
    }
}
