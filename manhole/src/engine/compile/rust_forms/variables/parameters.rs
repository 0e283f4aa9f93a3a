//! A parameter that is a mutable reference: `fn bump(n: &mut u32) { *n += 1 }`, called as `bump(&mut x)`.
//!
//! The script language passes only the receiver of a method by reference. So such a function is a method here, in which the parameter is
//! `this`.

use super::places::PlaceExpression;
use crate::engine::compile::rust_forms::locals::{Alias, AliasPart, Local};
use crate::engine::compile::rust_forms::translator::{Translated, Translator};

impl<'a> Translator<'a> {
    /// Returns the parameter between the brackets at the cursor that is a mutable reference, if one of them is.
    pub(in crate::engine::compile::rust_forms) fn mutable_parameter(&self) -> Option<&'a str> {
        let end = self.cursor.len_at(0) - 1;
        let mut found = (1..end).filter(|at| {
            let is_first = matches!(self.cursor.peek_at(at - 1), "(" | ",");
            let ty = at + if self.cursor.peek_at(at + 3).starts_with('\'') { 4 } else { 3 };
            is_first
                && self.is_word_at(*at)
                && self.cursor.peek_at(at + 1) == ":"
                && self.cursor.peek_at(at + 2) == "&"
                && self.cursor.peek_at(ty) == "mut"
        });
        let only = found.next().filter(|_| found.next().is_none())?;
        Some(self.cursor.peek_at(only))
    }

    /// Leaves out the parameter at the cursor with its type and the comma behind it.
    pub(in crate::engine::compile::rust_forms) fn leave_out_parameter(&mut self) {
        while !matches!(self.cursor.peek(), "," | "") {
            self.leave_out_tree();
        }
        self.leave_out();
    }

    /// Makes `name` the receiver of the function around the cursor.
    pub(in crate::engine::compile::rust_forms) fn declare_receiver(&mut self, name: &'a str) {
        let kind = self.alias(Alias { variable: "this".to_owned(), part: AliasPart::Whole, is_live: false });
        self.declare_as(Local { name, kind });
    }

    /// Writes the function that calls the method `name`. It is for values of the application, which scripts pass by reference.
    pub(in crate::engine::compile::rust_forms) fn function_of_receiver(
        &mut self,
        name: &str,
        (receiver, index): (&'a str, usize),
        mut params: Vec<&'a str>,
    ) {
        let others = params.join(", ");
        params.insert(index, receiver);
        let params = params.join(", ");
        self.insert(format!(" fn {name}({params}) {{ __borrowed({receiver}).{name}({others}) }}"));
    }

    /// Returns the mutable reference to a value of the script that the argument after `skipped` tokens is.
    fn mutable_argument(&self, skipped: usize) -> Option<PlaceExpression<'a>> {
        let is_borrowed = self.cursor.peek_at(skipped) == "&" && self.cursor.peek_at(skipped + 1) == "mut";
        let is_reference = self.aliased_place(self.cursor.peek_at(skipped)).is_some();
        let mut start = skipped + if is_borrowed { 2 } else { 0 };
        while is_borrowed && self.cursor.peek_at(start) == "*" {
            start += 1;
        }
        let place = self.place_expression(start)?;
        let is_whole = matches!(self.cursor.peek_at(place.end), "," | ")");
        (is_whole && !place.is_live && (is_borrowed || is_reference)).then_some(place)
    }

    /// Translates the call of a function that begins at the cursor, if one of its arguments is a mutable reference. Returns whether it
    /// is one.
    pub(in crate::engine::compile::rust_forms) fn call_with_reference(&mut self) -> Translated<bool> {
        let name = self.cursor.peek();
        let starts: Vec<_> = (2..self.cursor.len_at(1))
            .filter(|at| matches!(self.cursor.peek_at(at - 1), "(" | ","))
            .filter(|at| self.mutable_argument(*at).is_some())
            .collect();
        let &[start] = starts.as_slice() else { return Ok(false) };
        let Some(place) = self.mutable_argument(start) else { return Ok(false) };
        let Some(alias) = self.simple_place(&place).filter(|_| !self.names.is_known(name)) else {
            return Ok(false);
        };
        let (begin, first) = (self.cursor.start(), self.cursor.index());
        self.leave_out();
        self.insert_for(begin, format!(" {}.{name}", alias.place()));
        self.brackets(|this| {
            let mut separator = "";
            while !this.cursor.is_at_end() {
                let before = this.cursor.index();
                if before == first + start {
                    this.leave_out_up_to(first + place.end);
                } else {
                    this.insert(separator);
                    this.expression()?;
                    separator = ",";
                }
                if this.cursor.index() == before || this.cursor.peek() == "," {
                    this.leave_out();
                }
            }
            Ok(())
        })?;
        Ok(true)
    }
}
