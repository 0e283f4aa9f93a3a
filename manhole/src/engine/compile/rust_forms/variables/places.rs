//! Expressions for places: a variable or a root, with fields and items of it: `list`, `gizmo.items[0].id`.

use crate::engine::compile::rust_forms::locals::{Alias, AliasPart, LocalKind};
use crate::engine::compile::rust_forms::translator::{Translated, Translator};
use crate::engine::compile::text::token::TokenKind;

/// An expression for a place.
pub(super) struct PlaceExpression<'a> {
    /// The variable or root.
    base: Alias,
    /// The fields and items, each behind a number of tokens.
    steps: Vec<(usize, Step<'a>)>,
    /// Whether it belongs to the application.
    pub(super) is_live: bool,
    /// Whether it is a variable that is a mutable reference.
    pub(super) is_reference: bool,
    /// Whether a lock is opened at its end.
    pub(super) is_guard: bool,
    /// The number of tokens up to its end.
    pub(super) end: usize,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Field(&'a str),
    /// The item whose key is between these brackets.
    Item,
}

impl<'a> Translator<'a> {
    /// Returns the place whose expression begins after `skipped` tokens.
    pub(super) fn place_expression(&self, skipped: usize) -> Option<PlaceExpression<'a>> {
        let base = self.base_place(skipped)?;
        let mut place = PlaceExpression {
            is_live: base.is_live,
            is_reference: matches!(
                self.local_kind(self.cursor.peek_at(skipped)),
                Some(LocalKind::Reference | LocalKind::Alias(_))
            ),
            base,
            steps: Vec::new(),
            is_guard: false,
            end: skipped + 1,
        };
        loop {
            let end = place.end;
            let opening = self.opening_len(end);
            match self.cursor.peek_at(end) {
                // A slice is a copy.
                "[" if self.cursor.contains(end, |token| matches!(token, ".." | "..=")) => return None,
                "[" => {
                    (place.is_guard, place.is_reference) = (false, false);
                    place.steps.push((end, Step::Item));
                    place.end += self.cursor.len_at(end);
                }
                "." if opening == 0
                    && matches!(self.cursor.kind_at(end + 1), Some(TokenKind::Word | TokenKind::Number))
                    && self.cursor.peek_at(end + 2) != "(" =>
                {
                    // `.1.0` is one number.
                    let parts: Vec<_> = self.cursor.peek_at(end + 1).split('.').collect();
                    (place.is_guard, place.is_reference) = (false, false);
                    place.steps.extend(parts.into_iter().map(|name| (end, Step::Field(name))));
                    place.end += 2;
                }
                "." if opening > 0 => {
                    place.is_guard = true;
                    place.end += opening;
                }
                _ => return Some(place),
            }
        }
    }

    /// Returns the variable or root after `skipped` tokens.
    fn base_place(&self, skipped: usize) -> Option<Alias> {
        let name = self.cursor.peek_at(skipped);
        if self.cursor.kind_at(skipped) != Some(TokenKind::Word) {
            return None;
        }
        if let Some(LocalKind::Alias(index)) = self.local_kind(name) {
            return self.aliases.get(index).cloned();
        }
        if self.is_reference(name) {
            let variable = format!("__live({name}, \"{name}\")");
            return Some(Alias { variable, part: AliasPart::Whole, is_live: true });
        }
        let is_live = !self.is_variable(name) && self.names.is_root(name);
        let part = if is_live && self.names.is_scalar_root(name) {
            AliasPart::Root(name.to_owned())
        } else {
            AliasPart::Whole
        };
        // A closure would capture the name of a root like a variable.
        let variable = if is_live { format!("__root(\"{name}\")") } else { name.to_owned() };
        (is_live || self.is_variable(name)).then_some(Alias { variable, part, is_live })
    }

    /// Leaves out the place that begins at the cursor or behind it, and holds the keys of its items in variables.
    pub(super) fn held_place(&mut self, place: PlaceExpression<'a>) -> Translated<Alias> {
        let start = self.cursor.index();
        let mut alias = place.base;
        for (at, step) in place.steps {
            let part = match step {
                Step::Field(name) => AliasPart::Field(name.to_owned()),
                Step::Item => {
                    self.leave_out_up_to(start + at);
                    let key = self.new_name();
                    self.insert(format!(" let {key} = ("));
                    self.leave_out_brackets(Self::expression)?;
                    self.insert(");");
                    AliasPart::Item(key)
                }
            };
            alias = alias.step(part);
        }
        self.leave_out_up_to(start + place.end);
        Ok(alias)
    }

    /// Returns the place, if the key of each of its items is one token.
    pub(super) fn simple_place(&self, place: &PlaceExpression<'a>) -> Option<Alias> {
        let mut alias = place.base.clone();
        for (at, step) in &place.steps {
            alias = alias.step(match step {
                Step::Field(name) => AliasPart::Field((*name).to_owned()),
                Step::Item if self.cursor.len_at(*at) == 3 => {
                    AliasPart::Item(self.value_of_name(self.cursor.peek_at(at + 1)))
                }
                Step::Item => return None,
            });
        }
        Some(alias)
    }

    /// Leaves out the tokens before the one at `index`.
    pub(super) fn leave_out_up_to(&mut self, index: usize) {
        while self.cursor.index() < index {
            self.leave_out();
        }
    }
}
