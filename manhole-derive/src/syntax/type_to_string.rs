//! Formatting of types as in source code.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// Formats the tokens of a type as a person writes them, such as `Result<u64, String>`; the compiler's own formatting adds spaces.
/// `Self` becomes `self_name`, because the console's output gives it no meaning.
pub(crate) fn type_to_string(tokens: TokenStream, self_name: &str) -> String {
    let mut formatter = TypeFormatter { text: String::new(), last: Last::Open, self_name };
    formatter.tokens(tokens);
    formatter.text
}

struct TypeFormatter<'a> {
    text: String,
    last: Last,
    self_name: &'a str,
}

/// The end of the text so far, which decides on the next space.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// No space follows: the beginning, an opening bracket, `&`, `::`, …
    Open,
    /// A space follows in any case: `,` `;` `->` `=` `+` `mut` `dyn`
    Spaced,
    /// A name, number or closing bracket: a space follows before a name.
    Word,
    /// The first half of `->`, `::` or a lifetime.
    Joint(char),
}

impl TypeFormatter<'_> {
    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::Brace => ("{ ", " }"),
                        Delimiter::None => {
                            self.tokens(group.stream());
                            continue;
                        }
                    };
                    self.space_if(false);
                    self.push(open, Last::Open);
                    self.tokens(group.stream());
                    self.push(close, Last::Word);
                }
                TokenTree::Ident(ident) if ident == "Self" => {
                    let self_name = self.self_name;
                    self.word(self_name);
                }
                TokenTree::Ident(ident) => self.word(&ident.to_string()),
                TokenTree::Literal(literal) => self.word(&literal.to_string()),
                TokenTree::Punct(punct) => self.punct(punct.as_char(), punct.spacing()),
            }
        }
    }

    fn word(&mut self, word: &str) {
        self.space_if(true);
        let modifies = matches!(word, "as" | "const" | "dyn" | "impl" | "mut");
        self.push(word, if modifies { Last::Spaced } else { Last::Word });
    }

    fn punct(&mut self, char: char, spacing: Spacing) {
        let mut buffer = [0; 4];
        let punct = char.encode_utf8(&mut buffer);
        match (self.last, char) {
            (Last::Joint('-'), '>') => self.push(punct, Last::Spaced),
            (Last::Joint(':'), ':') => self.push(punct, Last::Open),
            (_, '-' | ':') if spacing == Spacing::Joint => {
                if char == '-' {
                    self.text.push(' ');
                }
                self.push(punct, Last::Joint(char));
            }
            (_, ',' | ';' | ':') => self.push(punct, Last::Spaced),
            (_, '=' | '+') => {
                self.text.push(' ');
                self.push(punct, Last::Spaced);
            }
            (_, '>') => self.push(punct, Last::Word),
            (_, '<') => self.push(punct, Last::Open),
            (Last::Word, '&' | '*' | '/' | '%' | '|' | '^') => {
                // An operator in a const argument.
                self.text.push(' ');
                self.push(punct, Last::Spaced);
            }
            _ => {
                // `&`, `*`, `'`, `!` and `?` belong to the next token.
                self.space_if(char == '\'');
                self.push(punct, Last::Open);
            }
        }
    }

    /// Writes a space if the last token requires one, or if it would merge with a word.
    fn space_if(&mut self, word: bool) {
        if self.last == Last::Spaced || (word && self.last == Last::Word) {
            self.text.push(' ');
        }
    }

    fn push(&mut self, text: &str, last: Last) {
        self.text.push_str(text);
        self.last = last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_types_as_in_source() {
        for text in [
            "u64",
            "Result<u64, String>",
            "std::collections::HashMap<String, Vec<Option<u8>>>",
            "&'static str",
            "&mut [u8]",
            "(u8, String)",
            "(u8,)",
            "()",
            "[u8; 4]",
            "[u8; N * 2]",
            "impl Iterator<Item = u32> + Send + 'static",
            "Box<dyn Fn(&str, u8) -> bool + Send>",
            "<T as Iterator>::Item",
            "for<'a> fn(&'a T) -> &'a U",
            "Cow<'_, str>",
            "*const u8",
        ] {
            let tokens: TokenStream = text.parse().unwrap();
            assert_eq!(type_to_string(tokens, "Gizmo<T>"), text);
        }
    }

    #[test]
    fn replaces_self() {
        assert_eq!(type_to_string("Option < Self >".parse().unwrap(), "Gizmo<T>"), "Option<Gizmo<T>>");
    }
}
