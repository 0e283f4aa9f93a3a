//! Suggests the name that a wrong name stands for.

use std::cmp::Reverse;

/// The longest name with a suggestion. A comparison takes as long as both names multiplied.
const MAX_NAME_BYTES: usize = 128;

/// Returns the known name that is most like `name`, if a typing error explains the difference.
fn closest_match<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_NAME_BYTES {
        return None;
    }
    let candidates = known.into_iter().filter_map(|candidate| {
        let distance = distance(name, candidate)?;
        Some((distance, Reverse(common_prefix(name, candidate)), candidate))
    });
    candidates.min().map(|(.., candidate)| candidate)
}

/// Returns the number of typing errors between a wrong name and a known one, or `None` if the names are different words.
fn distance(name: &str, known: &str) -> Option<usize> {
    let plain = |text: &str| text.replace('_', "").to_lowercase();
    let (plain_name, plain_known) = (plain(name), plain(known));
    if plain_name == plain_known {
        return Some(0);
    }
    let distance = strsim::damerau_levenshtein(&plain_name, &plain_known);
    let chars = plain_name.chars().count();
    let is_likely = match chars {
        0 | 1 => false,
        // Another letter makes another word: `pow` and `pop`, `if` and `id`. Two swapped letters do not, nor does a missing one or one too many.
        2 | 3 => {
            distance == 1 && (is_swapped(&plain_name, &plain_known) || plain_known.chars().count() != chars)
        }
        4 | 5 => distance == 1,
        _ => distance <= chars / 3 && (distance == 1 || common_prefix(&plain_name, &plain_known) > 0),
    };
    is_likely.then_some(distance)
}

/// Returns whether both have the same letters.
fn is_swapped(a: &str, b: &str) -> bool {
    let sorted = |text: &str| {
        let mut chars: Vec<_> = text.chars().collect();
        chars.sort_unstable();
        chars
    };
    sorted(a) == sorted(b)
}

fn common_prefix(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
}

/// Returns the end of a message, `` ; did you mean `name`? ``, with the closest match.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    closest_match(name, known).map(|near| format!("; did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_is_right_or_absent() {
        const KNOWN: [&str; 22] = [
            "pop",
            "push",
            "insert",
            "id",
            "len",
            "count",
            "label",
            "filter",
            "reset",
            "user_name",
            "Idle",
            "Busy",
            "items",
            "retries",
            "limits",
            "sort_by",
            "table",
            "help",
            "last",
            "add",
            "length",
            "config",
        ];
        for (name, meant) in [
            ("pow", None),
            ("assert", None),
            ("if", None),
            ("is", None),
            ("n", None),
            ("cfg", None),
            ("flush", None),
            ("resize", None),
            ("total", None),
            ("print", None),
            ("Running", None),
            ("lne", Some("len")),
            ("idd", Some("id")),
            ("pus", Some("push")),
            ("cuont", Some("count")),
            ("conut", Some("count")),
            ("cont", Some("count")),
            ("lable", Some("label")),
            ("fliter", Some("filter")),
            ("Idel", Some("Idle")),
            ("idle", Some("Idle")),
            ("userName", Some("user_name")),
            ("username", Some("user_name")),
            ("item", Some("items")),
            ("retires", Some("retries")),
            ("sortby", Some("sort_by")),
            ("sort_yb", Some("sort_by")),
            ("lenght", Some("length")),
            ("tabel", Some("table")),
            ("confg", Some("config")),
            ("confgi", Some("config")),
        ] {
            assert_eq!(closest_match(name, KNOWN), meant, "{name}");
        }
    }
}
