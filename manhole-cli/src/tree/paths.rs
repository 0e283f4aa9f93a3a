//! The text of paths: their steps, and the paths that a typed key may mean.

use manhole_protocol::methods::ValueKind;

/// Returns a path and all paths that lead to it, the shortest first.
pub(super) fn prefixes(path: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut quote, mut is_escaped) = (None, false);
    for (at, char) in path.char_indices() {
        match quote {
            Some(_) if is_escaped => is_escaped = false,
            Some(_) if char == '\\' => is_escaped = true,
            Some(open) => quote = Some(open).filter(|open| *open != char),
            None => {
                if matches!(char, '.' | '[') && at > 0 {
                    found.push(&path[..at]);
                }
                quote = Some(char).filter(|char| matches!(char, '"' | '\''));
            }
        }
    }
    found.push(path);
    found
}

/// Returns whether `path` is `place` or leads to a part of it.
pub(super) fn is_inside(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Returns the paths that a typed key may mean, the likeliest first: a child of the value, or a whole path.
pub(super) fn meanings(typed: &str, base: Option<(&str, ValueKind)>) -> Vec<String> {
    let mut found = Vec::new();
    if let Some((base, kind)) = base {
        let is_literal = typed.parse::<i128>().is_ok()
            || typed.parse::<u128>().is_ok()
            || ["true", "false"].contains(&typed)
            || typed.len() > 1 && typed.starts_with(['"', '\'']);
        if typed.starts_with(['.', '[']) {
            found.push(format!("{base}{typed}"));
        }
        if matches!(kind, ValueKind::Map) {
            found.push(format!("{base}[{typed:?}]"));
            let mut chars = typed.chars();
            if let (Some(char), None) = (chars.next(), chars.next()) {
                found.push(format!("{base}[{char:?}]"));
            }
        }
        if is_literal {
            found.insert(0, format!("{base}[{typed}]"));
        }
        if !matches!(kind, ValueKind::Map | ValueKind::List | ValueKind::Set) {
            found.push(format!("{base}.{typed}"));
        }
    }
    found.push(typed.to_owned());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_divided_at_its_steps() {
        assert_eq!(
            prefixes(r#"a.b["x.y[\"]"]['"'].c"#),
            ["a", "a.b", r#"a.b["x.y[\"]"]"#, r#"a.b["x.y[\"]"]['"']"#, r#"a.b["x.y[\"]"]['"'].c"#]
        );
        assert!(is_inside("a.b[1]", "a.b") && !is_inside("a.bc", "a.b"));
    }

    #[test]
    fn a_typed_key_may_be_a_key_or_a_path() {
        let map = Some(("a.b", ValueKind::Map));
        assert_eq!(meanings("bob", map), [r#"a.b["bob"]"#, "bob"]);
        assert_eq!(meanings("7", map), ["a.b[7]", r#"a.b["7"]"#, "a.b['7']", "7"]);
        assert_eq!(meanings("\"7\"", map)[0], "a.b[\"7\"]");
        assert_eq!(meanings("7", Some(("a.b", ValueKind::List))), ["a.b[7]", "7"]);
        assert_eq!(meanings("c", Some(("a.b", ValueKind::Struct))), ["a.b.c", "c"]);
        assert_eq!(meanings("a.b[7]", None), ["a.b[7]"]);
    }
}
