//! Types as text, the way people write them.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// The tokens of a type without the spaces that the compiler's own text has: `Result<u64, String>`. `Self` becomes
/// `self_name`, because in the console nothing tells what it is.
pub(crate) fn type_to_string(tokens: TokenStream, self_name: &str) -> String {
    let mut text = Text { text: String::new(), last: Last::Open, self_name };
    text.tokens(tokens);
    text.text
}

struct Text<'a> {
    text: String,
    last: Last,
    self_name: &'a str,
}

/// What the text ends with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// What takes no space after it: the beginning, an opening bracket, `&`, `::`, …
    Open,
    /// What takes a space after it, whatever comes: `,` `;` `->` `=` `+` `mut` `dyn`
    Spaced,
    /// A name, number or closing bracket: a name after it takes a space.
    AttrSpec,
    /// The first half of `->`, `::` or a lifetime.
    Joint(char),
}

impl Text<'_> {
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
                    self.push(close, Last::AttrSpec);
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
        self.push(word, if modifies { Last::Spaced } else { Last::AttrSpec });
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
            (_, '>') => self.push(punct, Last::AttrSpec),
            (_, '<') => self.push(punct, Last::Open),
            (Last::AttrSpec, '&' | '*' | '/' | '%' | '|' | '^') => {
                // An operator in the value of a const parameter.
                self.text.push(' ');
                self.push(punct, Last::Spaced);
            }
            _ => {
                // `&`, `*`, `'`, `!`, `?`: they belong to what follows.
                self.space_if(char == '\'');
                self.push(punct, Last::Open);
            }
        }
    }

    /// Writes the space that the last token asks for, or that keeps a word from it.
    fn space_if(&mut self, word: bool) {
        if self.last == Last::Spaced || (word && self.last == Last::AttrSpec) {
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
    fn types_are_written_as_people_write_them() {
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
    fn self_is_spelt_out() {
        assert_eq!(type_to_string("Option < Self >".parse().unwrap(), "Gizmo<T>"), "Option<Gizmo<T>>");
    }
}
