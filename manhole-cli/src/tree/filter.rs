//! Filters a collection in the application: the command for it, and what the command prints while it runs.

use manhole_protocol::methods::ValueKind;
use manhole_protocol::text::clean;

use super::rows::{Item, Narrowed};

/// The most items that a filter finds.
pub(super) const MAX_MATCHES: usize = 1_000;

/// How many items a filter passes between two lines of progress.
const PROGRESS_STEP: usize = 1_000;

/// Returns the condition for what the user has typed, as the body of a closure of a key `k` and a value `x`: `.id > 5` and
/// `x.id > 5` are conditions, and everything else a text that is searched in keys and values. Upper case in it counts.
pub(super) fn condition(typed: &str, kind: ValueKind) -> String {
    let typed = typed.trim();
    if is_condition(typed) {
        return with_value(typed);
    }
    let ignores_case = typed.chars().any(char::is_alphabetic) && typed.to_lowercase() == typed;
    let lower = if ignores_case { ".to_lowercase()" } else { "" };
    let has = |part: &str| format!("`${{{part}}}`{lower}.contains({typed:?})");
    match kind {
        ValueKind::Map => format!("{} || {}", has("k"), has("x")),
        // The key is a position.
        _ => has("x"),
    }
}

fn is_condition(typed: &str) -> bool {
    let rest = typed.trim_start_matches('!');
    rest.starts_with("x.")
        || rest.starts_with("k.")
        || rest.starts_with("x ")
        || rest.strip_prefix('.').is_some_and(|name| name.starts_with(char::is_alphabetic))
}

/// Puts the value before each field that has nothing before its point: `.id > 5 && !.active`.
fn with_value(typed: &str) -> String {
    let mut code = String::new();
    let mut quote = None;
    let mut last = ' ';
    let mut chars = typed.chars().peekable();
    while let Some(char) = chars.next() {
        let begins = char == '.' && chars.peek().is_some_and(|next| next.is_alphabetic() || *next == '_');
        let is_free = !last.is_alphanumeric() && !matches!(last, '_' | ')' | ']' | '"' | '\'' | '.' | '?');
        match quote {
            Some(_) if last == '\\' => last = ' ',
            Some(open) => {
                quote = quote.filter(|_| char != open);
                last = char;
            }
            None => {
                quote = Some(char).filter(|char| matches!(char, '"' | '\'' | '`'));
                if begins && is_free {
                    code.push('x');
                }
                last = char;
            }
        }
        code.push(char);
    }
    code
}

/// Returns the command that prints the keys of all matches behind the first `skipped` items, and its progress. Its value is not needed.
pub(super) fn command(path: &str, kind: ValueKind, condition: &str, skipped: usize) -> String {
    let printed = match kind {
        ValueKind::Set => "print(`=${x}`)",
        // It prints its argument as JSON, in one line for a single value.
        _ => "json(k)",
    };
    let rest = if skipped == 0 { String::new() } else { format!(".skip({skipped})") };
    // The positions of the rest begin with 0.
    let position = match kind {
        ValueKind::List if skipped > 0 => format!("let k = k + {skipped}; "),
        _ => String::new(),
    };
    format!(
        "let tree_items = {skipped}; {path}{rest}.filter(|k, x| {{ {position}tree_items += 1; \
         if tree_items % {PROGRESS_STEP} == 0 {{ print(`@${{tree_items}}`); }} \
         if {condition} {{ {printed}; true }} else {{ false }} }}).take({MAX_MATCHES}).len()"
    )
}

/// What a running filter has printed.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Progress {
    pub(super) seen: usize,
    /// The number of items in the collection; 0 while it is unknown.
    pub(super) total: usize,
    found: Vec<Match>,
}

#[derive(Debug, Clone, PartialEq)]
enum Match {
    /// A string, or a value that is shown as one.
    Text(String),
    /// Another key, as source.
    Source(String),
    /// An item without a key.
    Shown(String),
}

impl Progress {
    /// Returns the progress of a filter that begins, in a collection of `total` items.
    pub(super) fn of(total: usize) -> Self {
        Self { total, ..Self::default() }
    }

    /// Adds a match. A filter that goes on after a timeout sees the last items again.
    fn add(&mut self, found: Match) {
        let is_known = self.found.iter().rev().take(PROGRESS_STEP).any(|known| *known == found);
        if !is_known && self.found.len() < MAX_MATCHES {
            self.found.push(found);
        }
    }

    pub(super) const fn count(&self) -> usize {
        self.found.len()
    }

    /// Reads what the command prints.
    pub(super) fn read(&mut self, printed: &str) {
        for line in printed.lines() {
            if let Some(seen) = line.strip_prefix('@') {
                self.seen = seen.parse().unwrap_or(self.seen);
            } else if let Some(text) = line.strip_prefix('=') {
                self.found.push(Match::Shown(text.to_owned()));
            } else if let Ok(text) = serde_json::from_str::<String>(line) {
                self.add(Match::Text(text));
            } else if line.parse::<i128>().is_ok()
                || line.parse::<u128>().is_ok()
                || matches!(line, "true" | "false")
            {
                self.add(Match::Source(line.to_owned()));
            }
            // A key of several parts has no path; the lines are its parts.
        }
    }

    /// Returns the matches as the children of `path`. `has_char_keys` says how a key of one character is written.
    pub(super) fn into_narrowed(self, path: &str, has_char_keys: bool, note: String) -> Narrowed {
        let items = self.found.into_iter().map(|found| {
            let key = match found {
                Match::Text(text) if has_char_keys => {
                    text.chars().next().map(|char| format!("{char:?}")).unwrap_or_default()
                }
                Match::Text(text) => format!("{text:?}"),
                Match::Source(source) => source,
                Match::Shown(text) => return Item { label: String::new(), path: None, text },
            };
            let path = Some(format!("{path}[{key}]"));
            Item { label: clean(&key).into_owned(), path, text: String::new() }
        });
        Narrowed { items: items.collect(), note }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_searched_and_a_condition_is_evaluated() {
        for (typed, code) in [
            ("bob", r#"`${k}`.to_lowercase().contains("bob") || `${x}`.to_lowercase().contains("bob")"#),
            ("Bob \"", r#"`${k}`.contains("Bob \"") || `${x}`.contains("Bob \"")"#),
            (".id > 5 && !.active", "x.id > 5 && !x.active"),
            ("42", "`${k}`.contains(\"42\") || `${x}`.contains(\"42\")"),
            ("!.active", "!x.active"),
            ("x > 5", "x > 5"),
            ("x.name == \"a .b\" || .c.d == 1.5", "x.name == \"a .b\" || x.c.d == 1.5"),
            ("k.len() > 2", "k.len() > 2"),
        ] {
            assert_eq!(condition(typed, ValueKind::Map), code);
        }
        assert_eq!(condition(".5", ValueKind::List), r#"`${x}`.contains(".5")"#);
    }

    #[test]
    fn printed_lines_are_progress_and_keys() {
        let mut progress = Progress::default();
        progress.read("@1000\n\"bob\"\n");
        progress.read("7\n\n[\n7\n");
        assert_eq!((progress.seen, progress.count()), (1_000, 2));
        let narrowed = progress.into_narrowed("a.users", false, String::new());
        let paths: Vec<_> = narrowed.items.iter().map(|item| item.path.as_deref()).collect();
        assert_eq!(paths, [Some("a.users[\"bob\"]"), Some("a.users[7]")]);
    }
}
