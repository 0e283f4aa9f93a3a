//! The text before the cursor: the parts that are code, and the expression at its end.
//!
//! The text is rarely a whole command, so this module does not parse it. It only recognizes strings, comments and matching
//! brackets.

use crate::engine::compile::{CharClass, CharClasses};
use crate::engine::value::lexing::is_word;

/// The text up to the cursor.
pub(crate) struct TextBeforeCursor {
    chars: Vec<char>,
    classes: Vec<CharClass>,
    /// The start of the string that is still open at the cursor.
    open_string: Option<usize>,
}

/// The name or string to complete at the cursor. Positions count characters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CompletionTarget {
    /// A name that begins at `start`.
    Name { start: usize },
    /// A member of the expression that ends before `of`; its name begins at `start`, its dot at `dot`.
    Member { start: usize, dot: usize, of: usize },
    /// A key of the map that the expression before `of` returns; its string begins at `start`.
    Key { start: usize, of: usize },
    /// A key as in `Key`, of which nothing or the beginning of a name or number is typed.
    Index { start: usize, of: usize },
    /// A value that is assigned to, or compared with, the expression that ends before `of`. It is in that many `Some(…)`.
    Value { start: usize, of: usize, options: usize },
    /// A name in `path`, such as `Mode` in `Mode::Idle`.
    Item { start: usize, path: String },
    /// A string that is an argument of the function; it begins at `start`.
    Argument { start: usize, function: String },
    /// Nothing.
    Nothing,
}

impl CompletionTarget {
    /// Returns the beginning of what is typed of it.
    pub(crate) fn start(&self) -> Option<usize> {
        match self {
            Self::Name { start }
            | Self::Member { start, .. }
            | Self::Key { start, .. }
            | Self::Index { start, .. }
            | Self::Value { start, .. }
            | Self::Item { start, .. }
            | Self::Argument { start, .. } => Some(*start),
            Self::Nothing => None,
        }
    }
}

/// An expression such as `a.b[1].c(2)`.
#[derive(Debug, PartialEq)]
pub(crate) struct TypedPath {
    pub(crate) start: usize,
    pub(crate) segments: Vec<PathSegment>,
}

/// The call that a closure is an argument of.
#[derive(Debug, PartialEq)]
pub(crate) struct ClosureCall {
    /// The end of the expression before the method's dot.
    pub(crate) receiver_end: usize,
    pub(crate) method: String,
}

/// A part of an expression such as `a.b[1].c(2)`.
#[derive(Debug, PartialEq)]
pub(crate) enum PathSegment {
    /// `name` at the beginning, `.name` after it.
    Name(String),
    /// `.name(…)`, or `name(…)` at the beginning.
    Call(String),
    /// `[…]`, with the text inside.
    Index(String),
}

impl TextBeforeCursor {
    pub(crate) fn new(code: &str, cursor: usize) -> Self {
        let chars: Vec<char> = code.chars().take(cursor).collect();
        let CharClasses { classes, open: open_string } = CharClasses::of(&chars);
        Self { chars, classes, open_string }
    }

    /// Returns the text from `start` to the cursor.
    pub(crate) fn since(&self, start: usize) -> String {
        self.between(start, self.chars.len())
    }

    /// Returns the text from `start` to `end`.
    pub(crate) fn between(&self, start: usize, end: usize) -> String {
        self.chars.get(start..end).unwrap_or_default().iter().collect()
    }

    /// Returns what to complete at the cursor.
    pub(crate) fn target(&self) -> CompletionTarget {
        if let Some(open) = self.open_string {
            return self.target_in_string(open);
        }
        if self.classes.last() == Some(&CharClass::Comment) {
            return CompletionTarget::Nothing;
        }
        let start = self.word_start(self.chars.len());
        if self.chars.get(start).is_some_and(char::is_ascii_digit) {
            // A number, or the field of a tuple.
            return CompletionTarget::Nothing;
        }
        let before = self.space_start(start);
        match before.checked_sub(1).map(|at| self.chars[at]) {
            // The end of a value, which no name can follow.
            Some(')' | ']' | '}' | '"' | '\'' | '`') if start == before => CompletionTarget::Nothing,
            Some('.') => {
                let (dot, mut of) = (before - 1, before - 1);
                if of > 0 && self.chars[of - 1] == '?' {
                    of -= 1;
                }
                // A range, `0..name`.
                if of > 0 && self.chars[of - 1] == '.' {
                    CompletionTarget::Name { start }
                } else {
                    CompletionTarget::Member { start, dot, of }
                }
            }
            Some(':') if start == before && before > 1 && self.chars[before - 2] == ':' => {
                let end = before - 2;
                CompletionTarget::Item { start, path: self.between(self.word_start(end), end) }
            }
            Some('[')
                if before > 1
                    && !self.chars[before - 2].is_whitespace()
                    && self.path(before - 1).is_some() =>
            {
                CompletionTarget::Index { start, of: before - 1 }
            }
            _ => self.value(start).unwrap_or(CompletionTarget::Name { start }),
        }
    }

    /// Returns the target if the word at `start` is a value behind `=`, `==` or `!=`.
    fn value(&self, start: usize) -> Option<CompletionTarget> {
        let (mut before, mut options) = (self.space_start(start), 0);
        while before > 0 && self.chars[before - 1] == '(' {
            let name = self.word_start(before - 1);
            if self.between(name, before - 1) != "Some" {
                return None;
            }
            before = self.space_start(name);
            options += 1;
        }
        let equals = before.checked_sub(1).filter(|at| self.is_code(*at, "="))?;
        let of = match equals.checked_sub(1) {
            Some(first) if self.is_code(first, "=!") => first,
            Some(first) if self.is_code(first, "<>+-*/%&|^") => return None,
            _ => equals,
        };
        self.path(of)?;
        Some(CompletionTarget::Value { start, of, options })
    }

    /// Returns whether one of `chars` is at `at`, outside strings and comments.
    fn is_code(&self, at: usize, chars: &str) -> bool {
        self.classes[at] == CharClass::Code && chars.contains(self.chars[at])
    }

    fn target_in_string(&self, open: usize) -> CompletionTarget {
        let (start, before) = (open + 1, self.space_start(open));
        match before.checked_sub(1).map(|at| self.chars[at]) {
            Some('[') => CompletionTarget::Key { start, of: before - 1 },
            Some('(') => {
                let name = self.word_start(before - 1);
                let function = self.between(name, before - 1);
                CompletionTarget::Argument { start, function }
            }
            _ => {
                let word = self.word_start(before);
                let function = self.between(word, before);
                if function == "import" {
                    CompletionTarget::Argument { start, function }
                } else {
                    CompletionTarget::Nothing
                }
            }
        }
    }

    /// Returns the start of the word that ends before `end`.
    fn word_start(&self, end: usize) -> usize {
        (0..end).rev().take_while(|at| is_word(self.chars[*at])).last().unwrap_or(end)
    }

    /// Returns the start of the white space that ends before `end`.
    fn space_start(&self, end: usize) -> usize {
        (0..end).rev().take_while(|at| self.chars[*at].is_whitespace()).last().unwrap_or(end)
    }

    /// Returns the expression that ends before `end`, or `None` if it is not a path.
    pub(crate) fn path(&self, end: usize) -> Option<TypedPath> {
        let mut segments = Vec::new();
        let mut at = self.space_start(end);
        loop {
            match self.chars.get(at.checked_sub(1)?)? {
                ']' if self.classes[at - 1] == CharClass::Code => {
                    let open = self.opening_bracket(at - 1)?;
                    segments.push(PathSegment::Index(self.between(open + 1, at - 1)));
                    at = open;
                    continue;
                }
                ')' if self.classes[at - 1] == CharClass::Code => {
                    let open = self.opening_bracket(at - 1)?;
                    let name = self.word_start(open);
                    if name == open {
                        return None;
                    }
                    segments.push(PathSegment::Call(self.between(name, open)));
                    at = name;
                }
                char if is_word(*char) && self.classes[at - 1] == CharClass::Code => {
                    let name = self.word_start(at);
                    segments.push(PathSegment::Name(self.between(name, at)));
                    at = name;
                }
                _ => return None,
            }
            let before = self.space_start(at);
            if before == 0 || self.chars[before - 1] != '.' {
                segments.reverse();
                return Some(TypedPath { start: at, segments });
            }
            at = before - 1;
            if at > 0 && self.chars[at - 1] == '?' {
                at -= 1;
            }
            at = self.space_start(at);
        }
    }

    /// Returns the bracket that `close` closes.
    fn opening_bracket(&self, close: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for at in (0..=close).rev().filter(|at| self.classes[*at] == CharClass::Code) {
            match self.chars[at] {
                ')' | ']' | '}' => depth += 1,
                '(' | '[' | '{' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Returns the call whose closure has the parameter `name` at `at`: `x.items.filter` for `x.items.filter(|name| name.`.
    pub(crate) fn parameter(&self, name: &str, at: usize) -> Option<ClosureCall> {
        let bars: Vec<_> =
            (0..at).filter(|at| self.chars[*at] == '|' && self.classes[*at] == CharClass::Code).collect();
        bars.windows(2).rev().find_map(|bars| {
            let first: String =
                self.chars[bars[0] + 1..bars[1]].iter().take_while(|char| **char != ',').collect();
            if first.trim() != name {
                return None;
            }
            let open = self.space_start(bars[0]).checked_sub(1).filter(|open| self.chars[*open] == '(')?;
            let method = self.word_start(open);
            let dot = method.checked_sub(1).filter(|dot| self.chars[*dot] == '.')?;
            Some(ClosureCall { receiver_end: dot, method: self.between(method, open) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(code: &str) -> CompletionTarget {
        TextBeforeCursor::new(code, code.chars().count()).target()
    }

    #[test]
    fn the_text_before_the_cursor_decides_what_to_complete() {
        for (code, expected) in [
            ("", CompletionTarget::Name { start: 0 }),
            ("giz", CompletionTarget::Name { start: 0 }),
            ("1 + giz", CompletionTarget::Name { start: 4 }),
            ("gizmo.", CompletionTarget::Member { start: 6, dot: 5, of: 5 }),
            ("gizmo?.co", CompletionTarget::Member { start: 7, dot: 6, of: 5 }),
            ("a /* x */ . b", CompletionTarget::Member { start: 12, dot: 10, of: 10 }),
            ("gizmo[\"al", CompletionTarget::Key { start: 7, of: 5 }),
            ("set(\"ti", CompletionTarget::Argument { start: 5, function: "set".to_owned() }),
            ("import \"i", CompletionTarget::Argument { start: 8, function: "import".to_owned() }),
            ("0..giz", CompletionTarget::Name { start: 3 }),
            ("gizmo[", CompletionTarget::Index { start: 6, of: 5 }),
            ("gizmo[ke", CompletionTarget::Index { start: 6, of: 5 }),
            ("[giz", CompletionTarget::Name { start: 1 }),
            ("in [giz", CompletionTarget::Name { start: 4 }),
            ("a.b = ", CompletionTarget::Value { start: 6, of: 4, options: 0 }),
            ("a.b=Id", CompletionTarget::Value { start: 4, of: 3, options: 0 }),
            ("if a.b == Id", CompletionTarget::Value { start: 10, of: 7, options: 0 }),
            ("a.b != ", CompletionTarget::Value { start: 7, of: 4, options: 0 }),
            ("a.b = Some(Some(Id", CompletionTarget::Value { start: 16, of: 4, options: 2 }),
            ("a.b = f(Id", CompletionTarget::Name { start: 8 }),
            ("a.b += Id", CompletionTarget::Name { start: 7 }),
            ("a.b <= Id", CompletionTarget::Name { start: 7 }),
            ("a => Id", CompletionTarget::Name { start: 5 }),
            ("// =\nId", CompletionTarget::Name { start: 5 }),
            ("= Id", CompletionTarget::Name { start: 2 }),
            ("Mode::", CompletionTarget::Item { start: 6, path: "Mode".to_owned() }),
            ("a = app::Mode::Id", CompletionTarget::Item { start: 15, path: "Mode".to_owned() }),
            ("12", CompletionTarget::Nothing),
            ("f()", CompletionTarget::Nothing),
            ("f() ", CompletionTarget::Name { start: 4 }),
            ("\"a\"", CompletionTarget::Nothing),
            ("{}\ngiz", CompletionTarget::Name { start: 3 }),
            ("t.0", CompletionTarget::Nothing),
            ("// gizmo.", CompletionTarget::Nothing),
            ("\"gizmo.", CompletionTarget::Nothing),
            ("\"a\\\"b\".l", CompletionTarget::Member { start: 7, dot: 6, of: 6 }),
            ("'\"'.x", CompletionTarget::Member { start: 4, dot: 3, of: 3 }),
            ("// \"\nx.", CompletionTarget::Member { start: 7, dot: 6, of: 6 }),
            ("/* /* */ x.", CompletionTarget::Nothing),
            ("#\"a\"b\"#.l", CompletionTarget::Member { start: 8, dot: 7, of: 7 }),
            ("`a ${x.", CompletionTarget::Member { start: 7, dot: 6, of: 6 }),
            ("`a ${x} y.", CompletionTarget::Nothing),
        ] {
            assert_eq!(target(code), expected, "{code}");
        }
    }

    #[test]
    fn an_expression_is_read_from_its_end() {
        let name = |name: &str| PathSegment::Name(name.to_owned());
        for (code, expected) in [
            ("1 + a.b", vec![name("a"), name("b")]),
            (
                "f(a[0].b(c, \")\")[1]",
                vec![
                    name("a"),
                    PathSegment::Index("0".into()),
                    PathSegment::Call("b".into()),
                    PathSegment::Index("1".into()),
                ],
            ),
            ("a?.b", vec![name("a"), name("b")]),
            ("f(1)", vec![PathSegment::Call("f".into())]),
        ] {
            let before = TextBeforeCursor::new(code, code.chars().count());
            assert_eq!(before.path(code.chars().count()).unwrap().segments, expected, "{code}");
        }
        for code in ["", "1 + ", "(a)", "\"text\"", "]", "a ) ]"] {
            assert_eq!(TextBeforeCursor::new(code, 99).path(code.chars().count().min(99)), None, "{code}");
        }
    }

    #[test]
    fn the_parameter_of_a_closure_is_an_item_of_the_receiver() {
        let code = "x.items.filter(|i| i.";
        let before = TextBeforeCursor::new(code, 99);
        assert_eq!(
            before.parameter("i", 19),
            Some(ClosureCall { receiver_end: 7, method: "filter".to_owned() })
        );
        assert_eq!(before.parameter("j", 19), None);
    }
}
