//! Divides answers into pages: what an agent reads costs it a part of its memory.

use std::sync::Mutex;

use manhole_client::cli_support::LockIgnoringPoison;

/// The most characters of a page, some 3,000 tokens.
const MAX_CHARS: usize = 12_000;

/// How much of the rest of an answer is kept.
const MAX_KEPT_CHARS: usize = 1_000_000;

/// The rest of the last answer.
#[derive(Default)]
pub(super) struct Pages(Mutex<String>);

impl Pages {
    /// Returns the first page of an answer, and keeps the rest.
    pub(super) fn first(&self, answer: &str) -> String {
        let mut rest = self.0.lock_ignoring_poison();
        let (page, left) = divide(answer);
        rest.clear();
        rest.extend(left.chars().take(MAX_KEPT_CHARS));
        with_note(page, left)
    }

    /// Returns the next page of the last answer.
    pub(super) fn next(&self) -> Option<String> {
        let mut rest = self.0.lock_ignoring_poison();
        if rest.is_empty() {
            return None;
        }
        let (page, left) = divide(&rest);
        let shown = with_note(page, left);
        *rest = left.to_owned();
        Some(shown)
    }
}

/// Divides a text after the last line that fits on a page, or within a line that does not.
fn divide(text: &str) -> (&str, &str) {
    let Some((end, _)) = text.char_indices().nth(MAX_CHARS) else { return (text, "") };
    let end = text[..end].rfind('\n').map_or(end, |line| line + 1);
    text.split_at(end)
}

fn with_note(page: &str, left: &str) -> String {
    match left.chars().count() {
        0 => page.to_owned(),
        left => format!("{}\n[{left} more characters: call `more`, or ask for less]", page.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_is_too_long_and_nothing_is_lost() {
        let pages = Pages::default();
        for line in ["abc é\n", "abc é"] {
            let answer = line.repeat(6_000);
            let mut shown = vec![pages.first(&answer)];
            while let Some(page) = pages.next() {
                shown.push(page);
            }
            assert!(shown.len() > 2 && shown.iter().all(|page| page.chars().count() < MAX_CHARS + 100));
            let found: usize = shown.iter().map(|page| page.matches("abc é").count()).sum();
            assert!(found >= 6_000 - shown.len(), "{found}");
        }
        assert_eq!(pages.first("short"), "short");
        assert_eq!(pages.next(), None);
    }
}
