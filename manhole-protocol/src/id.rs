//! Request ids.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The id of a request, which its response repeats.
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
#[serde(untagged, expecting = "an id: a number, a string or null")]
pub enum Id {
    /// A number.
    Number(serde_json::Number),
    /// A string.
    Text(String),
    /// The id in the response to a request without a valid id.
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
