//! Loops with labels: `'outer: for … { … break 'outer; … }`.
//!
//! The script language leaves only the innermost loop. So `break 'outer` notes what is to happen in a variable and leaves that loop,
//! and behind each loop up to the one with the label, the variable says how to go on.

use crate::engine::compile::rust_forms::locals::Loop;
use crate::engine::compile::rust_forms::translator::{Translated, Translator};
use crate::engine::value::ScriptError;

impl<'a> Translator<'a> {
    /// Translates the statement at the cursor that begins with a label.
    pub(in crate::engine::compile::rust_forms) fn labelled_loop(&mut self) -> Translated {
        if self.cursor.peek_at(1) != ":" || !matches!(self.cursor.peek_at(2), "for" | "loop" | "while") {
            return self.wrong_label("cannot use the label here: it belongs before `for`, `while` or `loop`");
        }
        let label = self.cursor.peek();
        self.leave_out();
        self.leave_out();
        self.loop_statement(Some(label))
    }

    /// Translates the loop at the cursor, which is a statement.
    pub(in crate::engine::compile::rust_forms) fn loop_statement(
        &mut self,
        label: Option<&'a str>,
    ) -> Translated {
        self.next_loop = Loop { label, is_statement: true, ..Loop::default() };
        self.primary()
    }

    /// Calls `act` for a loop at the cursor.
    pub(in crate::engine::compile::rust_forms) fn in_loop(
        &mut self,
        act: impl FnOnce(&mut Self) -> Translated,
    ) -> Translated {
        let start = self.mark();
        let next = std::mem::take(&mut self.next_loop);
        self.loops.push(next);
        act(self)?;
        let Some(Loop { variable, left, .. }) = self.loops.pop() else { return Ok(()) };
        if let Some(variable) = variable {
            self.insert_before(start, format!(" {{ let {variable} = 0;"));
            self.insert(" }");
        }
        for target in left {
            let Some(variable) = self.loops.get(target).and_then(|target| target.variable.clone()) else {
                continue;
            };
            self.insert(if target + 1 == self.loops.len() {
                format!(
                    "; if {variable} == 1 {{ break; }} if {variable} == 2 {{ {variable} = 0; continue; }}"
                )
            } else {
                format!("; if {variable} != 0 {{ break; }}")
            });
        }
        Ok(())
    }

    /// Translates `break 'outer` or `continue 'outer` at the cursor.
    pub(in crate::engine::compile::rust_forms) fn leave_labelled_loop(&mut self) -> Translated {
        let (word, label) = (self.cursor.peek(), self.cursor.peek_at(1));
        let Some(target) = self.loops.iter().rposition(|known| known.label == Some(label)) else {
            return self.wrong_label(&format!("cannot leave `{label}`: no loop around this has the label"));
        };
        if target + 1 == self.loops.len() {
            self.copy();
            self.leave_out();
            return if word == "break" && self.begins_operand() { self.expression() } else { Ok(()) };
        }
        if self.loops[target + 1..].iter().any(|inner| !inner.is_statement) {
            return self
                .wrong_label(&format!("cannot leave `{label}` from a loop that is part of an expression"));
        }
        let variable = match &self.loops[target].variable {
            Some(variable) => variable.clone(),
            None => self.new_name(),
        };
        self.loops[target].variable = Some(variable.clone());
        for inner in &mut self.loops[target + 1..] {
            if !inner.left.contains(&target) {
                inner.left.push(target);
            }
        }
        self.leave_out();
        self.leave_out();
        if self.begins_operand() {
            return self
                .wrong_label("cannot leave an outer loop with a value: assign it to a variable first");
        }
        self.insert(format!(" {{ {variable} = {}; break; }}", if word == "break" { 1 } else { 2 }));
        Ok(())
    }

    /// Refuses a label.
    pub(in crate::engine::compile::rust_forms) fn wrong_label(&self, message: &str) -> Translated {
        let help = "put the loops into a function, and leave them with `return`";
        self.wrong(ScriptError::new(message).with_help(help))
    }
}
