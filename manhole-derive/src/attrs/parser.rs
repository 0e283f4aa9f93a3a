//! Reading `#[manhole(…)]` by the [`spec`](super::spec).

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Expr, ExprLit, ExprPath, Lit, LitStr, Meta, Path, Token};

use super::spec::{Key, Place, Takes, Word};
use crate::diagnostics::Ctxt;
use crate::syntax::type_to_string::type_text;

/// What was said in the `#[manhole(…)]` attributes of one item.
#[derive(Default)]
pub(crate) struct Attrs {
    given: Vec<Given>,
}

/// One word that was given.
pub(crate) struct Given {
    pub(crate) word: &'static Word,
    pub(crate) span: Span,
    argument: Argument,
}

/// What was given with a word: what the grammar says that it takes.
enum Argument {
    Nothing,
    Text(LitStr),
    Path(Path),
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
            read.tokens(ctxt, list.tokens.clone(), place);
        }
        read
    }

    /// Reads what stands in the brackets of `#[manhole::…(…)]`, an attribute of its own.
    pub(crate) fn of_arguments(ctxt: &Ctxt, tokens: TokenStream, place: Place) -> Self {
        let mut read = Self::default();
        read.tokens(ctxt, tokens, place);
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
        match &self.find(key)?.argument {
            Argument::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The path that was given with the word.
    pub(crate) fn path(&self, key: Key) -> Option<&Path> {
        match &self.find(key)?.argument {
            Argument::Path(path) => Some(path),
            _ => None,
        }
    }

    /// All words, in the order they were given.
    pub(crate) fn given(&self) -> &[Given] {
        &self.given
    }

    fn find(&self, key: Key) -> Option<&Given> {
        self.given.iter().find(|given| given.word.key == key)
    }

    fn tokens(&mut self, ctxt: &Ctxt, tokens: TokenStream, place: Place) {
        let parser = |input: ParseStream<'_>| self.list(ctxt, input, place);
        if let Err(error) = parser.parse2(tokens) {
            ctxt.push(error);
        }
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

/// A level is one of them.
pub(crate) fn names_one_level(ctxt: &Ctxt, attrs: &Attrs) {
    if let (Some(_), Some(span)) = (attrs.span(Key::Admin), attrs.span(Key::Observe)) {
        ctxt.error(span, "`observe` lets everybody do it and `admin` hardly anybody; remove one of them");
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
    let argument = match (word.takes, value) {
        (Takes::Nothing, Value::Nothing) => Argument::Nothing,
        (Takes::Text, Value::Assigned(Expr::Lit(ExprLit { lit: Lit::Str(text), .. }))) => {
            Argument::Text(text)
        }
        (Takes::Path, Value::Assigned(Expr::Path(ExprPath { qself: None, path, .. }))) => {
            Argument::Path(path)
        }
        (Takes::Path, Value::Assigned(Expr::Lit(ExprLit { lit: Lit::Str(text), .. }))) => {
            let unquoted = match text.parse::<Path>() {
                Ok(path) => format!("`{} = {}`", word.name, type_text(path.to_token_stream(), "Self")),
                Err(_) => format!("`{word}`"),
            };
            return Err(Error::new(
                text.span(),
                format_args!("a path is written without quotes: {unquoted}"),
            ));
        }
        (takes, value) => {
            let message = match takes {
                Takes::Nothing => format!("`{word}` takes no value"),
                Takes::Text => format!("expected a text: `{word}`"),
                Takes::Path => format!("expected a path: `{word}`"),
            };
            return Err(match value {
                Value::Nothing => Error::new(name.span(), message),
                Value::Assigned(value) => Error::new_spanned(value, message),
                Value::List(span) => Error::new(span, message),
            });
        }
    };
    Ok(Given { word, span: name.span(), argument })
}
