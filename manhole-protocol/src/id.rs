//! The id of a request.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What tells a response which request it answers.
///
/// ```
/// use manhole_protocol::message::Id;
///
/// assert_eq!(serde_json::from_str::<Id>("7")?, Id::from(7));
/// assert_eq!(serde_json::from_str::<Id>("\"a\"")?, Id::from("a"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "an id is a number, a text or null")]
pub enum Id {
    /// A number.
    Number(serde_json::Number),
    /// A text.
    Text(String),
    /// In the response to what had no id that could be read.
    Null,
}

impl From<u64> for Id {
    fn from(id: u64) -> Self {
        Self::Number(id.into())
    }
}

impl From<&str> for Id {
    fn from(id: &str) -> Self {
        Self::Text(id.to_owned())
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(id) => id.fmt(f),
            Self::Text(id) => write!(f, "{id:?}"),
            Self::Null => f.write_str("null"),
        }
    }
}
