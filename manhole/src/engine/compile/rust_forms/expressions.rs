//! Expressions: operators, and what follows a value: fields, methods, indices, casts.

use super::assignments::{ASSIGNMENTS, Part};
use super::paths;
use super::translator::{Place, Translated, Translator, WrongForm};
use crate::engine::compile::text::output::Mark;
use crate::engine::compile::text::token::TokenKind;
use crate::engine::compile::text::{literals, token};
use crate::engine::value::ScriptError;

const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "**", "<<", ">>", "<", ">", "<=", ">=", "==", "!=", "&&", "||", "|", "&", "^",
    "??", "..", "..=", "in",
];

/// The methods that mean the value itself here: nothing has to be locked, borrowed or collected.
const IDENTITIES: &[&str] = &[
    "as_deref",
    "as_deref_mut",
    "as_mut",
    "as_ref",
    "as_slice",
    "as_str",
    "borrow",
    "borrow_mut",
    "by_ref",
    "into",
    "cloned",
    "collect",
    "copied",
    "into_inner",
    "into_iter",
    "iter",
    "iter_mut",
    "lock",
    "read",
    "to_owned",
    "write",
];

/// The methods that have another name here.
const SYNONYMS: &[(&str, &str)] = &[
    ("next", "first"),
    ("sort_unstable", "sort"),
    ("sort_unstable_by", "sort_by"),
    ("sort_unstable_by_key", "sort_by_key"),
    ("sorted", "sort"),
    ("sorted_by", "sort_by"),
    ("sorted_by_key", "sort_by_key"),
];

/// The methods that sort a list in its place in Rust.
const SORTS: &[&str] =
    &["dedup", "dedup_by_key", "reverse", "sort", "sort_by", "sort_by_cached_key", "sort_by_key"];

/// The identities after which `unwrap()` means nothing either.
const LOCKS: &[&str] = &["into_inner", "lock", "read", "write"];

/// The methods whose closures only look at values. An assignment there was meant as a comparison.
const SEARCHES: &[&str] = &[
    "all",
    "any",
    "count",
    "filter",
    "filter_map",
    "find",
    "group_by",
    "max_by",
    "max_by_key",
    "min_by",
    "min_by_key",
    "partition",
    "position",
    "skip_while",
    "sort_by",
    "sort_by_key",
    "take_while",
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
        loop {
            self.operand()?;
            self.place = place;
            let symbol = self.cursor.peek();
            if symbol == "!" && self.cursor.peek_at(1) == "in" {
                self.copy();
                self.copy();
            } else if ASSIGNMENTS.contains(&symbol) {
                self.check_search()?;
                self.copy();
            } else if !OPERATORS.contains(&symbol)
                || (place.before_and && symbol == "&&")
                || (place.before_range && matches!(symbol, ".." | "..="))
            {
                return Ok(());
            } else {
                self.copy();
                if matches!(symbol, ".." | "..=") && !self.begins_operand() {
                    return Ok(());
                }
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
        while matches!(self.cursor.peek(), "return" | "break" | "throw") {
            self.copy();
            if !self.begins_operand() {
                return Ok(());
            }
        }
        let whole = self.mark();
        loop {
            match self.cursor.peek() {
                "-" | "!" | "+" => self.copy(),
                // The value itself is what they refer to.
                "&" | "&&" | "*" => self.leave_out(),
                "mut" | "ref" | "dyn" if self.cursor.kind_at(1).is_some() => self.leave_out(),
                "move" if matches!(self.cursor.peek_at(1), "|" | "||") => self.leave_out(),
                _ => break,
            }
        }
        let mark = self.mark();
        let before = self.cursor.index();
        self.primary()?;
        if self.cursor.index() > before {
            self.postfix(whole, mark)?;
        }
        Ok(())
    }

    /// Translates a value without what follows it.
    pub(super) fn primary(&mut self) -> Translated {
        match self.cursor.kind() {
            None | Some(TokenKind::Close) => Ok(()),
            Some(TokenKind::Template) => self.template(),
            Some(TokenKind::Symbol) => match self.cursor.peek() {
                "|" | "||" => self.closure(None),
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
                match literals::translate(kind, self.cursor.peek()) {
                    Some(literal) => self.replace(literal),
                    None => self.copy(),
                }
                Ok(())
            }
        }
    }

    /// Refuses the text that the console shows in place of a value that it leaves out.
    fn left_out(&self, text: &str) -> Translated {
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
        if self.cursor.contains(0, |token| token == ",") {
            return self.replaced_brackets(["[", "]"], Self::list);
        }
        self.brackets(|this| if this.cursor.peek() == "let" { Ok(()) } else { this.expression() })
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

    /// Translates what follows a value that begins at `mark`, and with its sign at `whole`.
    fn postfix(&mut self, whole: Mark, mark: Mark) -> Translated {
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
                "?" => self.leave_out(),
                "…" => return self.left_out("…"),
                "(" if self.is_adjacent() => {
                    self.insert(".call");
                    self.call_arguments(None)?;
                }
                "[" if self.is_adjacent() && self.changes_at(self.cursor.len_at(0)) => {
                    return self.change(&Part::Item);
                }
                "[" if self.is_adjacent() => self.index(mark)?,
                "::" if self.turbofish_len(0) > 0 => {
                    self.turbofish();
                }
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

    /// Returns whether nothing is between the last token and the next.
    fn is_adjacent(&self) -> bool {
        self.cursor.last().is_some_and(|last| last.end == self.cursor.start())
    }

    /// Translates a field or a method. Returns whether there is one.
    fn after_dot(&mut self, mark: Mark) -> Translated<bool> {
        let name = self.cursor.peek_at(1);
        let method = self.cursor.token(1).map(|token| (name, token.start));
        match self.cursor.kind_at(1) {
            Some(TokenKind::Word) => {}
            Some(TokenKind::Number) => return self.positions(mark, name),
            _ => return Ok(false),
        }
        if self.changes_at(2) {
            self.copy();
            self.change(&Part::Field(name))?;
            return Ok(true);
        }
        if name == "await" && !self.names.is_field(name) {
            self.leave_out();
            self.leave_out();
            return Ok(true);
        }
        let arguments = 2 + self.turbofish_len(2);
        if self.cursor.peek_at(arguments) != "(" {
            self.copy();
            self.copy();
            return Ok(true);
        }
        let has_arguments = self.cursor.len_at(arguments) > 2;
        let is_own = self.names.is_method(name);
        if !is_own && name == "collect" && self.is_text_collected() {
            self.leave_out_call();
            self.insert(".join(\"\")");
        } else if !is_own && !has_arguments && IDENTITIES.contains(&name) {
            self.leave_out_call();
            let unwraps =
                matches!(self.cursor.peek_at(1), "unwrap" | "expect") && self.cursor.peek_at(2) == "(";
            if LOCKS.contains(&name) && self.cursor.peek() == "." && unwraps {
                self.leave_out_call();
            }
        } else if !is_own && name == "load" && has_arguments {
            self.leave_out_call();
        } else if !is_own && name == "clone" && !has_arguments {
            self.insert_before(mark, " __clone(");
            self.leave_out_call();
            self.insert(")");
        } else {
            self.copy();
            let synonym = SYNONYMS.iter().find(|(synonym, _)| *synonym == name).filter(|_| !is_own);
            let name = match synonym {
                Some((_, name)) => {
                    self.replace(*name);
                    name
                }
                None => {
                    self.copy();
                    name
                }
            };
            match self.turbofish() {
                Some(ty) if !is_own && name == "parse" => {
                    self.insert(format!("(\"{ty}\")"));
                    self.leave_out_tree();
                }
                _ => self.call_arguments(SEARCHES.iter().find(|search| **search == name).copied())?,
            }
            self.last_method = method;
        }
        Ok(true)
    }

    /// Translates the position of a part of a tuple after a dot: `.0`, or `.0.1` for a part of a part.
    fn positions(&mut self, mark: Mark, name: &str) -> Translated<bool> {
        let (first, last) = match name.split_once('.') {
            Some((first, last)) => (Some(first), last),
            None => (None, name),
        };
        let is_changed = self.changes_at(2);
        self.leave_out();
        if let Some(first) = first {
            self.insert_before(mark, " __item(");
            self.insert(format!(", {first})"));
        }
        if is_changed {
            self.insert(".");
            self.change(&Part::Field(last))?;
        } else {
            self.leave_out();
            self.insert_before(mark, " __item(");
            self.insert(format!(", {last})"));
        }
        Ok(true)
    }

    /// Returns whether the call at the cursor is `.collect::<String>()`.
    fn is_text_collected(&self) -> bool {
        self.turbofish_len(2) == 4 && self.cursor.peek_at(4) == "String"
    }

    /// Refuses a statement that sorts a collection of the application and drops the result, which Rust sorts in its place.
    pub(super) fn check_sort(&self, first: &str) -> Translated {
        let Some((method, start)) = self.last_method.filter(|(method, _)| SORTS.contains(method)) else {
            return Ok(());
        };
        if self.cursor.peek() != ";"
            || !self.names.is_entry(first)
            || self.is_variable(first)
            || self.names.is_method(method)
        {
            return Ok(());
        }
        let error = ScriptError::new(format!(
            "`{method}` changes no collection of the application: it returns the items in order"
        ));
        let help =
            "show them: leave out the `;`; or assign a sorted copy: x.items = x.items.snapshot().sort()";
        Err(Box::new(WrongForm { error: error.with_help(help), start }))
    }

    /// Leaves out `.name::<…>(…)`.
    fn leave_out_call(&mut self) {
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

    /// Leaves out `::<…>`. Returns the type, if it is a single name.
    fn turbofish(&mut self) -> Option<&'static str> {
        let len = self.turbofish_len(0);
        let ty = (len == 4).then(|| paths::primitive(self.cursor.peek_at(2))).flatten();
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
        })
    }
}
