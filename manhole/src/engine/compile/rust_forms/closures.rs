//! Closures: `|x: &Item| -> bool { … }`, `|(key, value)| …`.

use super::assignments::ASSIGNMENTS;
use super::locals::{Local, LocalKind};
use super::patterns::{Binding, ItemsKind, Pattern};
use super::translator::{Place, Returned, Translated, Translator};
use crate::engine::compile::text::literals::INTEGERS;
use crate::engine::compile::text::token::TokenKind;
use crate::engine::value::ScriptError;

/// The last parameter of a closure whose parameter is a pair: `|(key, value)|`.
pub(crate) const PAIR: &str = "__pair";

/// The last parameter of a closure that uses it as a pair: `|entry| entry.1`, `|(_, a), (_, b)|`.
pub(crate) const ENTRY: &str = "__entry";

/// How a parameter that is a pair is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pairs {
    /// As two parameters, so that the keys of a map are not put into an array for each item.
    Apart,
    /// As one.
    Whole,
}

impl<'a> Translator<'a> {
    /// Translates the closure at the cursor, which is the argument of `search` or of nothing.
    pub(super) fn closure(&mut self, search: Option<&'static str>) -> Translated {
        let mut bindings = Vec::new();
        let mut names = Vec::new();
        let kind = self.item_kind;
        let (is_move, returned) = (std::mem::take(&mut self.is_move), std::mem::take(&mut self.returned));
        if self.cursor.peek() == "||" {
            self.copy();
        } else {
            self.copy();
            let pairs = if std::mem::take(&mut self.is_named_closure) { Pairs::Whole } else { self.pairs() };
            while !matches!(self.cursor.peek(), "|" | "") {
                let before = self.cursor.index();
                if self.is_entry_parameter() {
                    let local = Local { name: self.cursor.peek(), kind };
                    bindings.push(Binding { local, value: ENTRY.to_owned() });
                    self.replace(format!(" {ENTRY}"));
                    while self.cursor.peek() != "|" {
                        self.leave_out();
                    }
                    break;
                }
                self.parameter(&mut names, &mut bindings, pairs)?;
                if self.cursor.index() == before || self.cursor.peek() == "," {
                    self.copy();
                }
            }
            self.copy();
        }
        if self.cursor.peek() == "->" {
            self.leave_out();
            self.ty();
        }
        bindings.iter_mut().for_each(|binding: &mut Binding<'_>| binding.local.kind = kind);
        if is_move {
            self.check_move(&names, &bindings)?;
        }
        self.closures += 1;
        let is_changing = matches!(returned, Returned::Parameter | Returned::WithParameter);
        let changed = names.first().copied().filter(|_| is_changing);
        let result = self.in_scope(|this| {
            for (index, name) in names.into_iter().enumerate() {
                let kind = if index == 0 && changed.is_some() { LocalKind::Shared } else { kind };
                this.declare_as(Local { name, kind });
            }
            this.until_question(|this| match changed {
                Some(changed) => this.changing_body(&bindings, changed, returned),
                None if returned == Returned::Outcome => {
                    let mark = this.mark();
                    this.body(&bindings, search)?;
                    this.catch(mark);
                    Ok(())
                }
                None => this.body(&bindings, search),
            })
        });
        self.closures -= 1;
        result
    }

    /// Refuses a `move` closure that changes a variable outside of it: it would have its own one in Rust.
    fn check_move(&self, names: &[&'a str], bindings: &[Binding<'a>]) -> Translated {
        let len = if self.cursor.peek() == "{" { self.cursor.len_at(0) } else { usize::MAX };
        let mut own: Vec<&str> = names.to_vec();
        own.extend(bindings.iter().map(|binding| binding.local.name));
        let mut at = 0;
        while at < len && !matches!((self.cursor.peek_at(at), len), ("", _) | ("," | ";", usize::MAX)) {
            let name = self.cursor.peek_at(at);
            let before = if at > 0 { self.cursor.peek_at(at - 1) } else { "" };
            if matches!(name, "let" | "mut" | "for") {
                own.push(self.cursor.peek_at(at + 1));
            } else if before != "."
                && ASSIGNMENTS.contains(&self.cursor.peek_at(at + 1))
                && self.is_variable(name)
                && !own.contains(&name)
            {
                let error = ScriptError::new(format!(
                    "cannot change `{name}` in a `move` closure: closures share their variables here"
                ));
                return self
                    .wrong(error.with_help("leave out `move`, if the variable outside may change too"));
            }
            at += 1;
        }
        Ok(())
    }

    /// Returns whether the last parameter of a closure is at the cursor, and its body has one of its parts: `entry.1`.
    fn is_entry_parameter(&self) -> bool {
        let name = self.cursor.peek();
        if self.cursor.kind() != Some(TokenKind::Word) || !matches!(self.cursor.peek_at(1), "|" | ":") {
            return false;
        }
        let mut at = 1;
        while !matches!(self.cursor.peek_at(at), "|" | "," | "") {
            at += self.cursor.len_at(at);
        }
        if self.cursor.peek_at(at) != "|" {
            return false;
        }
        let tokens = (at + 1..).map_while(|at| self.cursor.token(at).map(|_| at));
        tokens.into_iter().any(|at| {
            self.cursor.peek_at(at) == name
                && self.cursor.peek_at(at + 1) == "."
                && self.cursor.kind_at(at + 2) == Some(TokenKind::Number)
        })
    }

    /// Returns how the closure at the cursor gets a pair: apart, if only its last parameter is one.
    fn pairs(&self) -> Pairs {
        let mut at = 0;
        while !matches!(self.cursor.peek_at(at), "|" | "") {
            let is_pattern = matches!(self.cursor.peek_at(at), "(" | "[");
            at += self.cursor.len_at(at);
            if is_pattern && self.cursor.peek_at(at) == "," && self.cursor.peek_at(at + 1) != "|" {
                return Pairs::Whole;
            }
        }
        Pairs::Apart
    }

    /// Translates the body of a closure that returns its parameter `changed` too.
    fn changing_body(&mut self, bindings: &[Binding<'a>], changed: &str, returned: Returned) -> Translated {
        let is_alone = returned == Returned::Parameter;
        self.insert(if is_alone { " { " } else { " { let __returned =" });
        self.body(bindings, None)?;
        self.insert(match is_alone {
            true => format!("; {changed} }}"),
            false => format!("; [__returned, {changed}] }}"),
        });
        Ok(())
    }

    fn body(&mut self, bindings: &[Binding<'a>], search: Option<&'static str>) -> Translated {
        if self.cursor.peek() == "{" && !self.is_collection() {
            return self.block(bindings);
        }
        let place = Place { search, ..Place::default() };
        if bindings.is_empty() {
            return self.expression_at(place);
        }
        self.insert(" {");
        self.bind(bindings);
        self.expression_at(place)?;
        self.insert(" }");
        Ok(())
    }

    /// Translates a parameter with its type. Adds its variables.
    pub(super) fn parameter(
        &mut self,
        names: &mut Vec<&'a str>,
        bindings: &mut Vec<Binding<'a>>,
        pairs: Pairs,
    ) -> Translated {
        let pattern = self.one_pattern()?;
        let mut ty = "";
        if self.cursor.peek() == ":" {
            self.leave_out();
            ty = self.ty();
        }
        match pattern {
            Pattern::Name(name, inner) if *inner == Pattern::Any => {
                self.insert(format!(" {name}"));
                names.push(name);
                if INTEGERS.contains(&ty) || ty == "f32" {
                    let local = Local { name, kind: LocalKind::Value };
                    bindings.push(Binding { local, value: format!("__typed({name}, \"{ty}\")") });
                }
            }
            Pattern::Items { items, rest: None, kind: ItemsKind::Tuple }
                if items.len() == 2 && pairs == Pairs::Apart =>
            {
                let params: Vec<_> =
                    items.iter().map(|item| self.plain_parameter(item, names, bindings)).collect();
                let is_last = matches!(self.cursor.peek(), "|" | "");
                let marker = if is_last { format!(", {PAIR}") } else { String::new() };
                self.insert(format!(" {}{marker}", params.join(", ")));
            }
            pattern => {
                let param = self.plain_parameter(&pattern, names, bindings);
                self.insert(format!(" {param}"));
            }
        }
        Ok(())
    }

    /// Returns the parameter for a pattern. Adds the variables of the pattern.
    fn plain_parameter(
        &mut self,
        pattern: &Pattern<'a>,
        names: &mut Vec<&'a str>,
        bindings: &mut Vec<Binding<'a>>,
    ) -> String {
        if let Pattern::Name(name, inner) = pattern {
            if **inner == Pattern::Any {
                names.push(name);
                return (*name).to_owned();
            }
        }
        let is_last = matches!(self.cursor.peek(), "|" | "");
        let is_entry = is_last && matches!(pattern, Pattern::Items { kind: ItemsKind::Tuple, .. });
        let param = if is_entry { ENTRY.to_owned() } else { self.new_name() };
        pattern.bind(&param, bindings);
        param
    }
}
