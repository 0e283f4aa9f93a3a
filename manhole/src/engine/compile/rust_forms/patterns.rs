//! Patterns: `Busy { job, .. }`, `Some(x)`, `1..=5`, `(key, value)`.
//!
//! A pattern becomes a condition on a value, and definitions of its variables.

use std::fmt::Write as _;

use super::locals::{Alias, AliasPart, Local, LocalKind};
use super::translator::{Translated, Translator};
use crate::engine::compile::text::literals;
use crate::engine::compile::text::token::TokenKind;
use crate::engine::value::ScriptError;

/// The maximum number of alternatives with variables. Each alternative nests the expression for a variable one level deeper.
const MAX_ALTERNATIVES: usize = 16;

/// A pattern. Names are those of the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Pattern<'a> {
    /// `_` or `..`.
    Any,
    /// `name`, or `name @ pattern`.
    Name(&'a str, Box<Pattern<'a>>),
    /// A literal, as an expression.
    Literal(String),
    /// From, to, and whether the end belongs to it.
    Range(Option<String>, Option<(String, RangeEnd)>),
    Either(Vec<Pattern<'a>>),
    Some(Box<Pattern<'a>>),
    None,
    /// A result: the operation did not fail, or did.
    Outcome(Outcome, Box<Pattern<'a>>),
    /// A struct or variant with some of its fields.
    Type {
        path: String,
        fields: Vec<(String, Pattern<'a>)>,
    },
    /// The items of a tuple or list, with the index of `..`.
    Items {
        items: Vec<Pattern<'a>>,
        rest: Option<usize>,
        kind: ItemsKind,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RangeEnd {
    Included,
    Excluded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Ok,
    Err,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ItemsKind {
    Tuple,
    List,
}

/// A variable of a pattern, with the expression for its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Binding<'a> {
    pub(super) local: Local<'a>,
    pub(super) value: String,
}

impl<'a> Binding<'a> {
    fn new(name: &'a str, value: String) -> Self {
        Self { local: Local { name, kind: LocalKind::Value }, value }
    }
}

impl<'a> Pattern<'a> {
    /// Returns the condition that `value` matches, or `None` if each value does.
    pub(super) fn condition(&self, value: &str) -> Option<String> {
        match self {
            Self::Any => None,
            Self::Name(_, inner) => inner.condition(value),
            Self::Literal(literal) => Some(format!("__equals({value}, {literal})")),
            Self::Range(from, to) => {
                let from = from.as_ref().map(|from| format!("{value} >= {from}"));
                let to = to.as_ref().map(|(to, end)| match end {
                    RangeEnd::Included => format!("{value} <= {to}"),
                    RangeEnd::Excluded => format!("{value} < {to}"),
                });
                all(from.into_iter().chain(to))
            }
            Self::Either(patterns) => {
                let conditions: Option<Vec<_>> =
                    patterns.iter().map(|pattern| pattern.condition(value)).collect();
                conditions.map(|conditions| format!("({})", conditions.join(" || ")))
            }
            Self::Some(inner) => {
                let inner = inner.condition(&format!("__some({value})"));
                all([format!("__is_some({value})")].into_iter().chain(inner))
            }
            Self::None => Some(format!("!__is_some({value})")),
            Self::Outcome(outcome, inner) => {
                let test = if *outcome == Outcome::Ok { "!" } else { "" };
                let inner = inner.condition(&format!("__inside({value})"));
                all([format!("{test}__is_err({value})")].into_iter().chain(inner))
            }
            Self::Type { path, fields } => {
                let inside = fields_of(value, (path, fields));
                let fields =
                    fields.iter().filter_map(|(name, field)| field.condition(&field_of(&inside, name)));
                all([format!("__is_variant({value}, \"{path}\")")].into_iter().chain(fields))
            }
            Self::Items { items, rest, kind } => {
                let count = items.len() - usize::from(rest.is_some());
                let length = (*kind == ItemsKind::List).then(|| match rest {
                    None => format!("len({value}) == {count}"),
                    Some(_) => format!("len({value}) >= {count}"),
                });
                let items = self.items(value).into_iter().filter_map(|(item, value)| item.condition(&value));
                all(length.into_iter().chain(items))
            }
        }
    }

    /// Adds the variables of the pattern for `value` to `bindings`.
    pub(super) fn bind(&self, value: &str, bindings: &mut Vec<Binding<'a>>) {
        match self {
            Self::Any | Self::Literal(_) | Self::Range(..) | Self::None => {}
            Self::Name(name, inner) => {
                bindings.push(Binding::new(name, value.to_owned()));
                inner.bind(value, bindings);
            }
            Self::Some(inner) => inner.bind(&format!("__some({value})"), bindings),
            Self::Outcome(_, inner) => inner.bind(&format!("__inside({value})"), bindings),
            Self::Type { path, fields } => {
                let inside = fields_of(value, (path, fields));
                for (name, field) in fields {
                    field.bind(&field_of(&inside, name), bindings);
                }
            }
            Self::Items { .. } => {
                self.items(value).into_iter().for_each(|(item, value)| item.bind(&value, bindings));
            }
            Self::Either(patterns) => Self::bind_either(patterns, value, bindings),
        }
    }

    /// Adds the variables of the pattern for the value at `place` to `places`, with the parts of it that they refer to.
    pub(super) fn places(&self, place: &Alias, places: &mut Vec<(&'a str, Alias)>) {
        match self {
            Self::Name(name, inner) => {
                places.push((name, place.clone()));
                inner.places(place, places);
            }
            Self::Some(inner) => inner.places(place, places),
            // A copy of a variant is a map from its name to its fields.
            Self::Type { fields, .. } if place.is_live => {
                for (name, field) in fields {
                    field.places(&place.step(AliasPart::Field(name.clone())), places);
                }
            }
            Self::Items { items, rest: None, kind } => {
                for (index, item) in items.iter().enumerate() {
                    let index = index.to_string();
                    let is_tuple = *kind == ItemsKind::Tuple;
                    let part = if is_tuple { AliasPart::Field(index) } else { AliasPart::Item(index) };
                    item.places(&place.step(part), places);
                }
            }
            _ => {}
        }
    }

    /// Adds the variables of alternatives, of which each binds the same names.
    fn bind_either(patterns: &[Self], value: &str, bindings: &mut Vec<Binding<'a>>) {
        let Some((last, others)) = patterns.split_last() else { return };
        let mut found = Vec::new();
        last.bind(value, &mut found);
        for pattern in others.iter().rev() {
            let mut own = Vec::new();
            pattern.bind(value, &mut own);
            let condition = pattern.condition(value).unwrap_or_else(|| "true".to_owned());
            for binding in &mut found {
                if let Some(own) = own.iter().find(|own| own.local == binding.local) {
                    binding.value =
                        format!("if {condition} {{ {} }} else {{ {} }}", own.value, binding.value);
                }
            }
        }
        bindings.extend(found);
    }

    /// Returns the items with the expressions for their values.
    fn items(&self, value: &str) -> Vec<(&Self, String)> {
        let Self::Items { items, rest, .. } = self else { return Vec::new() };
        let with_index = items.iter().enumerate().map(|(index, item)| match rest {
            Some(rest) if index == *rest => {
                let after = items.len() - index - 1;
                (item, format!("__slice({value}, {index}, len({value}) - {after})"))
            }
            Some(rest) if index > *rest => {
                (item, format!("__item({value}, len({value}) - {})", items.len() - index))
            }
            _ => (item, format!("__item({value}, {index})")),
        });
        with_index.collect()
    }

    /// Returns whether it asks for the outcome of an operation.
    pub(super) fn has_outcome(&self) -> bool {
        match self {
            Self::Outcome(..) => true,
            Self::Either(patterns) => patterns.iter().any(Self::has_outcome),
            Self::Name(_, inner) => inner.has_outcome(),
            _ => false,
        }
    }
}

/// Returns the expression for what holds the fields of a struct or variant: a copy of a variant is a map from its name to them.
fn fields_of(value: &str, (path, fields): (&str, &[(String, Pattern<'_>)])) -> String {
    let is_tuple =
        fields.first().is_some_and(|(name, _)| name.starts_with(|first: char| first.is_ascii_digit()));
    format!("__fields({value}, \"{path}\", {is_tuple})")
}

fn field_of(value: &str, name: &str) -> String {
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("__item({value}, {name})")
    } else {
        format!("{value}.{name}")
    }
}

fn all(conditions: impl Iterator<Item = String>) -> Option<String> {
    let mut all = String::new();
    for condition in conditions {
        let separator = if all.is_empty() { "" } else { " && " };
        let _ = write!(all, "{separator}{condition}");
    }
    (!all.is_empty()).then_some(all)
}

impl<'a> Translator<'a> {
    /// Reads a pattern with its alternatives, and leaves it out.
    pub(super) fn pattern(&mut self) -> Translated<Pattern<'a>> {
        if self.cursor.peek() == "|" {
            self.leave_out();
        }
        let mut patterns = vec![self.one_pattern()?];
        while self.cursor.peek() == "|" {
            self.leave_out();
            patterns.push(self.one_pattern()?);
        }
        let mut bindings = Vec::new();
        if patterns.len() > MAX_ALTERNATIVES {
            patterns.iter().for_each(|pattern| pattern.bind("", &mut bindings));
        }
        if !bindings.is_empty() {
            let message = format!(
                "cannot read the pattern: it has more than {MAX_ALTERNATIVES} alternatives with variables"
            );
            return self.wrong(
                ScriptError::new(message)
                    .with_help("write an arm for some of them: A(x) | B(x) => x, C(x) => x"),
            );
        }
        Ok(if patterns.len() > 1 { Pattern::Either(patterns) } else { patterns.remove(0) })
    }

    /// Reads a pattern without alternatives, as a parameter has it.
    pub(super) fn one_pattern(&mut self) -> Translated<Pattern<'a>> {
        while matches!(self.cursor.peek(), "&" | "&&" | "mut" | "ref" | "box") {
            self.leave_out();
        }
        match self.cursor.kind() {
            Some(TokenKind::Word) => self.named_pattern(),
            Some(TokenKind::Open) if self.cursor.peek() == "(" => {
                let items = self.pattern_list()?;
                Ok(match <[_; 1]>::try_from(items) {
                    Ok([one]) => one,
                    Err(items) if items.is_empty() => Pattern::Literal("()".to_owned()),
                    Err(items) => items_pattern(items, ItemsKind::Tuple),
                })
            }
            Some(TokenKind::Open) if self.cursor.peek() == "[" => {
                Ok(items_pattern(self.pattern_list()?, ItemsKind::List))
            }
            _ => self.literal_pattern(),
        }
    }

    /// Reads patterns between brackets. `..` is [`Pattern::Any`] with a name that no variable has.
    fn pattern_list(&mut self) -> Translated<Vec<Pattern<'a>>> {
        let mut items = Vec::new();
        self.leave_out_brackets(|this| {
            while !this.cursor.is_at_end() {
                let before = this.cursor.index();
                items.push(if this.cursor.peek() == ".." && matches!(this.cursor.peek_at(1), "," | "") {
                    this.leave_out();
                    Pattern::Name("..", Box::new(Pattern::Any))
                } else {
                    this.pattern()?
                });
                if this.cursor.index() == before || this.cursor.peek() == "," {
                    this.leave_out();
                }
            }
            Ok(())
        })?;
        Ok(items)
    }

    pub(super) fn leave_out_brackets(&mut self, inside: impl FnOnce(&mut Self) -> Translated) -> Translated {
        let outer = self.cursor.enter();
        self.leave_out_last();
        let result = self.nested(inside);
        while !self.cursor.is_at_end() {
            self.leave_out();
        }
        self.cursor.leave(outer);
        self.leave_out();
        result
    }

    fn named_pattern(&mut self) -> Translated<Pattern<'a>> {
        let word = self.cursor.peek();
        if matches!(word, "true" | "false") {
            return self.literal_pattern();
        }
        let path = self.path();
        let name = path.rsplit("::").next().unwrap_or_default();
        let is_type = name.starts_with(char::is_uppercase);
        match self.cursor.peek() {
            "(" if is_type => {
                let mut items = self.pattern_list()?;
                let one = |items: &mut Vec<Pattern<'a>>| {
                    Box::new(if items.is_empty() { Pattern::Any } else { items.remove(0) })
                };
                Ok(match name {
                    "Some" => Pattern::Some(one(&mut items)),
                    "Ok" => Pattern::Outcome(Outcome::Ok, one(&mut items)),
                    "Err" => Pattern::Outcome(Outcome::Err, one(&mut items)),
                    _ => {
                        let fields = items.into_iter().enumerate();
                        let fields = fields.filter(|(_, field)| !is_rest(field));
                        Pattern::Type {
                            path,
                            fields: fields.map(|(index, field)| (index.to_string(), field)).collect(),
                        }
                    }
                })
            }
            "{" if is_type => {
                let fields = self.field_patterns()?;
                Ok(Pattern::Type { path, fields })
            }
            "@" => {
                self.leave_out();
                let inner = self.one_pattern()?;
                Ok(Pattern::Name(word, Box::new(inner)))
            }
            ".." | "..=" => {
                let from = super::known_paths::constant(&path).unwrap_or(path);
                self.range_pattern(Some(from))
            }
            _ if word == "_" => Ok(Pattern::Any),
            _ if name == "None" => Ok(Pattern::None),
            _ if super::known_paths::constant(&path).is_some() => {
                Ok(Pattern::Literal(super::known_paths::constant(&path).unwrap_or_default()))
            }
            _ if is_type && !self.is_variable(name) => Ok(Pattern::Type { path, fields: Vec::new() }),
            _ if is_type || path.contains("::") => Ok(Pattern::Literal(path)),
            _ => Ok(Pattern::Name(word, Box::new(Pattern::Any))),
        }
    }

    /// Reads `{ name, name: pattern, .. }`.
    fn field_patterns(&mut self) -> Translated<Vec<(String, Pattern<'a>)>> {
        let mut fields = Vec::new();
        self.leave_out_brackets(|this| {
            while !this.cursor.is_at_end() {
                while matches!(this.cursor.peek(), "ref" | "mut") {
                    this.leave_out();
                }
                let name = this.cursor.peek();
                this.leave_out();
                if this.cursor.peek() == ":" {
                    this.leave_out();
                    let pattern = this.pattern()?;
                    fields.push((name.to_owned(), pattern));
                } else if name != ".." && name != "," {
                    fields.push((name.to_owned(), Pattern::Name(name, Box::new(Pattern::Any))));
                }
                if this.cursor.peek() == "," {
                    this.leave_out();
                }
            }
            Ok(())
        })?;
        Ok(fields)
    }

    fn literal_pattern(&mut self) -> Translated<Pattern<'a>> {
        if matches!(self.cursor.peek(), ".." | "..=") {
            return self.range_pattern(None);
        }
        let Some(literal) = self.literal_text() else {
            let error = ScriptError::new("cannot read the pattern: expected a name, a literal or a variant");
            return self.wrong(error.with_help(
                "write an arm for each case: match x { Some(n) if n > 3 => n, 1..=9 => 1, _ => 0 }",
            ));
        };
        if matches!(self.cursor.peek(), ".." | "..=") {
            return self.range_pattern(Some(literal));
        }
        Ok(Pattern::Literal(literal))
    }

    /// Reads a literal with its sign, or a constant.
    fn literal_text(&mut self) -> Option<String> {
        let mut text = String::new();
        if self.cursor.peek() == "-" {
            text.push('-');
            self.leave_out();
        }
        let (kind, token) = (self.cursor.kind()?, self.cursor.peek());
        if kind == TokenKind::Word && !matches!(token, "true" | "false") {
            let path = self.path();
            return Some(text + &super::known_paths::constant(&path).unwrap_or(path));
        }
        if matches!(kind, TokenKind::Symbol | TokenKind::Open | TokenKind::Close) {
            return None;
        }
        text += &literals::translate(kind, token).unwrap_or_else(|| token.to_owned());
        self.leave_out();
        Some(text)
    }

    fn range_pattern(&mut self, from: Option<String>) -> Translated<Pattern<'a>> {
        let end = if self.cursor.peek() == "..=" { RangeEnd::Included } else { RangeEnd::Excluded };
        self.leave_out();
        Ok(Pattern::Range(from, self.literal_text().map(|to| (to, end))))
    }
}

fn is_rest(pattern: &Pattern<'_>) -> bool {
    matches!(pattern, Pattern::Name("..", _))
}

/// Creates the pattern of items, where `..` or `name @ ..` can stand for several.
fn items_pattern(mut items: Vec<Pattern<'_>>, kind: ItemsKind) -> Pattern<'_> {
    let is_several = |item: &Pattern<'_>| match item {
        Pattern::Name(_, inner) => is_rest(item) || matches!(**inner, Pattern::Range(None, None)),
        _ => false,
    };
    let rest = items.iter().position(is_several);
    if let Some(rest) = rest.and_then(|rest| items.get_mut(rest)) {
        *rest = match rest {
            Pattern::Name(name, _) if *name != ".." => Pattern::Name(name, Box::new(Pattern::Any)),
            _ => Pattern::Any,
        };
    }
    Pattern::Items { items, rest, kind }
}
