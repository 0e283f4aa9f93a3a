//! What may have been meant by a misspelt word.

/// The known word that is most like `given`, if one is close enough to be a slip of the fingers.
pub(crate) fn closest_match<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (distance(given, word), word))
        .filter(|(distance, word)| *distance <= (given.len().max(word.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// How many characters must be inserted, removed, replaced or swapped with their neighbour to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("skip", "skip", 0),
            ("skpi", "skip", 1),
            ("skipp", "skip", 1),
            ("skop", "skip", 1),
            ("ab", "ba", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(a, b), expected, "{a:?} and {b:?}");
        }
    }

    #[test]
    fn only_what_is_close_is_suggested() {
        let known = ["skip", "readonly", "rename", "secret"];
        assert_eq!(closest_match("read_only", known), Some("readonly"));
        assert_eq!(closest_match("sekret", known), Some("secret"));
        assert_eq!(closest_match("skipp", known), Some("skip"));
        assert_eq!(closest_match("ranme", known), Some("rename"));
        assert_eq!(closest_match("default", known), None);
    }
}
