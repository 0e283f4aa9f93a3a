//! The message for a name that does not exist, with the name that was probably meant.

use crate::reflect::did_you_mean;

/// Returns the message for the `kind` of thing called `name`, which is none of `known`.
pub(crate) fn unknown_name<'a>(kind: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    format!("there is no {kind} `{name}`{}", did_you_mean(name, known).unwrap_or_default())
}
