//! Suggestions for misspelt words.

/// Returns the known word with the smallest edit distance to `given`, or `None` if none is close enough to be a typing error.
pub(crate) fn closest_match<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(given, word), word))
        .filter(|(distance, word)| *distance <= (given.len().max(word.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_only_close_words() {
        let known = ["skip", "readonly", "rename", "secret"];
        assert_eq!(closest_match("skip", known), Some("skip"));
        for (given, expected) in [
            ("read_only", "readonly"),
            ("sekret", "secret"),
            ("skipp", "skip"),
            ("skop", "skip"),
            ("skpi", "skip"),
            ("ranme", "rename"),
        ] {
            assert_eq!(closest_match(given, known), Some(expected), "{given}");
        }
        for given in ["", "default", "sitting"] {
            assert_eq!(closest_match(given, known), None, "{given}");
        }
    }
}
