//! `map.entry(key).or_insert(value)` and its kin.

use crate::engine::compile::rust_forms::assignments::ASSIGNMENTS;
use crate::engine::compile::rust_forms::translator::{Returned, Translated, Translator};
use crate::engine::compile::text::token::TokenKind;

/// The methods for the value of a new key.
const DEFAULTS: &[&str] = &["or_default", "or_insert", "or_insert_with"];

impl Translator<'_> {
    /// Translates `.entry(key)` at the cursor with the methods behind it. Returns whether these are known.
    pub(in crate::engine::compile::rust_forms) fn entry(&mut self) -> Translated<bool> {
        let key = self.cursor.len_at(2);
        let method = self.cursor.peek_at(key + 3);
        let args = key + 4;
        if self.cursor.peek_at(key + 2) != "." || self.cursor.peek_at(args) != "(" {
            return Ok(false);
        }
        if method == "and_modify" {
            return self.modified_entry(args);
        }
        if !DEFAULTS.contains(&method) {
            return Ok(false);
        }
        let end = args + self.cursor.len_at(args);
        let next = self.cursor.peek_at(end);
        let is_call = next == "."
            && self.cursor.kind_at(end + 1) == Some(TokenKind::Word)
            && self.cursor.peek_at(end + 2) == "(";
        let function = match next {
            _ if ASSIGNMENTS.contains(&next) && next != "=" => "__entry_modify",
            _ if is_call && self.is_changed_at(end) => "__entry_change",
            _ => "__entry",
        };
        self.begin_entry(function)?;
        self.entry_default(method)?;
        if function != "__entry" {
            self.insert(",");
        }
        match function {
            "__entry_modify" => {
                self.replace(format!(" \"{}\",", next.trim_end_matches('=')));
                self.expression()?;
                self.insert(")");
            }
            "__entry_change" => {
                self.leave_out();
                let method = self.cursor.peek();
                self.leave_out();
                self.insert(format!(" \"{method}\","));
                self.replaced_brackets([" [", "])"], Self::list)?;
            }
            _ => self.insert(")"),
        }
        Ok(true)
    }

    /// Writes `.function(key,` for `.entry(key).method`, and leaves out the method.
    fn begin_entry(&mut self, function: &'static str) -> Translated {
        self.copy();
        self.replace(function);
        self.replaced_brackets(["(", ", "], Self::expression)?;
        self.leave_out();
        self.leave_out();
        Ok(())
    }

    /// Writes the value for a new key, from the arguments at the cursor.
    pub(in crate::engine::compile::rust_forms) fn entry_default(&mut self, method: &str) -> Translated {
        if method == "or_default" {
            self.leave_out_tree();
            self.insert(" ()");
        } else {
            self.replaced_brackets([" ", " "], |this| {
                if matches!(this.cursor.peek(), "||") {
                    this.leave_out();
                } else if method == "or_insert_with" {
                    // The path of a function: `Vec::new`.
                    let path = this.path();
                    let value = match path.rsplit("::").nth(1) {
                        Some("String") => "\"\"",
                        Some("Vec" | "VecDeque" | "HashSet" | "BTreeSet") => "[]",
                        Some("HashMap" | "BTreeMap") => "#{}",
                        _ => "()",
                    };
                    this.insert(value);
                }
                this.expression()
            })?;
        }
        Ok(())
    }

    /// Translates `.entry(key).and_modify(|n| *n += 1).or_insert(1)`, whose second brackets are behind `args` tokens.
    fn modified_entry(&mut self, args: usize) -> Translated<bool> {
        let end = args + self.cursor.len_at(args);
        let default = self.cursor.peek_at(end + 1);
        if self.cursor.peek_at(args + 1) != "|" || !DEFAULTS.contains(&default) {
            return Ok(false);
        }
        self.begin_entry("__entry_update")?;
        self.replaced_brackets([" ", ","], |this| {
            this.returned = Returned::Parameter;
            this.expression()
        })?;
        self.leave_out();
        self.leave_out();
        self.entry_default(default)?;
        self.insert(")");
        Ok(true)
    }
}
