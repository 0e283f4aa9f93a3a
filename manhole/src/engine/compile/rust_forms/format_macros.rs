//! Macros: `println!("{x}")`, `format!`, `vec!`, `assert!`, `dbg!`, `matches!`.

use super::translator::{Translated, Translator};
use crate::engine::compile::text::literals;
use crate::engine::compile::text::token::TokenKind;
use crate::engine::value::ScriptError;

impl<'a> Translator<'a> {
    /// Translates a macro, if it is one of Rust's.
    pub(super) fn macro_call(&mut self) -> Translated {
        let name = self.cursor.peek();
        let name = name.strip_prefix("debug_").filter(|name| name.starts_with("assert")).unwrap_or(name);
        match name {
            "println" | "eprintln" => self.formatted(" print(", ")"),
            "print" | "eprint" => self.formatted(" __print_part(", ")"),
            "write" | "writeln" => self.written(name),
            "format" => self.formatted(" ", ""),
            "panic" | "todo" | "unimplemented" | "unreachable" => self.formatted(" throw ", ""),
            "vec" => {
                self.leave_out_name();
                if self.cursor.peek() == "[" {
                    self.array()
                } else {
                    self.replaced_brackets(["[", "]"], Self::list)
                }
            }
            // Maps and lists are written in the same way here.
            "json" => {
                self.leave_out_name();
                self.brackets(Self::expression)
            }
            "matches" => {
                self.leave_out_name();
                self.matches_macro()
            }
            "dbg" | "assert" | "assert_eq" | "assert_ne" => self.with_source(name),
            _ => {
                self.copy();
                self.copy();
                self.call_arguments(None)
            }
        }
    }

    /// Leaves out `name!`. Returns where it began.
    fn leave_out_name(&mut self) -> usize {
        let place = self.cursor.start();
        self.leave_out();
        self.leave_out();
        place
    }

    /// Translates `dbg!(x)` or an assertion: the function also gets the text of its arguments.
    fn with_source(&mut self, name: &str) -> Translated {
        let place = self.leave_out_name();
        self.insert_for(place, format!(" __{name}("));
        let arity = if matches!(name, "dbg" | "assert") { 1 } else { 2 };
        self.replaced_brackets([" ", ")"], |this| {
            let start = this.cursor.start();
            for index in 0..arity {
                if index > 0 && this.cursor.peek() == "," {
                    this.copy();
                }
                this.expression()?;
            }
            let end = this.cursor.last().map_or(start, |last| last.end);
            let source = this.cursor.text.get(start..end).unwrap_or_default();
            let source = quote(&source.split_whitespace().collect::<Vec<_>>().join(" "));
            this.insert(format!(", {source}"));
            let has_message = this.cursor.peek() == "," && this.cursor.kind_at(1).is_some();
            if name != "dbg" && has_message {
                this.leave_out();
                this.insert(", \": \" +");
                this.format_text(place)?;
            } else if name != "dbg" {
                this.insert(", \"\"");
            }
            while !this.cursor.is_at_end() {
                this.leave_out();
            }
            Ok(())
        })
    }

    /// Translates a macro with a format. The text goes between `begin` and `end`.
    fn formatted(&mut self, begin: &str, end: &'static str) -> Translated {
        let place = self.leave_out_name();
        self.insert_for(place, begin.to_owned());
        self.replaced_brackets([" ", " "], |this| this.format_text(place))?;
        self.insert(end);
        Ok(())
    }

    /// Translates `write!(text, "{x}")`, which appends to the text and returns a result that is always `Ok`.
    fn written(&mut self, name: &str) -> Translated {
        let place = self.leave_out_name();
        let end = if name == "writeln" { " + \"\\n\")" } else { ")" };
        self.replaced_brackets([" ", end], |this| {
            while matches!(this.cursor.peek(), "&" | "mut") {
                this.leave_out();
            }
            if !this.is_variable(this.cursor.peek()) || this.cursor.peek_at(1) != "," {
                let error = ScriptError::new("cannot write here: `write!` appends to a text in a variable");
                return this
                    .wrong(error.with_help("print it: println!(\"…\"); or make a text: format!(\"…\")"));
            }
            this.copy();
            this.insert(".__write(");
            this.leave_out();
            this.format_text(place)
        })
    }

    /// Translates a format and its arguments, up to the end of the brackets. Errors have their position at the byte `place`.
    fn format_text(&mut self, place: usize) -> Translated {
        if self.cursor.is_at_end() {
            self.insert("\"\"");
            return Ok(());
        }
        if self.cursor.kind() != Some(TokenKind::Text) {
            // No format: the value as it is shown.
            self.insert_for(place, "__format(\"{0}\", [");
            self.list()?;
            self.insert("])");
            return Ok(());
        }
        let (positional, named) = self.format_arguments();
        let (format, names) = Arguments { positional, named }.resolve(self.cursor.peek());
        let names: String = names.iter().map(|name| format!("{}, ", self.value_of_name(name))).collect();
        self.leave_out();
        self.insert_for(place, format!("__format({format}, [{names}"));
        if self.cursor.peek() == "," {
            self.leave_out();
        }
        while !self.cursor.is_at_end() {
            let before = self.cursor.index();
            if self.cursor.kind() == Some(TokenKind::Word) && self.cursor.peek_at(1) == "=" {
                self.leave_out();
                self.leave_out();
            }
            self.expression()?;
            if self.cursor.index() == before || self.cursor.peek() == "," {
                self.copy();
            }
        }
        self.insert("])");
        Ok(())
    }

    /// Returns the number of arguments without a name behind the format at the cursor, and the names of the others: `{width}`,
    /// `width = 8`.
    fn format_arguments(&self) -> (usize, Vec<&'a str>) {
        let (mut positional, mut named, mut at) = (0, Vec::new(), 1);
        while self.cursor.kind_at(at).is_some() {
            let is_first = self.cursor.peek_at(at - 1) == ",";
            if is_first
                && self.cursor.kind_at(at) == Some(TokenKind::Word)
                && self.cursor.peek_at(at + 1) == "="
            {
                named.push(self.cursor.peek_at(at));
            } else if is_first {
                positional += 1;
            }
            at += self.cursor.len_at(at);
        }
        (positional, named)
    }
}

/// The arguments of a format: the number of those without names, and the names of those behind them.
struct Arguments<'a> {
    positional: usize,
    named: Vec<&'a str>,
}

impl<'a> Arguments<'a> {
    /// Returns the format `literal` with the index of its argument in each place, and the variables in it, which are the first
    /// arguments.
    fn resolve(&self, literal: &'a str) -> (String, Vec<&'a str>) {
        let mut names = Vec::new();
        for (argument, spec) in placeholders(literal).flatten() {
            for name in [argument].into_iter().chain(counts(spec)) {
                if is_name(name) && !names.contains(&name) && !self.named.contains(&name) {
                    names.push(name);
                }
            }
        }
        let index_of = |argument: &str| match argument.parse::<usize>() {
            Ok(index) => index + names.len(),
            Err(_) => match self.named.iter().position(|name| *name == argument) {
                Some(index) => names.len() + self.positional + index,
                None => names.iter().position(|name| *name == argument).unwrap_or_default(),
            },
        };
        let mut next = names.len();
        let places = placeholders(literal).map(|place| match place {
            Err(text) => text.to_owned(),
            Ok((argument, spec)) => {
                // `{:.*}` takes its precision from the argument before.
                let mut spec = spec.to_owned();
                let has_star = spec.contains(".*");
                if has_star {
                    spec = spec.replacen(".*", &format!(".{next}$"), 1);
                    next += 1;
                }
                let index = if argument.is_empty() {
                    next += 1;
                    next - 1
                } else {
                    index_of(argument)
                };
                for count in counts(&spec.clone()).filter(|count| is_name(count) || !has_star) {
                    spec = spec.replacen(&format!("{count}$"), &format!("{}$", index_of(count)), 1);
                }
                format!("{{{index}{spec}}}")
            }
        });
        let format: String = places.collect();
        (literals::translate(TokenKind::Text, &format).unwrap_or(format), names)
    }
}

/// Returns the arguments for the width and the precision of a place: `width` of `:>width$`.
fn counts(spec: &str) -> impl Iterator<Item = &str> {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    spec.match_indices('$').map(move |(end, _)| {
        let before = &spec[..end];
        let start = before.char_indices().rev().find(|(_, char)| !is_part(*char));
        &before[start.map_or(0, |(at, char)| at + char.len_utf8())..]
    })
}

fn is_name(argument: &str) -> bool {
    argument.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Splits a format into text and places: the argument, and the rest with its colon.
fn placeholders(format: &str) -> impl Iterator<Item = Result<(&str, &str), &str>> {
    let mut rest = format;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let len = match first {
            '{' | '}' if rest[1..].starts_with(first) => 2,
            // An escape: `\u{…}` has no argument.
            '\\' if rest[1..].starts_with("u{") => rest.find('}').map_or(rest.len(), |end| end + 1),
            '{' => {
                let end = rest.find('}')?;
                let inner = &rest[1..end];
                rest = &rest[end + 1..];
                let colon = inner.find(':').unwrap_or(inner.len());
                return Some(Ok((inner[..colon].trim(), &inner[colon..])));
            }
            _ => rest.find(['{', '}', '\\']).filter(|end| *end > 0).unwrap_or(first.len_utf8()),
        };
        let (text, after) = rest.split_at(len);
        rest = after;
        Some(Err(text))
    })
}

fn quote(text: &str) -> String {
    let escaped: String = text
        .chars()
        .flat_map(|char| match char {
            '"' => vec!['\\', '"'],
            '\\' => vec!['\\', '\\'],
            char => vec![char],
        })
        .collect();
    format!("\"{escaped}\"")
}
