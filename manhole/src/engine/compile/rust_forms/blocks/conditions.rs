//! `if`, `if let`, `while`, `for`, `match` and the rest of what takes blocks.

use crate::engine::compile::rust_forms::locals::{Local, LocalKind};
use crate::engine::compile::rust_forms::patterns::{Binding, Pattern};
use crate::engine::compile::rust_forms::translator::{
    Collected, Place, Translated, Translator, kept_definition,
};
use crate::engine::compile::rust_forms::variables::{Reference, Usage};
use crate::engine::compile::text::token::TokenKind;

/// The value that patterns are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine::compile::rust_forms) enum HeldValue {
    Plain,
    /// Whether the expression fails counts too: there is a pattern `Ok(…)` or `Err(…)`.
    Outcome,
}

impl HeldValue {
    fn of(has_outcome: bool) -> Self {
        if has_outcome { Self::Outcome } else { Self::Plain }
    }
}

impl<'a> Translator<'a> {
    /// The place of a condition.
    const CONDITION: Place = Place {
        before_block: true,
        before_and: false,
        before_range: false,
        search: None,
        is_assigned: false,
        replaced: None,
        collected: Collected::List,
    };

    /// Translates `if`, with all its `else`.
    pub(in crate::engine::compile::rust_forms) fn if_expression(&mut self) -> Translated {
        if self.cursor.peek_at(1) == "let" {
            return self.if_let();
        }
        self.copy();
        self.expression_at(Self::CONDITION)?;
        self.block(&[])?;
        self.else_branch()
    }

    fn else_branch(&mut self) -> Translated {
        if self.cursor.peek() != "else" {
            return Ok(());
        }
        self.copy();
        if self.cursor.peek() == "if" { self.nested(Self::if_expression) } else { self.block(&[]) }
    }

    /// Translates `if let PATTERN = value && condition { … } else { … }`.
    fn if_let(&mut self) -> Translated {
        self.leave_out();
        self.leave_out();
        let is_mutable = self.binds_mutably();
        let pattern = self.pattern()?;
        let value = self.new_name();
        let reference = self.matched_reference(1, &["{", "&&"], (&pattern, is_mutable));
        let mut kind = self.bound_kind();
        let matched = match reference {
            Some(reference) => {
                self.insert(" { ");
                kind = self.hold_reference(&value, reference)?;
                pattern.condition(&value).unwrap_or_else(|| "true".to_owned())
            }
            None => self.scrutinee(&value, &pattern)?,
        };
        self.insert(format!(" if {matched}"));
        let bindings = self.bindings(&pattern, &value, kind);
        self.in_scope(|this| {
            while this.cursor.peek() == "&&" {
                this.copy();
                this.insert(" {");
                this.bind(&bindings);
                this.expression_at(Place { before_and: true, ..Self::CONDITION })?;
                this.insert(" }");
            }
            this.block(&bindings)
        })?;
        self.else_branch()?;
        self.insert(" }");
        Ok(())
    }

    /// Returns whether a pattern with `ref mut` is at the cursor.
    fn binds_mutably(&self) -> bool {
        self.cursor.contains(1, |token| token == "ref") && self.cursor.contains(1, |token| token == "mut")
    }

    /// Writes the definition of `name` with the value of the reference at the cursor. Returns what variables for it are.
    fn hold_reference(&mut self, name: &str, reference: Reference<'a>) -> Translated<LocalKind> {
        let (kind, held) = self.refer(reference)?;
        self.insert(format!(" {};", kept_definition(name, &held)));
        Ok(kind)
    }

    /// Begins a block that holds the value after `=` as `name`. Returns the condition that it matches.
    fn scrutinee(&mut self, name: &str, pattern: &Pattern<'a>) -> Translated<String> {
        self.insert(" { ");
        if self.cursor.peek() == "=" {
            self.leave_out();
        }
        self.held_value(
            name,
            HeldValue::of(pattern.has_outcome()),
            Place { before_and: true, ..Self::CONDITION },
        )?;
        Ok(pattern.condition(name).unwrap_or_else(|| "true".to_owned()))
    }

    /// Writes the definition of `name` with the expression at the cursor. With an outcome, a failure becomes a value too.
    pub(in crate::engine::compile::rust_forms) fn held_value(
        &mut self,
        name: &str,
        held: HeldValue,
        place: Place,
    ) -> Translated {
        if held == HeldValue::Outcome {
            self.insert(format!("let {name} = (); try {{ {name} = __outcome("));
            self.expression_at(place)?;
            self.insert(format!(
                "); }} catch (__error) {{ if !__is_outcome(__error) {{ throw; }} {name} = __failure(__error); }}"
            ));
        } else {
            self.insert(format!("let {name} = __kept("));
            self.expression_at(place)?;
            self.insert(format!("); __keep({name});"));
        }
        Ok(())
    }

    pub(in crate::engine::compile::rust_forms) fn while_loop(&mut self) -> Translated {
        if self.cursor.peek_at(1) != "let" {
            self.copy();
            self.expression_at(Self::CONDITION)?;
            return self.block(&[]);
        }
        self.replace(" loop");
        self.leave_out();
        let pattern = self.pattern()?;
        let value = self.new_name();
        let kind = self.bound_kind();
        let matched = self.scrutinee(&value, &pattern)?;
        self.insert(format!(" if !({matched}) {{ break; }}"));
        let bindings = self.bindings(&pattern, &value, kind);
        self.block(&bindings)?;
        self.insert(" }");
        Ok(())
    }

    /// Translates `for PATTERN in values { … }`.
    pub(in crate::engine::compile::rust_forms) fn for_loop(&mut self) -> Translated {
        self.copy();
        let pattern = self.one_pattern()?;
        if self.cursor.peek() != "in" || self.rest_loop(&pattern)? || self.mutable_loop(&pattern)? {
            return Ok(());
        }
        let is_pair = matches!(&pattern, Pattern::Items { items, .. } if items.len() == 2);
        let item = match &pattern {
            Pattern::Name(name, inner) if **inner == Pattern::Any => (*name).to_owned(),
            _ => self.new_name(),
        };
        self.insert(format!(" {item}"));
        self.copy();
        let kind = self.bound_kind();
        // A range needs no check, and is the most frequent.
        let is_range = self.cursor.kind() == Some(TokenKind::Number);
        if !is_range {
            let value = self.cursor.start();
            self.insert_for(value, if is_pair { " __pairs(" } else { " __items(" });
        }
        self.expression_at(Self::CONDITION)?;
        if !is_range {
            self.insert(")");
        }
        self.in_scope(|this| match &pattern {
            Pattern::Name(name, inner) if **inner == Pattern::Any => {
                this.declare_as(Local { name, kind });
                this.block(&[])
            }
            pattern => {
                let bindings = this.bindings(pattern, &item, kind);
                this.block(&bindings)
            }
        })
    }

    /// Translates `match value { pattern if guard => result, … }`.
    pub(in crate::engine::compile::rust_forms) fn match_expression(&mut self) -> Translated {
        let place = self.cursor.start();
        self.leave_out();
        let value = self.new_name();
        self.insert(" { ");
        let held = HeldValue::of(self.matches_outcome());
        let mut kind = self.bound_kind();
        match self
            .reference(0, &["{"], Usage::Match { is_mutable: self.has_mutable_arm() })
            .filter(|_| held == HeldValue::Plain)
        {
            Some(reference) => kind = self.hold_reference(&value, reference)?,
            None => self.held_value(&value, held, Self::CONDITION)?,
        }
        if self.cursor.peek() != "{" {
            return Ok(());
        }
        self.replaced_brackets([" ", " "], |this| {
            while !this.cursor.is_at_end() {
                let before = this.cursor.index();
                this.nested(|this| this.arm(&value, kind))?;
                if this.cursor.index() == before || this.cursor.peek() == "," {
                    this.leave_out();
                }
            }
            Ok(())
        })?;
        let unmatched = if held == HeldValue::Outcome { format!("__inside({value})") } else { value };
        self.insert_for(place, format!("{{ __unmatched({unmatched}) }} }}"));
        Ok(())
    }

    /// Returns what the variables are that a pattern binds to the value at the cursor: references, where it is `&mut x` or
    /// `x.iter_mut()`.
    fn bound_kind(&self) -> LocalKind {
        let mut at = 0;
        while !matches!(self.cursor.peek_at(at), "{" | "" | ";" | ",") {
            let is_mutable = match self.cursor.peek_at(at) {
                "mut" => true,
                name => name.ends_with("_mut") && self.cursor.peek_at(at + 1) == "(",
            };
            if is_mutable {
                return LocalKind::Reference;
            }
            at += self.cursor.len_at(at);
        }
        LocalKind::Value
    }

    /// Returns whether a `match` has `ref mut` in an arm.
    fn has_mutable_arm(&self) -> bool {
        let mut block = 0;
        while !matches!(self.cursor.peek_at(block), "{" | "") {
            block += self.cursor.len_at(block);
        }
        let end = block + self.cursor.len_at(block);
        (block..end).any(|at| self.cursor.peek_at(at) == "ref" && self.cursor.peek_at(at + 1) == "mut")
    }

    /// Returns whether a `match` has an arm for `Ok` or `Err`.
    fn matches_outcome(&self) -> bool {
        let mut at = 0;
        while !matches!(self.cursor.peek_at(at), "{" | "") {
            at += self.cursor.len_at(at);
        }
        self.cursor.contains(at, |token| matches!(token, "Ok" | "Err"))
    }

    fn arm(&mut self, value: &str, kind: LocalKind) -> Translated {
        let pattern = self.pattern()?;
        let condition = pattern.condition(value).unwrap_or_else(|| "true".to_owned());
        let bindings = self.bindings(&pattern, value, kind);
        self.in_scope(|this| {
            this.insert(format!(" if {condition}"));
            if this.cursor.peek() == "if" {
                this.replace(" && {");
                this.bind(&bindings);
                this.expression()?;
                this.insert(" }");
            }
            if this.cursor.peek() == "=>" {
                this.leave_out();
            }
            this.insert(" {");
            this.bind(&bindings);
            if this.cursor.peek() == "{" && !this.is_collection() {
                this.block(&[])?;
            } else {
                this.expression()?;
            }
            this.insert(" } else");
            Ok(())
        })
    }

    /// Translates `matches!(value, pattern if guard)`.
    pub(in crate::engine::compile::rust_forms) fn matches_macro(&mut self) -> Translated {
        let value = self.new_name();
        let held = HeldValue::of(self.cursor.contains(0, |token| matches!(token, "Ok" | "Err")));
        self.replaced_brackets([" ({ ", " })"], |this| {
            this.held_value(&value, held, Place::default())?;
            if this.cursor.peek() == "," {
                this.leave_out();
            }
            let pattern = this.pattern()?;
            this.insert(format!(" {}", pattern.condition(&value).unwrap_or_else(|| "true".to_owned())));
            if this.cursor.peek() == "if" {
                this.replace(" && {");
                let mut bindings = Vec::new();
                pattern.bind(&value, &mut bindings);
                this.bind(&bindings);
                this.expression()?;
                this.insert(" }");
            }
            while !this.cursor.is_at_end() {
                this.leave_out();
            }
            Ok(())
        })
    }

    /// Translates the language's own `switch`. The value of an enum is its variant's name there.
    pub(in crate::engine::compile::rust_forms) fn switch(&mut self) -> Translated {
        self.copy();
        self.insert(" __variant_name(");
        self.expression_at(Self::CONDITION)?;
        self.insert(")");
        if self.cursor.peek() != "{" {
            return Ok(());
        }
        self.brackets(|this| {
            while !this.cursor.is_at_end() {
                match this.cursor.peek() {
                    "if" | "=>" => {
                        this.copy();
                        this.expression()?;
                    }
                    _ => this.copy(),
                }
            }
            Ok(())
        })
    }

    /// Translates `do { … } while condition`.
    pub(in crate::engine::compile::rust_forms) fn do_loop(&mut self) -> Translated {
        self.copy();
        self.block(&[])?;
        if matches!(self.cursor.peek(), "while" | "until") {
            self.copy();
            self.expression()?;
        }
        Ok(())
    }

    /// Translates `try { … } catch (error) { … }`.
    pub(in crate::engine::compile::rust_forms) fn try_block(&mut self) -> Translated {
        self.copy();
        self.block(&[])?;
        if self.cursor.peek() != "catch" {
            return Ok(());
        }
        self.copy();
        self.in_scope(|this| {
            if this.cursor.peek() == "(" {
                if this.cursor.kind_at(1) == Some(TokenKind::Word) {
                    this.declare(this.cursor.peek_at(1));
                }
                for _ in 0..this.cursor.len_at(0) {
                    this.copy();
                }
            }
            this.block(&[])
        })
    }

    /// Returns the variables of a pattern for `value`, which is what `kind` says.
    fn bindings(&mut self, pattern: &Pattern<'a>, value: &str, kind: LocalKind) -> Vec<Binding<'a>> {
        let mut bindings = Vec::new();
        pattern.bind(value, &mut bindings);
        self.refer_to_places(pattern, &mut bindings, kind);
        bindings
    }
}
