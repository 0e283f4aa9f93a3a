//! A command that mentions a secret, as others may be told of it: what it does, without any value that stands in it.

use rhai::{Engine, Token};

/// What stands in the place of a value.
const VALUE: char = '…';

/// Whether `code` mentions the field called `name`: in code, in a text or in a comment.
pub(crate) fn mentions_field(code: &str, name: &str) -> bool {
    let is_part_of_name = |char: char| char.is_alphanumeric() || char == '_';
    code.match_indices(name).any(|(start, _)| {
        !code[..start].ends_with(is_part_of_name) && !code[start + name.len()..].starts_with(is_part_of_name)
    })
}

/// `code` without its texts, characters, numbers and comments, as far as it can be read.
pub(crate) fn redact(engine: &Engine, code: &str) -> String {
    let inputs = [code];
    let (tokens, _) = engine.lex(&inputs);
    let (mut text, mut source) = (String::new(), Reader::new(code));
    for (token, position) in tokens {
        if token == Token::EOF {
            break;
        }
        let is_apart = source.is_space_before(position.line().unwrap_or(0), position.position().unwrap_or(0));
        if is_apart && !text.is_empty() {
            text.push(' ');
        }
        match token {
            // Where a text has code in it, only a parser knows where the text goes on.
            Token::LexError(_) | Token::InterpolatedString(_) => {
                text.push(VALUE);
                break;
            }
            Token::IntegerConstant(_)
            | Token::FloatConstant(_)
            | Token::CharConstant(_)
            | Token::StringConstant(_) => text.push(VALUE),
            // An integer that is too large for the engine.
            Token::Identifier(name)
                if !name.starts_with(|first: char| first.is_alphabetic() || first == '_') =>
            {
                text.push(VALUE);
            }
            token => text += &token.to_string(),
        }
    }
    text
}

/// Goes through a text by lines and columns, which only grow.
struct Reader<'a> {
    rest: std::str::Chars<'a>,
    line: usize,
    column: usize,
    last: char,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text.chars(), line: 1, column: 1, last: ' ' }
    }

    /// Goes on to the character in `line` at `column`; answers whether there is white space before it.
    fn is_space_before(&mut self, line: usize, column: usize) -> bool {
        while (self.line, self.column) < (line, column) {
            let Some(char) = self.rest.next() else { break };
            (self.line, self.column) =
                if char == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
            self.last = char;
        }
        self.last.is_whitespace()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_is_told_and_with_which_values_is_not() {
        let engine = Engine::new_raw();
        for (code, told) in [
            ("gizmo.token = \"s3 \\\" cret\" + 'x' + 4711; 1", "gizmo.token = … + … + …; …"),
            ("gizmo.token = `y${z} s3cret`; 1", "gizmo.token = …"),
            ("gizmo.token = #\"s3cret\"# + \"s3cret\"", "gizmo.token = … + …"),
            ("gizmo.token /* \" */ = \"s3cret\"", "gizmo.token = …"),
            ("/*token*/ gizmo.key = 99", "gizmo.key = …"),
            ("0; gizmo.key = 5 // token s3cret", "…; gizmo.key = …"),
            ("4711 == gizmo.pin", "… == gizmo.pin"),
            ("if  (gizmo.token ==\n\"s3cret\") { f(1, x) }", "if (gizmo.token == …) { f(…, x) }"),
            ("gizmo.map[\"s3cret\"].token", "gizmo.map[…].token"),
            ("gizmo.token = \"s3cret", "gizmo.token = …"),
            ("gizmo.token = `s3cret", "gizmo.token = …"),
            ("gizmo.token", "gizmo.token"),
            ("", ""),
        ] {
            assert_eq!(redact(&engine, code), told, "{code}");
        }
    }

    #[test]
    fn a_name_is_mentioned_as_a_whole() {
        assert!(
            mentions_field("gizmo.id", "id")
                && mentions_field("m[\"id\"]", "id")
                && mentions_field("// id", "id")
        );
        assert!(
            !mentions_field("gizmo.valid_ids", "id")
                && !mentions_field("grid", "id")
                && !mentions_field("id_2", "id")
        );
    }
}
