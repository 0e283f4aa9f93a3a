//! Expressions: operators, and what follows a value: fields, methods, indices, casts.

use super::assignments::ASSIGNMENTS;
use super::locals::LocalKind;
use super::translator::{Collected, Place, Translated, Translator};
use crate::engine::compile::text::literals::INTEGERS;
use crate::engine::compile::text::operations::Operations;
use crate::engine::compile::text::output::Mark;
use crate::engine::compile::text::token::TokenKind;
use crate::engine::compile::text::{literals, token};
use crate::engine::value::ScriptError;

const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "**", "<<", ">>", "<", ">", "<=", ">=", "==", "!=", "&&", "||", "|", "&", "^",
    "??", "..", "..=", "in",
];

impl Translator<'_> {
    /// Translates an expression, up to the first token that belongs to none.
    pub(super) fn expression(&mut self) -> Translated {
        self.nested(Self::operands)
    }

    /// Translates an expression at another place.
    pub(super) fn expression_at(&mut self, place: Place) -> Translated {
        let outer = std::mem::replace(&mut self.place, place);
        let result = self.expression();
        self.place = outer;
        result
    }

    fn operands(&mut self) -> Translated {
        let place = self.place;
        let first = self.mark();
        self.operand()?;
        self.place = place;
        self.more_operands(first)
    }

    /// Translates operators with the operands behind them. The operand before them begins at `first`.
    pub(super) fn more_operands(&mut self, first: Mark) -> Translated {
        let mut place = self.place;
        let mut operations = Operations::new(first);
        loop {
            let symbol = self.cursor.peek();
            if symbol == "!" && self.cursor.peek_at(1) == "in" {
                self.copy();
                self.copy();
            } else if ASSIGNMENTS.contains(&symbol) {
                self.check_search()?;
                self.copy();
                place.collected = Collected::List;
                self.place = place;
            } else if !OPERATORS.contains(&symbol)
                || (place.before_and && symbol == "&&")
                || (place.before_range && matches!(symbol, ".." | "..="))
            {
                self.group(&operations);
                return Ok(());
            } else {
                let operator = self.mark();
                self.copy();
                operations.add(symbol, operator);
                if matches!(symbol, ".." | "..=") && !self.begins_operand() {
                    return Ok(());
                }
            }
            let operand = self.mark();
            if ASSIGNMENTS.contains(&symbol) {
                operations = Operations::new(operand);
            }
            operations.operands.push(operand);
            // A text is compared with a value of a known type.
            self.place.is_assigned = matches!(symbol, "==" | "!=" | "<" | ">" | "<=" | ">=");
            if !matches!(symbol, "==" | "!=") || !self.outcome_value()? {
                self.operand()?;
            }
            self.place = place;
        }
    }

    /// Writes parentheses around the operands as Rust groups them.
    fn group(&mut self, operations: &Operations) {
        for (open, close) in operations.parentheses() {
            self.insert_before(open, "(");
            match close {
                Some(close) => self.insert_before(close, ")"),
                None => self.insert(")"),
            }
        }
    }

    /// Returns whether the next token can begin a value.
    pub(super) fn begins_operand(&self) -> bool {
        match self.cursor.kind() {
            None | Some(TokenKind::Close) => false,
            Some(TokenKind::Symbol) => matches!(self.cursor.peek(), "-" | "!" | "+" | "&" | "*" | "|" | "||"),
            Some(TokenKind::Open) => !(self.place.before_block && self.cursor.peek() == "{"),
            Some(_) => true,
        }
    }

    fn operand(&mut self) -> Translated {
        if matches!(self.cursor.peek(), "break" | "continue") && self.cursor.peek_at(1).starts_with('\'') {
            return self.leave_labelled_loop();
        }
        while matches!(self.cursor.peek(), "return" | "break" | "throw") {
            self.copy();
            if !self.begins_operand() {
                return Ok(());
            }
        }
        let whole = self.mark();
        let mut is_dereferenced = false;
        let is_borrowed = self.cursor.peek() == "&"
            && self.cursor.peek_at(1) == "mut"
            && !self.place.before_block
            && self.place.collected != Collected::Shown;
        loop {
            match self.cursor.peek() {
                "-" if self.cursor.kind_at(1) == Some(TokenKind::Number) && self.cursor.peek_at(2) == "." => {
                    self.copy();
                    // The sign belongs to the result of the method.
                    self.insert(" ");
                }
                "!" if self.cursor.kind_at(1) == Some(TokenKind::Number) => return self.inverted_number(),
                "-" if !self.integer_type(1).is_empty() => {
                    self.negative_number();
                    return self.postfix(whole, whole);
                }
                "-" | "!" | "+" => self.copy(),
                // The value itself is what they refer to.
                "&" | "&&" => self.leave_out(),
                "*" | "**" => {
                    is_dereferenced = true;
                    self.leave_out();
                }
                "mut" | "ref" | "dyn" if self.cursor.kind_at(1).is_some() => self.leave_out(),
                "move" if matches!(self.cursor.peek_at(1), "|" | "||") => {
                    self.is_move = true;
                    self.leave_out();
                }
                _ => break,
            }
        }
        if is_dereferenced
            && !matches!(self.local_kind(self.cursor.peek()), Some(LocalKind::Shared | LocalKind::Alias(_)))
            && self.is_variable(self.cursor.peek())
            && ASSIGNMENTS.contains(&self.cursor.peek_at(1))
        {
            return self.write_through();
        }
        let mark = self.mark();
        let outer =
            (self.item_kind, std::mem::take(&mut self.may_fail), std::mem::take(&mut self.through_reference));
        if !matches!(self.cursor.peek(), "|" | "||") {
            self.item_kind = LocalKind::Value;
        }
        let before = self.cursor.index();
        self.primary()?;
        let is_place = is_borrowed && self.is_place(before);
        if self.cursor.index() > before {
            self.postfix(whole, mark)?;
        }
        if is_place {
            self.insert_before(whole, " __borrowed(");
            self.insert(")");
        }
        (self.item_kind, self.may_fail, self.through_reference) = outer;
        Ok(())
    }

    /// Returns whether the token at `index` is a variable, or a root of the application.
    fn is_place(&self, index: usize) -> bool {
        let name = self.cursor.text_at(index);
        self.is_variable(name) || self.names.is_entry(name)
    }

    /// Returns the type that is the suffix of the integer after `skipped` tokens, or an empty text.
    fn integer_type(&self, skipped: usize) -> &'static str {
        let number = self.cursor.peek_at(skipped);
        let is_number = self.cursor.kind_at(skipped) == Some(TokenKind::Number);
        // It must be a literal of Rust, which the digits of a hexadecimal number are not.
        let ty = INTEGERS.iter().find(|ty| is_number && number.ends_with(**ty));
        ty.filter(|_| literals::translate(TokenKind::Number, number).is_some()).copied().unwrap_or_default()
    }

    /// Translates `-` before an integer with its type.
    fn negative_number(&mut self) {
        self.leave_out();
        let (ty, number) = (self.integer_type(0), self.cursor.peek());
        let literal = literals::translate(TokenKind::Number, number).unwrap_or_else(|| number.to_owned());
        self.replace(format!(" __typed(-{literal}, \"{ty}\")"));
    }

    /// Translates `!` before a number, whose bits are those of its type: of `i32`, if it has no suffix.
    fn inverted_number(&mut self) -> Translated {
        self.leave_out();
        let number = self.cursor.peek();
        let ty = INTEGERS.iter().find(|ty| number.ends_with(**ty)).unwrap_or(&"i32");
        let literal = literals::translate(TokenKind::Number, number).unwrap_or_else(|| number.to_owned());
        self.replace(format!(" __not({literal}, \"{ty}\")"));
        Ok(())
    }

    /// Refuses an assignment through a reference, since the variable at the cursor holds a copy.
    fn write_through(&self) -> Translated {
        let name = self.cursor.peek();
        let error = ScriptError::new(format!("cannot write through `{name}`: it holds a copy of the value"));
        self.wrong(
            error.with_help("assign to the place by its path: x.count += 1, x.list[i] = 1, map[key] += 1"),
        )
    }

    /// Translates a value without what follows it.
    pub(super) fn primary(&mut self) -> Translated {
        match self.cursor.kind() {
            None | Some(TokenKind::Close) => Ok(()),
            Some(TokenKind::Template) => self.template(),
            Some(TokenKind::Symbol) => match self.cursor.peek() {
                "|" | "||" => self.closure(None),
                symbol if symbol.starts_with('\'') => {
                    self.wrong_label("cannot use the label here: only a loop that is a statement has one")
                }
                ".." | "..=" => {
                    self.copy();
                    self.operand()
                }
                "…" => self.left_out("…"),
                "<" if self.cursor.kind_at(1) == Some(TokenKind::Word) => {
                    let text = &self.cursor.text[self.cursor.start()..];
                    self.left_out(text.find('>').map_or(text, |end| &text[..=end]))
                }
                _ => Ok(()),
            },
            Some(TokenKind::Open) => match self.cursor.peek() {
                "(" => self.parentheses(),
                "[" => self.array(),
                "#{" => self.script_map(),
                _ if self.place.before_block => Ok(()),
                _ if self.is_collection() => self.collection(),
                _ => self.block(&[]),
            },
            Some(TokenKind::Word) => self.word(),
            Some(kind) => {
                let is_byte = kind == TokenKind::Char && self.cursor.peek().starts_with('b');
                let is_single = kind == TokenKind::Number && self.cursor.peek().ends_with("f32");
                let ty = match (is_byte, is_single) {
                    (true, _) => "u8",
                    (_, true) => "f32",
                    _ => self.integer_type(0),
                };
                match literals::translate(kind, self.cursor.peek()) {
                    Some(literal) if !ty.is_empty() => self.replace(format!(" __typed({literal}, \"{ty}\")")),
                    Some(literal) => self.replace(literal),
                    None => self.copy(),
                }
                Ok(())
            }
        }
    }

    /// Refuses the text that the console shows in place of a value that it leaves out.
    pub(super) fn left_out(&self, text: &str) -> Translated {
        let message = format!("cannot use `{text}` as a value: it stands for what the console does not show");
        self.wrong(ScriptError::new(message).with_help("write the whole value, or change a part of it"))
    }

    /// Translates the code inside a text between back-ticks.
    fn template(&mut self) -> Translated {
        // The code is a command inside the command: its tokens are read again, up to its end.
        let Some(template) = self.cursor.token(0) else { return Ok(()) };
        let text = &self.cursor.text[..template.end];
        let mut codes = Vec::new();
        let mut at = template.start + 1;
        while let Some(start) = text[at..].find("${").map(|found| at + found + 2) {
            let Some(end) = token::end_of_interpolation(text, start) else { break };
            if !text[..start - 2].ends_with('\\') {
                codes.push(start..end);
            }
            at = end;
        }
        self.copy_template(&codes)
    }

    /// Translates `(…)`: a value, or a tuple, which is an array here.
    fn parentheses(&mut self) -> Translated {
        let is_closure = matches!(self.cursor.peek_at(1), "|" | "||" | "move");
        if !is_closure && self.cursor.contains(0, |token| token == ",") {
            return self.replaced_brackets(["[", "]"], Self::list);
        }
        self.brackets(|this| if this.cursor.peek() == "let" { Ok(()) } else { this.expression() })?;
        if is_closure && self.cursor.peek() == "(" {
            self.insert(".call");
            self.call_arguments(None)?;
        }
        Ok(())
    }

    /// Translates `[…]`: items, or `[item; count]`.
    pub(super) fn array(&mut self) -> Translated {
        if !self.cursor.contains(0, |token| token == ";") {
            return self.brackets(Self::list);
        }
        self.replaced_brackets([" __repeat(", ")"], |this| {
            this.expression()?;
            this.replace(",");
            this.expression()
        })
    }

    /// Translates `#{ name: value }`.
    fn script_map(&mut self) -> Translated {
        self.brackets(|this| {
            while !this.cursor.is_at_end() {
                this.copy();
                if this.cursor.peek() == ":" {
                    this.copy();
                    this.expression()?;
                }
            }
            Ok(())
        })
    }

    /// Returns whether the `{` at the cursor begins a map or set: `{"a": 1}`, `{1, 2}`.
    pub(super) fn is_collection(&self) -> bool {
        let len = self.cursor.len_at(0);
        // A value is expected here, and no block.
        let is_value = || {
            let last = self.cursor.last().map_or("", |last| &self.cursor.text[last.start..last.end]);
            matches!(last, "=" | "(" | "[" | "," | ":")
        };
        if len == 2 {
            return is_value();
        }
        let is_sign = self.cursor.peek_at(1) == "-";
        let first = 1 + usize::from(is_sign);
        let is_literal = match self.cursor.kind_at(first) {
            Some(
                TokenKind::Number
                | TokenKind::Text
                | TokenKind::RawText
                | TokenKind::Char
                | TokenKind::Bytes
                | TokenKind::Time,
            ) => true,
            Some(TokenKind::Open) => matches!(self.cursor.peek_at(first), "(" | "["),
            Some(TokenKind::Word) => {
                let word = self.cursor.peek_at(first);
                matches!(word, "true" | "false") || self.names.is_variant(word) || {
                    let next = self.cursor.peek_at(first + 1);
                    word.starts_with(char::is_uppercase) && matches!(next, "(" | "{")
                }
            }
            _ => false,
        };
        let mut end = first + self.cursor.len_at(first);
        if self.cursor.kind_at(first) == Some(TokenKind::Word)
            && matches!(self.cursor.peek_at(end), "(" | "{")
        {
            end += self.cursor.len_at(end);
        }
        // As a set of one item is shown; a block has spaces.
        let is_tight = || {
            let (open, inner) = (self.cursor.token(0), self.cursor.token(1));
            open.zip(inner).is_some_and(|(open, inner)| open.end == inner.start)
        };
        is_literal
            && (matches!(self.cursor.peek_at(end), ":" | ",") || (end + 1 == len && is_tight() && is_value()))
    }

    fn collection(&mut self) -> Translated {
        if self.cursor.len_at(0) > 2 && !self.cursor.contains(0, |token| token == ":") {
            return self.replaced_brackets([" __set([", "])"], Self::list);
        }
        self.replaced_brackets([" __map([", "])"], |this| {
            while !this.cursor.is_at_end() {
                let before = this.cursor.index();
                let entry = this.mark();
                this.insert_before(entry, "[");
                this.expression()?;
                if this.cursor.peek() == ":" {
                    this.replace(",");
                    this.expression()?;
                }
                this.insert("]");
                if this.cursor.index() == before || this.cursor.peek() == "," {
                    this.copy();
                }
            }
            Ok(())
        })
    }
}
