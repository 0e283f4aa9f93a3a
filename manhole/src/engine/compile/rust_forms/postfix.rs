//! What follows a value: fields, methods, indices, calls and casts.

use super::assignments::Part;
use super::locals::LocalKind;
use super::paths;
use super::translator::{Collected, Place, Translated, Translator, WrongForm};
use crate::engine::compile::text::output::Mark;
use crate::engine::compile::text::token::TokenKind;
use crate::engine::value::ScriptError;

/// The methods that mean the value itself here: nothing has to be locked, borrowed or collected.
const IDENTITIES: &[&str] = &[
    "as_deref",
    "as_object",
    "as_os_str",
    "as_path",
    "display",
    "as_deref_mut",
    "as_mut",
    "as_ref",
    "as_slice",
    "borrow",
    "borrow_mut",
    "by_ref",
    "into",
    "copied",
    "into_inner",
    "into_iter",
    "iter",
    "iter_mut",
    "load_full",
    "lock",
    "peekable",
    "read",
    "to_str",
    "to_string_lossy",
    "transpose",
    "upgrade",
    "write",
];

/// The methods that copy a value, with the functions that they become.
const COPIES: &[(&str, &str)] =
    &[("clone", "__clone"), ("cloned", "__cloned"), ("to_owned", "__clone"), ("to_vec", "__to_vec")];

/// The methods that have another name here.
const SYNONYMS: &[(&str, &str)] = &[
    ("back", "last"),
    ("back_mut", "last"),
    ("as_secs_f32", "as_secs_f64"),
    ("extend_from_slice", "extend"),
    ("first_key_value", "first"),
    ("first_mut", "first"),
    ("front", "first"),
    ("front_mut", "first"),
    ("get_mut", "get"),
    ("into_keys", "keys"),
    ("into_values", "values"),
    ("last_key_value", "last"),
    ("last_mut", "last"),
    ("next", "first"),
    ("next_back", "last"),
    ("pop_back", "pop"),
    ("push_back", "push"),
    ("sort_unstable", "sort"),
    ("sort_unstable_by", "sort_by"),
    ("sort_unstable_by_key", "sort_by_key"),
    ("sorted", "sort"),
    ("sorted_by", "sort_by"),
    ("sorted_by_key", "sort_by_key"),
    ("values_mut", "values"),
];

/// The methods that handle the `Err` of what they are called on.
const HANDLERS: &[&str] = &[
    "err",
    "is_err",
    "is_err_and",
    "is_ok",
    "is_ok_and",
    "map_err",
    "map_or",
    "map_or_else",
    "ok",
    "or_else",
    "unwrap_err",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
];

/// The methods that return mutable references: what these refer to is a copy here, unless it belongs to the application.
const MUTABLE: &[&str] = &[
    "as_deref_mut",
    "as_mut",
    "back_mut",
    "first_mut",
    "front_mut",
    "get_mut",
    "get_or_insert",
    "get_or_insert_with",
    "iter_mut",
    "last_mut",
    "values_mut",
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

impl<'a> Translator<'a> {
    /// Translates what follows a value that begins at `mark`, and with its sign at `whole`.
    pub(super) fn postfix(&mut self, whole: Mark, mark: Mark) -> Translated {
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
                // The script language's index that passes on an empty option.
                "?" if self.cursor.peek_at(1) == "[" => {
                    self.copy();
                    self.brackets(Self::expression)?;
                }
                "?" => {
                    self.has_question = true;
                    self.insert_before(mark, " __question(");
                    self.leave_out();
                    self.insert(")");
                }
                "…" => return self.left_out("…"),
                "(" if self.is_adjacent() => {
                    self.insert(".call");
                    self.call_arguments(None)?;
                }
                "[" if self.is_adjacent() && self.changes_at(self.cursor.len_at(0)) => {
                    if self.through_reference {
                        self.check_reference(mark);
                    }
                    return self.change(&Part::Item);
                }
                "[" if self.is_adjacent() => self.index(mark)?,
                "::" if self.turbofish_len(0) > 0 => {
                    self.turbofish();
                }
                // As an operator, it makes the parser ask for more.
                "as" if self.cursor.kind_at(1).is_none() => self.replace("+"),
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
            if self.through_reference {
                self.check_reference(mark);
            }
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
        if !is_own && self.existing_item(name, has_arguments)? {
            return Ok(true);
        }
        if self.through_reference && self.is_changed_at(0) {
            self.check_reference(mark);
        }
        if !is_own && name == "entry" && self.entry()? {
            return Ok(true);
        }
        if !is_own && HANDLERS.contains(&name) && std::mem::take(&mut self.may_fail) {
            self.catch_failure(mark);
        }
        self.may_fail |= is_own
            || paths::FALLIBLE.contains(&name)
            || matches!(name, "and_then" | "map" | "map_err" | "or_else" | "ok_or" | "ok_or_else");
        if !is_own && name == "collect" && !has_arguments {
            self.collect(mark)?;
        } else if !is_own && !has_arguments && name == "as_str" {
            self.insert_before(mark, " __as_str(");
            self.leave_out_call();
            self.insert(")");
        } else if !is_own && matches!(name, "sum" | "product") && self.is_sum_of_options() {
            self.insert_before(mark, " __sum_options(");
            self.leave_out_call();
            self.insert(format!(", \"{name}\")"));
        } else if !is_own && !has_arguments && IDENTITIES.contains(&name) {
            if MUTABLE.contains(&name) {
                self.item_kind = LocalKind::Reference;
                self.through_reference = true;
            }
            self.leave_out_call();
            if name == "into" && matches!(self.cursor.peek(), "" | ";") {
                let kind = match self.place.collected {
                    Collected::Set => "set",
                    Collected::Map => "map",
                    _ => "",
                };
                if !kind.is_empty() {
                    self.insert_before(mark, " __collect(");
                    self.insert(format!(", \"{kind}\")"));
                }
            }
            let unwraps =
                matches!(self.cursor.peek_at(1), "unwrap" | "expect") && self.cursor.peek_at(2) == "(";
            if LOCKS.contains(&name) && self.cursor.peek() == "." && unwraps {
                self.leave_out_call();
            }
        } else if !is_own && (name == "load" || name == "get" && !has_arguments) {
            self.leave_out_call();
        } else if !is_own && matches!(name, "pop_front" | "push_front") {
            self.copy();
            self.replace(if name == "pop_front" { "remove" } else { "insert" });
            let first = if name == "pop_front" { "(0" } else { "(0, " };
            self.replaced_brackets([first, ")"], Self::list)?;
        } else if let (Some((_, function)), false, false) =
            (COPIES.iter().find(|(copy, _)| *copy == name), is_own, has_arguments)
        {
            self.insert_before(mark, format!(" {function}("));
            self.leave_out_call();
            self.insert(")");
        } else {
            self.copy();
            if MUTABLE.contains(&name) && !is_own {
                self.item_kind = LocalKind::Reference;
                self.through_reference = true;
            }
            let synonym = SYNONYMS.iter().find(|(synonym, _)| *synonym == name).filter(|_| !is_own);
            let is_parse = !is_own && name == "parse";
            let name = match synonym {
                Some((_, name)) => {
                    self.replace(*name);
                    name
                }
                // A function of the session may be called `parse`.
                None if is_parse && (self.turbofish_len(1) > 0 || self.place.is_assigned) => {
                    self.replace("__parse");
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
                None if !is_own && name == "parse" && self.place.is_assigned => {
                    self.insert("(\"_\")");
                    self.leave_out_tree();
                }
                _ if !is_own && name == "scan" && self.cursor.peek() == "(" => self.brackets(|this| {
                    this.expression()?;
                    this.copy();
                    if this.cursor.peek() == "move" {
                        this.leave_out();
                    }
                    this.is_scan = true;
                    this.list()
                })?,
                _ => self.call_arguments(SEARCHES.iter().find(|search| **search == name).copied())?,
            }
            self.last_method = method.map(|(_, start)| (name, start));
        }
        Ok(true)
    }

    /// Returns whether `.sum::<Option<…>>()` is at the cursor.
    fn is_sum_of_options(&self) -> bool {
        self.turbofish_len(2) > 0 && self.cursor.peek_at(4) == "Option"
    }

    /// Translates `.get_mut(key).unwrap()` and its kin as an index, so that what changes is the item. Returns whether one is at the
    /// cursor.
    fn existing_item(&mut self, method: &str, has_arguments: bool) -> Translated<bool> {
        let position = match method {
            "get_mut" if has_arguments => None,
            "first_mut" | "front_mut" if !has_arguments => Some("0"),
            "last_mut" | "back_mut" if !has_arguments => Some("-1"),
            _ => return Ok(false),
        };
        let end = 2 + self.cursor.len_at(2);
        if self.cursor.peek_at(end) != "."
            || !matches!(self.cursor.peek_at(end + 1), "unwrap" | "expect")
            || self.cursor.peek_at(end + 2) != "("
        {
            return Ok(false);
        }
        let is_changed = self.changes_at(end + 2 + self.cursor.len_at(end + 2));
        self.leave_out();
        self.leave_out();
        if is_changed {
            self.change(&Part::Existing(position))?;
        } else {
            self.replaced_brackets(["[", "]"], |this| this.existing_key(position))?;
            self.leave_out_call();
        }
        Ok(true)
    }

    /// Refuses to change what begins at `mark`, unless it is a value of the application: it is the item of an iterator over mutable
    /// references, and a copy here.
    fn check_reference(&mut self, mark: Mark) {
        self.insert_before(mark, " __live_item(");
        self.insert(")");
    }

    /// Makes the `Err` of what begins at `mark` a value for the next method.
    fn catch_failure(&mut self, mark: Mark) {
        let value = self.new_name();
        self.insert_before(mark, format!(" ({{ let {value} = (); try {{ {value} = ("));
        self.insert(format!(
            "); }} catch (__error) {{ if !__is_outcome(__error) {{ throw; }} {value} = __failure(__error); }} {value} }})"
        ));
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

    /// Refuses a statement that sorts a collection of the application and drops the result, which Rust sorts in its place.
    /// That of a variable is refused where it runs, unless it is an array.
    pub(super) fn check_sort(&mut self, first: &str, whole: Mark) -> Translated {
        let Some((method, start)) = self.last_method.filter(|(method, _)| SORTS.contains(method)) else {
            return Ok(());
        };
        if matches!(self.local_kind(first), Some(LocalKind::Alias(_))) {
            return Ok(());
        }
        if self.cursor.peek() == ";" && self.is_variable(first) && !self.names.is_method(method) {
            self.insert_before(whole, format!(" __check_sort({first}, \"{method}\");"));
            return Ok(());
        }
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
    pub(super) fn leave_out_call(&mut self) {
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

    /// Leaves out `::<…>`. Returns the type, if it is a name or a path.
    fn turbofish(&mut self) -> Option<&'a str> {
        let len = self.turbofish_len(0);
        let is_path =
            len >= 4 && (2..len - 1).all(|at| self.is_word_at(at) || self.cursor.peek_at(at) == "::");
        let ty = is_path.then(|| self.cursor.peek_at(len - 2));
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
