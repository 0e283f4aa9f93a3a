//! The entries of `manhole!`, as the later steps see them.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, ExprClosure, Pat, Token, UnOp};

use crate::attrs::AttrTarget;
use crate::attrs::{Attrs, is_manhole_attr};
use crate::diagnostics::ErrorCollector;
use crate::syntax::doc_comment::{doc, is_doc};

/// One `name => value`.
pub(crate) struct Entry {
    pub(crate) doc: String,
    pub(crate) attrs: Attrs,
    pub(crate) name: Ident,
    /// Without the `&`s before it, which only say what the macro does anyway.
    pub(crate) value: Expr,
}

/// What is done with a value.
pub(crate) enum EntryKind<'a> {
    /// It is called.
    Closure(&'a ExprClosure),
    /// It has a place, so it is borrowed.
    PlaceExpr,
    /// It is the result of an expression, so it is moved.
    Value,
}

/// Reads the entries up to the first that is broken: what follows it could be part of it.
pub(crate) fn entries(errors: &ErrorCollector, input: ParseStream<'_>) -> Vec<Entry> {
    let mut entries = Vec::new();
    while !input.is_empty() {
        match entry(errors, input) {
            Ok(entry) => entries.push(entry),
            Err(error) => {
                errors.push(error);
                // The parser insists on being given everything.
                let _ = input.parse::<proc_macro2::TokenStream>();
            }
        }
    }
    entries
}

fn entry(errors: &ErrorCollector, input: ParseStream<'_>) -> syn::Result<Entry> {
    let attrs = input.call(Attribute::parse_outer)?;
    for attr in attrs.iter().filter(|attr| !is_doc(attr) && !is_manhole_attr(attr)) {
        errors.error_spanned(attr, "an entry takes no attributes but doc comments and `#[manhole(…)]`");
    }
    let ours = Attrs::read(errors, &attrs, AttrTarget::Entry);
    let last = attrs.last().map_or_else(Span::call_site, Spanned::span);
    if input.is_empty() {
        return Err(Error::new(last, "expected `name => value` after this"));
    }
    let Ok(name) = input.call(Ident::parse_any) else {
        return Err(input.error("expected a name: an entry is `name => value`"));
    };
    let expected = |what: &str| {
        let message = format!("expected {what}: an entry is `{name} => value`");
        // At the end there is nothing to point at but what is before.
        if input.is_empty() { Error::new(name.span(), message) } else { input.error(message) }
    };
    if !input.peek(Token![=>]) {
        return Err(expected("`=>`"));
    }
    input.parse::<Token![=>]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(expected("a value"));
    }
    let value: Expr = input.parse()?;
    if !input.is_empty() {
        if !input.peek(Token![,]) {
            return Err(input.error("expected `,` before the next entry"));
        }
        input.parse::<Token![,]>()?;
    }
    Ok(Entry { doc: doc(&attrs), attrs: ours, name, value: without_borrows(value) })
}

impl Entry {
    /// What is to be done with the value.
    pub(crate) fn kind(&self) -> EntryKind<'_> {
        match inner(&self.value) {
            Expr::Closure(closure) => EntryKind::Closure(closure),
            Expr::Path(_) | Expr::Field(_) | Expr::Index(_) => EntryKind::PlaceExpr,
            Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => EntryKind::PlaceExpr,
            _ => EntryKind::Value,
        }
    }
}

/// The names of the closure's parameters; empty for one that is a pattern.
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

/// The expression without parentheses, and without the invisible ones around what another macro passed on.
fn inner(value: &Expr) -> &Expr {
    match value {
        Expr::Paren(paren) => inner(&paren.expr),
        Expr::Group(group) => inner(&group.expr),
        value => value,
    }
}
