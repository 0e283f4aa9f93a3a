//! Words and paths: keywords, variables, `u64::MAX`, `Duration::from_secs(3)`, `Busy { job: 3 }`.

use std::borrow::Cow;

use super::known_paths::{
    FALLIBLE, FUNCTIONS, MODULES, TypeCall, closing, constant, is_method_path, method_closure, primitive,
    type_call,
};
use super::locals::LocalKind;
use super::translator::{Translated, Translator};
use crate::engine::compile::text::token::TokenKind;
use crate::engine::value::ScriptError;

impl Translator<'_> {
    /// Translates what begins with a word.
    pub(super) fn word(&mut self) -> Translated {
        match self.cursor.peek() {
            "if" => self.if_expression(),
            "match" if self.is_match() => self.match_expression(),
            "switch" => self.switch(),
            "while" => self.in_loop(Self::while_loop),
            "for" => self.in_loop(Self::for_loop),
            "do" => self.in_loop(Self::do_loop),
            "try" if self.cursor.peek_at(1) == "{" => self.try_block(),
            "loop" => self.in_loop(|this| {
                this.copy();
                this.block(&[])
            }),
            "unsafe" | "async" if matches!(self.cursor.peek_at(1), "{" | "move") => {
                self.leave_out();
                if self.cursor.peek() == "move" {
                    self.leave_out();
                }
                self.block(&[])
            }
            "move" if self.cursor.peek_at(1) == "{" => {
                self.leave_out();
                self.block(&[])
            }
            _ if self.cursor.peek_at(1) == "!" && self.cursor.kind_at(2) == Some(TokenKind::Open) => {
                self.macro_call()
            }
            _ => self.path_expression(),
        }
    }

    /// Replaces the path of `len` tokens at the cursor.
    fn replace_path(&mut self, len: usize, text: impl Into<Cow<'static, str>>) {
        let place = self.cursor.start();
        self.leave_out_path(len);
        self.insert_for(place, text);
    }

    /// Returns whether `match` is the keyword, and no name.
    fn is_match(&self) -> bool {
        !matches!(self.cursor.peek_at(1), "" | "." | "=" | ";" | ",") && !self.is_variable("match")
    }

    /// Translates a name, a path, and a call or a struct that follows.
    fn path_expression(&mut self) -> Translated {
        let (path, len) = self.peek_path();
        let name = path.rsplit("::").next().unwrap_or_default();
        let is_single = !path.contains("::");
        if is_single && self.is_variable(name) {
            return self.variable();
        }
        if is_single && (self.scalar_root(name)? || self.root_in_closure(name)) {
            return Ok(());
        }
        if self.names.is_builtin_path(&path) {
            self.replace_path(len, format!(" {}", path.replace("::", ".")));
            return Ok(());
        }
        let is_type = name.starts_with(char::is_uppercase);
        match self.cursor.peek_at(len) {
            "{" if is_type && !self.place.before_block && self.is_struct_body(len) => {
                self.struct_literal(&path, len)
            }
            "(" => self.path_call(&path, len),
            next => {
                match self.path_value(&path, next) {
                    Some(value) => self.replace_path(len, format!(" {value}")),
                    None => self.copy_path(len),
                }
                Ok(())
            }
        }
    }

    /// Translates the use of the variable at the cursor.
    fn variable(&mut self) -> Translated {
        let name = self.cursor.peek();
        if let Some(LocalKind::Alias(alias)) = self.local_kind(name) {
            return self.aliased(alias);
        }
        if self.is_reference(name) && self.is_changed_through(1) {
            self.replace(format!(" __live({name}, \"{name}\")"));
            return Ok(());
        }
        if self.is_used_in_own_closure(name) {
            self.replace(format!(" __value({name})"));
            return Ok(());
        }
        self.copy();
        if self.cursor.peek() == "." && self.cursor.peek_at(2) == "(" {
            // An iterator in a variable goes on.
            if self.iterator_method(name)? || self.replacing_method()? {
                return Ok(());
            }
        }
        if self.cursor.peek() == "(" {
            self.may_fail = true;
            // A variable and a function can have the same name.
            if self.is_local(name) || self.names.is_closure(name) {
                self.insert(".call");
            }
        }
        self.call_arguments(None)
    }

    /// Translates `.take()` and `.replace(x)` of the option in the variable before the cursor. Returns whether one is at the cursor.
    fn replacing_method(&mut self) -> Translated<bool> {
        let brackets = self.cursor.len_at(2);
        match self.cursor.peek_at(1) {
            _ if self.names.is_method("take") => return Ok(false),
            "take" if brackets == 2 => {
                self.leave_out();
                self.insert(".__replace_self(__unit(\"None\"))");
                self.leave_out();
                self.leave_out_tree();
            }
            "replace" if brackets > 2 && !self.cursor.contains(2, |token| token == ",") => {
                self.copy();
                self.replace("__replace_self");
                self.call_arguments(None)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Returns whether an argument of a call begins at the cursor.
    fn is_argument(&self) -> bool {
        let before = self.cursor.index().checked_sub(1).map_or("", |at| self.cursor.text_at(at));
        matches!(before, "(" | ",")
    }

    /// Returns the expression for a path that is a constant, a variant, or a method as a closure. The token `next` follows it.
    fn path_value(&self, path: &str, next: &str) -> Option<String> {
        let (ty, name) = path.rsplit_once("::").unwrap_or(("", path));
        let is_free = !self.names.is_known(name);
        if let Some(constant) = constant(path) {
            // A method must know the type.
            let is_typed = next == "." && path.ends_with(['X', 'N']);
            return Some(if is_typed { format!("__as({constant}, \"{ty}\")") } else { constant });
        }
        let is_variant = match ty {
            "" => self.names.is_variant(name) && is_free,
            ty => ty.starts_with(char::is_uppercase),
        };
        match path {
            // `map(Some)`.
            "Some" | "Ok" | "Err" if next.is_empty() && self.is_argument() => Some(match path {
                // As a function, it is the error of the command.
                "Err" => " |__x| __tuple(\"Err\", [__x])".to_owned(),
                _ => format!(" |__x| {path}(__x)"),
            }),
            path if name.starts_with(char::is_uppercase) && is_variant => Some(format!("__unit(\"{path}\")")),
            // `map(str::trim)`.
            path if is_method_path(path) => Some(method_closure(path, name)),
            "UNIX_EPOCH" if is_free => Some("__unit(\"UNIX_EPOCH\")".to_owned()),
            "inf" | "NaN" if is_free => Some(format!("__float(\"{path}\")")),
            _ => None,
        }
    }

    /// Translates the call of the function `path`, whose brackets are behind `len` tokens.
    fn path_call(&mut self, path: &str, len: usize) -> Translated {
        let has_arguments = self.cursor.len_at(len) > 2;
        let name = path.rsplit("::").next().unwrap_or_default();
        // A function of the session can return an `Err` too.
        let is_function = !path.contains("::") && path.starts_with(|first: char| first.is_lowercase());
        self.may_fail = is_function || FALLIBLE.contains(&name) || path == "Err" || self.names.is_entry(path);
        if matches!(path, "BinaryHeap::new" | "BinaryHeap::from" | "BinaryHeap::with_capacity") {
            let error = ScriptError::new("cannot make a heap: a session has only lists, maps and sets");
            return self.wrong(error.with_help("use a list: v.push(3); v.sort(); v.pop()"));
        }
        match type_call(path, has_arguments) {
            Some(TypeCall::Value(value)) => {
                self.replace_path(len, format!(" {value}"));
                self.leave_out_tree();
                return Ok(());
            }
            Some(TypeCall::Identity) => {
                self.leave_out_path(len);
                return self.call_arguments(None);
            }
            Some(TypeCall::Function(begin)) => {
                let (close, is_address) = (closing(&begin), begin.starts_with("__address"));
                self.replace_path(len, format!(" {begin}"));
                return self.replaced_brackets([" ", close], |this| {
                    // The parts have a known type: `SocketAddr::new("10.0.0.1".parse()?, 80)`.
                    this.place.is_assigned = is_address;
                    this.list()
                });
            }
            None => {}
        }
        let is_single = !path.contains("::");
        if matches!(
            path,
            "mem::take"
                | "std::mem::take"
                | "mem::replace"
                | "std::mem::replace"
                | "mem::swap"
                | "std::mem::swap"
        ) {
            return self.memory_function(name, len);
        }
        let function = match path {
            path if FUNCTIONS.contains(&path) => Some(name),
            "serde_json::to_string" | "serde_json::to_string_pretty" => Some("to_json"),
            _ if name == "Reverse" && !self.names.is_known(name) => Some("__reversed"),
            _ => None,
        };
        if let Some(function) = function {
            self.replace_path(len, format!(" {function}"));
            return self.call_arguments(None);
        }
        let is_constructor = path.starts_with(char::is_uppercase)
            && name.starts_with(char::is_uppercase)
            && !(is_single
                && (self.names.is_known(name) || matches!(name, "Some" | "Ok" | "Err" | "Fn" | "PI" | "E")));
        if is_constructor {
            self.replace_path(len, format!(" __tuple(\"{path}\","));
            return self.replaced_brackets([" [", "])"], Self::list);
        }
        if (path.starts_with("std::iter::") || path.starts_with("iter::"))
            && self.iterator_function(name, len)?
        {
            return Ok(());
        }
        let is_std = MODULES.contains(&self.cursor.peek());
        let is_type = path.starts_with(char::is_uppercase);
        if is_std && (is_type || path == "std::process::exit") {
            self.replace_path(len, format!(" {}", path.trim_start_matches("std::")));
            return self.builtin_arguments(path);
        }
        if is_std && path.contains("::") {
            let error = ScriptError::new(format!(
                "cannot call `{path}`: the console has only parts of Rust's libraries"
            ));
            let help = match path.rsplit("::").next() {
                Some("from_fn" | "repeat_with" | "successors") => {
                    "collect the items in a loop: let mut v = vec![]; while v.len() < 5 { v.push(…) }"
                }
                _ => "list what there is: help(\"builtins\"), help(\"language\")",
            };
            return self.wrong(error.with_help(help));
        }
        if is_single && self.call_with_reference()? {
            return Ok(());
        }
        self.copy_path(len);
        self.builtin_arguments(path)
    }

    /// Translates `mem::take(&mut x)`, `mem::replace(&mut x, value)` and `mem::swap(&mut a, &mut b)`.
    fn memory_function(&mut self, name: &str, len: usize) -> Translated {
        if name == "swap" {
            return self.swap(len);
        }
        let function = if name == "take" { "__take" } else { "__replace" };
        self.leave_out_path(len);
        self.replaced_brackets(["(", ")"], |this| {
            this.taken_place(function)?;
            if this.cursor.peek() == "," {
                this.leave_out();
                this.insert(" ");
                this.expression()?;
            }
            this.insert(")");
            Ok(())
        })
    }

    /// Translates the place in `&mut x`, which `function` gives another value. Its call is still open.
    fn taken_place(&mut self, function: &'static str) -> Translated {
        while matches!(self.cursor.peek(), "&" | "mut" | "*") {
            self.leave_out();
        }
        if self.is_variable(self.cursor.peek()) && matches!(self.cursor.peek_at(1), "," | "") {
            self.copy();
            self.insert(format!(".{function}_self("));
        } else {
            self.place.replaced = Some(function);
            let mark = self.mark();
            self.primary()?;
            self.postfix(mark, mark)?;
            self.place.replaced = None;
        }
        Ok(())
    }

    /// Translates `&mut x`, whose value is taken out of it. A new value, such as `&mut vec![1]`, stays as it is.
    pub(in crate::engine::compile::rust_forms) fn taken(&mut self) -> Translated {
        let is_place =
            self.cursor.peek_at(2).starts_with(char::is_lowercase) && self.cursor.peek_at(3) != "!";
        if self.cursor.peek() != "&" || !is_place {
            while matches!(self.cursor.peek(), "&" | "mut") {
                self.leave_out();
            }
            return self.expression();
        }
        self.taken_place("__take")?;
        self.insert(")");
        Ok(())
    }

    /// Translates `{ name: value, ..base }` after the name of a type.
    fn struct_literal(&mut self, path: &str, len: usize) -> Translated {
        let has_base = self.cursor.contains(len, |token| token == "..");
        let function = if has_base { "__struct_from" } else { "__struct" };
        self.replace_path(len, format!(" {function}(\"{path}\","));
        let close = if has_base { ")" } else { "})" };
        self.replaced_brackets([" #{", close], |this| {
            while !this.cursor.is_at_end() {
                if this.cursor.peek() == ".." {
                    this.replace("},");
                    this.expression()?;
                } else if this.cursor.kind() == Some(TokenKind::Word) {
                    let name = this.cursor.peek();
                    this.copy();
                    if this.cursor.peek() == ":" {
                        this.copy();
                        this.expression()?;
                    } else {
                        let value = this.value_of_name(name);
                        this.insert(format!(": {value}"));
                    }
                } else {
                    this.copy();
                }
            }
            Ok(())
        })
    }

    /// Returns whether the `{` after `skipped` tokens holds fields.
    fn is_struct_body(&self, skipped: usize) -> bool {
        let first = self.cursor.peek_at(skipped + 1);
        match self.cursor.len_at(skipped) {
            2 => true,
            3 => self.cursor.kind_at(skipped + 1) == Some(TokenKind::Word),
            _ => first == ".." || matches!(self.cursor.peek_at(skipped + 2), ":" | ","),
        }
    }

    /// Returns the path at the cursor without its generics and modules, and its number of tokens.
    fn peek_path(&self) -> (String, usize) {
        let (mut names, mut len) = (vec![self.cursor.peek()], 1);
        while self.cursor.peek_at(len) == "::" {
            if self.cursor.peek_at(len + 1) == "<" {
                let Some(generics) = self.generics_len(len + 1) else { break };
                len += generics + 1;
            } else if self.cursor.kind_at(len + 1) == Some(TokenKind::Word) {
                names.push(self.cursor.peek_at(len + 1));
                len += 2;
            } else {
                break;
            }
        }
        if names.first().is_some_and(|first| MODULES.contains(first)) {
            let is_item = |name: &&str| name.starts_with(char::is_uppercase) || primitive(name).is_some();
            let first = names.iter().position(is_item).unwrap_or_default();
            names.drain(..first);
        }
        (names.join("::"), len)
    }

    /// Reads a path, and leaves it out.
    pub(super) fn path(&mut self) -> String {
        let (path, len) = self.peek_path();
        self.leave_out_path(len);
        path
    }

    pub(super) fn leave_out_path(&mut self, len: usize) {
        (0..len).for_each(|_| self.leave_out());
    }

    fn copy_path(&mut self, len: usize) {
        let end = self.cursor.index() + len;
        while self.cursor.index() < end {
            let generics = self.turbofish_len(0);
            if generics > 0 {
                self.leave_out_path(generics);
            } else {
                self.copy();
            }
        }
    }

    /// Returns the number of tokens of the generics after `skipped` tokens.
    pub(super) fn generics_len(&self, skipped: usize) -> Option<usize> {
        let (mut at, mut depth) = (skipped, 0_usize);
        loop {
            match self.cursor.peek_at(at) {
                "<" => depth += 1,
                ">" => depth = depth.checked_sub(1)?,
                ">>" => depth = depth.checked_sub(2)?,
                "" | ";" | "{" => return None,
                _ => {}
            }
            at += self.cursor.len_at(at);
            if depth == 0 {
                return Some(at - skipped);
            }
        }
    }

    /// Reads a type, and leaves it out. Returns its last name.
    pub(super) fn ty(&mut self) -> &'static str {
        let mut name = "";
        loop {
            match self.cursor.peek() {
                "&" | "&&" | "*" | "mut" | "const" | "dyn" | "impl" | "->" => self.leave_out(),
                lifetime if lifetime.starts_with('\'') => self.leave_out(),
                "(" | "[" => {
                    self.leave_out_tree();
                    if self.cursor.peek() != "->" {
                        return name;
                    }
                }
                _ if self.cursor.kind() == Some(TokenKind::Word) => {
                    name = primitive(self.cursor.peek()).unwrap_or_default();
                    self.leave_out();
                    while matches!(self.cursor.peek(), "::" | "<") {
                        if self.cursor.peek() == "::" {
                            self.leave_out();
                            name = primitive(self.cursor.peek()).unwrap_or_default();
                            self.leave_out();
                            continue;
                        }
                        let Some(len) = self.generics_len(0) else { return name };
                        self.leave_out_path(len);
                    }
                    if !matches!(self.cursor.peek(), "(" | "->") || !name.is_empty() {
                        return name;
                    }
                }
                _ => return name,
            }
        }
    }
}
