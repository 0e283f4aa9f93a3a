//! Lines that continue the command before them: `.len()`, `+ 1`, `else { … }`.

use crate::engine::value::lexing::is_word;

/// The operators that continue a value where a space follows them. `||` begins a closure.
const OPERATORS: &[&str] =
    &["&&", "==", "!=", "<=", ">=", "??", "<<", ">>", "**", "+", "-", "*", "/", "%", "<", ">"];

/// The words that continue a block.
const WORDS: &[&str] = &["else", "catch"];

/// What a line continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Continuation {
    /// The value of the command before.
    Value,
    /// The block before, by this word.
    Block(&'static str),
}

impl Continuation {
    /// Returns the value or statement that a line beginning with `text` continues, or `None` if the line is a new command.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let text = text.trim_start();
        let member = text.strip_prefix("?.").or_else(|| text.strip_prefix('.'));
        if member.is_some_and(|member| member.starts_with(is_word)) {
            return Some(Self::Value);
        }
        let is_before_space =
            |operator: &&str| text.strip_prefix(*operator).is_some_and(|rest| rest.starts_with([' ', '\t']));
        if OPERATORS.iter().any(is_before_space) {
            return Some(Self::Value);
        }
        let is_whole =
            |word: &&&str| text.strip_prefix(**word).is_some_and(|rest| !rest.starts_with(is_word));
        WORDS.iter().find(is_whole).map(|word| Self::Block(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_operators_and_later_blocks_continue() {
        for line in [".len()", "  .0", "?.len()", "+ 1", "&& x", "\t- 1", "< 3"] {
            assert_eq!(Continuation::of(line), Some(Continuation::Value), "{line}");
        }
        for line in ["", "x", "..3", ".", "-1", "+1", "&x", "*x", "|| x", "elsewhere", "{", "!x"] {
            assert_eq!(Continuation::of(line), None, "{line}");
        }
        assert_eq!(Continuation::of("else { 1 }"), Some(Continuation::Block("else")));
        assert_eq!(Continuation::of("catch(e) {"), Some(Continuation::Block("catch")));
    }
}
