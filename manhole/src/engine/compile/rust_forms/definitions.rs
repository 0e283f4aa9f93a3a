//! Definitions: `let`, `const` and `fn`, without their types.

use super::blocks::HeldValue;
use super::closures::Pairs;
use super::locals::{Local, LocalKind};
use super::methods::SUM_TYPES;
use super::patterns::Pattern;
use super::translator::{Translated, Translator, WrongForm, kept_definition};
use crate::engine::compile::text::literals::INTEGERS;
use crate::engine::compile::text::token::TokenKind;
use crate::engine::value::ScriptError;

/// The methods that return an iterator in Rust.
const ITERATORS: &[&str] = &[
    "bytes",
    "chain",
    "char_indices",
    "chars",
    "chunks",
    "cloned",
    "copied",
    "cycle",
    "drain",
    "enumerate",
    "filter",
    "filter_map",
    "flat_map",
    "flatten",
    "into_iter",
    "iter",
    "keys",
    "lines",
    "peekable",
    "rev",
    "rsplit",
    "scan",
    "skip",
    "skip_while",
    "split",
    "split_whitespace",
    "splitn",
    "step_by",
    "take_while",
    "values",
    "windows",
    "zip",
];

impl<'a> Translator<'a> {
    /// Translates `let` or `const`.
    pub(super) fn definition(&mut self) -> Translated {
        let is_plain = self.cursor.kind_at(1) == Some(TokenKind::Word)
            && !matches!(self.cursor.peek_at(1), "mut" | "ref" | "_")
            && matches!(self.cursor.peek_at(2), "=" | ":" | ";" | "");
        if is_plain {
            self.copy();
            let name = self.cursor.peek();
            self.copy();
            return self.value_of(name);
        }
        if self.cursor.peek_at(1) == "mut" && self.cursor.kind_at(2) == Some(TokenKind::Word) {
            self.copy();
            self.leave_out();
            let name = self.cursor.peek();
            self.copy();
            return self.value_of(name);
        }
        let is_pattern = match self.cursor.kind_at(1) {
            Some(TokenKind::Word) => true,
            Some(TokenKind::Open) => matches!(self.cursor.peek_at(1), "(" | "["),
            _ => self.cursor.peek_at(1) == "&",
        };
        if self.cursor.peek() == "const" || !is_pattern {
            self.copy();
            return Ok(());
        }
        self.destructuring()
    }

    /// Translates the type and the value of the variable `name`.
    pub(super) fn value_of(&mut self, name: &'a str) -> Translated {
        let before = self.cursor.text_at(self.cursor.index().saturating_sub(2));
        let (is_constant, is_mutable) = (before == "const", before == "mut");
        let items = self.item_type();
        let value_type = self.type_name();
        let ty = self.leave_out_type();
        let mut kind = LocalKind::Value;
        if self.cursor.last().is_some_and(|_| self.is_iterator_value(is_mutable)) {
            kind = LocalKind::Iterator;
        }
        if self.cursor.peek() == "=" {
            self.copy();
            if self.is_reference_value() {
                kind = LocalKind::Reference;
            }
            let value = self.mark();
            self.is_named_closure =
                matches!((self.cursor.peek(), self.cursor.peek_at(1)), ("|", _) | ("move", "|"));
            let is_kept = !is_constant && self.may_be_typed_text();
            let is_whole = matches!(self.cursor.peek_at(1 + self.cursor.len_at(1)), "" | ";");
            self.value_type = value_type;
            self.last_method = None;
            if !is_whole || !self.err_value()? {
                self.expression()?;
            }
            self.value_type = "";
            let is_sum =
                matches!(self.last_method, Some("sum" | "product")) && SUM_TYPES.contains(&value_type);
            // After an operator, a further line has the rest.
            let is_complete = self.cursor.last().is_some_and(|last| last.kind != TokenKind::Symbol);
            if (INTEGERS.contains(&ty) || ty == "f32" || is_sum) && is_complete {
                self.insert_before(value, " __typed(");
                self.insert(format!(", \"{}\")", if is_sum { value_type } else { ty }));
            } else if is_complete && !items.is_empty() {
                self.insert_before(value, " __typed_items(");
                self.insert(format!(", \"{items}\")"));
            } else if is_complete && is_kept {
                self.insert_before(value, " __kept(");
                self.insert(format!("); __keep({name})"));
            }
        }
        self.declare_as(Local { name, kind });
        Ok(())
    }

    /// Returns whether the value at the cursor can be a text with a type of the application, such as a path: it is a variable, or has a
    /// part, a method or a call.
    fn may_be_typed_text(&self) -> bool {
        let is_computed = |token: &str| matches!(token, "." | "(" | "[" | "{");
        match self.cursor.kind() {
            Some(TokenKind::Word) if self.cursor.peek() != "move" => {
                let mut at = 0;
                while !matches!(self.cursor.peek_at(at), "" | ";") && !is_computed(self.cursor.peek_at(at)) {
                    at += 1;
                }
                at == 1 || is_computed(self.cursor.peek_at(at))
            }
            Some(TokenKind::Symbol) => matches!(self.cursor.peek(), "&" | "*"),
            Some(TokenKind::Open) => matches!(self.cursor.peek(), "(" | "{"),
            Some(TokenKind::Text) => self.cursor.peek_at(1) == ".",
            _ => false,
        }
    }

    /// Returns the name of the type at the cursor: `: std::net::IpAddr`.
    fn type_name(&self) -> &'a str {
        let mut at = 1;
        while self.cursor.peek_at(at + 1) == "::" {
            at += 2;
        }
        let ty = self.cursor.peek_at(at);
        if self.cursor.peek() == ":" { ty } else { "" }
    }

    /// Returns the integer type of the items of the list whose type is at the cursor: `: Vec<u8>`, `: [u8; 3]`.
    fn item_type(&self) -> &'a str {
        let item = match (self.cursor.peek_at(1), self.cursor.peek_at(2)) {
            ("Vec" | "VecDeque", "<") => self.cursor.peek_at(3),
            ("[", item) => item,
            _ => "",
        };
        if self.cursor.peek() == ":" && INTEGERS.contains(&item) { item } else { "" }
    }

    /// Returns whether the value behind the `=` at the cursor is an iterator, which its methods use up.
    fn is_iterator_value(&self, is_mutable: bool) -> bool {
        let (mut at, mut last, mut is_range) = (1, "", false);
        if self.cursor.peek() != "=" {
            return false;
        }
        while !matches!(self.cursor.peek_at(at), "" | ";") {
            if self.cursor.peek_at(at) == "." && self.cursor.kind_at(at + 1) == Some(TokenKind::Word) {
                last = self.cursor.peek_at(at + 1);
            }
            is_range |= matches!(self.cursor.peek_at(at), ".." | "..=");
            at += self.cursor.len_at(at);
        }
        // Others are rather collections that are used more than once.
        let is_used_up = is_mutable && (is_range || matches!(last, "map" | "map_while"));
        is_used_up || ITERATORS.contains(&last)
    }

    /// Leaves out the type of the variable, and returns its name if it is a primitive one. Its value may be collected into it.
    fn leave_out_type(&mut self) -> &'static str {
        if self.cursor.peek() != ":" {
            return "";
        }
        self.place.collected = self.collected_type(1).unwrap_or_default();
        self.leave_out();
        self.ty()
    }

    /// Translates `let PATTERN = value` and `let PATTERN = value else { … }`.
    fn destructuring(&mut self) -> Translated {
        self.leave_out();
        let pattern = self.pattern()?;
        self.leave_out_type();
        let mut bindings = Vec::new();
        pattern.bind("", &mut bindings);
        // The first variable holds the whole value before its own part, so that no other variable remains.
        let first = bindings.first().map(|binding| binding.local.name);
        let whole = first.map_or_else(|| self.new_name(), str::to_owned);
        let is_plain = matches!(&pattern, Pattern::Name(_, inner) if **inner == Pattern::Any);
        if pattern.has_outcome() {
            return self.outcome_definition(&pattern, &whole);
        }
        self.insert(format!(" let {whole} "));
        if self.cursor.peek() == "=" {
            self.copy();
            self.expression()?;
        }
        let condition = pattern.condition(&whole);
        if self.cursor.peek() == "else" {
            self.leave_out();
            self.insert(format!("; if !({})", condition.as_deref().unwrap_or("true")));
            self.block(&[])?;
            self.insert(" ");
        } else if let Some(condition) = condition {
            self.insert(format!("; if !({condition}) {{ __unmatched({whole}) }}"));
        }
        if is_plain {
            first.into_iter().for_each(|name| self.declare(name));
            return Ok(());
        }
        self.define_parts(&pattern, &whole);
        Ok(())
    }

    /// Translates the rest of `let Ok(x) = value` and `let Ok(x) = value else { … }`.
    fn outcome_definition(&mut self, pattern: &Pattern<'a>, whole: &str) -> Translated {
        let value = self.new_name();
        self.insert(format!(" let {whole} = (); if ({{"));
        if self.cursor.peek() == "=" {
            self.leave_out();
        }
        self.held_value(&value, HeldValue::Outcome, self.place)?;
        let condition = pattern.condition(&value).unwrap_or_else(|| "true".to_owned());
        self.insert(format!(" {whole} = {value}; !({condition}) }}) "));
        if self.cursor.peek() == "else" {
            self.leave_out();
            self.block(&[])?;
        } else {
            self.insert(format!("{{ __unmatched({whole}) }}"));
        }
        self.define_parts(pattern, whole);
        Ok(())
    }

    /// Writes the definitions of the variables of a pattern, of which the first holds the whole value.
    fn define_parts(&mut self, pattern: &Pattern<'a>, whole: &str) {
        let mut values = Vec::new();
        pattern.bind(whole, &mut values);
        for binding in values.iter().skip(1) {
            self.insert(format!("; {}", kept_definition(binding.local.name, &binding.value)));
            self.declare(binding.local.name);
        }
        if let Some(first) = values.first() {
            self.insert(format!("; {whole} = {}", first.value));
            self.declare(first.local.name);
        }
    }

    /// Returns whether a function begins at the cursor.
    pub(super) fn is_function(&self) -> bool {
        let mut at = 0;
        while matches!(self.cursor.peek_at(at), "pub" | "private" | "async" | "unsafe" | "const") {
            at += 1;
        }
        self.cursor.peek_at(at) == "fn" && self.cursor.kind_at(at + 1) == Some(TokenKind::Word)
    }

    /// Translates `fn name(param: Type) -> Type { … }`.
    pub(super) fn function(&mut self) -> Translated {
        while self.cursor.peek() != "fn" {
            if self.cursor.peek() == "private" { self.copy() } else { self.leave_out() }
        }
        self.copy();
        let (name, start) = (self.cursor.peek(), self.cursor.start());
        self.copy();
        if let ("<", Some(len)) = (self.cursor.peek(), self.generics_len(0)) {
            for _ in 0..len {
                self.leave_out();
            }
        }
        if self.cursor.peek() != "(" {
            return Ok(());
        }
        let (mut names, mut bindings) = (Vec::new(), Vec::new());
        let (receiver, mut receiver_index) = (self.mutable_parameter(), 0);
        self.brackets(|this| {
            while !this.cursor.is_at_end() {
                let before = this.cursor.index();
                if receiver == Some(this.cursor.peek()) {
                    receiver_index = names.len();
                    this.leave_out_parameter();
                    continue;
                }
                if this.cursor.peek() == "self" || this.cursor.peek_at(1) == "self" {
                    let error = ScriptError::new("cannot define a method: a session has only functions");
                    return this
                        .wrong(error.with_help("pass the value as a parameter: fn double(x) { x * 2 }"));
                }
                this.parameter(&mut names, &mut bindings, Pairs::Whole)?;
                if this.cursor.index() == before || this.cursor.peek() == "," {
                    this.copy();
                }
            }
            Ok(())
        })?;
        if self.cursor.peek() == "->" {
            self.leave_out();
            self.ty();
        }
        while !matches!(self.cursor.peek(), "" | "{") {
            self.leave_out();
        }
        let is_method = (0..self.cursor.len_at(0)).any(|at| self.cursor.peek_at(at) == "this");
        if !is_method && (self.names.is_collection_method)(name, names.len()) {
            let error =
                ScriptError::new(format!("cannot define `{name}`: it would hide the method `{name}`"));
            let help = "use another name; or define a method, which uses `this`";
            return Err(Box::new(WrongForm { error: error.with_help(help), start }));
        }
        self.in_function(|this| {
            names.iter().for_each(|name| this.declare(name));
            receiver.into_iter().for_each(|name| this.declare_receiver(name));
            this.block(&bindings)
        })?;
        if let Some(receiver) = receiver {
            self.function_of_receiver(name, (receiver, receiver_index), names);
        }
        Ok(())
    }
}
