//! Calls of methods: the ones that mean the value itself here, that have another name, and the rest.

use crate::engine::compile::rust_forms::assignments::Part;
use crate::engine::compile::rust_forms::known_paths::FALLIBLE;
use crate::engine::compile::rust_forms::locals::LocalKind;
use crate::engine::compile::rust_forms::translator::{Collected, Returned, Translated, Translator};
use crate::engine::compile::text::literals::INTEGERS;
use crate::engine::compile::text::output::Mark;
use crate::engine::value::ScriptError;

/// The methods that mean the value itself here: nothing has to be locked, borrowed or collected.
const IDENTITIES: &[&str] = &[
    "as_array_mut",
    "as_deref",
    "as_object_mut",
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
    "get",
    "into_inner",
    "into_iter",
    "iter",
    "iter_mut",
    "load_full",
    "lock",
    "peekable",
    "read",
    "transpose",
    "upgrade",
    "write",
];

/// The methods that copy a value, with the functions that they become.
const COPIES: &[(&str, &str)] = &[
    ("as_str", "__as_str"),
    ("clone", "__clone"),
    ("cloned", "__cloned"),
    ("to_owned", "__clone"),
    ("to_vec", "__to_vec"),
];

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
    ("pop_front", "shift"),
    ("push_back", "push"),
    ("sort_unstable", "sort"),
    ("sort_unstable_by", "sort_by"),
    ("sort_unstable_by_key", "sort_by_key"),
    ("sorted", "sort"),
    ("sorted_by", "sort_by"),
    ("sorted_by_key", "sort_by_key"),
    ("to_str", "to_string"),
    ("to_string_lossy", "to_string"),
    ("value_mut", "value"),
    ("values_mut", "values"),
];

/// The types of addresses, whose values are texts here.
const ADDRESSES: &[&str] = &["IpAddr", "Ipv4Addr", "Ipv6Addr", "SocketAddr"];

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

/// The types of sums that an empty sum does not have by itself: it is an integer.
pub(in crate::engine::compile::rust_forms) const SUM_TYPES: &[&str] = &["Duration", "f32", "f64"];

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
    /// Translates the call of the method `name`. The application's methods have no other meaning.
    pub(in crate::engine::compile::rust_forms) fn method(&mut self, mark: Mark, name: &'a str) -> Translated {
        let has_arguments = self.cursor.len_at(2 + self.turbofish_len(2)) > 2;
        let is_own = self.names.is_method(name);
        if !is_own && self.existing_item(name, has_arguments)? {
            return Ok(());
        }
        if self.through_reference && self.is_changed_at(0) {
            self.check_reference(mark);
        }
        if is_own {
            self.may_fail = true;
            return self.named_method(name, is_own);
        }
        if name == "entry" && self.entry()? {
            self.through_reference = true;
            return Ok(());
        }
        self.catch_for(mark, name);
        self.may_fail |= FALLIBLE.contains(&name)
            || matches!(name, "and_then" | "map" | "map_err" | "or_else" | "ok_or" | "ok_or_else");
        // That of an option returns a reference. Those of maps have two arguments.
        self.through_reference |= name == "insert" && !self.cursor.contains(2, |token| token == ",");
        if MUTABLE.contains(&name) {
            self.item_kind = LocalKind::Reference;
            self.through_reference = true;
        }
        if matches!(name, "sum" | "product") && self.is_sum_of_options() {
            self.replace_call(mark, "__sum_options", format!(", \"{name}\""));
            return Ok(());
        }
        let item = self.cursor.peek_at(4);
        if matches!(name, "sum" | "product") && self.turbofish_len(2) == 4 && SUM_TYPES.contains(&item) {
            self.insert_before(mark, " __typed(");
            self.named_method(name, is_own)?;
            self.mark();
            self.insert(format!(", \"{item}\")"));
            return Ok(());
        }
        if name == "try_into" {
            return self.try_into(mark);
        }
        if name == "load" {
            self.leave_out_call();
            return Ok(());
        }
        if self.reshaped_method(name)? || !has_arguments && self.conversion(mark, name)? {
            return Ok(());
        }
        self.named_method(name, is_own)
    }

    /// Translates a method without arguments that means the value itself, a copy or a collection of it. Returns whether it is one.
    fn conversion(&mut self, mark: Mark, name: &str) -> Translated<bool> {
        let copy = COPIES.iter().find(|(copy, _)| *copy == name);
        if name == "collect" {
            self.collect(mark)?;
        } else if IDENTITIES.contains(&name) {
            self.identity(mark, name)?;
        } else if let Some((_, function)) = copy {
            self.replace_call(mark, function, String::new());
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Leaves out a method that means the value itself.
    fn identity(&mut self, mark: Mark, name: &str) -> Translated {
        self.leave_out_call();
        let collected = match self.place.collected {
            Collected::Set => "set",
            Collected::Map => "map",
            _ => "",
        };
        if name == "into" && matches!(self.cursor.peek(), "" | ";") && !collected.is_empty() {
            self.insert_before(mark, " __collect(");
            self.insert(format!(", \"{collected}\")"));
        }
        if LOCKS.contains(&name) && self.is_unwrap_at(0) {
            self.leave_out_call();
        } else if LOCKS.contains(&name) && matches!(self.cursor.peek_at(1), "is_err" | "is_ok") {
            // The value does not say whether its lock is poisoned.
            self.copy();
            self.replace("is_poisoned");
            self.call_arguments(None)?;
        }
        Ok(())
    }

    /// Translates `.try_into()` for a variable whose type is that of an integer.
    fn try_into(&mut self, mark: Mark) -> Translated {
        let ty = self.value_type;
        if !INTEGERS.contains(&ty) {
            let error = ScriptError::new("cannot convert the value: nothing says into what type");
            return self.wrong(error.with_help("name the type: u8::try_from(x)"));
        }
        self.insert_before(mark, format!(" __convert(\"{ty}\","));
        self.leave_out_call();
        self.insert(")");
        Ok(())
    }

    /// Translates a method whose arguments have another form here. Returns whether one is at the cursor.
    fn reshaped_method(&mut self, name: &str) -> Translated<bool> {
        match name {
            "push_front" => {
                self.copy();
                self.replace("insert");
                self.replaced_brackets(["(0, ", ")"], Self::list)?;
            }
            // Takes the items out of the other collection.
            "append" => {
                self.copy();
                self.replace("extend");
                self.replaced_brackets(["(", ")"], Self::taken)?;
            }
            // That of a set. The one of an iterator takes a number.
            "take" if self.cursor.peek_at(3) == "&" => {
                self.copy();
                self.replace("__take_item");
                self.call_arguments(None)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Replaces the call of a method on what begins at `mark` by one of `function`, which gets the value and `more`.
    fn replace_call(&mut self, mark: Mark, function: &str, more: String) {
        self.insert_before(mark, format!(" {function}("));
        self.leave_out_call();
        self.insert(more + ")");
    }

    /// Translates a method that keeps its name, or has another one here.
    fn named_method(&mut self, name: &'a str, is_own: bool) -> Translated {
        let synonym = SYNONYMS.iter().find(|(synonym, _)| *synonym == name).filter(|_| !is_own);
        let name = synonym.map_or(name, |(_, name)| name);
        let is_parse = !is_own && name == "parse";
        self.copy();
        match synonym {
            Some((_, name)) => self.replace(*name),
            // A function of the session may be called `parse`.
            None if is_parse
                && (self.turbofish_len(1) > 0
                    || self.place.is_assigned
                    || ADDRESSES.contains(&self.value_type)) =>
            {
                self.replace("__parse");
            }
            None => self.copy(),
        }
        match self.turbofish() {
            Some(ty) if is_parse => {
                self.insert(format!("(\"{ty}\")"));
                self.leave_out_tree();
            }
            None if is_parse && ADDRESSES.contains(&self.value_type) => {
                self.insert(format!("(\"{}\")", self.value_type));
                self.leave_out_tree();
            }
            None if is_parse && self.place.is_assigned => {
                self.insert("(\"_\")");
                self.leave_out_tree();
            }
            _ if !is_own && name == "scan" && self.cursor.peek() == "(" => self.brackets(|this| {
                this.expression()?;
                this.copy();
                if this.cursor.peek() == "move" {
                    this.leave_out();
                }
                this.returned = Returned::WithParameter;
                this.list()
            })?,
            _ => {
                if !is_own && name == "map" && self.are_outcomes_handled() {
                    self.returned = Returned::Outcome;
                }
                self.call_arguments(SEARCHES.iter().find(|search| **search == name).copied())?;
            }
        }
        self.last_method = Some(name);
        Ok(())
    }

    /// Returns whether the method after the brackets at the cursor takes each `Err` by itself: `.filter_map(Result::ok)`.
    fn are_outcomes_handled(&self) -> bool {
        const METHODS: [&str; 6] = ["filter", "filter_map", "find_map", "flat_map", "map_while", "partition"];
        let next = self.cursor.len_at(0) + 1;
        let brackets = next + 1 + self.turbofish_len(next + 1);
        let is_handler = |token: &str| matches!(token, "err" | "is_err" | "is_ok" | "ok");
        self.cursor.peek_at(next) == "flatten"
            || METHODS.contains(&self.cursor.peek_at(next)) && self.cursor.contains(brackets, is_handler)
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
        if !self.is_unwrap_at(end) {
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
    pub(in crate::engine::compile::rust_forms) fn check_reference(&mut self, mark: Mark) {
        self.insert_before(mark, " __live_item(");
        self.insert(")");
    }

    /// Makes the `Err` of what begins at `mark` a value, if the method `name` handles one.
    pub(in crate::engine::compile::rust_forms) fn catch_for(&mut self, mark: Mark, name: &str) {
        if !HANDLERS.contains(&name) || self.names.is_method(name) || !std::mem::take(&mut self.may_fail) {
            return;
        }
        self.catch(mark);
    }

    /// Catches the error of what begins at `mark`, so that it is its value.
    pub(in crate::engine::compile::rust_forms) fn catch(&mut self, mark: Mark) {
        let value = self.new_name();
        self.insert_before(mark, format!(" ({{ let {value} = (); try {{ {value} = ("));
        self.insert(format!(
            "); }} catch (__error) {{ if !__is_outcome(__error) {{ throw; }} {value} = __failure(__error); }} {value} }})"
        ));
    }
}
