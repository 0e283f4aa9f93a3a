//! Mutable references to places: `let x = &mut gizmo.limit`, guards of locks, `if let Some(x) = map.get_mut(key)`.
//!
//! A variable that refers to a place is another name of it here: `*x += 1` becomes `list[i] += 1`.

use super::places::PlaceExpression;
use crate::engine::compile::rust_forms::assignments::{ASSIGNMENTS, Part};
use crate::engine::compile::rust_forms::locals::{Alias, AliasPart, Local, LocalKind};
use crate::engine::compile::rust_forms::patterns::{Binding, Pattern};
use crate::engine::compile::rust_forms::translator::{Translated, Translator};
use crate::engine::value::ScriptError;

/// A mutable reference at the cursor.
pub(in crate::engine::compile::rust_forms) struct Reference<'a> {
    place: PlaceExpression<'a>,
    item: Item,
    /// The number of tokens up to its end.
    end: usize,
}

/// What of a place a reference refers to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    Whole,
    First,
    Last,
    /// The one with the key between the brackets behind the place.
    Key,
    /// The one that `find` returns, which is behind this number of tokens.
    Found(usize),
    /// That with the key between the brackets behind the place, for which a map gets a value if it has none.
    Entry,
}

/// How a reference is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::engine::compile::rust_forms) enum Usage {
    /// `let x = …;`: what may be `None` is unwrapped.
    Definition,
    /// A pattern is compared with it. With `ref mut` in the pattern, a place alone is a reference too.
    Match { is_mutable: bool },
}

impl<'a> Translator<'a> {
    /// Returns the reference after `skipped` tokens, if one of the tokens `ends` follows it.
    pub(in crate::engine::compile::rust_forms) fn reference(
        &self,
        skipped: usize,
        ends: &[&str],
        usage: Usage,
    ) -> Option<Reference<'a>> {
        let is_borrowed = self.cursor.peek_at(skipped) == "&" && self.cursor.peek_at(skipped + 1) == "mut";
        let place = self.place_expression(skipped + if is_borrowed { 2 } else { 0 })?;
        let is_whole = is_borrowed
            || match usage {
                Usage::Definition => place.is_guard,
                // A variable for a part of a match before is a reference, as an item of `iter_mut()` is.
                Usage::Match { is_mutable } => is_mutable || place.is_reference,
            };
        let (item, mut end) = match self.referring_method(&place) {
            _ if ends.contains(&self.cursor.peek_at(place.end)) && is_whole => (Item::Whole, place.end),
            Some(method) if !is_borrowed => method,
            _ => return None,
        };
        if usage == Usage::Definition && !matches!(item, Item::Whole | Item::Entry) {
            end += self.unwrap_len(end)?;
        }
        ends.contains(&self.cursor.peek_at(end)).then_some(Reference { place, item, end })
    }

    /// Returns what the method behind `place` refers to, and the number of tokens up to its end.
    fn referring_method(&self, place: &PlaceExpression<'a>) -> Option<(Item, usize)> {
        let (method, brackets) = (self.cursor.peek_at(place.end + 1), place.end + 2);
        if self.cursor.peek_at(place.end) != "."
            || self.cursor.peek_at(brackets) != "("
            || self.names.is_method(method)
        {
            return None;
        }
        let has_arguments = self.cursor.len_at(brackets) > 2;
        let end = brackets + self.cursor.len_at(brackets);
        let next = if self.cursor.peek_at(end) == "." { self.cursor.peek_at(end + 1) } else { "" };
        Some(match method {
            "as_mut" | "as_deref_mut" if !has_arguments => (Item::Whole, end),
            "first_mut" | "front_mut" if !has_arguments => (Item::First, end),
            "last_mut" | "back_mut" if !has_arguments => (Item::Last, end),
            "get_mut" if has_arguments => (Item::Key, end),
            "iter_mut" if !has_arguments && next == "find" => {
                (Item::Found(end + 1), end + 2 + self.cursor.len_at(end + 2))
            }
            "entry" if matches!(next, "or_default" | "or_insert" | "or_insert_with") => {
                (Item::Entry, end + 2 + self.cursor.len_at(end + 2))
            }
            _ => return None,
        })
    }

    /// Returns the number of tokens of `.unwrap()` after `skipped` tokens.
    fn unwrap_len(&self, skipped: usize) -> Option<usize> {
        self.is_unwrap_at(skipped).then(|| 2 + self.cursor.len_at(skipped + 2))
    }

    /// Returns the reference after `skipped` tokens that `pattern` is compared with. Values of the application are references
    /// themselves, unless they are single ones, which the block must assign to.
    pub(in crate::engine::compile::rust_forms) fn matched_reference(
        &self,
        skipped: usize,
        ends: &[&str],
        (pattern, is_mutable): (&Pattern<'a>, bool),
    ) -> Option<Reference<'a>> {
        let reference = self.reference(skipped, ends, Usage::Match { is_mutable })?;
        let mut bindings = Vec::new();
        pattern.bind("", &mut bindings);
        let is_needed = !reference.place.is_live
            || bindings.iter().any(|binding| self.is_assigned_through(binding.local.name, reference.end));
        (is_needed && !pattern.has_outcome()).then_some(reference)
    }

    /// Returns whether the brackets after `skipped` tokens, or behind the condition there, change what `name` refers to:
    /// `*name += 1`, `name.push('x')`.
    pub(super) fn is_assigned_through(&self, name: &str, skipped: usize) -> bool {
        let mut block = skipped;
        while !matches!(self.cursor.peek_at(block), "{" | "(" | "") {
            block += self.cursor.len_at(block);
        }
        (block + 1..block + self.cursor.len_at(block)).any(|at| {
            let is_changed = self.cursor.peek_at(at) == name
                && self.cursor.peek_at(at - 1) != "."
                && self.is_changed_at(at + 1);
            is_changed
                || self.cursor.peek_at(at) == "*"
                    && self.cursor.peek_at(at + 1) == name
                    && ASSIGNMENTS.contains(&self.cursor.peek_at(at + 2))
        })
    }

    /// Leaves out the reference, which begins after `skipped` tokens that are left out too, and writes what finds its place. Returns
    /// the kind of a variable for it, and the expression for its value.
    pub(in crate::engine::compile::rust_forms) fn refer(
        &mut self,
        Reference { place, item, end }: Reference<'a>,
    ) -> Translated<(LocalKind, String)> {
        let start = self.cursor.index();
        let alias = self.held_place(place)?;
        if item == Item::Whole {
            self.leave_out_up_to(start + end);
            let value = alias.place();
            return Ok((self.alias(alias), value));
        }
        let (name, key) = (alias.place(), self.new_name());
        match item {
            Item::Whole => {}
            Item::First => self.insert(format!(" let {key} = 0;")),
            Item::Last => self.insert(format!(" let {key} = len({name}) - 1;")),
            Item::Found(at) => {
                self.leave_out_up_to(start + at + 1);
                self.insert(format!(" let {key} = {name}.position"));
                self.call_arguments(Some("find"))?;
                self.insert(format!(".unwrap_or(len({name}));"));
            }
            Item::Key | Item::Entry => {
                self.leave_out();
                self.leave_out();
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
        self.leave_out_up_to(start + end);
        let value = format!("{name}.get({key})");
        Ok((self.alias(alias.step(AliasPart::Item(key))), value))
    }

    /// Adds another name for a place.
    pub(super) fn alias(&mut self, alias: Alias) -> LocalKind {
        self.aliases.push(alias);
        LocalKind::Alias(self.aliases.len() - 1)
    }

    /// Translates `let x = &mut list`, `let x = list.last_mut().unwrap()`, `let mut x = gizmo.total.lock().unwrap()`. Returns whether
    /// one is at the cursor.
    pub(in crate::engine::compile::rust_forms) fn reference_definition(&mut self) -> Translated<bool> {
        let at = if self.cursor.peek_at(1) == "mut" { 2 } else { 1 };
        if self.cursor.peek() != "let" || self.cursor.peek_at(at + 1) != "=" {
            return Ok(false);
        }
        let Some(reference) = self.reference(at + 2, &[";"], Usage::Definition) else { return Ok(false) };
        // The next command would have a copy.
        if self.cursor.peek_at(reference.end + 1).is_empty() {
            return Ok(false);
        }
        let name = self.cursor.peek_at(at);
        let item = reference.item;
        let (kind, value) = self.refer(reference)?;
        if !matches!(item, Item::Whole | Item::Entry) {
            self.insert(format!(" {value}.unwrap()"));
        }
        self.declare_as(Local { name, kind });
        Ok(true)
    }

    /// Translates `mem::swap(&mut a, &mut b)`, whose path has `len` tokens.
    pub(in crate::engine::compile::rust_forms) fn swap(&mut self, len: usize) -> Translated {
        let place_at = |start: usize| {
            let is_borrowed = self.cursor.peek_at(start) == "&" && self.cursor.peek_at(start + 1) == "mut";
            let is_reference = is_borrowed || self.aliased_place(self.cursor.peek_at(start)).is_some();
            let place = self.place_expression(start + if is_borrowed { 2 } else { 0 })?;
            Some((self.simple_place(&place)?, place.end)).filter(|_| is_reference)
        };
        let places = place_at(len + 1).and_then(|(a, end)| {
            let (b, end) = place_at(end + 1).filter(|_| self.cursor.peek_at(end) == ",")?;
            (self.cursor.peek_at(end) == ")").then_some([a, b])
        });
        let Some([a, b]) = places else {
            let error = ScriptError::new("cannot swap the values: expected two places, such as `&mut x.a`");
            return self.wrong(error.with_help("use a third name: let old = a; a = b; b = old"));
        };
        self.leave_out_path(len);
        self.leave_out_tree();
        // A value of the application would change with its place.
        let copied = |place: &Alias| format!("__clone({})", place.place());
        let (first, second) = (a.assignment(&copied(&b)), b.assignment("__swapped"));
        self.insert(format!(" {{ let __swapped = {}; {first} {second} }}", copied(&a)));
        Ok(())
    }

    /// Returns the expression for the place that the variable called `name` is another name of.
    pub(in crate::engine::compile::rust_forms) fn aliased_place(&self, name: &str) -> Option<String> {
        let Some(LocalKind::Alias(index)) = self.local_kind(name) else { return None };
        self.aliases.get(index).map(Alias::place)
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
        if !matches!(alias.part, AliasPart::Root(_)) {
            self.insert_for(place, format!(" {}", alias.variable));
        }
        self.change(&Part::Aliased(alias.part))
    }

    /// Makes the variables of `pattern`, which is compared with what `kind` is of, other names of their places.
    pub(in crate::engine::compile::rust_forms) fn refer_to_places(
        &mut self,
        pattern: &Pattern<'a>,
        bindings: &mut [Binding<'a>],
        kind: LocalKind,
    ) {
        let mut places = Vec::new();
        if let Some(alias) = self.alias_of(kind) {
            pattern.places(alias, &mut places);
        }
        for binding in bindings {
            let place = places.iter().find(|(name, _)| *name == binding.local.name);
            binding.local.kind = match (kind, place) {
                (LocalKind::Alias(_), Some((_, place))) => self.alias(place.clone()),
                (LocalKind::Alias(_), None) => LocalKind::Reference,
                (kind, _) => kind,
            };
        }
    }

    fn alias_of(&self, kind: LocalKind) -> Option<&Alias> {
        if let LocalKind::Alias(index) = kind { self.aliases.get(index) } else { None }
    }
}
