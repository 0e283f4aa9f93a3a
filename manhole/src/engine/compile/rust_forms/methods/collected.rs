//! `collect()`, and the collections that it makes.

use crate::engine::compile::rust_forms::translator::{Collected, Translated, Translator};
use crate::engine::compile::text::output::Mark;
use crate::engine::compile::text::token::TokenKind;

impl Translator<'_> {
    /// Returns what the type after `skipped` tokens is to `collect()`.
    pub(in crate::engine::compile::rust_forms) fn collected_type(&self, skipped: usize) -> Option<Collected> {
        let mut at = skipped;
        while matches!(self.cursor.peek_at(at), "&" | "mut") {
            at += 1;
        }
        while self.cursor.peek_at(at + 1) == "::" && self.cursor.kind_at(at + 2) == Some(TokenKind::Word) {
            at += 2;
        }
        match self.cursor.peek_at(at) {
            "Result" if self.cursor.peek_at(at + 1) == "<" => self.collected_type(at + 2),
            "Option" => Some(Collected::Options),
            "Box" | "Arc" | "Rc" => Some(Collected::List),
            name if self.cursor.kind_at(at) == Some(TokenKind::Word) => collected_by_name(name),
            _ => None,
        }
    }

    /// Translates `.collect::<…>()` of what begins at `mark`.
    pub(in crate::engine::compile::rust_forms) fn collect(&mut self, mark: Mark) -> Translated {
        let turbofish = if self.turbofish_len(2) > 0 { self.collected_type(4) } else { None };
        let collected = turbofish.unwrap_or(match (self.place.collected, self.cursor.peek_at(4)) {
            (
                collected @ (Collected::Map | Collected::Set | Collected::Text | Collected::Options),
                "" | ";",
            ) => collected,
            (Collected::Shown, "") => Collected::Shown,
            _ => Collected::List,
        });
        let is_shown = self.place.collected == Collected::Shown;
        let is_result = self.turbofish_len(2) > 0 && self.cursor.peek_at(4) == "Result";
        self.may_fail |= is_result;
        self.leave_out_call();
        let kind = match collected {
            Collected::Text => {
                self.insert(".join(\"\")");
                return Ok(());
            }
            // Nothing can change before the next method reads the items.
            Collected::List if self.cursor.peek() == "." && !is_result => return Ok(()),
            // The result of the command is only shown.
            Collected::Shown if !is_result => "shown",
            Collected::List if is_shown && self.cursor.peek().is_empty() => "shown",
            Collected::List | Collected::Shown => "list",
            Collected::Map => "map",
            Collected::Set => "set",
            Collected::Options => "options",
        };
        self.insert_before(mark, " __collect(");
        self.insert(format!(", \"{kind}\")"));
        Ok(())
    }
}

/// Returns what the type called `name` is to `collect()`.
fn collected_by_name(name: &str) -> Option<Collected> {
    Some(match name {
        "HashMap" | "BTreeMap" | "IndexMap" | "DashMap" | "FxHashMap" | "AHashMap" => Collected::Map,
        "HashSet" | "BTreeSet" | "IndexSet" | "FxHashSet" | "AHashSet" => Collected::Set,
        "String" => Collected::Text,
        _ if name.is_empty() => return None,
        _ => Collected::List,
    })
}
