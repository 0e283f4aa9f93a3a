//! Messages for names that do not exist, with the name that was probably meant.

use crate::reflect::closest_match;

/// The message for the `kind` of thing called `name`, which is none of `known`.
pub(crate) fn unknown<'a>(kind: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    format!("there is no {kind} `{name}`{}", did_you_mean(name, known).unwrap_or_default())
}

/// The end of a message that suggests the one of `known` which is closest to `name`.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    closest_match(name, known).map(|closest| format!("; did you mean `{closest}`?"))
}
