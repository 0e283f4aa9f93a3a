//! The rules that concern more than one word of an attribute: a function for each.

use super::ast::{Body, Container, Field, Style, Variant};
use crate::case::{CASES, Case};
use crate::ctxt::Ctxt;
use crate::grammar::Key;
use crate::name::{Name, are_unique, rename_gives_an_identifier};
use crate::nearest::nearest;

/// Checks every rule; what breaks one goes to `ctxt`.
pub(crate) fn validate(ctxt: &Ctxt, container: &Container<'_>) {
    rename_all_names_a_case(ctxt, container);
    rename_all_has_something_to_rename(ctxt, container);
    fields_can_be_borrowed(ctxt, container);
    for field in container.fields() {
        skip_stands_alone(ctxt, field);
        secret_stands_without_readonly(ctxt, field);
        rename_gives_an_identifier(ctxt, field.attrs.text(Key::Rename));
    }
    match &container.body {
        Body::Struct(_, fields) => field_names_are_unique(ctxt, fields),
        Body::Enum(variants) => {
            for variant in variants {
                rename_gives_an_identifier(ctxt, variant.attrs.text(Key::Rename));
                field_names_are_unique(ctxt, &variant.fields);
            }
            variant_names_are_unique(ctxt, variants);
        }
    }
}

/// `rename_all` takes one of a few cases.
fn rename_all_names_a_case(ctxt: &Ctxt, container: &Container<'_>) {
    let Some(text) = container.attrs.text(Key::RenameAll) else {
        return;
    };
    let given = text.value();
    if Case::named(&given).is_some() {
        return;
    }
    let known: Vec<&str> = CASES.iter().map(|(name, _)| *name).collect();
    let hint = nearest(&given, known.iter().copied())
        .map_or_else(|| "; ".to_owned(), |meant| format!(", did you mean `{meant}`? "));
    ctxt.error_spanned(
        text,
        format_args!("unknown case `{given}`{hint}`rename_all` takes: {}", known.join(", ")),
    );
}

/// `rename_all` on a struct needs named fields.
fn rename_all_has_something_to_rename(ctxt: &Ctxt, container: &Container<'_>) {
    let (Some(span), Body::Struct(style, _)) = (container.attrs.span(Key::RenameAll), &container.body) else {
        return;
    };
    let what = match style {
        Style::Named => return,
        Style::Tuple => "the fields of a tuple struct have no names",
        Style::Unit => "a unit struct has no fields",
    };
    ctxt.error(span, format_args!("`rename_all` has nothing to rename: {what}"));
}

/// The fields of a `#[repr(packed)]` struct cannot be borrowed, and everything here borrows.
fn fields_can_be_borrowed(ctxt: &Ctxt, container: &Container<'_>) {
    for attr in container.syntax.iter().filter(|attr| attr.path().is_ident("repr")) {
        // What cannot be parsed here is reported by the compiler itself.
        let _ = attr.parse_nested_meta(|meta| {
            if meta.path.is_ident("packed") && container.fields().any(Field::is_reflected) {
                ctxt.error_spanned(
                    &meta.path,
                    "`Manhole` cannot be derived for a packed struct: its fields cannot be borrowed; \
                     mark each of them `#[manhole(skip)]` or `#[manhole(secret)]`",
                );
            }
            if meta.input.peek(syn::token::Paren) {
                meta.input.parse::<proc_macro2::Group>()?;
            }
            Ok(())
        });
    }
}

/// A field that is left out has nothing else that could be said of it.
fn skip_stands_alone(ctxt: &Ctxt, field: &Field<'_>) {
    if !field.attrs.has(Key::Skip) {
        return;
    }
    for other in field.attrs.given().iter().filter(|given| given.word.key != Key::Skip) {
        ctxt.error(
            other.span,
            format_args!(
                "`skip` leaves the field out, so `{}` has no effect; remove one of them",
                other.word.name
            ),
        );
    }
}

/// A secret is never written. Of a field that is left out anyway, enough has been said.
fn secret_stands_without_readonly(ctxt: &Ctxt, field: &Field<'_>) {
    let secret = field.is_exposed() && field.attrs.has(Key::Secret);
    if let (true, Some(span)) = (secret, field.attrs.span(Key::Readonly)) {
        ctxt.error(span, "`secret` already refuses writes; remove `readonly`");
    }
}

/// A name in the console leads to one field.
fn field_names_are_unique(ctxt: &Ctxt, fields: &[Field<'_>]) {
    let exposed = fields.iter().filter(|field| field.is_exposed());
    are_unique(ctxt, "fields", exposed.map(|field| (&field.name, field.source_name())));
}

/// A name in the console stands for one variant.
fn variant_names_are_unique(ctxt: &Ctxt, variants: &[Variant<'_>]) {
    let named = |variant: &Variant<'_>| variant.ident.to_string();
    are_unique(ctxt, "variants", variants.iter().map(|variant| (&variant.name as &Name, named(variant))));
}
