//! Mutable references to values of the application: `let x = &mut gizmo.limit`, guards of locks, `for x in &mut gizmo.list`.
//!
//! As for those to variables of a script, the name becomes another name of the place.

use super::references::{Item, Reference, named_item};
use crate::engine::compile::rust_forms::assignments::ASSIGNMENTS;
use crate::engine::compile::rust_forms::locals::{AliasPart, Local};
use crate::engine::compile::rust_forms::patterns::Pattern;
use crate::engine::compile::rust_forms::translator::{Translated, Translator};
use crate::engine::compile::text::token::TokenKind;

/// A place of the application at the cursor.
pub(in crate::engine::compile::rust_forms) struct LivePlace<'a> {
    /// The expression for it.
    pub(in crate::engine::compile::rust_forms) text: String,
    /// The expression for what is before its last field, and the name of that.
    field: Option<(String, &'a str)>,
    /// Whether a lock is opened in it.
    is_opened: bool,
    /// The number of tokens up to its end.
    pub(in crate::engine::compile::rust_forms) end: usize,
}

impl<'a> Translator<'a> {
    /// Translates `let x = &mut gizmo.config.limit` or `let mut x = gizmo.total.lock().unwrap()`, a reference to a value of the
    /// application, whose name is after `at` tokens. Returns whether one is at the cursor.
    pub(in crate::engine::compile::rust_forms) fn live_reference_definition(
        &mut self,
        at: usize,
    ) -> Translated<bool> {
        let is_borrowed = self.cursor.peek_at(at + 2) == "&" && self.cursor.peek_at(at + 3) == "mut";
        let (name, start) = (self.cursor.peek_at(at), at + if is_borrowed { 4 } else { 2 });
        let root = self.cursor.peek_at(start);
        if !self.names.is_root(root) || self.is_variable(root) {
            return Ok(false);
        }
        let (mut last, mut end) = (start, start + 1);
        loop {
            match self.cursor.peek_at(end) {
                "[" => (last, end) = (end, end + self.cursor.len_at(end)),
                "." if self.cursor.kind_at(end + 1) == Some(TokenKind::Word)
                    && self.cursor.peek_at(end + 2) != "(" =>
                {
                    (last, end) = (end, end + 2);
                }
                _ => break,
            }
        }
        let is_guard = self.opening_len(end) > 0;
        end += self.opening_len(end);
        // A method, a position of a tuple or a root itself; or a name for the next command, where it would hold a copy.
        if last == start
            || !(is_borrowed || is_guard)
            || self.cursor.peek_at(end) != ";"
            || self.cursor.peek_at(end + 1).is_empty()
        {
            return Ok(false);
        }
        let [last, end] = [last, end].map(|at| self.cursor.index() + at);
        let parent = self.new_name();
        for _ in 0..start {
            self.leave_out();
        }
        self.insert(format!(" let {parent} ="));
        if !self.root_in_closure(root) {
            self.copy();
        }
        while self.cursor.index() < last {
            if self.cursor.peek() == "[" { self.brackets(Self::expression)? } else { self.copy() }
        }
        let part = if self.cursor.peek() == "[" {
            let key = self.new_name();
            self.insert(format!("; let {key} = "));
            self.leave_out_brackets(Self::expression)?;
            AliasPart::Item(key)
        } else {
            self.leave_out();
            let field = self.cursor.peek().to_owned();
            self.leave_out();
            AliasPart::Field(field)
        };
        while self.cursor.index() < end {
            self.leave_out();
        }
        let kind = self.alias(&parent, part);
        self.declare_as(Local { name, kind });
        Ok(true)
    }

    /// Returns the place of the application that begins after `skipped` tokens: a root, and fields of it.
    pub(in crate::engine::compile::rust_forms) fn live_place(&self, skipped: usize) -> Option<LivePlace<'a>> {
        let root = self.cursor.peek_at(skipped);
        if !self.names.is_root(root) || self.is_variable(root) {
            return None;
        }
        let text = if self.closures > 0 { format!("__root(\"{root}\")") } else { root.to_owned() };
        let mut place = LivePlace { text, field: None, is_opened: false, end: skipped + 1 };
        loop {
            // An index that is a literal can be written again for each use.
            let index = self.cursor.peek_at(place.end + 1);
            if self.cursor.peek_at(place.end) == "["
                && self.cursor.len_at(place.end) == 3
                && (index.starts_with('"') || index.parse::<u32>().is_ok())
            {
                place.text += &format!("[{index}]");
                place.field = None;
                place.end += 3;
            }
            if self.cursor.peek_at(place.end) != "." {
                break;
            }
            let (field, opening) = (self.cursor.peek_at(place.end + 1), self.opening_len(place.end));
            if opening > 0 {
                place.is_opened = true;
                place.end += opening;
            } else if self.cursor.peek_at(place.end + 2) == "(" {
                break;
            } else {
                let parent = place.text.clone();
                place.text += &format!(".{field}");
                place.field = Some((parent, field));
                place.end += 2;
            }
        }
        Some(place)
    }

    /// Returns whether the brackets after `skipped` tokens change what `name` refers to: `*name += 1`, `name.push('x')`.
    pub(in crate::engine::compile::rust_forms) fn is_assigned_through(
        &self,
        name: &str,
        skipped: usize,
    ) -> bool {
        (skipped + 1..skipped + self.cursor.len_at(skipped)).any(|at| {
            let is_changed = self.cursor.peek_at(at) == name
                && self.cursor.peek_at(at - 1) != "."
                && self.is_changed_at(at + 1);
            is_changed
                || self.cursor.peek_at(at) == "*"
                    && self.cursor.peek_at(at + 1) == name
                    && ASSIGNMENTS.contains(&self.cursor.peek_at(at + 2))
        })
    }

    /// Returns the reference to a value of the application after `skipped` tokens, if the block behind it assigns to what `name` refers
    /// to: `if let Some(name) = gizmo.limit.as_mut() { *name += 1 }`.
    pub(in crate::engine::compile::rust_forms) fn live_reference(
        &self,
        skipped: usize,
        name: &str,
    ) -> Option<Reference> {
        let is_borrowed = self.cursor.peek_at(skipped) == "&" && self.cursor.peek_at(skipped + 1) == "mut";
        let place = self.live_place(skipped + if is_borrowed { 2 } else { 0 })?;
        let (method, brackets) = (self.cursor.peek_at(place.end + 1), place.end + 2);
        let is_call = self.cursor.peek_at(place.end) == "." && self.cursor.peek_at(brackets) == "(";
        let (item, end) = match method {
            _ if is_borrowed => (Item::Field, place.end),
            "as_mut" | "as_deref_mut" if is_call => (Item::Field, brackets + 2),
            "first_mut" | "front_mut" if is_call => (Item::First, brackets + 2),
            "last_mut" | "back_mut" if is_call => (Item::Last, brackets + 2),
            "get_mut" if is_call && !place.is_opened => (Item::Key, brackets + self.cursor.len_at(brackets)),
            _ => return None,
        };
        if self.cursor.peek_at(end) != "{" || !self.is_assigned_through(name, end) {
            return None;
        }
        let (name, field) = match item {
            Item::Field => place.field.map(|(parent, field)| (parent, field.to_owned()))?,
            _ => (place.text, String::new()),
        };
        Some(Reference { name, field, item, len: end - skipped })
    }

    /// Translates the rest of a loop over the items of the application's collection whose body assigns to them: `*x += 1`. Returns
    /// whether it is one.
    pub(in crate::engine::compile::rust_forms) fn live_mutable_loop(
        &mut self,
        pattern: &Pattern<'a>,
    ) -> Translated<bool> {
        let is_borrowed = self.cursor.peek_at(1) == "&" && self.cursor.peek_at(2) == "mut";
        let Some(LivePlace { text: list, mut end, .. }) = self.live_place(if is_borrowed { 3 } else { 1 })
        else {
            return Ok(false);
        };
        let method = if self.cursor.peek_at(end) == "." { self.cursor.peek_at(end + 1) } else { "" };
        end += if method.is_empty() { 0 } else { 2 + self.cursor.len_at(end + 2) };
        let is_enumerated = self.cursor.peek_at(end) == "." && self.cursor.peek_at(end + 1) == "enumerate";
        end += if is_enumerated { 4 } else { 0 };
        if !matches!((method, is_borrowed), ("iter_mut" | "values_mut", false) | ("", true))
            || self.cursor.peek_at(end) != "{"
        {
            return Ok(false);
        }
        let Some((key, item)) = named_item(pattern) else { return Ok(false) };
        if !self.is_assigned_through(item, end) {
            return Ok(false);
        }
        let is_pair = matches!(pattern, Pattern::Items { .. });
        let is_map = method == "values_mut" || (is_pair && !is_enumerated);
        let keys = if is_map { format!("{list}.keys().to_array()") } else { format!("0..len({list})") };
        let position = key.map_or_else(|| self.new_name(), str::to_owned);
        while self.cursor.peek() != "{" {
            self.leave_out_tree();
        }
        self.insert(format!(" {position} in {keys}"));
        let kind = self.alias(&list, AliasPart::Item(position));
        self.in_scope(|this| {
            key.into_iter().for_each(|key| this.declare(key));
            this.declare_as(Local { name: item, kind });
            this.block(&[])
        })?;
        Ok(true)
    }
}
