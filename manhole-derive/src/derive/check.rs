//! The rules that concern more than one word of an attribute: a function for each.

use syn::Member;

use super::ast::{Body, Container, Field, Style, Variant};
use super::field_access::{WAYS, Way};
use crate::attrs::Given;
use crate::attrs::Key;
use crate::diagnostics::Ctxt;
use crate::diagnostics::nearest;
use crate::names::{CASES, Case};
use crate::names::{Name, are_unique, rename_gives_an_identifier};

/// Checks every rule; what breaks one goes to `ctxt`.
pub(crate) fn check(ctxt: &Ctxt, container: &Container<'_>) {
    rename_all_names_a_case(ctxt, container);
    opaque_shows_nothing(ctxt, container);
    transparent_has_one_field(ctxt, container);
    transparent_says_nothing_itself(ctxt, container);
    fields_can_be_borrowed(ctxt, container);
    fields_have_names(ctxt, container);
    // Of the fields of these two everything has been said.
    if !container.attrs.has(Key::Opaque) && !container.attrs.has(Key::Transparent) {
        rename_all_has_something_to_rename(ctxt, container);
        container.fields().for_each(|field| validate_field(ctxt, field));
        names(ctxt, container);
    }
}

fn validate_field(ctxt: &Ctxt, field: &Field<'_>) {
    rename_gives_an_identifier(ctxt, field.attrs.text(Key::Rename));
    skip_stands_alone(ctxt, field);
    // Of a field that is left out, enough has been said.
    if field.is_exposed() {
        secret_is_not_seen(ctxt, field);
    }
    if field.is_reflected() {
        serde_is_there(ctxt, field);
        a_field_is_seen_in_one_way(ctxt, field);
        set_needs_get(ctxt, field);
        readonly_has_something_to_refuse(ctxt, field);
        validate_has_something_to_check(ctxt, field);
    }
}

fn names(ctxt: &Ctxt, container: &Container<'_>) {
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

/// Of what is not shown nothing can be said.
fn opaque_shows_nothing(ctxt: &Ctxt, container: &Container<'_>) {
    if !container.is_opaque() {
        return;
    }
    let without_effect = |given: &Given, what: &str| {
        let name = given.word.name;
        ctxt.error(
            given.span,
            format_args!("`opaque` shows nothing of {what}, so `{name}` has no effect; remove one of them"),
        );
    };
    let about_inside = [Key::Readonly, Key::RenameAll, Key::Transparent];
    let given = container.attrs.given().iter();
    given
        .filter(|given| about_inside.contains(&given.word.key))
        .for_each(|given| without_effect(given, "the inside"));
    if let Body::Enum(variants) = &container.body {
        for given in variants.iter().flat_map(|variant| variant.attrs.given()) {
            without_effect(given, "the variants");
        }
    }
    container
        .fields()
        .flat_map(|field| field.attrs.given())
        .for_each(|given| without_effect(given, "the fields"));
}

/// What is seen as a field has exactly that one.
fn transparent_has_one_field(ctxt: &Ctxt, container: &Container<'_>) {
    let Some(span) = container.attrs.span(Key::Transparent).filter(|_| !container.is_opaque()) else {
        return;
    };
    let count = container.fields().filter(|field| field.is_exposed()).count();
    match &container.body {
        Body::Enum(_) => {
            ctxt.error(span, "`transparent` is for structs: an enum is more than any of its fields");
        }
        Body::Struct(..) if count == 0 => {
            ctxt.error(span, "a `transparent` struct is seen as its one field, and this one shows none");
        }
        Body::Struct(..) if count > 1 => ctxt.error(
            span,
            format_args!(
                "a `transparent` struct is seen as its one field, and this one shows {count}; leave the others out: \
                 `#[manhole(skip)]`"
            ),
        ),
        Body::Struct(..) => {}
    }
}

/// What a transparent struct is, and how it is written, is a matter of the field and of who has a field of this type.
fn transparent_says_nothing_itself(ctxt: &Ctxt, container: &Container<'_>) {
    if !container.attrs.has(Key::Transparent) || container.is_opaque() {
        return;
    }
    let about_fields = [Key::Readonly, Key::RenameAll];
    let own = container.attrs.given().iter().filter(|given| about_fields.contains(&given.word.key));
    let exposed = container.fields().filter(|field| field.is_exposed());
    for given in own.chain(exposed.flat_map(|field| field.attrs.given())) {
        let name = given.word.name;
        let instead = match given.word.key {
            Key::Rename | Key::RenameAll => format!("which has no name then; remove `{name}`"),
            _ => {
                format!("and nothing more is said of it here; put `{name}` on the fields that have this type")
            }
        };
        ctxt.error(given.span, format_args!("a `transparent` struct is seen as its field, {instead}"));
    }
    let skipped = container.fields().filter(|field| !field.is_exposed());
    skipped.for_each(|field| skip_stands_alone(ctxt, field));
}

/// The fields of a `#[repr(packed)]` struct cannot be borrowed, and everything here borrows.
fn fields_can_be_borrowed(ctxt: &Ctxt, container: &Container<'_>) {
    for attr in container.syntax.iter().filter(|attr| attr.path().is_ident("repr")) {
        // What cannot be parsed here is reported by the compiler itself.
        let _ = attr.parse_nested_meta(|meta| {
            let borrows = !container.is_opaque() && container.fields().any(Field::is_reflected);
            if meta.path.is_ident("packed") && borrows {
                ctxt.error_spanned(
                    &meta.path,
                    "`Manhole` cannot be derived for a packed struct: its fields cannot be borrowed; \
                     mark each of them `#[manhole(skip)]` or `#[manhole(secret)]`, or the struct `#[manhole(opaque)]`",
                );
            }
            if meta.input.peek(syn::token::Paren) {
                meta.input.parse::<proc_macro2::Group>()?;
            }
            Ok(())
        });
    }
}

/// `_: u8` is read by the parser of macros as a field called `_`, which no expression can name.
fn fields_have_names(ctxt: &Ctxt, container: &Container<'_>) {
    for field in container.fields() {
        if matches!(&field.member, Member::Named(ident) if ident == "_") {
            ctxt.error_spanned(&field.member, "a field needs a name, and `_` is none");
        }
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

/// A secret is neither shown nor written.
fn secret_is_not_seen(ctxt: &Ctxt, field: &Field<'_>) {
    if !field.attrs.has(Key::Secret) {
        return;
    }
    for given in field.attrs.given() {
        match given.word.key {
            Key::Secret | Key::Rename => {}
            Key::Readonly => ctxt.error(given.span, "`secret` already refuses writes; remove `readonly`"),
            _ => ctxt.error(
                given.span,
                format_args!(
                    "`secret` neither shows the field nor writes it, so `{}` has no effect; remove one of them",
                    given.word.name
                ),
            ),
        }
    }
}

/// Without the feature, what the generated code names is not there.
fn serde_is_there(ctxt: &Ctxt, field: &Field<'_>) {
    if let Some(span) = field.attrs.span(Key::Serde).filter(|_| !cfg!(feature = "serde")) {
        ctxt.error(
            span,
            "`serde` needs the feature `serde` of manhole: `manhole = { …, features = [\"serde\"] }`",
        );
    }
}

/// Two ways of seeing a field would be two fields.
fn a_field_is_seen_in_one_way(ctxt: &Ctxt, field: &Field<'_>) {
    let mut ways = field.attrs.given().iter().filter(|given| WAYS.contains(&given.word.key));
    let Some(first) = ways.next() else { return };
    for other in ways {
        ctxt.error(
            other.span,
            format_args!(
                "a field is seen in one way: by `{}` or by `{}`; remove one of them",
                first.word.name, other.word.name
            ),
        );
    }
}

/// What is written is what is read. Of `set` beside another way than `get`, that is what is to be said too.
fn set_needs_get(ctxt: &Ctxt, field: &Field<'_>) {
    let Some(span) = field.attrs.span(Key::Set).filter(|_| !field.attrs.has(Key::Get)) else { return };
    if field.attrs.has(Key::With) {
        ctxt.error(span, "`with` names a module that has a `set` of its own; remove `set`, or give `get` instead of `with`");
    } else {
        ctxt.error(span, "`set` writes what `get` reads: give `get = path` too");
    }
}

/// What is never written needs no `readonly`.
fn readonly_has_something_to_refuse(ctxt: &Ctxt, field: &Field<'_>) {
    let Some(span) = field.attrs.span(Key::Readonly) else { return };
    match &field.way {
        Way::Debug => ctxt.error(span, "`debug` already refuses writes; remove `readonly`"),
        Way::Display => ctxt.error(span, "`display` already refuses writes; remove `readonly`"),
        Way::Function { set: Some(_), .. } => {
            ctxt.error(span, "`readonly` refuses what `set` is there for; remove one of them");
        }
        Way::Function { set: None, .. } if field.attrs.has(Key::Get) => {
            ctxt.error(span, "`get` without `set` already refuses writes; remove `readonly`");
        }
        _ => {}
    }
}

/// A check is made of what is written as a value of the field's own type.
fn validate_has_something_to_check(ctxt: &Ctxt, field: &Field<'_>) {
    let Some(span) = field.attrs.span(Key::Validate) else { return };
    match &field.way {
        Way::Own { .. } | Way::Serde { .. } => {}
        Way::Debug => ctxt
            .error(span, "`validate` checks what is written, and `debug` refuses writes; remove one of them"),
        Way::Display => {
            ctxt.error(
                span,
                "`validate` checks what is written, and `display` refuses writes; remove one of them",
            );
        }
        Way::Function { set: None, .. } => {
            ctxt.error(span, "`validate` checks what is written, and without `set` nothing is; remove it");
        }
        Way::Function { set: Some(_), .. } => {
            ctxt.error(span, "`set` checks for itself: let it return a `Result`, and remove `validate`");
        }
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
