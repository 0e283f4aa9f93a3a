//! Mutable references to variables of a script, and to their items: `for x in &mut list`, `if let Some(x) = map.get_mut(key)`.
//!
//! A variable that refers to a place is another name of it here: `*x += 1` becomes `list[i] += 1`.

use crate::engine::compile::rust_forms::assignments::Part;
use crate::engine::compile::rust_forms::locals::{Alias, AliasPart, Local, LocalKind};
use crate::engine::compile::rust_forms::patterns::{Binding, Pattern};
use crate::engine::compile::rust_forms::translator::{Translated, Translator};
use crate::engine::compile::text::token::TokenKind;

/// A mutable reference at the cursor: the variable that it refers to, and where its item is.
#[derive(Clone)]
pub(in crate::engine::compile::rust_forms) struct Reference {
    /// The expression for the variable.
    pub(in crate::engine::compile::rust_forms) name: String,
    /// The field of it, if that is the item.
    pub(in crate::engine::compile::rust_forms) field: String,
    pub(in crate::engine::compile::rust_forms) item: Item,
    /// The number of tokens.
    pub(in crate::engine::compile::rust_forms) len: usize,
}

/// The item of a variable that a reference refers to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::engine::compile::rust_forms) enum Item {
    /// The variable itself.
    Whole,
    Field,
    First,
    Last,
    /// The one with the key between the first brackets.
    Key,
    /// The one that `find` returns, which is behind this number of tokens.
    Found(usize),
    /// That with the key between the first brackets, for which a map gets a value if it has none.
    Entry,
}

impl<'a> Translator<'a> {
    /// Returns the reference after `skipped` tokens, if one of the tokens `ends` follows it. With `unwraps`, `unwrap()` must follow
    /// what may be `None`.
    pub(in crate::engine::compile::rust_forms) fn reference(
        &self,
        skipped: usize,
        ends: &[&str],
        unwraps: bool,
    ) -> Option<Reference> {
        let is_borrowed = self.cursor.peek_at(skipped) == "&" && self.cursor.peek_at(skipped + 1) == "mut";
        let start = skipped + if is_borrowed { 2 } else { 0 };
        let name = self.cursor.peek_at(start);
        let variable = self.place_of(name).filter(|_| self.cursor.kind_at(start) == Some(TokenKind::Word))?;
        let brackets = start + 3;
        let is_call = self.cursor.peek_at(start + 1) == "." && self.cursor.peek_at(brackets) == "(";
        let end = brackets + self.cursor.len_at(brackets);
        let (item, mut end) = match (self.cursor.peek_at(start + 1), self.cursor.peek_at(start + 2)) {
            ("[", _) if is_borrowed => (Item::Key, start + 1 + self.cursor.len_at(start + 1)),
            (".", method) if is_call && !is_borrowed && !self.names.is_method(method) => {
                let has_arguments = self.cursor.len_at(brackets) > 2;
                match method {
                    "as_mut" | "as_deref_mut" if !has_arguments => (Item::Whole, end),
                    "first_mut" | "front_mut" if !has_arguments => (Item::First, end),
                    "last_mut" | "back_mut" if !has_arguments => (Item::Last, end),
                    "get_mut" if has_arguments => (Item::Key, end),
                    "iter_mut" if !has_arguments && self.cursor.peek_at(end + 1) == "find" => {
                        (Item::Found(end + 1 - skipped), end + 2 + self.cursor.len_at(end + 2))
                    }
                    "entry" if unwraps && self.cursor.peek_at(end) == "." => {
                        let is_known = matches!(
                            self.cursor.peek_at(end + 1),
                            "or_default" | "or_insert" | "or_insert_with"
                        );
                        let arguments = end + 2;
                        let end = arguments + self.cursor.len_at(arguments);
                        (is_known && ends.contains(&self.cursor.peek_at(end)))
                            .then_some((Item::Entry, end))?
                    }
                    _ => return None,
                }
            }
            _ if is_borrowed => (Item::Whole, start + 1),
            _ => return None,
        };
        if unwraps && !is_borrowed && !matches!(item, Item::Entry) {
            let is_unwrapped = self.cursor.peek_at(end) == "."
                && matches!(self.cursor.peek_at(end + 1), "unwrap" | "expect")
                && self.cursor.peek_at(end + 2) == "(";
            if !is_unwrapped {
                return None;
            }
            end += 2 + self.cursor.len_at(end + 2);
        }
        ends.contains(&self.cursor.peek_at(end)).then_some(Reference {
            name: variable,
            field: String::new(),
            item,
            len: end - skipped,
        })
    }

    /// Returns the reference after `skipped` tokens that a pattern with `ref mut` makes of a variable.
    pub(in crate::engine::compile::rust_forms) fn whole_reference(
        &self,
        skipped: usize,
        ends: &[&str],
    ) -> Option<Reference> {
        let name = self.place_of(self.cursor.peek_at(skipped))?;
        let is_whole = ends.contains(&self.cursor.peek_at(skipped + 1));
        is_whole.then_some(Reference { name, field: String::new(), item: Item::Whole, len: 1 })
    }

    /// Returns the expression for the variable called `name`, which may be another name of a place.
    pub(in crate::engine::compile::rust_forms) fn place_of(&self, name: &str) -> Option<String> {
        let Some(LocalKind::Alias(index)) = self.local_kind(name) else {
            return self.is_variable(name).then(|| name.to_owned());
        };
        self.aliases.get(index).map(Alias::place)
    }

    /// Leaves out the reference at the cursor, and writes what finds its place. Returns the kind of a variable for it, and the
    /// expression for its value.
    pub(in crate::engine::compile::rust_forms) fn refer(
        &mut self,
        reference: Reference,
    ) -> Translated<(LocalKind, String)> {
        let Reference { name, field, item, len } = reference;
        let first = self.cursor.index();
        let key = self.new_name();
        match item {
            Item::Whole | Item::Field => {}
            Item::First => self.insert(format!(" let {key} = 0;")),
            Item::Last => self.insert(format!(" let {key} = len({name}) - 1;")),
            Item::Found(at) => {
                let end = self.cursor.index() + at;
                while self.cursor.index() <= end {
                    self.leave_out();
                }
                self.insert(format!(" let {key} = {name}.position"));
                self.call_arguments(Some("find"))?;
                self.insert(format!(".unwrap_or(len({name}));"));
            }
            Item::Key | Item::Entry => {
                while !matches!(self.cursor.peek(), "(" | "[") {
                    self.leave_out();
                }
                self.insert(format!(" let {key} = ("));
                self.leave_out_brackets(Self::expression)?;
                self.insert(");");
            }
        }
        if let Item::Entry = item {
            self.leave_out();
            let method = self.cursor.peek();
            self.leave_out();
            self.insert(format!(" {name}.__entry({key},"));
            self.entry_default(method)?;
            self.insert(");");
        }
        while self.cursor.index() < first + len {
            self.leave_out();
        }
        let (part, value) = match item {
            Item::Whole => (AliasPart::Whole, name.clone()),
            Item::Field => {
                let value = format!("{name}.{field}");
                (AliasPart::Field(field), value)
            }
            _ => {
                let value = format!("{name}.get({key})");
                (AliasPart::Item(key), value)
            }
        };
        Ok((self.alias(&name, part), value))
    }

    /// Adds another name for a part of a variable.
    pub(in crate::engine::compile::rust_forms) fn alias(&mut self, name: &str, part: AliasPart) -> LocalKind {
        self.aliases.push(Alias { variable: name.to_owned(), part });
        LocalKind::Alias(self.aliases.len() - 1)
    }

    /// Translates `let x = &mut list`, `let x = list.last_mut().unwrap()`, `let n = map.entry(key).or_insert(0)`. Returns whether one is
    /// at the cursor.
    pub(in crate::engine::compile::rust_forms) fn reference_definition(&mut self) -> Translated<bool> {
        let at = if self.cursor.peek_at(1) == "mut" { 2 } else { 1 };
        if self.cursor.peek() != "let" || self.cursor.peek_at(at + 1) != "=" {
            return Ok(false);
        }
        let Some(reference) = self.reference(at + 2, &[";"], true) else {
            return self.live_reference_definition(at);
        };
        let name = self.cursor.peek_at(at);
        for _ in 0..at + 2 {
            self.leave_out();
        }
        let item = reference.item;
        let (kind, value) = self.refer(reference)?;
        if !matches!(item, Item::Whole | Item::Entry) {
            self.insert(format!(" {value}.unwrap()"));
        }
        self.declare_as(Local { name, kind });
        Ok(true)
    }

    /// Translates the rest of a loop over mutable references to the items of a variable, behind its pattern. Returns whether it is one.
    pub(in crate::engine::compile::rust_forms) fn mutable_loop(
        &mut self,
        pattern: &Pattern<'a>,
    ) -> Translated<bool> {
        let is_borrowed = self.cursor.peek_at(1) == "&" && self.cursor.peek_at(2) == "mut";
        let start = if is_borrowed { 3 } else { 1 };
        let name = self.cursor.peek_at(start);
        let methods: Vec<_> = (start + 1..start + 9).map(|at| self.cursor.peek_at(at)).collect();
        let is_alias = matches!(self.local_kind(name), Some(LocalKind::Alias(_)));
        let method = match methods.as_slice() {
            ["{", ..] if is_alias => "iter_mut",
            ["{", ..] if is_borrowed => "iter_mut",
            [".", method @ ("iter_mut" | "values_mut"), "(", ")", "{", ..] => *method,
            [".", "iter_mut", "(", ")", ".", "enumerate", "(", ")"]
                if self.cursor.peek_at(start + 9) == "{" =>
            {
                "enumerate"
            }
            _ => return Ok(false),
        };
        let Some(name) = self.place_of(name) else { return Ok(false) };
        let Some((key, item)) = named_item(pattern) else { return Ok(false) };
        let is_pair = matches!(pattern, Pattern::Items { .. });
        if method == "enumerate" && !is_pair {
            return Ok(false);
        }
        let position = key.map_or_else(|| self.new_name(), str::to_owned);
        while self.cursor.peek() != "{" {
            self.leave_out();
        }
        let keys = if method == "values_mut" || (is_pair && method == "iter_mut") {
            format!("__map_keys({name})")
        } else {
            format!("0..len({name})")
        };
        self.insert(format!(" {position} in {keys}"));
        let kind = self.alias(&name, AliasPart::Item(position));
        self.in_scope(|this| {
            key.into_iter().for_each(|key| this.declare(key));
            this.declare_as(Local { name: item, kind });
            this.block(&[])
        })?;
        Ok(true)
    }

    /// Translates `list.iter_mut().for_each(|x| …)` of a variable, as a statement. Returns whether one is at the cursor.
    pub(in crate::engine::compile::rust_forms) fn mutable_for_each(&mut self) -> Translated<bool> {
        let name = self.cursor.peek();
        let is_variable = self.is_variable(name);
        let (list, start) = match self.live_place(0) {
            Some(place) => (place.text, place.end),
            None if is_variable => (name.to_owned(), 1),
            None => return Ok(false),
        };
        let tokens: Vec<_> = (start..start + 11).map(|at| self.cursor.peek_at(at)).collect();
        let &[".", method, "(", ")", ".", "for_each", "(", "|", item, "|", _] = tokens.as_slice() else {
            return Ok(false);
        };
        if !matches!((method, is_variable), ("iter_mut", _) | ("values_mut", false)) {
            return Ok(false);
        }
        let brackets = start + 6;
        let end = brackets + self.cursor.len_at(brackets);
        let has_return = (brackets..end).any(|at| matches!(self.cursor.peek_at(at), "return" | "?"));
        let is_needed = is_variable || self.is_assigned_through(item, brackets);
        if !is_needed || has_return || !matches!(self.cursor.peek_at(end), ";" | "" | "}") {
            return Ok(false);
        }
        for _ in 0..brackets {
            self.leave_out();
        }
        let position = self.new_name();
        let kind = self.alias(&list, AliasPart::Item(position.clone()));
        let keys = match method {
            "values_mut" => format!("{list}.keys().to_array()"),
            _ => format!("0..len({list})"),
        };
        self.insert(format!(" for {position} in {keys} {{"));
        self.leave_out_brackets(|this| {
            for _ in 0..3 {
                this.leave_out();
            }
            this.in_scope(|this| {
                this.declare_as(Local { name: item, kind });
                if this.cursor.peek() == "{" { this.block(&[]) } else { this.expression() }
            })
        })?;
        self.insert(" }");
        Ok(true)
    }

    /// Translates the use of a variable that is another name of a place.
    pub(in crate::engine::compile::rust_forms) fn aliased(&mut self, index: usize) -> Translated {
        let Some(alias) = self.aliases.get(index).cloned() else { return Ok(()) };
        let place = self.cursor.start();
        self.leave_out();
        if matches!(alias.part, AliasPart::Whole) || !self.changes_at(0) {
            self.insert_for(place, format!(" {}", alias.place()));
            return Ok(());
        }
        self.insert_for(place, format!(" {}", alias.variable));
        self.change(&Part::Aliased(alias.part))
    }
}

/// Returns the names for the key, if there is one, and for the item in the pattern of a loop.
pub(in crate::engine::compile::rust_forms) fn named_item<'a>(
    pattern: &Pattern<'a>,
) -> Option<(Option<&'a str>, &'a str)> {
    match pattern {
        Pattern::Name(item, inner) if **inner == Pattern::Any => Some((None, item)),
        Pattern::Items { items, rest: None, .. } => match items.as_slice() {
            [Pattern::Any, Pattern::Name(item, _)] => Some((None, item)),
            [Pattern::Name(key, _), Pattern::Name(item, _)] => Some((Some(key), item)),
            _ => None,
        },
        _ => None,
    }
}

/// Makes the variables of a pattern for the value `value` other names of the place that `kind` refers to.
pub(in crate::engine::compile::rust_forms) fn refer_to_place(
    bindings: &mut [Binding<'_>],
    value: &str,
    kind: LocalKind,
) {
    for binding in bindings {
        let is_whole = binding.value == value || binding.value == format!("__some({value})");
        binding.local.kind = match kind {
            LocalKind::Alias(_) if !is_whole => LocalKind::Reference,
            kind => kind,
        };
    }
}
