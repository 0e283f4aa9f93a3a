//! The entries of `manhole!`.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, ExprClosure, Pat, Token, UnOp};

use crate::attrs::AttrTarget;
use crate::attrs::{Attrs, is_manhole_attr};
use crate::diagnostics::{ErrorCollector, expected};
use crate::syntax::doc_comment::{doc_text, is_doc};

/// One `name => value`.
pub(crate) struct Entry {
    pub(crate) doc: String,
    pub(crate) attrs: Attrs,
    pub(crate) name: Ident,
    /// Without leading `&`s, because the macro borrows by itself.
    pub(crate) value: Expr,
}

/// How the generated code takes a value.
pub(crate) enum EntryKind<'a> {
    /// A closure, which scripts call.
    Closure(&'a ExprClosure),
    /// A place expression, which is borrowed.
    PlaceExpr,
    /// A value expression, which is moved.
    Value,
}

/// Parses the entries up to the first syntax error, because the end of a broken entry is unknown.
pub(crate) fn parse_entries(errors: &ErrorCollector, input: ParseStream<'_>) -> Vec<Entry> {
    let mut entries = Vec::new();
    while !input.is_empty() {
        match parse_entry(errors, input) {
            Ok(entry) => entries.push(entry),
            Err(error) => {
                errors.push(error);
                // The parser requires that all input is consumed.
                let _ = input.parse::<proc_macro2::TokenStream>();
            }
        }
    }
    entries
}

fn parse_entry(errors: &ErrorCollector, input: ParseStream<'_>) -> syn::Result<Entry> {
    let attrs = input.call(Attribute::parse_outer)?;
    for attr in attrs.iter().filter(|attr| !is_doc(attr) && !is_manhole_attr(attr)) {
        errors.error_spanned(
            attr,
            "unexpected attribute on an entry\nhelp: use only doc comments and `#[manhole(…)]`",
        );
    }
    let ours = Attrs::parse(errors, &attrs, AttrTarget::Entry);
    let last = attrs.last().map_or_else(Span::call_site, Spanned::span);
    if input.is_empty() {
        return Err(Error::new(last, "expected an entry, found the end\nhelp: write `name => value`"));
    }
    let Ok(name) = input.call(Ident::parse_any) else {
        return Err(expected(input, "the name of an entry", "help: write `name => value`"));
    };
    let unexpected = |what: &str| {
        let help = format!("help: write `{name} => value`");
        // At the end there is no token to mark but the name.
        if input.is_empty() {
            Error::new(name.span(), format_args!("expected {what}, found the end\n{help}"))
        } else {
            expected(input, what, &help)
        }
    };
    if !input.peek(Token![=>]) {
        return Err(unexpected("`=>`"));
    }
    input.parse::<Token![=>]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(unexpected("a value"));
    }
    let value: Expr = input.parse()?;
    if !input.is_empty() {
        if !input.peek(Token![,]) {
            return Err(expected(input, "`,` before the next entry", ""));
        }
        input.parse::<Token![,]>()?;
    }
    Ok(Entry { doc: doc_text(&attrs), attrs: ours, name, value: without_borrows(value) })
}

impl Entry {
    /// Returns how the generated code takes the value.
    pub(crate) fn kind(&self) -> EntryKind<'_> {
        match without_parens(&self.value) {
            Expr::Closure(closure) => EntryKind::Closure(closure),
            Expr::Path(_) | Expr::Field(_) | Expr::Index(_) => EntryKind::PlaceExpr,
            Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => EntryKind::PlaceExpr,
            _ => EntryKind::Value,
        }
    }
}

/// Returns the names of the closure's parameters. The name of a pattern is empty.
pub(crate) fn param_names(closure: &ExprClosure) -> Vec<String> {
    closure.inputs.iter().map(param_name).collect()
}

fn param_name(pattern: &Pat) -> String {
    match pattern {
        Pat::Type(typed) => param_name(&typed.pat),
        Pat::Ident(pattern) => pattern.ident.unraw().to_string(),
        _ => String::new(),
    }
}

fn without_borrows(value: Expr) -> Expr {
    match value {
        Expr::Reference(reference) if reference.mutability.is_none() => without_borrows(*reference.expr),
        value => value,
    }
}

/// Returns the expression without parentheses, and without the invisible group around an expression from another macro.
fn without_parens(value: &Expr) -> &Expr {
    match value {
        Expr::Paren(paren) => without_parens(&paren.expr),
        Expr::Group(group) => without_parens(&group.expr),
        value => value,
    }
}
