//! Iterators: the methods that use up the one in a variable, and the functions of `std::iter`.

use crate::engine::compile::rust_forms::translator::{LocalKind, Translated, Translator};
use crate::engine::value::ScriptError;

impl Translator<'_> {
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
            ("by_ref", 0) => {
                if self.cursor.peek_at(4) == "." && self.cursor.peek_at(5) == "take" {
                    self.leave_out_call();
                    self.copy();
                    self.replace("__take");
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
