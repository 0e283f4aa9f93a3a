//! What follows a value: fields, methods, indices, calls and casts.

use super::assignments::{ASSIGNMENTS, Part};
use super::locals::LocalKind;
use super::translator::{Place, Translated, Translator};
use crate::engine::compile::text::output::Mark;
use crate::engine::compile::text::token::TokenKind;
use crate::engine::value::ScriptError;

/// The methods that sort a list in its place in Rust.
const SORTS: &[&str] =
    &["dedup", "dedup_by_key", "reverse", "sort", "sort_by", "sort_by_cached_key", "sort_by_key"];

/// The methods that return a part of what they change, or what was there before.
pub(super) const EFFECTS: &[&str] = &[
    "compare_exchange",
    "fetch_add",
    "fetch_and",
    "fetch_max",
    "fetch_min",
    "fetch_or",
    "fetch_sub",
    "fetch_xor",
    "insert",
    "next",
    "next_back",
    "nth",
    "pop",
    "pop_back",
    "pop_first",
    "pop_front",
    "pop_last",
    "remove",
    "replace",
    "split_off",
    "swap",
    "swap_remove",
    "take",
];

/// The methods that only change the items of a slice.
const SLICE_EDITS: &[&str] =
    &["clone_from_slice", "copy_from_slice", "fill", "iter_mut", "rotate_left", "rotate_right", "swap"];

impl<'a> Translator<'a> {
    /// Translates what follows a value that begins at `mark`, and with its sign at `whole`.
    pub(super) fn postfix(&mut self, whole: Mark, mark: Mark) -> Translated {
        if self.is_after_function() {
            self.last_effect = Some(self.mark());
        }
        loop {
            match self.cursor.peek() {
                "." => {
                    if !self.after_dot(mark)? {
                        return Ok(());
                    }
                }
                "?." => {
                    self.copy();
                    if self.is_word_at(0) && self.changes_at(1) {
                        return self.change(&Part::Field(self.cursor.peek()));
                    }
                    self.copy();
                    self.turbofish();
                    self.call_arguments(None)?;
                }
                // The script language's index that passes on an empty option.
                "?" if self.cursor.peek_at(1) == "[" => {
                    self.copy();
                    self.brackets(Self::expression)?;
                }
                "?" => {
                    self.has_question = true;
                    self.insert_before(mark, " __question(");
                    self.leave_out();
                    self.insert(")");
                }
                "…" => return self.left_out("…"),
                "(" if self.is_adjacent() => {
                    self.insert(".call");
                    self.call_arguments(None)?;
                }
                "[" if self.is_adjacent() && self.changes_at(self.cursor.len_at(0)) => {
                    if self.through_reference {
                        self.check_reference(mark);
                    }
                    return self.change(&Part::Item);
                }
                "[" if self.is_adjacent() => self.index(mark)?,
                "::" if self.turbofish_len(0) > 0 => {
                    self.turbofish();
                }
                // As an operator, it makes the parser ask for more.
                "as" if self.cursor.kind_at(1).is_none() => self.replace("+"),
                "as" if self.cursor.kind_at(1) == Some(TokenKind::Word) => {
                    self.insert_before(whole, " __as(");
                    self.leave_out();
                    let ty = self.ty();
                    self.insert(format!(", \"{ty}\")"));
                }
                _ => return Ok(()),
            }
        }
    }

    /// Returns whether the last token ends the call of a function, which may do anything. The functions of types make values.
    fn is_after_function(&self) -> bool {
        let Some(open) =
            self.cursor.last().filter(|last| last.kind == TokenKind::Close).map(|last| last.partner)
        else {
            return false;
        };
        let text_before = |count| open.checked_sub(count).map_or("", |at| self.cursor.text_at(at));
        let is_type = |text: &str| text.starts_with(|first: char| first.is_ascii_uppercase());
        let name = text_before(1);
        self.cursor.text_at(open) == "("
            && name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
            && !(text_before(2) == "::" && is_type(text_before(3)))
    }

    /// Returns whether nothing is between the last token and the next.
    fn is_adjacent(&self) -> bool {
        self.cursor.last().is_some_and(|last| last.end == self.cursor.start())
    }

    /// Translates a field or a method. Returns whether there is one.
    fn after_dot(&mut self, mark: Mark) -> Translated<bool> {
        let name = self.cursor.peek_at(1);
        match self.cursor.kind_at(1) {
            Some(TokenKind::Word) => {}
            Some(TokenKind::Number) => return self.positions(mark, name),
            _ => return Ok(false),
        }
        if self.changes_at(2) {
            if self.through_reference {
                self.check_reference(mark);
            }
            self.copy();
            self.change(&Part::Field(name))?;
        } else if name == "await" && !self.names.is_field(name) {
            self.leave_out();
            self.leave_out();
        } else if self.cursor.peek_at(2 + self.turbofish_len(2)) == "(" {
            if self.is_order_kept(mark) {
                self.method(mark, name)?;
            } else {
                self.catch_for(mark, name);
                self.insert_before(mark, " __value({ let __receiver = ");
                self.mark();
                self.insert("; ");
                let receiver = self.mark();
                self.insert("__receiver");
                self.method(receiver, name)?;
                self.mark();
                self.insert(" })");
            }
            if EFFECTS.contains(&name) || self.names.is_method(name) {
                self.last_effect = Some(self.mark());
            }
        } else {
            self.copy();
            self.copy();
        }
        Ok(true)
    }

    /// Returns whether the arguments of the method at the cursor may be evaluated before the value that begins at `mark`, as the engine
    /// evaluates those of a whole chain.
    fn is_order_kept(&self, mark: Mark) -> bool {
        let parentheses = 2 + self.turbofish_len(2);
        let mut arguments = parentheses + 1..parentheses + self.cursor.len_at(parentheses) - 1;
        self.last_effect.is_none_or(|effect| effect <= mark) || !arguments.any(|at| self.is_word_at(at))
    }

    /// Translates the position of a part of a tuple after a dot: `.0`, or `.0.1` for a part of a part.
    fn positions(&mut self, mark: Mark, name: &str) -> Translated<bool> {
        let (first, last) = match name.split_once('.') {
            Some((first, last)) => (Some(first), last),
            None => (None, name),
        };
        let (is_changed, is_changed_through) = (self.changes_at(2), self.is_changed_through(2));
        if self.through_reference && (is_changed || is_changed_through) {
            self.check_reference(mark);
        }
        self.leave_out();
        if let Some(first) = first {
            self.position(mark, first, is_changed || is_changed_through);
        }
        if is_changed {
            self.insert(".");
            self.change(&Part::Field(last))?;
        } else {
            self.leave_out();
            self.position(mark, last, is_changed_through);
        }
        Ok(true)
    }

    /// Writes the position of a part of the tuple that begins at `mark`. What a function returns for it is a copy, which no change
    /// may be made through.
    fn position(&mut self, mark: Mark, index: &str, is_changed_through: bool) {
        if is_changed_through {
            self.insert(format!("[{index}]"));
        } else {
            self.insert_before(mark, " __item(");
            self.insert(format!(", {index})"));
        }
    }

    /// Translates a statement that drops the result of a sort: in Rust it sorts a list in its place.
    pub(super) fn sort_in_place(&mut self, first: &str, start: usize, whole: Mark) {
        let Some(method) = self.last_method.filter(|method| SORTS.contains(method)) else { return };
        let is_alias = matches!(self.local_kind(first), Some(LocalKind::Alias(_)));
        let is_variable = self.is_variable(first);
        if self.cursor.peek() != ";"
            || self.has_assignment_since(start)
            || is_alias
            || self.names.is_method(method)
            || !(is_variable || self.names.is_entry(first))
        {
            return;
        }
        self.insert_before(whole, " __sort_in_place(");
        self.insert(format!(", \"{method}\", {is_variable})"));
    }

    /// Returns whether an assignment is between the token at `start` and the cursor, outside of brackets.
    fn has_assignment_since(&self, start: usize) -> bool {
        let mut at = start;
        while at < self.cursor.index() {
            if ASSIGNMENTS.contains(&self.cursor.text_at(at)) {
                return true;
            }
            at = self.cursor.after(at);
        }
        false
    }

    /// Leaves out `.name::<…>(…)`.
    pub(super) fn leave_out_call(&mut self) {
        self.leave_out();
        self.leave_out();
        self.turbofish();
        self.leave_out_tree();
    }

    /// Returns the number of tokens of `::<…>` after `skipped` tokens.
    pub(super) fn turbofish_len(&self, skipped: usize) -> usize {
        if self.cursor.peek_at(skipped) != "::" || self.cursor.peek_at(skipped + 1) != "<" {
            return 0;
        }
        self.generics_len(skipped + 1).map_or(0, |len| len + 1)
    }

    /// Leaves out `::<…>`. Returns the type, if it is a name or a path.
    pub(super) fn turbofish(&mut self) -> Option<&'a str> {
        let len = self.turbofish_len(0);
        let is_path =
            len >= 4 && (2..len - 1).all(|at| self.is_word_at(at) || self.cursor.peek_at(at) == "::");
        let ty = is_path.then(|| self.cursor.peek_at(len - 2));
        for _ in 0..len {
            self.leave_out();
        }
        ty
    }

    /// Translates the arguments of a call, if some follow.
    pub(super) fn call_arguments(&mut self, search: Option<&'static str>) -> Translated {
        if self.cursor.peek() != "(" {
            return Ok(());
        }
        self.brackets(|this| {
            if search.is_some() && matches!(this.cursor.peek(), "|" | "||" | "move") {
                if this.cursor.peek() == "move" {
                    this.leave_out();
                }
                this.nested(|this| this.closure(search))?;
            }
            this.list()
        })
    }

    /// Translates `[index]` or `[from..to]`.
    fn index(&mut self, mark: Mark) -> Translated {
        if !self.cursor.contains(0, |token| matches!(token, ".." | "..=")) {
            return self.brackets(Self::expression);
        }
        self.insert_before(mark, " __slice(");
        let bound = Place { before_range: true, ..Place::default() };
        self.replaced_brackets([",", ")"], |this| {
            if matches!(this.cursor.peek(), ".." | "..=") {
                this.insert(" 0");
            } else {
                this.expression_at(bound)?;
            }
            let is_inclusive = this.cursor.peek() == "..=";
            this.replace(if is_inclusive { ", 1 + (" } else { ", " });
            if this.cursor.is_at_end() {
                this.insert("()");
            } else {
                this.expression_at(bound)?;
            }
            if is_inclusive {
                this.insert(")");
            }
            Ok(())
        })?;
        self.check_slice()
    }

    /// Refuses a method behind a slice that would change the list in Rust: a slice is a copy here.
    fn check_slice(&self) -> Translated {
        let method = self.cursor.peek_at(1);
        let is_statement = || self.cursor.peek_at(2 + self.cursor.len_at(2)) == ";";
        if self.cursor.peek() != "."
            || self.cursor.peek_at(2) != "("
            || !(SLICE_EDITS.contains(&method) || SORTS.contains(&method) && is_statement())
        {
            return Ok(());
        }
        let error = ScriptError::new(format!("cannot call `{method}` on a part of a list: it is a copy"));
        self.wrong(error.with_help("change the items by their positions: for i in 1..3 { v[i] = 0 }"))
    }
}
