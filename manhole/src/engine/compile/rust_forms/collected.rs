//! `collect()`, and the collections that it makes.

use super::translator::{Translated, Translator};
use crate::engine::compile::text::output::Mark;
use crate::engine::compile::text::token::TokenKind;

/// What `collect()` makes, where its type says nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Collected {
    #[default]
    List,
    Map,
    Set,
    Text,
    /// A list, or `None` if one of the items is.
    Options,
    /// The result of the command, which is only shown: its items are read as they are shown.
    Shown,
}

impl Collected {
    /// Returns what the type called `name` is.
    fn of_type(name: &str) -> Option<Self> {
        Some(match name {
            "HashMap" | "BTreeMap" | "IndexMap" | "DashMap" | "FxHashMap" | "AHashMap" => Self::Map,
            "HashSet" | "BTreeSet" | "IndexSet" | "FxHashSet" | "AHashSet" => Self::Set,
            "String" => Self::Text,
            _ if name.is_empty() => return None,
            _ => Self::List,
        })
    }
}

impl Translator<'_> {
    /// Returns what the type after `skipped` tokens is to `collect()`.
    pub(super) fn collected_type(&self, skipped: usize) -> Option<Collected> {
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
            name if self.cursor.kind_at(at) == Some(TokenKind::Word) => Collected::of_type(name),
            _ => None,
        }
    }

    /// Translates `.collect::<…>()` of what begins at `mark`.
    pub(super) fn collect(&mut self, mark: Mark) -> Translated {
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
        self.leave_out_call();
        let kind = match collected {
            Collected::Text => {
                self.insert(".join(\"\")");
                return Ok(());
            }
            Collected::Shown => return Ok(()),
            // Nothing can change before the next method reads the items.
            Collected::List if self.cursor.peek() == "." || (is_shown && self.cursor.peek().is_empty()) => {
                return Ok(());
            }
            Collected::List => "list",
            Collected::Map => "map",
            Collected::Set => "set",
            Collected::Options => "options",
        };
        self.insert_before(mark, " __collect(");
        self.insert(format!(", \"{kind}\")"));
        Ok(())
    }
}
