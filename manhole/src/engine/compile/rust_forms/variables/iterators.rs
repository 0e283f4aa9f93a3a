//! Iterators: the methods that use up the one in a variable, and the functions of `std::iter`.

use crate::engine::compile::rust_forms::locals::LocalKind;
use crate::engine::compile::rust_forms::patterns::Pattern;
use crate::engine::compile::rust_forms::translator::{Translated, Translator};
use crate::engine::value::ScriptError;

impl<'a> Translator<'a> {
    /// Translates a method at the cursor that uses up an iterator in the variable `name`. Returns whether there is one.
    pub(in crate::engine::compile::rust_forms) fn iterator_method(&mut self, name: &str) -> Translated<bool> {
        let method = self.cursor.peek_at(1);
        let arguments = self.cursor.len_at(2) - 2;
        let function = match (method, arguments) {
            ("next", 0) => "__next",
            ("next_back", 0) => "__next_back",
            ("peek", 0) => "__peek",
            ("nth", 1..) if self.local_kind(name) == Some(LocalKind::Iterator) => "__nth",
            ("next_if", 1..) => "__next_if",
            ("next_if_eq", 1..) => "__next_if_eq",
            ("all" | "any" | "find" | "position", 1..)
                if self.local_kind(name) == Some(LocalKind::Iterator) =>
            {
                "__search"
            }
            ("try_fold" | "try_for_each", 1..) if self.local_kind(name) == Some(LocalKind::Iterator) => {
                let error =
                    ScriptError::new(format!("cannot use `{method}`: the variable would keep all items"));
                return self.wrong(error.with_help(format!(
                    "take the items one by one: while let Some(x) = {name}.next() {{ … }}"
                )));
            }
            ("by_ref", 0) => {
                let taken = match self.cursor.peek_at(5) {
                    "take" => "__take",
                    "take_while" => "__take_while",
                    _ => "",
                };
                if self.cursor.peek_at(4) == "." && !taken.is_empty() {
                    self.leave_out_call();
                    self.copy();
                    self.replace(taken);
                    self.call_arguments(None)?;
                    return Ok(true);
                }
                let error = ScriptError::new("cannot use `by_ref`: the variable would keep all items");
                return self.wrong(error.with_help(format!(
                    "take the items one by one: while let Some(x) = {name}.next() {{ … }}"
                )));
            }
            _ => return Ok(false),
        };
        if self.names.is_method(method) {
            return Ok(false);
        }
        self.copy();
        self.replace(function);
        if function == "__search" {
            self.replaced_brackets(["(", ")"], |this| {
                this.insert(format!("\"{method}\", "));
                this.list()
            })?;
        } else {
            self.call_arguments(None)?;
        }
        Ok(true)
    }

    /// Translates the rest of a loop over what is left of an iterator, behind its pattern: `for x in iter.by_ref() { … }`. The items
    /// behind a `break` stay. Returns whether it is one.
    pub(in crate::engine::compile::rust_forms) fn rest_loop(
        &mut self,
        pattern: &Pattern<'a>,
    ) -> Translated<bool> {
        let tokens: Vec<_> = (1..8).map(|at| self.cursor.peek_at(at)).collect();
        let name = match tokens.as_slice() {
            [name, ".", "by_ref", "(", ")", "{", ..] => *name,
            ["&", "mut", name, "{", ..] if self.local_kind(name) == Some(LocalKind::Iterator) => *name,
            _ => return Ok(false),
        };
        if !self.is_variable(name) {
            return Ok(false);
        }
        let item = self.new_name();
        while self.cursor.peek() != "{" {
            self.leave_out();
        }
        self.insert(format!(" {item} in 0..len({name})"));
        let mut bindings = Vec::new();
        pattern.bind(&item, &mut bindings);
        self.in_scope(|this| {
            this.brackets(|this| {
                // The body may have used up more.
                this.insert(format!(
                    " if len({name}) == 0 {{ break; }} let {item} = __some({name}.__next());"
                ));
                this.bind(&bindings);
                this.nested(Self::statements)
            })
        })?;
        Ok(true)
    }

    /// Translates `std::iter::once(x)`, `empty()` and `repeat(x).take(n)`. Returns whether one is at the cursor.
    pub(in crate::engine::compile::rust_forms) fn iterator_function(
        &mut self,
        name: &str,
        len: usize,
    ) -> Translated<bool> {
        let end = len + self.cursor.len_at(len);
        match name {
            "once" | "empty" => {
                self.leave_out_path(len);
                self.replaced_brackets([" [", "]"], Self::list)?;
                Ok(true)
            }
            "repeat" if self.cursor.peek_at(end) == "." && self.cursor.peek_at(end + 1) == "take" => {
                self.leave_out_path(len);
                self.replaced_brackets([" __repeat(", ","], Self::list)?;
                self.leave_out();
                self.leave_out();
                self.replaced_brackets([" ", ")"], Self::list)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}
