//! Commands, statements and blocks.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::locals::{Alias, Local, LocalKind, Loop};
use super::names::Names;
use super::patterns::Binding;
use crate::engine::compile::Continuation;
use crate::engine::compile::text::cursor::Cursor;
use crate::engine::compile::text::output::{Mark, Output, PositionMap};
use crate::engine::compile::text::token::{TokenKind, tokenize};
use crate::engine::value::ScriptError;

/// The nesting that is translated. The parser accepts less.
const MAX_DEPTH: usize = 128;

/// A form that cannot be translated, with the byte where it begins.
pub(super) struct WrongForm {
    pub(super) error: ScriptError,
    pub(super) start: usize,
}

pub(super) type Translated<T = ()> = Result<T, Box<WrongForm>>;

/// Translates one text.
pub(super) struct Translator<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) names: &'a Names<'a>,
    pub(super) place: Place,
    output: Output,
    /// The byte up to which the text is in the output.
    written: usize,
    /// The names of the variables of the text, of the innermost block last.
    scopes: Vec<Vec<&'a str>>,
    /// What the variables with a name are, the one that counts last. A text may use thousands of names beside thousands of variables.
    locals: HashMap<&'a str, Vec<LocalKind>>,
    /// The place after the last call that may change something.
    pub(super) last_effect: Option<Mark>,
    /// The last method that was called.
    pub(super) last_method: Option<&'a str>,
    /// What the items are that the next closure gets.
    pub(super) item_kind: LocalKind,
    /// Whether the value before the cursor is that of a function that can return an `Err`.
    pub(super) may_fail: bool,
    /// Whether the value before the cursor is that of an iterator over mutable references.
    pub(super) through_reference: bool,
    /// The number of closures around the cursor.
    pub(super) closures: usize,
    /// Whether the function around the cursor has a `?` before it.
    pub(super) has_question: bool,
    /// Whether the closure at the cursor has its own copies of the variables: `move |x| …`.
    pub(super) is_move: bool,
    /// What the closure at the cursor returns.
    pub(super) returned: Returned,
    /// Whether the closure at the cursor is the value of a variable, which is called with a tuple: `f((1, 2))`.
    pub(super) is_named_closure: bool,
    /// The name of the type of the variable whose value is at the cursor: what `parse()` and `try_into()` make.
    pub(super) value_type: &'a str,
    /// The places that variables are other names of.
    pub(super) aliases: Vec<Alias>,
    /// The loops around the cursor.
    pub(super) loops: Vec<Loop<'a>>,
    /// The loop that begins next.
    pub(super) next_loop: Loop<'a>,
    /// The number of generated names.
    generated: usize,
    depth: usize,
}

/// What `collect()` makes, where its type says nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Collected {
    #[default]
    List,
    Map,
    Set,
    Text,
    /// A list, or `None` if one of the items is.
    Options,
    /// The result of the command, which is only shown: its items are read as they are shown.
    Shown,
}

/// What a closure returns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Returned {
    #[default]
    Value,
    /// Its value with its first parameter, which it may change: the closure of `scan`.
    WithParameter,
    /// Its parameter, which it may change: the closure of `and_modify`.
    Parameter,
    /// The value, or the error of what fails.
    Outcome,
}

/// Where an expression is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// Whether a `{` begins a block, and no value: after `if` or `match`.
    pub(super) before_block: bool,
    /// Whether `&&` ends the expression: after `if let`.
    pub(super) before_and: bool,
    /// Whether `..` ends the expression: in an index.
    pub(super) before_range: bool,
    /// The search whose closure has this expression as its body.
    pub(super) search: Option<&'static str>,
    /// Whether the value is assigned to a place of a known type.
    pub(super) is_assigned: bool,
    /// The function that replaces the value at the end of the expression: after `mem::take(&mut`.
    pub(super) replaced: Option<&'static str>,
    /// What a `collect()` at the end of the expression makes.
    pub(super) collected: Collected,
}

/// Returns the definition of the variable `name`, which keeps the type of a text: the engine drops it.
pub(super) fn kept_definition(name: &str, value: &str) -> String {
    format!("let {name} = __kept({value}); __keep({name})")
}

impl<'a> Translator<'a> {
    pub(super) fn new(cursor: Cursor<'a>, names: &'a Names<'a>) -> Self {
        Self {
            cursor,
            names,
            place: Place::default(),
            output: Output::default(),
            written: 0,
            scopes: vec![Vec::new()],
            locals: HashMap::new(),
            last_effect: None,
            last_method: None,
            item_kind: LocalKind::Value,
            may_fail: false,
            through_reference: false,
            closures: 0,
            has_question: false,
            is_move: false,
            returned: Returned::default(),
            is_named_closure: false,
            value_type: "",
            aliases: Vec::new(),
            loops: Vec::new(),
            next_loop: Loop::default(),
            generated: 0,
            depth: 0,
        }
    }

    /// Translates everything up to the end of the text.
    pub(super) fn command(&mut self) -> Translated {
        if self.bare_command()? {
            return Ok(());
        }
        if let Some(continuation) = Continuation::of(self.cursor.text) {
            self.continued(continuation)?;
        }
        self.statements()
    }

    /// Returns the new text and the map of its positions, or `None` if the text is unchanged.
    pub(super) fn finish(mut self) -> Option<(String, PositionMap)> {
        self.output.copy(self.written..self.cursor.text.len());
        self.output.finish(self.cursor.text)
    }

    /// Translates the statements up to the end of the brackets.
    pub(super) fn statements(&mut self) -> Translated {
        while !self.cursor.is_at_end() {
            let before = self.cursor.index();
            self.statement()?;
            if self.cursor.index() == before {
                self.copy();
            }
        }
        Ok(())
    }

    fn statement(&mut self) -> Translated {
        self.place = Place::default();
        match self.cursor.peek() {
            "fn" | "pub" | "private" | "async" | "unsafe" | "const" if self.is_function() => self.function(),
            "static" if self.cursor.kind_at(1) == Some(TokenKind::Word) => {
                self.replace("let");
                if self.cursor.peek() == "mut" {
                    self.leave_out();
                }
                let name = self.cursor.peek();
                self.copy();
                self.value_of(name)
            }
            "let" | "const" => {
                if self.reference_definition()? {
                    return Ok(());
                }
                self.definition()
            }
            "type" if self.cursor.kind_at(1) == Some(TokenKind::Word) && self.cursor.peek_at(2) == "=" => {
                while !matches!(self.cursor.peek(), "" | ";") {
                    self.leave_out();
                }
                Ok(())
            }
            "use" if self.cursor.kind_at(1) == Some(TokenKind::Word) => {
                while !matches!(self.cursor.peek(), "" | ";") {
                    self.leave_out();
                }
                Ok(())
            }
            "import" | "export" => {
                while !matches!(self.cursor.peek(), "" | ";") {
                    self.copy();
                }
                Ok(())
            }
            "while" | "loop" | "for" => self.loop_statement(None),
            "if" | "match" | "switch" | "do" | "try" => self.primary(),
            label if label.starts_with('\'') && self.cursor.kind() == Some(TokenKind::Symbol) => {
                self.labelled_loop()
            }
            "{" if !self.is_collection() => self.block(&[]),
            "(" if self.is_tuple_assignment() => self.tuple_assignment(),
            first => {
                if self.mutable_for_each()? {
                    return Ok(());
                }
                self.last_method = None;
                if self.scopes.len() == 1 {
                    self.place.collected = Collected::Shown;
                }
                let (start, whole) = (self.cursor.index(), self.mark());
                self.expression()?;
                self.sort_in_place(first, start, whole);
                Ok(())
            }
        }
    }

    /// Translates a block, with `bindings` at its beginning.
    pub(super) fn block(&mut self, bindings: &[Binding<'a>]) -> Translated {
        if self.cursor.peek() != "{" {
            return Ok(());
        }
        let place = std::mem::take(&mut self.place);
        let result = self.in_scope(|this| {
            this.brackets(|this| {
                this.bind(bindings);
                this.nested(Self::statements)
            })
        });
        self.place = place;
        result
    }

    /// Calls `act` one level deeper. Copies what is too deep.
    pub(super) fn nested(&mut self, act: impl FnOnce(&mut Self) -> Translated) -> Translated {
        self.depth += 1;
        let result = if self.depth <= MAX_DEPTH {
            act(self)
        } else {
            while !self.cursor.is_at_end() {
                self.copy();
            }
            Ok(())
        };
        self.depth -= 1;
        result
    }

    /// Copies the brackets at the cursor. Calls `inside` between them, and copies what that leaves.
    pub(super) fn brackets(&mut self, inside: impl FnOnce(&mut Self) -> Translated) -> Translated {
        self.replaced_brackets(["", ""], inside)
    }

    /// Replaces the brackets at the cursor, unless by an empty text. Calls `inside` between them, and copies what that leaves.
    pub(super) fn replaced_brackets(
        &mut self,
        [open, close]: [&'static str; 2],
        inside: impl FnOnce(&mut Self) -> Translated,
    ) -> Translated {
        let outer = self.cursor.enter();
        self.write_opening(open);
        let place = std::mem::take(&mut self.place);
        inside(self)?;
        self.place = place;
        while !self.cursor.is_at_end() {
            self.copy();
        }
        self.cursor.leave(outer);
        if close.is_empty() {
            self.copy();
        } else {
            self.replace(close);
        }
        Ok(())
    }

    /// Writes the bracket that was entered.
    fn write_opening(&mut self, text: &'static str) {
        let Some(bracket) = self.cursor.last() else { return };
        if text.is_empty() {
            self.output.copy(self.written..bracket.end);
        } else {
            self.output.copy(self.written..bracket.start);
            self.output.leave_out(self.cursor.text, bracket.start..bracket.end);
            self.output.insert(text, bracket.start);
        }
        self.written = bracket.end;
    }

    /// Translates expressions between commas up to the end of the brackets.
    pub(super) fn list(&mut self) -> Translated {
        while !self.cursor.is_at_end() {
            let before = self.cursor.index();
            // An `Err` is a value there.
            let is_whole = matches!(self.cursor.peek_at(1 + self.cursor.len_at(1)), "," | "");
            if !is_whole || !self.err_value()? {
                self.expression()?;
            }
            if self.cursor.index() == before || self.cursor.peek() == "," {
                self.copy();
            }
        }
        Ok(())
    }

    /// Calls `act` with a scope for its variables.
    pub(super) fn in_scope(&mut self, act: impl FnOnce(&mut Self) -> Translated) -> Translated {
        self.scopes.push(Vec::new());
        let result = act(self);
        for name in self.scopes.pop().into_iter().flatten() {
            if let Some(kinds) = self.locals.get_mut(name) {
                kinds.pop();
            }
        }
        result
    }

    /// Calls `act` without the variables of the text.
    pub(super) fn in_function(&mut self, act: impl FnOnce(&mut Self) -> Translated) -> Translated {
        let scopes = std::mem::replace(&mut self.scopes, vec![Vec::new()]);
        let locals = std::mem::take(&mut self.locals);
        let closures = std::mem::take(&mut self.closures);
        let result = self.until_question(act);
        (self.scopes, self.locals, self.closures) = (scopes, locals, closures);
        result
    }

    /// Calls `act` for the body of a function, which a `?` after `None` ends.
    pub(super) fn until_question(&mut self, act: impl FnOnce(&mut Self) -> Translated) -> Translated {
        let outer = std::mem::take(&mut self.has_question);
        let loops = std::mem::take(&mut self.loops);
        let body = self.mark();
        let result = act(self);
        self.loops = loops;
        if std::mem::replace(&mut self.has_question, outer) {
            self.insert_before(body, " { try {");
            self.insert(
                " } catch (__error) { if !__ends_function(__error) { throw; } return __unit(\"None\"); } }",
            );
        }
        result
    }

    /// Adds a variable to the innermost scope.
    pub(super) fn declare(&mut self, name: &'a str) {
        self.declare_as(Local { name, kind: LocalKind::Value });
    }

    /// Adds a variable to the innermost scope.
    pub(super) fn declare_as(&mut self, local: Local<'a>) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.push(local.name);
            self.locals.entry(local.name).or_default().push(local.kind);
        }
    }

    /// Returns whether `name` is a variable of the text that is a mutable reference in Rust.
    pub(super) fn is_reference(&self, name: &str) -> bool {
        self.local_kind(name) == Some(LocalKind::Reference)
    }

    /// Returns what the variable of the text called `name` is.
    pub(super) fn local_kind(&self, name: &str) -> Option<LocalKind> {
        self.locals.get(name)?.last().copied()
    }

    /// Returns whether the text has a variable called `name`.
    pub(super) fn is_local(&self, name: &str) -> bool {
        self.local_kind(name).is_some()
    }

    /// Returns whether the text or the session has a variable called `name`.
    pub(super) fn is_variable(&self, name: &str) -> bool {
        self.is_local(name) || self.names.is_variable(name)
    }

    /// Returns a name that no text has.
    pub(super) fn new_name(&mut self) -> String {
        self.generated += 1;
        format!("__v{}", self.generated)
    }

    /// Writes the definitions of `bindings`.
    pub(super) fn bind(&mut self, bindings: &[Binding<'a>]) {
        for Binding { local, value } in bindings {
            if !matches!(local.kind, LocalKind::Alias(_)) {
                self.insert(format!(" {};", kept_definition(local.name, value)));
            }
            self.declare_as(*local);
        }
    }

    /// Copies the next token, with what is before it.
    pub(super) fn copy(&mut self) {
        if let Some(token) = self.cursor.token(0) {
            self.output.copy(self.written..token.end);
            self.written = token.end;
        }
        self.cursor.advance();
    }

    /// Copies a text between back-ticks, and translates the code inside.
    pub(super) fn copy_template(&mut self, codes: &[Range<usize>]) -> Translated {
        for code in codes {
            self.output.copy(self.written..code.start);
            self.written = code.start;
            let text = &self.cursor.text[..code.end];
            let Ok(tokens) = tokenize(text, code.start) else { continue };
            let outer = std::mem::replace(&mut self.cursor, Cursor::new(text, tokens));
            let result = self.nested(Self::statements);
            self.cursor = outer;
            result?;
            self.output.copy(self.written..code.end);
            self.written = code.end;
        }
        self.copy();
        Ok(())
    }

    /// Leaves out the next token.
    pub(super) fn leave_out(&mut self) {
        if let Some(token) = self.cursor.token(0) {
            self.output.copy(self.written..token.start);
            self.output.leave_out(self.cursor.text, token.start..token.end);
            self.written = token.end;
        }
        self.cursor.advance();
    }

    /// Leaves out the bracket that was entered.
    pub(super) fn leave_out_last(&mut self) {
        if let Some(token) = self.cursor.last() {
            self.output.copy(self.written..token.start);
            self.output.leave_out(self.cursor.text, token.start..token.end);
            self.written = token.end;
        }
    }

    /// Leaves out the next tokens: a whole bracket, or one token.
    pub(super) fn leave_out_tree(&mut self) {
        for _ in 0..self.cursor.len_at(0) {
            self.leave_out();
        }
    }

    /// Replaces the next token.
    pub(super) fn replace(&mut self, text: impl Into<Cow<'static, str>>) {
        let place = self.cursor.start();
        self.leave_out();
        self.output.insert(text, place);
    }

    /// Writes new text for what begins at the byte `place`.
    pub(super) fn insert_for(&mut self, place: usize, text: impl Into<Cow<'static, str>>) {
        self.output.insert(text, place);
    }

    /// Writes new text after the last token.
    pub(super) fn insert(&mut self, text: impl Into<Cow<'static, str>>) {
        self.output.insert(text, self.written);
    }

    /// Returns the place before the next token.
    pub(super) fn mark(&mut self) -> Mark {
        let start = self.cursor.start().max(self.written);
        self.output.copy(self.written..start);
        self.written = start;
        self.output.mark()
    }

    /// Writes new text at a place.
    pub(super) fn insert_before(&mut self, mark: Mark, text: impl Into<Cow<'static, str>>) {
        self.output.insert_before(mark, text);
    }

    /// Creates the error for the form at the next token.
    pub(super) fn wrong<T>(&self, error: ScriptError) -> Translated<T> {
        Err(Box::new(WrongForm { error, start: self.cursor.start() }))
    }
}
