//! The parser of `#[manhole(…)]`, driven by the table in [`spec`](super::spec).

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, ExprLit, ExprPath, Lit, LitStr, Meta, Path, Token};

use super::known_attributes::{AttrArg, AttrName, AttrSpec, AttrTarget};
use crate::diagnostics::{ErrorCollector, expected};
use crate::syntax::type_to_string::type_to_string;

/// The parsed `#[manhole(…)]` attributes of one item.
#[derive(Default)]
pub(crate) struct Attrs {
    parsed: Vec<ParsedAttr>,
}

/// One parsed attribute.
pub(crate) struct ParsedAttr {
    pub(crate) spec: &'static AttrSpec,
    pub(crate) span: Span,
    argument: AttrArgument,
}

/// The argument of an attribute, of the kind that its spec requires.
enum AttrArgument {
    None,
    String(LitStr),
    Path(Path),
    Adapter(Adapter),
    Names(Vec<Ident>),
}

/// How the keys or items of a collection are shown.
#[derive(Clone)]
pub(crate) enum Adapter {
    Debug,
    Display,
    Opaque,
    Get(Path),
    Remote(Path),
}

impl Attrs {
    /// Parses the `#[manhole(…)]` among `attrs`, which are on a `target`. Adds mistakes to `errors`.
    pub(crate) fn parse(errors: &ErrorCollector, attrs: &[Attribute], target: AttrTarget) -> Self {
        let mut parsed = Self::default();
        for attr in attrs.iter().filter(|attr| is_manhole_attr(attr)) {
            let found = match &attr.meta {
                Meta::List(list) => {
                    parsed.parse_tokens(errors, list.tokens.clone(), target);
                    continue;
                }
                Meta::Path(_) => "#[manhole]",
                Meta::NameValue(_) => "#[manhole = …]",
            };
            errors.error_spanned(
                &attr.meta,
                format_args!("expected `#[manhole(…)]`, found `{found}`\n{}", target.note()),
            );
        }
        parsed
    }

    /// Parses the arguments of an attribute macro, `#[manhole::…(…)]`.
    pub(crate) fn parse_arguments(errors: &ErrorCollector, tokens: TokenStream, target: AttrTarget) -> Self {
        let mut parsed = Self::default();
        parsed.parse_tokens(errors, tokens, target);
        parsed
    }

    /// Returns the span of the attribute `name` if it is present.
    pub(crate) fn span(&self, name: AttrName) -> Option<Span> {
        self.find(name).map(|parsed| parsed.span)
    }

    /// Returns whether the attribute `name` is present.
    pub(crate) fn has(&self, name: AttrName) -> bool {
        self.find(name).is_some()
    }

    /// Returns the string of the attribute `name`.
    pub(crate) fn string(&self, name: AttrName) -> Option<&LitStr> {
        match &self.find(name)?.argument {
            AttrArgument::String(string) => Some(string),
            _ => None,
        }
    }

    /// Returns the path of the attribute `name`.
    pub(crate) fn path(&self, name: AttrName) -> Option<&Path> {
        match &self.find(name)?.argument {
            AttrArgument::Path(path) => Some(path),
            _ => None,
        }
    }

    /// Returns the adapter of the attribute `name`.
    pub(crate) fn adapter(&self, name: AttrName) -> Option<&Adapter> {
        match &self.find(name)?.argument {
            AttrArgument::Adapter(adapter) => Some(adapter),
            _ => None,
        }
    }

    /// Returns the names that the attribute `name` lists.
    pub(crate) fn names(&self, name: AttrName) -> &[Ident] {
        match self.find(name).map(|parsed| &parsed.argument) {
            Some(AttrArgument::Names(names)) => names,
            _ => &[],
        }
    }

    /// Returns all attributes in source order.
    pub(crate) fn parsed(&self) -> &[ParsedAttr] {
        &self.parsed
    }

    fn find(&self, name: AttrName) -> Option<&ParsedAttr> {
        self.parsed.iter().find(|parsed| parsed.spec.name == name)
    }

    fn parse_tokens(&mut self, errors: &ErrorCollector, tokens: TokenStream, target: AttrTarget) {
        let parser = |input: ParseStream<'_>| self.parse_list(errors, input, target);
        if let Err(error) = parser.parse2(tokens) {
            errors.push(error);
        }
    }

    /// Parses the list in one `#[manhole(…)]`. Only broken syntax ends it early; after a wrong attribute it continues.
    fn parse_list(
        &mut self,
        errors: &ErrorCollector,
        input: ParseStream<'_>,
        target: AttrTarget,
    ) -> syn::Result<()> {
        while !input.is_empty() {
            let Ok(name) = input.call(Ident::parse_any) else {
                return Err(expected(input, "an attribute name", &target.note()));
            };
            let argument = RawArgument::parse(input)?;
            match parse_attr(&name, argument, target) {
                Ok(parsed) if self.has(parsed.spec.name) => {
                    errors.error(parsed.span, format_args!("duplicate attribute `{}`", parsed.spec.text));
                }
                Ok(parsed) => self.parsed.push(parsed),
                Err(error) => errors.push(error),
            }
            if !input.is_empty() {
                if !input.peek(Token![,]) {
                    return Err(expected(input, "`,`", ""));
                }
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }
}

/// Checks that an item has at most one access level.
pub(crate) fn check_single_level(errors: &ErrorCollector, attrs: &Attrs) {
    if let (Some(_), Some(span)) = (attrs.span(AttrName::Admin), attrs.span(AttrName::Observe)) {
        errors.error(
            span,
            "cannot combine `admin` and `observe`: an item has one access level\nhelp: remove one of them",
        );
    }
}

/// Returns whether the attribute is `#[manhole …]`.
pub(crate) fn is_manhole_attr(attr: &Attribute) -> bool {
    attr.path().is_ident("manhole")
}

/// The tokens after an attribute's name, before the spec is known.
enum RawArgument {
    None,
    /// `= …`
    Assigned(Expr),
    /// `(…)`
    List(proc_macro2::Group),
}

impl RawArgument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Token![=]) {
            let equals: Token![=] = input.parse()?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(Error::new(equals.span, "expected a value after `=`"));
            }
            return input.parse().map(Self::Assigned);
        }
        if input.peek(syn::token::Paren) {
            let group: proc_macro2::Group = input.parse()?;
            return Ok(Self::List(group));
        }
        Ok(Self::None)
    }

    fn describe(&self) -> String {
        match self {
            Self::None => "no value".to_owned(),
            Self::Assigned(Expr::Lit(ExprLit { lit: Lit::Str(_), .. })) => "a string".to_owned(),
            Self::Assigned(value @ (Expr::Lit(_) | Expr::Path(_))) => {
                format!("`{}`", type_to_string(value.to_token_stream(), "Self"))
            }
            Self::Assigned(_) => "an expression".to_owned(),
            Self::List(_) => "a list".to_owned(),
        }
    }
}

fn parse_attr(name: &Ident, argument: RawArgument, target: AttrTarget) -> Result<ParsedAttr, Error> {
    let spec =
        AttrSpec::find(&name.to_string(), target).map_err(|message| Error::new(name.span(), message))?;
    let argument = match (spec.arg, argument) {
        (AttrArg::None | AttrArg::Lookup, RawArgument::None) => AttrArgument::None,
        (AttrArg::Lookup, RawArgument::List(group)) => match Adapter::parse.parse2(group.stream()) {
            Ok(Adapter::Get(path)) => AttrArgument::Path(path),
            _ => return Err(wrong_argument(spec, name, RawArgument::List(group))),
        },
        (AttrArg::String, RawArgument::Assigned(Expr::Lit(ExprLit { lit: Lit::Str(string), .. }))) => {
            AttrArgument::String(string)
        }
        (AttrArg::Path, RawArgument::Assigned(Expr::Path(ExprPath { qself: None, path, .. }))) => {
            AttrArgument::Path(path)
        }
        (AttrArg::Adapter, RawArgument::List(group)) => match Adapter::parse.parse2(group.stream()) {
            Ok(adapter) => AttrArgument::Adapter(adapter),
            Err(_) => return Err(wrong_argument(spec, name, RawArgument::List(group))),
        },
        (AttrArg::Names, RawArgument::List(group)) => {
            match Punctuated::<Ident, Token![,]>::parse_terminated.parse2(group.stream()) {
                Ok(names) if !names.is_empty() => AttrArgument::Names(names.into_iter().collect()),
                _ => return Err(wrong_argument(spec, name, RawArgument::List(group))),
            }
        }
        (_, argument) => return Err(wrong_argument(spec, name, argument)),
    };
    Ok(ParsedAttr { spec, span: name.span(), argument })
}

impl Adapter {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name: Ident = input.call(Ident::parse_any)?;
        let adapter = match name.to_string().as_str() {
            "debug" => Self::Debug,
            "display" => Self::Display,
            "opaque" => Self::Opaque,
            "get" => {
                input.parse::<Token![=]>()?;
                Self::Get(input.parse()?)
            }
            "remote" => {
                input.parse::<Token![=]>()?;
                Self::Remote(input.parse()?)
            }
            _ => return Err(input.error("an unknown adapter")),
        };
        input.parse::<Option<Token![,]>>()?;
        Ok(adapter)
    }
}

fn wrong_argument(spec: &AttrSpec, name: &Ident, argument: RawArgument) -> Error {
    let kind = match spec.arg {
        AttrArg::None => "no value",
        AttrArg::Lookup => "no value or `(get = path)`",
        AttrArg::String => "a string",
        AttrArg::Path => "a path",
        AttrArg::Names => "the names of methods",
        AttrArg::Adapter => "`debug`, `display`, `opaque`, `get = path` or `remote = path`",
    };
    let help = match (&spec.arg, &argument) {
        (AttrArg::Path, RawArgument::Assigned(Expr::Lit(ExprLit { lit: Lit::Str(string), .. }))) => {
            match string.parse::<Path>() {
                Ok(path) => {
                    let path = type_to_string(path.to_token_stream(), "Self");
                    format!("remove the quotes: `{} = {path}`", spec.text)
                }
                Err(_) => format!("write `{spec}`"),
            }
        }
        (AttrArg::Names, _) => format!("write `{}(close, shutdown)`", spec.text),
        (AttrArg::Adapter, _) => format!("write `{0}(debug)` or `{0}(get = path)`", spec.text),
        _ => format!("write `{spec}`"),
    };
    let message = format!("expected {kind} for `{}`, found {}\nhelp: {help}", spec.text, argument.describe());
    match argument {
        RawArgument::None => Error::new(name.span(), message),
        RawArgument::Assigned(value) => Error::new_spanned(value, message),
        RawArgument::List(group) => Error::new(group.span(), message),
    }
}
