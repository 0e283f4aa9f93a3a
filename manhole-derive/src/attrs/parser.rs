//! Reading `#[manhole(…)]` by the [`spec`](super::spec).

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Expr, ExprLit, ExprPath, Lit, LitStr, Meta, Path, Token};

use super::spec::{AttrArg, AttrName, AttrSpec, AttrTarget};
use crate::diagnostics::ErrorCollector;
use crate::syntax::type_to_string::type_to_string;

/// What was said in the `#[manhole(…)]` attributes of one item.
#[derive(Default)]
pub(crate) struct Attrs {
    parsed: Vec<ParsedAttr>,
}

/// One word that was given.
pub(crate) struct ParsedAttr {
    pub(crate) spec: &'static AttrSpec,
    pub(crate) span: Span,
    argument: AttrArgument,
}

/// What was given with a word: what the grammar says that it takes.
enum AttrArgument {
    None,
    String(LitStr),
    Path(Path),
}

impl Attrs {
    /// Reads what `attrs` say for an item that is a `target`; every mistake goes to `errors`.
    pub(crate) fn read(errors: &ErrorCollector, attrs: &[Attribute], target: AttrTarget) -> Self {
        let mut read = Self::default();
        for attr in attrs.iter().filter(|attr| is_manhole_attr(attr)) {
            let Meta::List(list) = &attr.meta else {
                errors.error_spanned(&attr.meta, format_args!("expected `#[manhole(…)]`; {}", target.list()));
                continue;
            };
            read.tokens(errors, list.tokens.clone(), target);
        }
        read
    }

    /// Reads what stands in the brackets of `#[manhole::…(…)]`, an attribute of its own.
    pub(crate) fn of_arguments(errors: &ErrorCollector, tokens: TokenStream, target: AttrTarget) -> Self {
        let mut read = Self::default();
        read.tokens(errors, tokens, target);
        read
    }

    /// Where the word was given, if it was.
    pub(crate) fn span(&self, name: AttrName) -> Option<Span> {
        self.find(name).map(|parsed| parsed.span)
    }

    /// Whether the word was given.
    pub(crate) fn has(&self, name: AttrName) -> bool {
        self.find(name).is_some()
    }

    /// The text that was given with the word.
    pub(crate) fn text(&self, name: AttrName) -> Option<&LitStr> {
        match &self.find(name)?.argument {
            AttrArgument::String(text) => Some(text),
            _ => None,
        }
    }

    /// The path that was given with the word.
    pub(crate) fn path(&self, name: AttrName) -> Option<&Path> {
        match &self.find(name)?.argument {
            AttrArgument::Path(path) => Some(path),
            _ => None,
        }
    }

    /// All words, in the order they were given.
    pub(crate) fn parsed(&self) -> &[ParsedAttr] {
        &self.parsed
    }

    fn find(&self, name: AttrName) -> Option<&ParsedAttr> {
        self.parsed.iter().find(|parsed| parsed.spec.name == name)
    }

    fn tokens(&mut self, errors: &ErrorCollector, tokens: TokenStream, target: AttrTarget) {
        let parser = |input: ParseStream<'_>| self.list(errors, input, target);
        if let Err(error) = parser.parse2(tokens) {
            errors.push(error);
        }
    }

    /// Reads the inside of one attribute. Only broken syntax ends it early: a wrong word does not hide the next one.
    fn list(
        &mut self,
        errors: &ErrorCollector,
        input: ParseStream<'_>,
        target: AttrTarget,
    ) -> syn::Result<()> {
        while !input.is_empty() {
            let Ok(name) = input.call(Ident::parse_any) else {
                return Err(input.error(format_args!("expected a name; {}", target.list())));
            };
            let value = RawArgument::read(input)?;
            match parse_attr(&name, value, target) {
                Ok(parsed) if self.has(parsed.spec.name) => {
                    errors.error(parsed.span, format_args!("`{}` is given twice", parsed.spec.text));
                }
                Ok(parsed) => self.parsed.push(parsed),
                Err(error) => errors.push(error),
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
pub(crate) fn check_single_level(errors: &ErrorCollector, attrs: &Attrs) {
    if let (Some(_), Some(span)) = (attrs.span(AttrName::Admin), attrs.span(AttrName::Observe)) {
        errors.error(span, "`observe` lets everybody do it and `admin` hardly anybody; remove one of them");
    }
}

/// Whether the attribute is for these macros.
pub(crate) fn is_manhole_attr(attr: &Attribute) -> bool {
    attr.path().is_ident("manhole")
}

/// What follows a word.
enum RawArgument {
    Nothing,
    /// `= …`
    Assigned(Expr),
    /// `(…)`
    List(Span),
}

impl RawArgument {
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

fn parse_attr(name: &Ident, value: RawArgument, target: AttrTarget) -> Result<ParsedAttr, Error> {
    let spec =
        AttrSpec::find(&name.to_string(), target).map_err(|message| Error::new(name.span(), message))?;
    let argument = match (spec.arg, value) {
        (AttrArg::None, RawArgument::Nothing) => AttrArgument::None,
        (AttrArg::String, RawArgument::Assigned(Expr::Lit(ExprLit { lit: Lit::Str(text), .. }))) => {
            AttrArgument::String(text)
        }
        (AttrArg::Path, RawArgument::Assigned(Expr::Path(ExprPath { qself: None, path, .. }))) => {
            AttrArgument::Path(path)
        }
        (AttrArg::Path, RawArgument::Assigned(Expr::Lit(ExprLit { lit: Lit::Str(text), .. }))) => {
            let unquoted = match text.parse::<Path>() {
                Ok(path) => format!("`{} = {}`", spec.text, type_to_string(path.to_token_stream(), "Self")),
                Err(_) => format!("`{spec}`"),
            };
            return Err(Error::new(
                text.span(),
                format_args!("a path is written without quotes: {unquoted}"),
            ));
        }
        (arg, value) => {
            let message = match arg {
                AttrArg::None => format!("`{spec}` takes no value"),
                AttrArg::String => format!("expected a text: `{spec}`"),
                AttrArg::Path => format!("expected a path: `{spec}`"),
            };
            return Err(match value {
                RawArgument::Nothing => Error::new(name.span(), message),
                RawArgument::Assigned(value) => Error::new_spanned(value, message),
                RawArgument::List(span) => Error::new(span, message),
            });
        }
    };
    Ok(ParsedAttr { spec, span: name.span(), argument })
}
