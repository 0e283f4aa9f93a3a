//! Assignments to fields and items, and methods that change their value. They become calls of the console's functions.

use super::locals::AliasPart;
use super::postfix::EFFECTS;
use super::translator::{Collected, Translated, Translator, WrongForm};
use crate::engine::compile::text::token::TokenKind;
use crate::engine::value::ScriptError;

/// The operators that assign.
pub(super) const ASSIGNMENTS: &[&str] =
    &["=", "+=", "-=", "*=", "/=", "%=", "**=", "&=", "|=", "^=", "<<=", ">>="];

/// The methods that change a text, a list of bytes or an array in its place.
const CHANGES: &[&str] = &[
    "append",
    "clear",
    "drain",
    "extend",
    "get_or_insert",
    "get_or_insert_with",
    "insert",
    "insert_str",
    "make_ascii_lowercase",
    "make_ascii_uppercase",
    "pad",
    "pop",
    "push",
    "push_str",
    "remove",
    "replace_range",
    "retain",
    "set",
    "split_off",
    "take",
    "truncate",
];

/// The methods that open a lock for a change. A path opens it without them.
const OPENINGS: &[&str] = &["borrow_mut", "lock", "try_lock", "try_write", "write"];

/// The methods of atomic values that return the value before, with their operators.
const FETCHES: &[(&str, &str)] = &[
    ("fetch_add", "+"),
    ("fetch_and", "&"),
    ("fetch_max", "max"),
    ("fetch_min", "min"),
    ("fetch_or", "|"),
    ("fetch_sub", "-"),
    ("fetch_xor", "^"),
];

/// The methods with a closure that change the array or map on which they are called.
const KEEPERS: &[&str] = &[
    "dedup",
    "dedup_by",
    "dedup_by_key",
    "drain",
    "for_each",
    "retain",
    "sort",
    "sort_by",
    "sort_by_cached_key",
    "sort_by_key",
    "sort_unstable_by",
    "sort_unstable_by_key",
    "splice",
];

/// The part of a value that changes.
pub(super) enum Part<'a> {
    Field(&'a str),
    Item,
    /// What `get_mut(key).unwrap()` refers to, or `last_mut().unwrap()` with this position.
    Existing(Option<&'static str>),
    Root(&'a str),
    /// The part of the variable before the cursor.
    Aliased(AliasPart),
}

impl Part<'_> {
    /// Returns the end of the name of the functions for it.
    fn suffix(&self) -> &'static str {
        match self {
            Self::Field(_) | Self::Aliased(AliasPart::Field(_)) => "",
            Self::Root(_) | Self::Aliased(AliasPart::Root(_)) => "_root",
            Self::Item | Self::Existing(_) | Self::Aliased(_) => "_at",
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Field(name) | Self::Root(name) => format!("\"{name}\""),
            Self::Aliased(AliasPart::Field(name) | AliasPart::Root(name)) => format!("\"{name}\""),
            Self::Aliased(AliasPart::Item(key)) => key.clone(),
            Self::Item | Self::Existing(_) | Self::Aliased(AliasPart::Whole) => String::new(),
        }
    }
}

impl Translator<'_> {
    /// Returns whether an assignment, or a method that changes its value, is after `skipped` tokens.
    pub(super) fn changes_at(&self, skipped: usize) -> bool {
        let skipped = skipped + self.opening_len(skipped);
        let symbol = self.cursor.peek_at(skipped);
        ASSIGNMENTS.contains(&symbol)
            || self.is_changed_at(skipped)
            || (self.place.replaced.is_some() && matches!(symbol, "," | ""))
    }

    /// Returns whether a method that changes its value is after `skipped` tokens.
    pub(super) fn is_changed_at(&self, skipped: usize) -> bool {
        let method = self.cursor.peek_at(skipped + 1);
        let is_change = || match method {
            // `take(3)` takes items.
            "take" => self.cursor.len_at(skipped + 2) == 2,
            "swap" => self.is_atomic_swap(skipped),
            "replace" => self.is_option_replace(skipped),
            _ => CHANGES.contains(&method) || self.is_store(skipped + 1) || self.fetched(method).is_some(),
        };
        self.cursor.peek_at(skipped) == "." && self.cursor.peek_at(skipped + 2) == "(" && is_change()
    }

    /// Returns the number of tokens after `skipped` others that only open a lock: `.lock().unwrap()`, `.write().await`.
    pub(super) fn opening_len(&self, skipped: usize) -> usize {
        let mut at = skipped;
        while self.cursor.peek_at(at) == "." {
            let (method, brackets) = (self.cursor.peek_at(at + 1), at + 2);
            let is_call = self.cursor.peek_at(brackets) == "(";
            let is_opening = is_call
                && self.cursor.len_at(brackets) == 2
                && (OPENINGS.contains(&method)
                    || matches!(method, "as_deref_mut" | "as_mut")
                        && self.is_unwrapped_for_change(brackets + 2));
            let is_unwrap = is_call && at > skipped && matches!(method, "unwrap" | "expect");
            at = if (is_opening || is_unwrap) && !self.names.is_method(method) {
                brackets + self.cursor.len_at(brackets)
            } else if method == "await" && at > skipped {
                brackets
            } else {
                break;
            };
        }
        at - skipped
    }

    /// Returns whether `.unwrap()` or the like is after `skipped` tokens.
    pub(super) fn is_unwrap_at(&self, skipped: usize) -> bool {
        self.cursor.peek_at(skipped) == "."
            && matches!(self.cursor.peek_at(skipped + 1), "unwrap" | "expect")
            && self.cursor.peek_at(skipped + 2) == "("
    }

    /// Returns whether `.unwrap()` is after `skipped` tokens, and what is inside changes. An assignment of a new value would also fill an
    /// empty option.
    fn is_unwrapped_for_change(&self, skipped: usize) -> bool {
        self.is_unwrap_at(skipped)
            && self.cursor.peek_at(skipped + 2 + self.cursor.len_at(skipped + 2)) != "="
    }

    /// Returns whether the method of an atomic value is after `skipped` tokens: `swap(1, Ordering::Relaxed)`.
    fn is_atomic_swap(&self, skipped: usize) -> bool {
        !self.names.is_method("swap") && self.cursor.contains(skipped + 2, |token| token == "Ordering")
    }

    /// Returns whether the method of an option is after `skipped` tokens: `replace(x)`. That of a text has two arguments.
    fn is_option_replace(&self, skipped: usize) -> bool {
        let brackets = skipped + 2;
        let is_single =
            self.cursor.len_at(brackets) > 2 && !self.cursor.contains(brackets, |token| token == ",");
        is_single && !self.names.is_method("replace")
    }

    /// Returns the operator of a method such as `fetch_add`.
    fn fetched(&self, method: &str) -> Option<&'static str> {
        let (_, operator) = FETCHES.iter().find(|(name, _)| *name == method)?;
        (!self.names.is_method(method)).then_some(operator)
    }

    /// Returns whether the method of an atomic value is after `skipped` tokens.
    fn is_store(&self, skipped: usize) -> bool {
        self.cursor.peek_at(skipped) == "store" && !self.names.is_method("store")
    }

    /// Returns the number of tokens of a part, and of the locks that are opened in it.
    fn part_len(&self, part: &Part<'_>) -> usize {
        let len = self.own_len(part);
        len + self.opening_len(len)
    }

    /// Returns the number of tokens of a part.
    fn own_len(&self, part: &Part<'_>) -> usize {
        let brackets = self.cursor.len_at(0);
        match part {
            Part::Item => brackets,
            // With `.unwrap()`.
            Part::Existing(_) => brackets + 2 + self.cursor.len_at(brackets + 2),
            Part::Field(_) | Part::Root(_) => 1,
            Part::Aliased(_) => 0,
        }
    }

    /// Translates the change of `part`, which is at the cursor with its brackets, if it is an item.
    pub(super) fn change(&mut self, part: &Part<'_>) -> Translated {
        let len = self.part_len(part);
        let operator = self.cursor.peek_at(len);
        if let (Some(function), "," | "") = (self.place.replaced, operator) {
            let has_value = operator == ",";
            self.begin_change(part, function, self.cursor.start())?;
            if has_value {
                self.insert(",");
            }
            return Ok(());
        }
        if operator == "." {
            return self.changing_method(part, self.cursor.peek_at(len + 1));
        }
        if let ("=", Some(search)) = (operator, self.place.search) {
            self.cursor.go_to(self.cursor.index() + len);
            return self.assignment_in_search(search);
        }
        let function = if operator == "=" { "__assign" } else { "__modify" };
        let outer_effect = self.last_effect.take();
        self.begin_change(part, function, self.cursor.start())?;
        let index_effect = self.last_effect.take();
        if operator == "=" {
            self.replace(",");
        } else {
            self.replace(format!(", \"{}\",", operator.trim_end_matches('=')));
        }
        let place = self.place;
        self.place.collected = Collected::List;
        self.place.is_assigned = operator == "=";
        let start = self.cursor.start();
        if !self.err_value()? {
            self.expression()?;
        }
        self.place = place;
        self.insert(")");
        if index_effect.is_some() && self.last_effect.is_some() {
            let error =
                ScriptError::new("cannot assign to the item: its index and the value both call something");
            let help =
                "Rust evaluates the value first, and the console the index: let value = …; v[…] = value";
            return Err(Box::new(WrongForm { error: error.with_help(help), start }));
        }
        self.last_effect = self.last_effect.take().or(index_effect).or(outer_effect);
        Ok(())
    }

    /// Translates `Err(…)` where it is a value, and no error of the command. Returns whether it is at the cursor.
    pub(super) fn err_value(&mut self) -> Translated<bool> {
        if self.cursor.peek() == "Err" { self.outcome_value() } else { Ok(false) }
    }

    /// Translates `Ok(…)` or `Err(…)`, which another value is compared with. Returns whether one is at the cursor.
    pub(super) fn outcome_value(&mut self) -> Translated<bool> {
        let name = self.cursor.peek();
        if !matches!(name, "Ok" | "Err") || self.cursor.peek_at(1) != "(" || self.names.is_known(name) {
            return Ok(false);
        }
        self.replace(format!(" __tuple(\"{name}\","));
        self.replaced_brackets([" [", "])"], Self::list)?;
        Ok(true)
    }

    fn changing_method(&mut self, part: &Part<'_>, method: &str) -> Translated {
        let operator = if method == "swap" { Some("") } else { self.fetched(method) };
        if let Some(operator) = operator {
            let len = self.part_len(part);
            let place = self.cursor.token(len + 1).map_or(self.cursor.start(), |method| method.start);
            self.begin_change(part, if method == "swap" { "__replace" } else { "__fetch" }, place)?;
            self.leave_out();
            self.leave_out();
            if method != "swap" {
                self.insert(format!(", \"{operator}\""));
            }
            return self.replaced_brackets([", ", ")"], |this| {
                this.expression()?;
                // The ordering.
                while !this.cursor.is_at_end() {
                    this.leave_out();
                }
                Ok(())
            });
        }
        let is_store = method == "store" && !self.names.is_method("store");
        let len = self.part_len(part);
        let place = self.cursor.token(len + 1).map_or(self.cursor.start(), |method| method.start);
        self.begin_change(part, if is_store { "__assign" } else { "__change" }, place)?;
        self.leave_out();
        self.leave_out();
        if is_store {
            return self.replaced_brackets([", ", ")"], |this| {
                this.expression()?;
                // The ordering.
                while !this.cursor.is_at_end() {
                    this.leave_out();
                }
                Ok(())
            });
        }
        self.through_reference |= matches!(method, "get_or_insert" | "get_or_insert_with");
        if method == "append" && !self.names.is_method("append") {
            self.insert(", \"extend\",");
            return self.replaced_brackets([" [", "])"], Self::taken);
        }
        self.insert(format!(", \"{method}\","));
        self.replaced_brackets([" [", "])"], |this| {
            // A text is parsed as what the collection holds.
            this.place.is_assigned = matches!(method, "insert" | "push");
            this.list()
        })
    }

    /// Writes the call of `function` up to the part. Its errors have their position at the byte `place`.
    fn begin_change(&mut self, part: &Part<'_>, function: &str, place: usize) -> Translated {
        let suffix = part.suffix();
        let opening = self.opening_len(self.own_len(part));
        match part {
            Part::Item => {
                self.insert_for(place, format!(".{function}{suffix}"));
                self.replaced_brackets(["(", " "], Self::expression)?;
            }
            Part::Existing(position) => {
                self.insert_for(place, format!(".{function}{suffix}"));
                self.replaced_brackets(["(", " "], |this| this.existing_key(*position))?;
                self.leave_out_call();
            }
            Part::Aliased(AliasPart::Root(_)) => {
                self.insert_for(place, format!(" {function}{suffix}({}", part.name()));
            }
            Part::Aliased(_) => self.insert_for(place, format!(".{function}{suffix}({}", part.name())),
            Part::Field(_) | Part::Root(_) => {
                self.leave_out();
                self.insert_for(place, format!("{function}{suffix}({}", part.name()));
            }
        }
        for _ in 0..opening {
            self.leave_out();
        }
        Ok(())
    }

    /// Writes the key of an item that must exist, at the cursor, or its position.
    pub(super) fn existing_key(&mut self, position: Option<&'static str>) -> Translated {
        self.insert(" __existing(");
        match position {
            Some(position) => self.insert(position),
            None => self.expression()?,
        }
        self.insert(")");
        Ok(())
    }

    /// Returns whether a value, or a part of it, is changed by the code that begins `skipped` tokens after the cursor.
    pub(super) fn is_changed_through(&self, skipped: usize) -> bool {
        let mut at = skipped;
        loop {
            if self.is_changed_at(at) {
                return true;
            }
            match self.cursor.peek_at(at) {
                "." => at += 2,
                "[" | "(" => at += self.cursor.len_at(at),
                symbol => return at > skipped && ASSIGNMENTS.contains(&symbol),
            }
        }
    }

    /// Returns whether the value at the cursor is a mutable reference in Rust, which holds a copy here: `list.last_mut().unwrap()`.
    pub(super) fn is_reference_value(&self) -> bool {
        let (mut at, mut last, mut is_mutable) = (0, "", false);
        while !matches!(self.cursor.peek_at(at), "" | ";") {
            let name = self.cursor.peek_at(at + 1);
            if self.cursor.peek_at(at) == "." && self.cursor.peek_at(at + 2) == "(" {
                is_mutable |= matches!(name, "iter_mut" | "values_mut");
                if !matches!(name, "unwrap" | "expect") {
                    last = name;
                }
            }
            at += self.cursor.len_at(at);
        }
        match last {
            "get_or_insert" | "get_or_insert_with" | "or_default" | "or_insert" | "or_insert_with" => true,
            "find" | "last" | "max_by_key" | "min_by_key" | "next" | "nth" => is_mutable,
            last => last.ends_with("_mut") && !matches!(last, "iter_mut" | "values_mut"),
        }
    }

    fn assignment_in_search(&self, search: &str) -> Translated {
        let error =
            ScriptError::new(format!("cannot assign in `{search}`: a search only reads; did you mean `==`?"));
        self.wrong(error.with_help("change what is found: items.filter(|x| …).for_each(|x| x.id = 7)"))
    }

    /// Refuses an assignment at the cursor in the closure of a search.
    pub(super) fn check_search(&self) -> Translated {
        match (self.cursor.peek(), self.place.search) {
            ("=", Some(search)) => self.assignment_in_search(search),
            _ => Ok(()),
        }
    }

    /// Translates the use of a root that is a single value. Returns whether there is one at the cursor.
    pub(super) fn scalar_root(&mut self, name: &str) -> Translated<bool> {
        if !self.names.is_scalar_root(name) || self.cursor.peek_at(1) == "(" {
            return Ok(false);
        }
        self.mark();
        if self.changes_at(1) {
            self.change(&Part::Root(self.cursor.peek()))?;
        } else {
            self.replace(format!("__root(\"{name}\")"));
        }
        Ok(true)
    }

    /// Translates the use of a root in a closure, which would capture it like a variable. Returns whether there is one at the cursor.
    pub(super) fn root_in_closure(&mut self, name: &str) -> bool {
        let is_root = self.closures > 0
            && self.names.is_root(name)
            && !matches!(self.cursor.peek_at(1), "(" | "::")
            && !ASSIGNMENTS.contains(&self.cursor.peek_at(1));
        if is_root {
            self.replace(format!(" __root(\"{name}\")"));
        }
        is_root
    }

    /// Returns whether a method of the variable at the cursor, or of a part of it, gets a closure that uses the variable too. The
    /// method must not change the variable: it is called on a copy.
    pub(super) fn is_used_in_own_closure(&self, name: &str) -> bool {
        let (mut at, mut is_used) = (1, false);
        loop {
            match self.cursor.peek_at(at) {
                "." | "?." => {
                    let method = self.cursor.peek_at(at + 1);
                    if self.changes_at(at + 2) || self.is_changed_at(at) || KEEPERS.contains(&method) {
                        return false;
                    }
                    // What follows is called on what it returns.
                    if EFFECTS.contains(&method) && !is_used {
                        return false;
                    }
                    at += 2;
                }
                "::" => at += self.turbofish_len(at).max(1),
                "(" | "[" => {
                    let len = self.cursor.len_at(at);
                    let mut tokens = (at..at + len).map(|index| self.cursor.peek_at(index));
                    // A format has variables too: `"{name}"`.
                    let is_use = |token: &str| {
                        token == name || token.starts_with('"') && token.contains(&format!("{{{name}"))
                    };
                    is_used |= tokens.clone().any(|token| matches!(token, "|" | "||")) && tokens.any(is_use);
                    at += len;
                }
                _ => return is_used && !self.changes_at(at),
            }
        }
    }

    /// Returns whether `(a, b) = …` is at the cursor, with variables.
    pub(super) fn is_tuple_assignment(&self) -> bool {
        let len = self.cursor.len_at(0);
        len > 3
            && self.cursor.peek_at(len) == "="
            && (1..len - 1).all(|at| match self.cursor.peek_at(at) {
                "," => at % 2 == 0,
                name => at % 2 == 1 && (name == "_" || self.is_variable(name)),
            })
    }

    /// Translates `(a, b) = value`.
    pub(super) fn tuple_assignment(&mut self) -> Translated {
        let names: Vec<_> =
            (1..self.cursor.len_at(0) - 1).step_by(2).map(|at| self.cursor.peek_at(at)).collect();
        let value = self.new_name();
        self.leave_out_tree();
        self.leave_out();
        self.insert(format!(" {{ let {value} = ("));
        self.expression()?;
        self.insert(");");
        for (index, name) in names.iter().enumerate().filter(|(_, name)| **name != "_") {
            self.insert(format!(" {name} = __item({value}, {index});"));
        }
        self.insert(" }");
        Ok(())
    }

    /// Returns the expression for the value of the variable or root `name`.
    pub(super) fn value_of_name(&self, name: &str) -> String {
        if let Some(place) = self.aliased_place(name) {
            return place;
        }
        let is_captured = self.closures > 0 && self.names.is_root(name);
        if (is_captured || self.names.is_scalar_root(name)) && !self.is_variable(name) {
            format!("__root(\"{name}\")")
        } else {
            name.to_owned()
        }
    }

    /// Returns whether the token after `skipped` others is a word.
    pub(super) fn is_word_at(&self, skipped: usize) -> bool {
        self.cursor.kind_at(skipped) == Some(TokenKind::Word)
    }
}
