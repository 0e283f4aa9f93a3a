//! Suggests the name that a wrong name stands for.

/// The longest name with a suggestion. A comparison takes as long as both names multiplied.
const MAX_NAME_BYTES: usize = 128;

/// Returns the known name that is most like `name`, if it is close enough for a typing error.
fn closest_match<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_NAME_BYTES {
        return None;
    }
    let allowed = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Returns the end of a message, `` ; did you mean `name`? ``, with the closest match.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    closest_match(name, known).map(|near| format!("; did you mean `{near}`?"))
}
