//! The rules that concern several attributes, or an attribute and its item: one function for each rule.

use syn::Member;

use super::ast::{Body, Container, Field, Style, Variant};
use super::field_access::{ACCESS_ATTRS, FieldAccess};
use crate::attrs::{AttrName, ParsedAttr};
use crate::diagnostics::{ErrorCollector, closest_match};
use crate::names::{CASES, Case, ConsoleName, check_rename, check_unique};

/// Checks all rules and adds violations to `errors`.
pub(crate) fn check(errors: &ErrorCollector, container: &Container<'_>) {
    check_rename_all_case(errors, container);
    check_opaque(errors, container);
    check_transparent_field_count(errors, container);
    check_transparent_attrs(errors, container);
    check_not_packed(errors, container);
    check_remote(errors, container);
    check_field_names(errors, container);
    // The checks of these two have reported all attributes of their fields.
    if !container.attrs.has(AttrName::Opaque) && !container.attrs.has(AttrName::Transparent) {
        check_rename_all_applies(errors, container);
        container.fields().for_each(|field| check_field(errors, field));
        check_names(errors, container);
    }
}

fn check_field(errors: &ErrorCollector, field: &Field<'_>) {
    check_rename(errors, field.attrs.string(AttrName::Rename));
    check_skip(errors, field);
    // `check_skip` has reported all attributes of a skipped field, and `check_secret` those of a secret one.
    if field.is_exposed() {
        check_secret(errors, field);
    }
    if field.is_reflected() {
        check_serde_feature(errors, field);
        check_single_access(errors, field);
        check_set(errors, field);
        check_readonly(errors, field);
        check_validate(errors, field);
        check_methods(errors, field);
    }
}

fn check_names(errors: &ErrorCollector, container: &Container<'_>) {
    match &container.body {
        Body::Struct(_, fields) => check_unique_fields(errors, fields),
        Body::Enum(variants) => {
            for variant in variants {
                check_rename(errors, variant.attrs.string(AttrName::Rename));
                check_unique_fields(errors, &variant.fields);
            }
            check_unique_variants(errors, variants);
        }
    }
}

/// Reports that `attr` contradicts `other`, because of `reason`.
fn cannot_combine(errors: &ErrorCollector, attr: &ParsedAttr, other: &str, reason: &str) {
    errors.error(
        attr.span,
        format_args!("cannot combine `{other}` and `{}`: {reason}\nhelp: remove one of them", attr.spec.text),
    );
}

/// Checks that `rename_all` takes one of the known cases.
fn check_rename_all_case(errors: &ErrorCollector, container: &Container<'_>) {
    let Some(text) = container.attrs.string(AttrName::RenameAll) else {
        return;
    };
    let given = text.value();
    if Case::from_name(&given).is_some() {
        return;
    }
    let known: Vec<&str> = CASES.iter().map(|(name, _)| *name).collect();
    let help = closest_match(&given, known.iter().copied())
        .map_or_else(String::new, |closest| format!("help: use `{closest}`\n"));
    errors.error_spanned(
        text,
        format_args!("unknown case `{given}`\n{help}note: `rename_all` takes: {}", known.join(", ")),
    );
}

/// Checks that a struct with `rename_all` has named fields.
fn check_rename_all_applies(errors: &ErrorCollector, container: &Container<'_>) {
    let (Some(span), Body::Struct(style, _)) = (container.attrs.span(AttrName::RenameAll), &container.body)
    else {
        return;
    };
    let reason = match style {
        Style::Named => return,
        Style::Tuple => "the fields of a tuple struct have no names",
        Style::Unit => "a unit struct has no fields",
    };
    errors.error(span, format_args!("cannot use `rename_all`: {reason}\nhelp: remove it"));
}

/// Checks that an opaque type has no attributes that concern its fields or variants.
fn check_opaque(errors: &ErrorCollector, container: &Container<'_>) {
    if !container.is_opaque() {
        return;
    }
    let concern_fields = [AttrName::Readonly, AttrName::RenameAll, AttrName::Transparent];
    let attrs = container.attrs.parsed().iter();
    for attr in attrs.filter(|attr| concern_fields.contains(&attr.spec.name)) {
        cannot_combine(errors, attr, "opaque", "an `opaque` type shows no fields");
    }
    if let Body::Enum(variants) = &container.body {
        for attr in variants.iter().flat_map(|variant| variant.attrs.parsed()) {
            cannot_combine(errors, attr, "opaque", "an `opaque` enum shows no variants");
        }
    }
    for attr in container.fields().flat_map(|field| field.attrs.parsed()) {
        cannot_combine(errors, attr, "opaque", "an `opaque` type shows no fields");
    }
}

/// Checks that a transparent struct has exactly one exposed field.
fn check_transparent_field_count(errors: &ErrorCollector, container: &Container<'_>) {
    let Some(span) = container.attrs.span(AttrName::Transparent).filter(|_| !container.is_opaque()) else {
        return;
    };
    let count = container.fields().filter(|field| field.is_exposed()).count();
    match &container.body {
        Body::Enum(_) => errors.error(
            span,
            "cannot use `transparent` on an enum: it is for structs with one exposed field\nhelp: remove it",
        ),
        Body::Struct(..) if count == 0 => {
            errors.error(span, "expected one exposed field in a `transparent` struct, found none");
        }
        Body::Struct(..) if count > 1 => errors.error(
            span,
            format_args!(
                "expected one exposed field in a `transparent` struct, found {count}\n\
                 help: mark the others `#[manhole(skip)]`"
            ),
        ),
        Body::Struct(..) => {}
    }
}

/// Checks that a transparent struct and its field have no further attributes. The type of the field, and each field of
/// the struct's type, can have them.
fn check_transparent_attrs(errors: &ErrorCollector, container: &Container<'_>) {
    if !container.attrs.has(AttrName::Transparent) || container.is_opaque() {
        return;
    }
    let concern_fields = [AttrName::Readonly, AttrName::RenameAll];
    let attrs = container.attrs.parsed().iter().filter(|attr| concern_fields.contains(&attr.spec.name));
    let exposed = container.fields().filter(|field| field.is_exposed());
    for attr in attrs.chain(exposed.flat_map(|field| field.attrs.parsed())) {
        let name = attr.spec.text;
        let (reason, help) = match attr.spec.name {
            AttrName::Rename | AttrName::RenameAll => {
                ("its field has no name in the console", format!("remove `{name}`"))
            }
            _ => {
                ("the struct only forwards to its field", format!("put `{name}` on the fields of this type"))
            }
        };
        errors.error(
            attr.span,
            format_args!("cannot combine `transparent` and `{name}`: {reason}\nhelp: {help}"),
        );
    }
    let skipped = container.fields().filter(|field| !field.is_exposed());
    skipped.for_each(|field| check_skip(errors, field));
}

/// Checks that a description of another type shows its fields.
fn check_remote(errors: &ErrorCollector, container: &Container<'_>) {
    if container.remote().is_none() {
        return;
    }
    let concern_self = [AttrName::Opaque, AttrName::Transparent];
    for attr in container.attrs.parsed().iter().filter(|attr| concern_self.contains(&attr.spec.name)) {
        cannot_combine(errors, attr, "remote", "a description shows the fields of another type");
    }
}

/// Checks that the generated code borrows no field of a `#[repr(packed)]` struct, which Rust forbids.
fn check_not_packed(errors: &ErrorCollector, container: &Container<'_>) {
    for attr in container.syntax.iter().filter(|attr| attr.path().is_ident("repr")) {
        // The compiler itself reports a `repr` that does not parse.
        let _ = attr.parse_nested_meta(|meta| {
            let borrows = !container.is_opaque() && container.fields().any(Field::is_reflected);
            if meta.path.is_ident("packed") && borrows {
                errors.error_spanned(
                    &meta.path,
                    "cannot derive `Manhole` for a packed struct: its fields cannot be borrowed\n\
                     help: mark each field `#[manhole(skip)]` or `#[manhole(secret)]`, or the struct `#[manhole(opaque)]`",
                );
            }
            if meta.input.peek(syn::token::Paren) {
                meta.input.parse::<proc_macro2::Group>()?;
            }
            Ok(())
        });
    }
}

/// Checks that no field is called `_`. `syn` parses `_: u8` as such a field, which no expression can name.
fn check_field_names(errors: &ErrorCollector, container: &Container<'_>) {
    for field in container.fields() {
        if matches!(&field.member, Member::Named(ident) if ident == "_") {
            errors.error_spanned(&field.member, "expected a field name, found `_`");
        }
    }
}

/// Checks that a skipped field has no other attributes.
fn check_skip(errors: &ErrorCollector, field: &Field<'_>) {
    if !field.attrs.has(AttrName::Skip) {
        return;
    }
    for attr in field.attrs.parsed().iter().filter(|attr| attr.spec.name != AttrName::Skip) {
        cannot_combine(errors, attr, "skip", "a skipped field is not exposed");
    }
}

/// Checks that a secret field has no other attribute but `rename`, since it is neither read nor written.
fn check_secret(errors: &ErrorCollector, field: &Field<'_>) {
    if !field.attrs.has(AttrName::Secret) {
        return;
    }
    for attr in field.attrs.parsed() {
        match attr.spec.name {
            AttrName::Secret | AttrName::Rename => {}
            AttrName::Readonly => redundant(errors, attr.span, "readonly", "`secret` already refuses writes"),
            _ => cannot_combine(errors, attr, "secret", "a secret field is neither read nor written"),
        }
    }
}

/// Reports that the attribute at `span` changes nothing, because of `reason`.
fn redundant(errors: &ErrorCollector, span: proc_macro2::Span, attr: &str, reason: &str) {
    errors.error(span, format_args!("`{attr}` has no effect: {reason}\nhelp: remove `{attr}`"));
}

/// Checks that `serde` is used only with the feature `serde`. Without it, the items that the generated code names do
/// not exist.
fn check_serde_feature(errors: &ErrorCollector, field: &Field<'_>) {
    if let Some(span) = field.attrs.span(AttrName::Serde).filter(|_| !cfg!(feature = "serde")) {
        errors.error(
            span,
            "cannot use `serde`: the feature `serde` of `manhole` is disabled\n\
             help: enable it: `manhole = { …, features = [\"serde\"] }`",
        );
    }
}

/// Checks that a field has at most one attribute for its access.
fn check_single_access(errors: &ErrorCollector, field: &Field<'_>) {
    let mut attrs = field.attrs.parsed().iter().filter(|attr| ACCESS_ATTRS.contains(&attr.spec.name));
    let Some(first) = attrs.next() else { return };
    for attr in attrs {
        cannot_combine(errors, attr, first.spec.text, "a field takes only one of them");
    }
}

/// Checks that `set` is used with `get`. This also covers `set` beside another access.
fn check_set(errors: &ErrorCollector, field: &Field<'_>) {
    let Some(span) = field.attrs.span(AttrName::Set).filter(|_| !field.attrs.has(AttrName::Get)) else {
        return;
    };
    if field.attrs.has(AttrName::With) {
        errors.error(
            span,
            "cannot combine `with` and `set`: the module of `with` contains the function `set`\n\
             help: remove `set`, or replace `with` by `get = path`",
        );
    } else {
        errors.error(span, "cannot use `set` without `get`\nhelp: add `get = path`");
    }
}

/// Checks that `readonly` is used only on a field that could be written.
fn check_readonly(errors: &ErrorCollector, field: &Field<'_>) {
    let Some(span) = field.attrs.span(AttrName::Readonly) else { return };
    let reason = match &field.access {
        FieldAccess::Debug => "`debug` already refuses writes",
        FieldAccess::Display => "`display` already refuses writes",
        FieldAccess::Opaque => "`opaque` already refuses writes",
        FieldAccess::Function { set: Some(_), .. } => {
            return errors.error(
                span,
                "cannot combine `set` and `readonly`: `readonly` refuses writes\nhelp: remove one of them",
            );
        }
        FieldAccess::Function { set: None, .. } if field.attrs.has(AttrName::Get) => {
            "`get` without `set` already refuses writes"
        }
        _ => return,
    };
    redundant(errors, span, "readonly", reason);
}

/// Checks that a field with `validate` accepts new values of its type.
fn check_validate(errors: &ErrorCollector, field: &Field<'_>) {
    let Some(span) = field.attrs.span(AttrName::Validate) else { return };
    let reason = match &field.access {
        FieldAccess::Native { .. } | FieldAccess::Serde { .. } => return,
        FieldAccess::Debug => "`debug` refuses writes",
        FieldAccess::Display => "`display` refuses writes",
        FieldAccess::Opaque => "`opaque` refuses writes",
        FieldAccess::Items { .. } => "a field that is shown by its items is not assigned",
        FieldAccess::Remote(_) => "a field that is described elsewhere is not assigned",
        FieldAccess::Function { set: None, .. } => "without `set` the field is never written",
        FieldAccess::Function { set: Some(_), .. } => {
            return errors.error(
                span,
                "cannot combine `set` and `validate`: `set` can refuse values itself\n\
                 help: return a `Result` from `set`, and remove `validate`",
            );
        }
    };
    redundant(errors, span, "validate", reason);
}

/// Checks that a field with `methods` is shown by its own `Manhole` or by its type.
fn check_methods(errors: &ErrorCollector, field: &Field<'_>) {
    let Some(span) = field.attrs.span(AttrName::Methods) else { return };
    if !matches!(field.access, FieldAccess::Native { validate: None } | FieldAccess::Opaque) {
        errors.error(
            span,
            "cannot use `methods`: the console has only a view of this field\nhelp: combine it with `opaque`, or with nothing",
        );
    }
}

/// Checks that a name in the console identifies one field.
fn check_unique_fields(errors: &ErrorCollector, fields: &[Field<'_>]) {
    let exposed = fields.iter().filter(|field| field.is_exposed());
    check_unique(errors, "fields", exposed.map(|field| (&field.name, field.source_name())));
}

/// Checks that a name in the console identifies one variant.
fn check_unique_variants(errors: &ErrorCollector, variants: &[Variant<'_>]) {
    let named = |variant: &Variant<'_>| variant.ident.to_string();
    check_unique(
        errors,
        "variants",
        variants.iter().map(|variant| (&variant.name as &ConsoleName, named(variant))),
    );
}
