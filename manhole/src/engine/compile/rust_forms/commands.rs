//! Commands without parentheses: `help gizmo`, `watch gizmo.count`, `gizmo?`.

use super::translator::{Translated, Translator};
use crate::engine::compile::Continuation;
use crate::engine::compile::text::token::TokenKind;
use crate::engine::value::ScriptError;

/// The functions that are called without parentheses too.
const COMMANDS: &[&str] = &["dir", "doc", "help", "json", "print", "table", "tree", "type_of", "watch"];

impl Translator<'_> {
    /// Translates a text that is one command without parentheses. Returns whether it is one.
    pub(super) fn bare_command(&mut self) -> Translated<bool> {
        let (name, next) = (self.cursor.peek(), self.cursor.peek_at(1));
        if name == "?" && next.is_empty() {
            self.replace("help()");
            return Ok(true);
        }
        if name == "?" && self.cursor.kind_at(1) == Some(TokenKind::Word) {
            self.leave_out();
            self.help_topic("help");
            return Ok(true);
        }
        if next == "?"
            && self.cursor.kind_at(2).is_none()
            && self.names.is_entry(name)
            && !self.is_variable(name)
        {
            self.replace(format!("help(\"{name}\")"));
            self.leave_out();
            return Ok(true);
        }
        let begins_value = match self.cursor.kind_at(1) {
            Some(TokenKind::Word) => !matches!(next, "in" | "as" | "is" | "and" | "or"),
            Some(
                TokenKind::Text
                | TokenKind::Template
                | TokenKind::RawText
                | TokenKind::Number
                | TokenKind::Char,
            ) => true,
            _ => next == "&",
        };
        if !COMMANDS.contains(&name) || !begins_value || self.is_variable(name) || self.names.is_entry(name) {
            return Ok(false);
        }
        self.leave_out();
        match name {
            "help" | "doc" => self.help_topic(name),
            "watch" => {
                self.insert("watch(\"1s\", || ");
                self.expression()?;
                self.insert(")");
            }
            _ => {
                self.insert(format!("{name}("));
                self.expression()?;
                self.insert(")");
            }
        }
        Ok(true)
    }

    /// Translates the beginning of a text that continues the command before: its value is `it`.
    pub(super) fn continued(&mut self, continuation: Continuation) -> Translated {
        let symbol = self.cursor.peek();
        let help = match continuation {
            Continuation::Value if self.names.has_last_value => {
                let mark = self.mark();
                self.insert("it");
                self.postfix(mark, mark)?;
                return self.more_operands(mark);
            }
            Continuation::Value => "type both lines as one, or begin with a value: it.len()",
            Continuation::Block("catch") => "write it behind the brace: try { a() } catch (error) { b() }",
            Continuation::Block(_) => "write it behind the brace: if a { 1 } else { 2 }",
        };
        let reason = match continuation {
            Continuation::Value => "it has no value",
            Continuation::Block(_) => "it has run already",
        };
        let message = format!("cannot continue the command before with `{symbol}`: {reason}");
        self.wrong(ScriptError::new(message).with_help(help))
    }

    /// Writes a call of `help` with the rest of the text, a path, as its topic.
    fn help_topic(&mut self, function: &str) {
        let start = self.cursor.start();
        let topic = self.cursor.text[start..].trim().trim_end_matches(';').trim_end();
        let topic = topic.strip_suffix("()").unwrap_or(topic).trim_matches(['"', '`']);
        let topic = topic.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ");
        self.insert(format!("{function}(\"{topic}\")"));
        while !self.cursor.is_at_end() {
            self.leave_out();
        }
    }

    /// Translates the arguments of the function `name`, of which some are not for their value: a topic of `help`, what `watch` repeats.
    pub(super) fn builtin_arguments(&mut self, name: &str) -> Translated {
        match name {
            "help" | "doc" if self.is_topic() => {
                let path: Vec<_> =
                    (1..self.cursor.len_at(0) - 1).map(|index| self.cursor.peek_at(index)).collect();
                self.insert(format!("(\"{}\")", path.concat()));
                self.leave_out_tree();
                Ok(())
            }
            "watch"
                // A lone number or text is an interval without what to watch.
                if !matches!(self.cursor.len_at(0), 2 | 3 if !self.is_word_at(1))
                    && !self.cursor.contains(0, |token| matches!(token, "," | "|" | "||" | "move" | ":")) =>
            {
                self.brackets(|this| {
                    this.insert("\"1s\", || ");
                    this.expression()
                })
            }
            _ => self.call_arguments(None),
        }
    }

    /// Returns whether the brackets at the cursor hold a path from a name of the application.
    fn is_topic(&self) -> bool {
        let len = self.cursor.len_at(0);
        let first = self.cursor.peek_at(1);
        let is_path = (1..len.max(1) - 1).all(|index| match index % 2 {
            1 => self.cursor.kind_at(index) == Some(TokenKind::Word),
            _ => self.cursor.peek_at(index) == ".",
        });
        len > 2 && is_path && self.names.is_entry(first) && !self.is_variable(first)
    }
}
