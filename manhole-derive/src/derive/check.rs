//! The rules that concern more than one word of an attribute: a function for each.

use syn::Member;

use super::ast::{Body, Container, Field, Style, Variant};
use super::field_access::{ACCESS_ATTRS, FieldAccess};
use crate::attrs::AttrName;
use crate::attrs::ParsedAttr;
use crate::diagnostics::ErrorCollector;
use crate::diagnostics::closest_match;
use crate::names::{CASES, Case};
use crate::names::{ConsoleName, check_rename, check_unique};

/// Checks every rule; what breaks one goes to `errors`.
pub(crate) fn check(errors: &ErrorCollector, container: &Container<'_>) {
    check_rename_all_case(errors, container);
    check_opaque(errors, container);
    check_transparent_field_count(errors, container);
    check_transparent_attrs(errors, container);
    check_not_packed(errors, container);
    check_field_names(errors, container);
    // Of the fields of these two everything has been said.
    if !container.attrs.has(AttrName::Opaque) && !container.attrs.has(AttrName::Transparent) {
        check_rename_all_applies(errors, container);
        container.fields().for_each(|field| check_field(errors, field));
        names(errors, container);
    }
}

fn check_field(errors: &ErrorCollector, field: &Field<'_>) {
    check_rename(errors, field.attrs.text(AttrName::Rename));
    check_skip(errors, field);
    // Of a field that is left out, enough has been said.
    if field.is_exposed() {
        check_secret(errors, field);
    }
    if field.is_reflected() {
        check_serde_feature(errors, field);
        check_single_access(errors, field);
        check_set(errors, field);
        check_readonly(errors, field);
        check_validate(errors, field);
    }
}

fn names(errors: &ErrorCollector, container: &Container<'_>) {
    match &container.body {
        Body::Struct(_, fields) => check_unique_fields(errors, fields),
        Body::Enum(variants) => {
            for variant in variants {
                check_rename(errors, variant.attrs.text(AttrName::Rename));
                check_unique_fields(errors, &variant.fields);
            }
            check_unique_variants(errors, variants);
        }
    }
}

/// `rename_all` takes one of a few cases.
fn check_rename_all_case(errors: &ErrorCollector, container: &Container<'_>) {
    let Some(text) = container.attrs.text(AttrName::RenameAll) else {
        return;
    };
    let parsed = text.value();
    if Case::named(&parsed).is_some() {
        return;
    }
    let known: Vec<&str> = CASES.iter().map(|(name, _)| *name).collect();
    let hint = closest_match(&parsed, known.iter().copied())
        .map_or_else(|| "; ".to_owned(), |meant| format!(", did you mean `{meant}`? "));
    errors.error_spanned(
        text,
        format_args!("unknown case `{parsed}`{hint}`rename_all` takes: {}", known.join(", ")),
    );
}

/// `rename_all` on a struct needs named fields.
fn check_rename_all_applies(errors: &ErrorCollector, container: &Container<'_>) {
    let (Some(span), Body::Struct(style, _)) = (container.attrs.span(AttrName::RenameAll), &container.body)
    else {
        return;
    };
    let what = match style {
        Style::Named => return,
        Style::Tuple => "the fields of a tuple struct have no names",
        Style::Unit => "a unit struct has no fields",
    };
    errors.error(span, format_args!("`rename_all` has nothing to rename: {what}"));
}

/// Of what is not shown nothing can be said.
fn check_opaque(errors: &ErrorCollector, container: &Container<'_>) {
    if !container.is_opaque() {
        return;
    }
    let without_effect = |parsed: &ParsedAttr, what: &str| {
        let name = parsed.spec.text;
        errors.error(
            parsed.span,
            format_args!("`opaque` shows nothing of {what}, so `{name}` has no effect; remove one of them"),
        );
    };
    let about_inside = [AttrName::Readonly, AttrName::RenameAll, AttrName::Transparent];
    let parsed = container.attrs.parsed().iter();
    parsed
        .filter(|parsed| about_inside.contains(&parsed.spec.name))
        .for_each(|parsed| without_effect(parsed, "the inside"));
    if let Body::Enum(variants) = &container.body {
        for parsed in variants.iter().flat_map(|variant| variant.attrs.parsed()) {
            without_effect(parsed, "the variants");
        }
    }
    container
        .fields()
        .flat_map(|field| field.attrs.parsed())
        .for_each(|parsed| without_effect(parsed, "the fields"));
}

/// What is seen as a field has exactly that one.
fn check_transparent_field_count(errors: &ErrorCollector, container: &Container<'_>) {
    let Some(span) = container.attrs.span(AttrName::Transparent).filter(|_| !container.is_opaque()) else {
        return;
    };
    let count = container.fields().filter(|field| field.is_exposed()).count();
    match &container.body {
        Body::Enum(_) => {
            errors.error(span, "`transparent` is for structs: an enum is more than any of its fields");
        }
        Body::Struct(..) if count == 0 => {
            errors.error(span, "a `transparent` struct is seen as its one field, and this one shows none");
        }
        Body::Struct(..) if count > 1 => errors.error(
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
fn check_transparent_attrs(errors: &ErrorCollector, container: &Container<'_>) {
    if !container.attrs.has(AttrName::Transparent) || container.is_opaque() {
        return;
    }
    let about_fields = [AttrName::Readonly, AttrName::RenameAll];
    let own = container.attrs.parsed().iter().filter(|parsed| about_fields.contains(&parsed.spec.name));
    let exposed = container.fields().filter(|field| field.is_exposed());
    for parsed in own.chain(exposed.flat_map(|field| field.attrs.parsed())) {
        let name = parsed.spec.text;
        let instead = match parsed.spec.name {
            AttrName::Rename | AttrName::RenameAll => format!("which has no name then; remove `{name}`"),
            _ => {
                format!("and nothing more is said of it here; put `{name}` on the fields that have this type")
            }
        };
        errors.error(parsed.span, format_args!("a `transparent` struct is seen as its field, {instead}"));
    }
    let skipped = container.fields().filter(|field| !field.is_exposed());
    skipped.for_each(|field| check_skip(errors, field));
}

/// The fields of a `#[repr(packed)]` struct cannot be borrowed, and everything here borrows.
fn check_not_packed(errors: &ErrorCollector, container: &Container<'_>) {
    for attr in container.syntax.iter().filter(|attr| attr.path().is_ident("repr")) {
        // What cannot be parsed here is reported by the compiler itself.
        let _ = attr.parse_nested_meta(|meta| {
            let borrows = !container.is_opaque() && container.fields().any(Field::is_reflected);
            if meta.path.is_ident("packed") && borrows {
                errors.error_spanned(
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
fn check_field_names(errors: &ErrorCollector, container: &Container<'_>) {
    for field in container.fields() {
        if matches!(&field.member, Member::Named(ident) if ident == "_") {
            errors.error_spanned(&field.member, "a field needs a name, and `_` is none");
        }
    }
}

/// A field that is left out has nothing else that could be said of it.
fn check_skip(errors: &ErrorCollector, field: &Field<'_>) {
    if !field.attrs.has(AttrName::Skip) {
        return;
    }
    for other in field.attrs.parsed().iter().filter(|parsed| parsed.spec.name != AttrName::Skip) {
        errors.error(
            other.span,
            format_args!(
                "`skip` leaves the field out, so `{}` has no effect; remove one of them",
                other.spec.text
            ),
        );
    }
}

/// A secret is neither shown nor written.
fn check_secret(errors: &ErrorCollector, field: &Field<'_>) {
    if !field.attrs.has(AttrName::Secret) {
        return;
    }
    for parsed in field.attrs.parsed() {
        match parsed.spec.name {
            AttrName::Secret | AttrName::Rename => {}
            AttrName::Readonly => errors.error(parsed.span, "`secret` already refuses writes; remove `readonly`"),
            _ => errors.error(
                parsed.span,
                format_args!(
                    "`secret` neither shows the field nor writes it, so `{}` has no effect; remove one of them",
                    parsed.spec.text
                ),
            ),
        }
    }
}

/// Without the feature, what the generated code names is not there.
fn check_serde_feature(errors: &ErrorCollector, field: &Field<'_>) {
    if let Some(span) = field.attrs.span(AttrName::Serde).filter(|_| !cfg!(feature = "serde")) {
        errors.error(
            span,
            "`serde` needs the feature `serde` of manhole: `manhole = { …, features = [\"serde\"] }`",
        );
    }
}

/// Two ways of seeing a field would be two fields.
fn check_single_access(errors: &ErrorCollector, field: &Field<'_>) {
    let mut ways = field.attrs.parsed().iter().filter(|parsed| ACCESS_ATTRS.contains(&parsed.spec.name));
    let Some(first) = ways.next() else { return };
    for other in ways {
        errors.error(
            other.span,
            format_args!(
                "a field is seen in one way: by `{}` or by `{}`; remove one of them",
                first.spec.text, other.spec.text
            ),
        );
    }
}

/// What is written is what is read. Of `set` beside another way than `get`, that is what is to be said too.
fn check_set(errors: &ErrorCollector, field: &Field<'_>) {
    let Some(span) = field.attrs.span(AttrName::Set).filter(|_| !field.attrs.has(AttrName::Get)) else {
        return;
    };
    if field.attrs.has(AttrName::With) {
        errors.error(span, "`with` names a module that has a `set` of its own; remove `set`, or give `get` instead of `with`");
    } else {
        errors.error(span, "`set` writes what `get` reads: give `get = path` too");
    }
}

/// What is never written needs no `readonly`.
fn check_readonly(errors: &ErrorCollector, field: &Field<'_>) {
    let Some(span) = field.attrs.span(AttrName::Readonly) else { return };
    match &field.access {
        FieldAccess::Debug => errors.error(span, "`debug` already refuses writes; remove `readonly`"),
        FieldAccess::Display => errors.error(span, "`display` already refuses writes; remove `readonly`"),
        FieldAccess::Function { set: Some(_), .. } => {
            errors.error(span, "`readonly` refuses what `set` is there for; remove one of them");
        }
        FieldAccess::Function { set: None, .. } if field.attrs.has(AttrName::Get) => {
            errors.error(span, "`get` without `set` already refuses writes; remove `readonly`");
        }
        _ => {}
    }
}

/// A check is made of what is written as a value of the field's own type.
fn check_validate(errors: &ErrorCollector, field: &Field<'_>) {
    let Some(span) = field.attrs.span(AttrName::Validate) else { return };
    match &field.access {
        FieldAccess::Native { .. } | FieldAccess::Serde { .. } => {}
        FieldAccess::Debug => errors
            .error(span, "`validate` checks what is written, and `debug` refuses writes; remove one of them"),
        FieldAccess::Display => {
            errors.error(
                span,
                "`validate` checks what is written, and `display` refuses writes; remove one of them",
            );
        }
        FieldAccess::Function { set: None, .. } => {
            errors.error(span, "`validate` checks what is written, and without `set` nothing is; remove it");
        }
        FieldAccess::Function { set: Some(_), .. } => {
            errors.error(span, "`set` checks for itself: let it return a `Result`, and remove `validate`");
        }
    }
}

/// A name in the console leads to one field.
fn check_unique_fields(errors: &ErrorCollector, fields: &[Field<'_>]) {
    let exposed = fields.iter().filter(|field| field.is_exposed());
    check_unique(errors, "fields", exposed.map(|field| (&field.name, field.source_name())));
}

/// A name in the console stands for one variant.
fn check_unique_variants(errors: &ErrorCollector, variants: &[Variant<'_>]) {
    let named = |variant: &Variant<'_>| variant.ident.to_string();
    check_unique(
        errors,
        "variants",
        variants.iter().map(|variant| (&variant.name as &ConsoleName, named(variant))),
    );
}
