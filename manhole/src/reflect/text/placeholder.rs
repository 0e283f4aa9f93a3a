//! Placeholders: the texts that the console shows in place of a value, such as `<secret>`.
//!
//! A value above the level of a session shows the level that it needs, such as `<admin>`. An empty pointer or cell has a reason that its
//! type states, such as `<is gone>`.

use std::fmt;

/// The reason for a value that is marked as secret.
pub(crate) const SECRET: &str = "secret";
/// The reason for a value whose lock is in use.
pub(crate) const LOCKED: &str = "locked";
/// The reason for a value that a task or thread owns, where nothing waits for its owner.
pub(crate) const REMOTE: &str = "remote";
/// The reason for a value whose owner has not served the console in time.
pub(crate) const NOT_SERVED: &str = "not served";
/// The reason for a value whose owner has ended.
pub(crate) const OWNER_GONE: &str = "owner has ended";
/// The reason for a container that holds no value, and states no other reason.
pub(crate) const EMPTY: &str = "empty";
/// The reason for a value beyond a limit.
pub(crate) const CUT: &str = "cut";
/// Precedes a value behind a poisoned lock.
pub(crate) const POISONED: &str = "poisoned";
/// The reason for a value whose formatting code fails.
pub(crate) const FORMAT_ERROR: &str = "format error";
/// The reason for a value whose code panics.
const PANICKED: &str = "panicked";
/// The reason for a value that the author's code shows, which the console does not call.
pub(crate) const NOT_CALLED: &str = "not called";
/// The reason for a function of a script.
#[cfg(feature = "console")]
pub(crate) const FUNCTION: &str = "function";
/// The reason for a variable that cannot be read at the moment.
#[cfg(feature = "console")]
pub(crate) const UNREADABLE: &str = "cannot be read now";

/// Formats the placeholder for a value that is not shown for `reason`.
pub(crate) fn text(reason: impl fmt::Display) -> String {
    format!("<{reason}>")
}

/// Returns whether `text` is a placeholder that a copy contains.
#[cfg(feature = "console")]
pub(crate) fn is_placeholder(text: &str) -> bool {
    const REASONS: [&str; 12] = [
        SECRET,
        LOCKED,
        REMOTE,
        NOT_SERVED,
        OWNER_GONE,
        EMPTY,
        CUT,
        FORMAT_ERROR,
        NOT_CALLED,
        FUNCTION,
        "operate",
        "admin",
    ];
    let Some(reason) = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')) else { return false };
    REASONS.contains(&reason) || reason.split(':').next() == Some(PANICKED)
}

/// Formats the placeholder for a value whose code panicked, with the message of the panic if it has one.
pub(crate) fn panicked(message: Option<&str>) -> String {
    message.map_or_else(|| text(PANICKED), |message| text(format_args!("{PANICKED}: {message}")))
}
