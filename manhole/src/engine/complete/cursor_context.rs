//! What stands in front of the cursor: how much of it is code, and which expression it ends with.
//!
//! What is typed is hardly ever a whole command, so this reads characters and no syntax: strings, comments, and brackets that
//! match are all that matters.

use crate::engine::value::lexing::{CharClass, CharClasses, is_word};

/// The text up to the cursor.
pub(crate) struct TextBeforeCursor {
    chars: Vec<char>,
    parts: Vec<CharClass>,
    /// Where the text begins that is still open at the cursor.
    open: Option<usize>,
}

/// What could be completed at the cursor.
#[derive(Debug, PartialEq)]
pub(crate) enum CompletionTarget {
    /// A name that begins at this character.
    Name { start: usize },
    /// A member, whose name begins at `start`, of the expression that ends at `of`.
    Member { start: usize, of: usize },
    /// A key of the map that the expression up to `of` is; its text begins at `start`.
    Key { start: usize, of: usize },
    /// A text that is an argument of the function; it begins at `start`.
    Argument { start: usize, function: String },
    /// Nothing.
    Nothing,
}

/// The parts of an expression such as `a.b[1].c(2)`.
#[derive(Debug, PartialEq)]
pub(crate) enum PathSegment {
    /// `name` at the beginning, `.name` after it.
    Name(String),
    /// `.name(…)`, or `name(…)` at the beginning.
    Call(String),
    /// `[…]` and what stands in it.
    Index(String),
}

impl TextBeforeCursor {
    pub(crate) fn new(code: &str, cursor: usize) -> Self {
        let chars: Vec<char> = code.chars().take(cursor).collect();
        let CharClasses { classes: parts, open } = CharClasses::of(&chars);
        Self { chars, parts, open }
    }

    /// The text from `start` to the cursor.
    pub(crate) fn from(&self, start: usize) -> String {
        self.chars.iter().skip(start).collect()
    }

    pub(crate) fn place(&self) -> CompletionTarget {
        if let Some(open) = self.open {
            return self.place_in_text(open);
        }
        if self.parts.last() == Some(&CharClass::Comment) {
            return CompletionTarget::Nothing;
        }
        let start = self.word_before(self.chars.len());
        if self.chars.get(start).is_some_and(char::is_ascii_digit) {
            // A number, or the field of a tuple.
            return CompletionTarget::Nothing;
        }
        let before = self.space_before(start);
        match before.checked_sub(1).map(|at| self.chars[at]) {
            Some('.') => {
                let mut of = before - 1;
                if of > 0 && self.chars[of - 1] == '?' {
                    of -= 1;
                }
                // A range, `0..name`.
                if of > 0 && self.chars[of - 1] == '.' {
                    CompletionTarget::Name { start }
                } else {
                    CompletionTarget::Member { start, of }
                }
            }
            _ => CompletionTarget::Name { start },
        }
    }

    fn place_in_text(&self, open: usize) -> CompletionTarget {
        let (start, before) = (open + 1, self.space_before(open));
        match before.checked_sub(1).map(|at| self.chars[at]) {
            Some('[') => CompletionTarget::Key { start, of: before - 1 },
            Some('(') => {
                let name = self.word_before(before - 1);
                let function = self.chars[name..before - 1].iter().collect();
                CompletionTarget::Argument { start, function }
            }
            _ => {
                let word = self.word_before(before);
                let function: String = self.chars[word..before].iter().collect();
                if function == "import" {
                    CompletionTarget::Argument { start, function }
                } else {
                    CompletionTarget::Nothing
                }
            }
        }
    }

    /// Where the word begins that ends in front of `end`.
    fn word_before(&self, end: usize) -> usize {
        (0..end).rev().take_while(|at| is_word(self.chars[*at])).last().unwrap_or(end)
    }

    fn space_before(&self, end: usize) -> usize {
        (0..end).rev().take_while(|at| self.chars[*at].is_whitespace()).last().unwrap_or(end)
    }

    /// The parts of the expression that ends in front of `end`, and where it begins; nothing if it is of another form.
    pub(crate) fn chain(&self, end: usize) -> Option<(usize, Vec<PathSegment>)> {
        let mut links = Vec::new();
        let mut at = self.space_before(end);
        loop {
            match self.chars.get(at.checked_sub(1)?)? {
                ']' if self.parts[at - 1] == CharClass::Code => {
                    let open = self.opening(at - 1)?;
                    links.push(PathSegment::Index(self.chars[open + 1..at - 1].iter().collect()));
                    at = open;
                    continue;
                }
                ')' if self.parts[at - 1] == CharClass::Code => {
                    let open = self.opening(at - 1)?;
                    let name = self.word_before(open);
                    if name == open {
                        return None;
                    }
                    links.push(PathSegment::Call(self.chars[name..open].iter().collect()));
                    at = name;
                }
                char if is_word(*char) && self.parts[at - 1] == CharClass::Code => {
                    let name = self.word_before(at);
                    links.push(PathSegment::Name(self.chars[name..at].iter().collect()));
                    at = name;
                }
                _ => return None,
            }
            let before = self.space_before(at);
            if before == 0 || self.chars[before - 1] != '.' {
                links.reverse();
                return Some((at, links));
            }
            at = before - 1;
            if at > 0 && self.chars[at - 1] == '?' {
                at -= 1;
            }
            at = self.space_before(at);
        }
    }

    /// The bracket that `close` closes.
    fn opening(&self, close: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for at in (0..=close).rev().filter(|at| self.parts[*at] == CharClass::Code) {
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

    /// Where the expression ends whose items are the parameter `name` of the closure around `at`: the `x.items` of
    /// `x.items.filter(|name| name.`; with the method that the closure is given to.
    pub(crate) fn parameter(&self, name: &str, at: usize) -> Option<(usize, String)> {
        let bars: Vec<_> =
            (0..at).filter(|at| self.chars[*at] == '|' && self.parts[*at] == CharClass::Code).collect();
        bars.windows(2).rev().find_map(|bars| {
            let first: String =
                self.chars[bars[0] + 1..bars[1]].iter().take_while(|char| **char != ',').collect();
            if first.trim() != name {
                return None;
            }
            let open = self.space_before(bars[0]).checked_sub(1).filter(|open| self.chars[*open] == '(')?;
            let method = self.word_before(open);
            let dot = method.checked_sub(1).filter(|dot| self.chars[*dot] == '.')?;
            Some((dot, self.chars[method..open].iter().collect()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(code: &str) -> CompletionTarget {
        TextBeforeCursor::new(code, code.chars().count()).place()
    }

    #[test]
    fn the_place_is_told_by_what_stands_before_it() {
        for (code, expected) in [
            ("", CompletionTarget::Name { start: 0 }),
            ("giz", CompletionTarget::Name { start: 0 }),
            ("1 + giz", CompletionTarget::Name { start: 4 }),
            ("gizmo.", CompletionTarget::Member { start: 6, of: 5 }),
            ("gizmo?.co", CompletionTarget::Member { start: 7, of: 5 }),
            ("a /* x */ . b", CompletionTarget::Member { start: 12, of: 10 }),
            ("gizmo[\"al", CompletionTarget::Key { start: 7, of: 5 }),
            ("set(\"ti", CompletionTarget::Argument { start: 5, function: "set".to_owned() }),
            ("import \"i", CompletionTarget::Argument { start: 8, function: "import".to_owned() }),
            ("0..giz", CompletionTarget::Name { start: 3 }),
            ("12", CompletionTarget::Nothing),
            ("t.0", CompletionTarget::Nothing),
            ("// gizmo.", CompletionTarget::Nothing),
            ("\"gizmo.", CompletionTarget::Nothing),
            ("\"a\\\"b\".l", CompletionTarget::Member { start: 7, of: 6 }),
            ("'\"'.x", CompletionTarget::Member { start: 4, of: 3 }),
        ] {
            assert_eq!(place(code), expected, "{code}");
        }
    }

    #[test]
    fn an_expression_is_taken_apart_from_behind() {
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
            let typed = TextBeforeCursor::new(code, code.chars().count());
            assert_eq!(typed.chain(code.chars().count()).unwrap().1, expected, "{code}");
        }
        for code in ["", "1 + ", "(a)", "\"text\"", "]", "a ) ]"] {
            assert_eq!(TextBeforeCursor::new(code, 99).chain(code.chars().count().min(99)), None, "{code}");
        }
    }

    #[test]
    fn the_parameter_of_a_closure_is_an_item_of_what_it_is_asked_of() {
        let code = "x.items.filter(|i| i.";
        let typed = TextBeforeCursor::new(code, 99);
        assert_eq!(typed.parameter("i", 19), Some((7, "filter".to_owned())));
        assert_eq!(typed.parameter("j", 19), None);
    }
}
