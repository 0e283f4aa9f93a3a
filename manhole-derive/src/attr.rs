//! Reading `#[manhole(…)]` by the [`grammar`](crate::grammar).

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Expr, ExprLit, Lit, LitStr, Meta, Token};

use crate::ctxt::Ctxt;
use crate::grammar::{Key, Place, Takes, Word};

/// What was said in the `#[manhole(…)]` attributes of one item.
#[derive(Default)]
pub(crate) struct Attrs {
    given: Vec<Given>,
}

/// One word that was given.
pub(crate) struct Given {
    pub(crate) word: &'static Word,
    pub(crate) span: Span,
    // For every word that takes a text, and for no other.
    text: Option<LitStr>,
}

impl Attrs {
    /// Reads what `attrs` say for an item that is a `place`; every mistake goes to `ctxt`.
    pub(crate) fn read(ctxt: &Ctxt, attrs: &[Attribute], place: Place) -> Self {
        let mut read = Self::default();
        for attr in attrs.iter().filter(|attr| is_ours(attr)) {
            let Meta::List(list) = &attr.meta else {
                ctxt.error_spanned(&attr.meta, format_args!("expected `#[manhole(…)]`; {}", place.list()));
                continue;
            };
            let parser = |input: ParseStream<'_>| read.list(ctxt, input, place);
            if let Err(error) = parser.parse2(list.tokens.clone()) {
                ctxt.push(error);
            }
        }
        read
    }

    /// Where the word was given, if it was.
    pub(crate) fn span(&self, key: Key) -> Option<Span> {
        self.find(key).map(|given| given.span)
    }

    /// Whether the word was given.
    pub(crate) fn has(&self, key: Key) -> bool {
        self.find(key).is_some()
    }

    /// The text that was given with the word.
    pub(crate) fn text(&self, key: Key) -> Option<&LitStr> {
        self.find(key)?.text.as_ref()
    }

    /// All words, in the order they were given.
    pub(crate) fn given(&self) -> &[Given] {
        &self.given
    }

    fn find(&self, key: Key) -> Option<&Given> {
        self.given.iter().find(|given| given.word.key == key)
    }

    /// Reads the inside of one attribute. Only broken syntax ends it early: a wrong word does not hide the next one.
    fn list(&mut self, ctxt: &Ctxt, input: ParseStream<'_>, place: Place) -> syn::Result<()> {
        while !input.is_empty() {
            let Ok(name) = input.call(Ident::parse_any) else {
                return Err(input.error(format_args!("expected a name; {}", place.list())));
            };
            let value = Value::read(input)?;
            match given(&name, value, place) {
                Ok(given) if self.has(given.word.key) => {
                    ctxt.error(given.span, format_args!("`{}` is given twice", given.word.name));
                }
                Ok(given) => self.given.push(given),
                Err(error) => ctxt.push(error),
            }
            if !input.is_empty() {
                if !input.peek(Token![,]) {
                    return Err(input.error("expected `,`"));
                }
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }
}

/// Whether the attribute is for these macros.
pub(crate) fn is_ours(attr: &Attribute) -> bool {
    attr.path().is_ident("manhole")
}

/// What follows a word.
enum Value {
    Nothing,
    /// `= …`
    Assigned(Expr),
    /// `(…)`
    List(Span),
}

impl Value {
    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Token![=]) {
            let equals: Token![=] = input.parse()?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(Error::new(equals.span, "expected a value after `=`"));
            }
            return input.parse().map(Self::Assigned);
        }
        if input.peek(syn::token::Paren) {
            let group: proc_macro2::Group = input.parse()?;
            return Ok(Self::List(group.span()));
        }
        Ok(Self::Nothing)
    }
}

fn given(name: &Ident, value: Value, place: Place) -> Result<Given, Error> {
    let word = Word::find(&name.to_string(), place).map_err(|message| Error::new(name.span(), message))?;
    let text = match (word.takes, value) {
        (Takes::Nothing, Value::Nothing) => None,
        (Takes::Text, Value::Assigned(Expr::Lit(ExprLit { lit: Lit::Str(text), .. }))) => Some(text),
        (Takes::Nothing, Value::Assigned(value)) => {
            return Err(Error::new_spanned(value, format_args!("`{word}` takes no value")));
        }
        (Takes::Nothing, Value::List(span)) => {
            return Err(Error::new(span, format_args!("`{word}` takes no value")));
        }
        (Takes::Text, Value::Assigned(value)) => {
            return Err(Error::new_spanned(value, format_args!("expected a text: `{word}`")));
        }
        (Takes::Text, Value::List(span)) => {
            return Err(Error::new(span, format_args!("expected a text: `{word}`")));
        }
        (Takes::Text, Value::Nothing) => {
            return Err(Error::new(name.span(), format_args!("expected a text: `{word}`")));
        }
    };
    Ok(Given { word, span: name.span(), text })
}
