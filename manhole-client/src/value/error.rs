//! The error of a conversion.

use std::fmt;

/// Says why a value does not convert, and which part of it.
#[derive(Debug)]
pub(crate) struct ValueError {
    /// The way to the part: `[3].id`.
    place: String,
    reason: String,
}

impl ValueError {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { place: String::new(), reason: reason.into() }
    }

    /// Adds the step that leads to the part.
    pub(super) fn inside(mut self, step: &str) -> Self {
        self.place.insert_str(0, step);
        self
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place.trim_start_matches('.'))?;
        }
        f.write_str(&self.reason)
    }
}

impl std::error::Error for ValueError {}

impl serde::de::Error for ValueError {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::new(reason.to_string())
    }
}

impl serde::ser::Error for ValueError {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::new(reason.to_string())
    }
}
