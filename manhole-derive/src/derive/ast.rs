//! The struct or enum with its parsed attributes. The nodes borrow the syntax and keep its spans.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::token::Paren;
use syn::{
    Attribute, Data, DeriveInput, Fields, Generics, Index, LitStr, Member, Path, Token, Type, WherePredicate,
};

use super::field_access::FieldAccess;
use crate::attrs::Attrs;
use crate::attrs::CratePath;
use crate::attrs::{AttrName, AttrTarget};
use crate::diagnostics::ErrorCollector;
use crate::names::Case;
use crate::names::ConsoleName;
use crate::syntax::doc_comment::doc_text;
use crate::syntax::span;

/// A struct or enum.
pub(crate) struct Container<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) syntax: &'a [Attribute],
    pub(crate) attrs: Attrs,
    pub(crate) krate: CratePath,
    /// The bounds of `bound`, which replace those that the fields need.
    pub(crate) bound: Option<Vec<WherePredicate>>,
    pub(crate) doc: String,
    pub(crate) body: Body<'a>,
}

/// The fields or variants of a container.
pub(crate) enum Body<'a> {
    Struct(Style, Vec<Field<'a>>),
    Enum(Vec<Variant<'a>>),
}

/// One variant of an enum.
pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) attrs: Attrs,
    pub(crate) doc: String,
    pub(crate) name: ConsoleName,
    pub(crate) style: Style,
    pub(crate) fields: Vec<Field<'a>>,
}

/// One field of a struct or variant.
pub(crate) struct Field<'a> {
    /// The name in Rust, or the index.
    pub(crate) member: Member,
    pub(crate) ty: FieldType<'a>,
    /// Whether the field is a `&mut` of the type, whose adapter needs the value itself.
    pub(crate) is_lent: bool,
    pub(crate) attrs: Attrs,
    pub(crate) doc: String,
    /// The name in the console.
    pub(crate) name: ConsoleName,
    /// How it is read and written.
    pub(crate) access: FieldAccess,
    /// Whether it or the container is `readonly`, or its access has no means to write.
    pub(crate) readonly: bool,
    /// The type that the container describes. The functions of a field take a value of it.
    pub(crate) remote: Option<Path>,
}

/// The syntax of the fields of a struct or variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Named,
    Tuple,
    Unit,
}

impl<'a> Container<'a> {
    /// Reads the input of the derive. Returns `None` for a union.
    pub(crate) fn read(errors: &ErrorCollector, input: &'a DeriveInput) -> Option<Self> {
        let attrs = Attrs::parse(errors, &input.attrs, AttrTarget::Container);
        let case = attrs.string(AttrName::RenameAll).and_then(|text| Case::from_name(&text.value()));
        let readonly = attrs.has(AttrName::Readonly);
        let body = match &input.data {
            Data::Struct(data) => {
                let mut fields = fields(errors, &data.fields, case, readonly);
                let remote = attrs.path(AttrName::Remote);
                fields.iter_mut().for_each(|field| field.remote = remote.cloned());
                Body::Struct(Style::of(&data.fields), fields)
            }
            Data::Enum(data) => Body::Enum(
                data.variants.iter().map(|variant| Variant::read(errors, variant, case, readonly)).collect(),
            ),
            Data::Union(data) => {
                errors.error(
                    data.union_token.span,
                    "cannot derive `Manhole` for a union: its valid field is unknown\n\
                     help: put the union in a struct and mark the field `#[manhole(skip)]`",
                );
                return None;
            }
        };
        Some(Self {
            ident: &input.ident,
            generics: &input.generics,
            syntax: &input.attrs,
            krate: CratePath::of(&attrs),
            bound: attrs.string(AttrName::Bound).map(|text| predicates(errors, text)),
            attrs,
            doc: doc_text(&input.attrs),
            body,
        })
    }

    /// Returns whether the type shows no fields.
    pub(crate) fn is_opaque(&self) -> bool {
        self.attrs.has(AttrName::Opaque)
    }

    /// Returns the type of another crate that this one describes.
    pub(crate) fn remote(&self) -> Option<&Path> {
        self.attrs.path(AttrName::Remote)
    }

    /// Returns the one exposed field of a transparent struct.
    pub(crate) fn transparent(&self) -> Option<&Field<'a>> {
        self.fields().find(|field| field.is_exposed()).filter(|_| self.attrs.has(AttrName::Transparent))
    }

    /// Returns all fields, and for an enum those of all variants.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field<'a>> {
        let (fields, variants) = match &self.body {
            Body::Struct(_, fields) => (fields.as_slice(), [].as_slice()),
            Body::Enum(variants) => ([].as_slice(), variants.as_slice()),
        };
        fields.iter().chain(variants.iter().flat_map(|variant| &variant.fields))
    }
}

impl<'a> Variant<'a> {
    fn read(errors: &ErrorCollector, variant: &'a syn::Variant, case: Option<Case>, readonly: bool) -> Self {
        let attrs = Attrs::parse(errors, &variant.attrs, AttrTarget::Variant);
        Self {
            ident: &variant.ident,
            doc: doc_text(&variant.attrs),
            name: console_name(&attrs, ConsoleName::of(&variant.ident), case),
            style: Style::of(&variant.fields),
            // `rename_all` on an enum applies to the variants only.
            fields: fields(errors, &variant.fields, None, readonly),
            attrs,
        }
    }
}

/// The type of a field in a form that is valid after `&`: there `dyn A + B` needs parentheses.
#[derive(Clone, Copy)]
pub(crate) struct FieldType<'a>(pub(crate) &'a Type);

impl ToTokens for FieldType<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let bounds = match self.0 {
            Type::TraitObject(ty) => &ty.bounds,
            Type::ImplTrait(ty) => &ty.bounds,
            ty => return ty.to_tokens(tokens),
        };
        if bounds.len() > 1 || bounds.trailing_punct() {
            Paren::default().surround(tokens, |tokens| self.0.to_tokens(tokens));
        } else {
            self.0.to_tokens(tokens);
        }
    }
}

impl Field<'_> {
    /// Returns whether the console shows the field, if only as `<secret>`.
    pub(crate) fn is_exposed(&self) -> bool {
        !self.attrs.has(AttrName::Skip)
    }

    /// Returns whether the console can read the field's value.
    pub(crate) fn is_reflected(&self) -> bool {
        self.is_exposed() && !self.attrs.has(AttrName::Secret)
    }

    /// Returns whether a script's value can become the field when its struct or variant is constructed. The access must
    /// allow it, and the type must be sized.
    pub(crate) fn is_constructible(&self) -> bool {
        let accepts_values = match self.access {
            FieldAccess::Native { .. } => true,
            // A read-only field need not implement `Deserialize`.
            FieldAccess::Serde { .. } => !self.readonly,
            _ => false,
        };
        self.is_reflected()
            && accepts_values
            && !self.is_lent
            && !matches!(self.ty.0, Type::Slice(_) | Type::TraitObject(_))
    }

    /// Returns whether the console shows the field only as a value made for reading.
    pub(crate) fn is_view(&self) -> bool {
        match self.access {
            _ if !self.attrs.names(AttrName::Methods).is_empty() => false,
            FieldAccess::Native { .. } => false,
            FieldAccess::Serde { .. } => self.readonly,
            _ => self.access.is_readonly(),
        }
    }

    /// Returns the type that the functions of the field take: its own, or the one that the container describes.
    pub(crate) fn function_type(&self) -> TokenStream {
        self.remote.as_ref().map_or_else(|| self.ty.to_token_stream(), ToTokens::to_token_stream)
    }

    /// Returns whether its functions take the value that the container describes.
    pub(crate) fn takes_whole(&self) -> bool {
        self.remote.is_some() && matches!(self.access, FieldAccess::Function { .. })
    }

    /// Returns the name in the source, or the index.
    pub(crate) fn source_name(&self) -> String {
        self.member.to_token_stream().to_string()
    }
}

impl Style {
    fn of(fields: &Fields) -> Self {
        match fields {
            Fields::Named(_) => Self::Named,
            Fields::Unnamed(_) => Self::Tuple,
            Fields::Unit => Self::Unit,
        }
    }
}

/// Returns the exposed fields, each with its position among them.
pub(crate) fn exposed<'a, 'f>(fields: &'f [Field<'a>]) -> impl Iterator<Item = (usize, &'f Field<'a>)> {
    fields.iter().filter(|field| field.is_exposed()).enumerate()
}

fn fields<'a>(
    errors: &ErrorCollector,
    fields: &'a Fields,
    case: Option<Case>,
    readonly: bool,
) -> Vec<Field<'a>> {
    let read = |(index, field): (usize, &'a syn::Field)| {
        let attrs = Attrs::parse(errors, &field.attrs, AttrTarget::Field);
        let (member, name, case) = match &field.ident {
            Some(ident) => (Member::Named(ident.clone()), ConsoleName::of(ident), case),
            None => {
                let index = Index::from(index);
                let name = ConsoleName { text: index.index.to_string(), span: span::first(&field.ty) };
                (Member::Unnamed(index), name, None)
            }
        };
        let access = FieldAccess::of(&attrs);
        let is_native = matches!(access, FieldAccess::Native { validate: None })
            && attrs.names(AttrName::Methods).is_empty();
        let (ty, is_lent) = match &field.ty {
            Type::Reference(lent) if lent.mutability.is_some() && !is_native => (&*lent.elem, true),
            ty => (ty, false),
        };
        Field {
            member,
            ty: FieldType(ty),
            is_lent,
            doc: doc_text(&field.attrs),
            name: console_name(&attrs, name, case),
            // A method with `&mut self` walks to the field as a write does.
            readonly: readonly
                || attrs.has(AttrName::Readonly)
                || access.is_readonly() && attrs.names(AttrName::Methods).is_empty(),
            access,
            remote: None,
            attrs,
        }
    };
    fields.iter().enumerate().map(read).collect()
}

/// Parses the predicates of `bound`. Returns none after an error.
fn predicates(errors: &ErrorCollector, text: &LitStr) -> Vec<WherePredicate> {
    let parser = |input: ParseStream<'_>| Punctuated::<WherePredicate, Token![,]>::parse_terminated(input);
    let parsed = text.parse::<proc_macro2::TokenStream>().and_then(|tokens| parser.parse2(tokens));
    match parsed {
        Ok(predicates) => predicates.into_iter().collect(),
        Err(error) => {
            errors.error_spanned(
                text,
                format_args!(
                    "cannot parse `bound`: {error}\n\
                     help: write predicates of a `where` clause, such as `bound = \"T: Trait, U: Other\"`"
                ),
            );
            Vec::new()
        }
    }
}

/// Returns the name in the console: that of `rename`, or the source's name in the case of `rename_all`.
fn console_name(attrs: &Attrs, name: ConsoleName, case: Option<Case>) -> ConsoleName {
    match (attrs.string(AttrName::Rename), case) {
        (Some(literal), _) => ConsoleName::from_rename(literal),
        (None, Some(case)) => ConsoleName { text: case.apply(&name.text), span: name.span },
        (None, None) => name,
    }
}
