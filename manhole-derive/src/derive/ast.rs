//! What is derived for, as the later steps see it. The nodes borrow the syntax and keep its spans.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::token::Paren;
use syn::{
    Attribute, Data, DeriveInput, Fields, Generics, Index, LitStr, Member, Token, Type, WherePredicate,
};

use super::field_access::FieldAccess;
use crate::attrs::Attrs;
use crate::attrs::CratePath;
use crate::attrs::{AttrName, AttrTarget};
use crate::diagnostics::ErrorCollector;
use crate::names::Case;
use crate::names::ConsoleName;
use crate::syntax::doc_comment::doc;

/// A struct or enum.
pub(crate) struct Container<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) syntax: &'a [Attribute],
    pub(crate) attrs: Attrs,
    pub(crate) krate: CratePath,
    /// The bounds to use in place of those that the fields need.
    pub(crate) bound: Option<Vec<WherePredicate>>,
    pub(crate) doc: String,
    pub(crate) body: Body<'a>,
}

/// What the container consists of.
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
    /// The name in Rust, or the position.
    pub(crate) member: Member,
    pub(crate) ty: FieldType<'a>,
    pub(crate) attrs: Attrs,
    pub(crate) doc: String,
    /// The name in the console.
    pub(crate) name: ConsoleName,
    /// How it is seen.
    pub(crate) access: FieldAccess,
    /// Whether it, or the whole container, is `readonly`, or there is no way to write it.
    pub(crate) readonly: bool,
}

/// How a struct or variant is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Named,
    Tuple,
    Unit,
}

impl<'a> Container<'a> {
    /// Reads what was derived for; `None` if it is a union.
    pub(crate) fn read(errors: &ErrorCollector, input: &'a DeriveInput) -> Option<Self> {
        let attrs = Attrs::read(errors, &input.attrs, AttrTarget::Container);
        let case = attrs.text(AttrName::RenameAll).and_then(|text| Case::named(&text.value()));
        let readonly = attrs.has(AttrName::Readonly);
        let body = match &input.data {
            Data::Struct(data) => {
                Body::Struct(Style::of(&data.fields), fields(errors, &data.fields, case, readonly))
            }
            Data::Enum(data) => Body::Enum(
                data.variants.iter().map(|variant| Variant::read(errors, variant, case, readonly)).collect(),
            ),
            Data::Union(data) => {
                errors.error(
                    data.union_token.span,
                    "`Manhole` cannot be derived for unions: which field is valid is not known; \
                     put the union in a struct and mark the field `#[manhole(skip)]`",
                );
                return None;
            }
        };
        Some(Self {
            ident: &input.ident,
            generics: &input.generics,
            syntax: &input.attrs,
            krate: CratePath::of(&attrs),
            bound: attrs.text(AttrName::Bound).map(|text| predicates(errors, text)),
            attrs,
            doc: doc(&input.attrs),
            body,
        })
    }

    /// Whether nothing of its inside is shown.
    pub(crate) fn is_opaque(&self) -> bool {
        self.attrs.has(AttrName::Opaque)
    }

    /// The one field that a transparent struct is seen as.
    pub(crate) fn transparent(&self) -> Option<&Field<'a>> {
        self.fields().find(|field| field.is_exposed()).filter(|_| self.attrs.has(AttrName::Transparent))
    }

    /// All fields, of all variants if it is an enum.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field<'a>> {
        let (own, variants) = match &self.body {
            Body::Struct(_, fields) => (fields.as_slice(), [].as_slice()),
            Body::Enum(variants) => ([].as_slice(), variants.as_slice()),
        };
        own.iter().chain(variants.iter().flat_map(|variant| &variant.fields))
    }
}

impl<'a> Variant<'a> {
    fn read(errors: &ErrorCollector, variant: &'a syn::Variant, case: Option<Case>, readonly: bool) -> Self {
        let attrs = Attrs::read(errors, &variant.attrs, AttrTarget::Variant);
        Self {
            ident: &variant.ident,
            doc: doc(&variant.attrs),
            name: name(&attrs, ConsoleName::of(&variant.ident), case),
            style: Style::of(&variant.fields),
            // What `rename_all` says on an enum is for the variants.
            fields: fields(errors, &variant.fields, None, readonly),
            attrs,
        }
    }
}

/// The type of a field, written as it can stand behind `&`: `dyn A + B` needs parentheses there.
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
    /// Whether the console knows of the field.
    pub(crate) fn is_exposed(&self) -> bool {
        !self.attrs.has(AttrName::Skip)
    }

    /// Whether the console may see the field's value.
    pub(crate) fn is_reflected(&self) -> bool {
        self.is_exposed() && !self.attrs.has(AttrName::Secret)
    }

    /// Whether a value for the field can be given when the whole is made: there is a way to make one, and its type is one that
    /// has values of its own size.
    pub(crate) fn is_constructible(&self) -> bool {
        let has_values = match self.access {
            FieldAccess::Native { .. } => true,
            // What is only read need not implement `Deserialize`.
            FieldAccess::Serde { .. } => !self.readonly,
            _ => false,
        };
        self.is_reflected() && has_values && !matches!(self.ty.0, Type::Slice(_) | Type::TraitObject(_))
    }

    /// The field as the source calls it.
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
        let attrs = Attrs::read(errors, &field.attrs, AttrTarget::Field);
        let (member, own, case) = match &field.ident {
            Some(ident) => (Member::Named(ident.clone()), ConsoleName::of(ident), case),
            None => {
                let index = Index::from(index);
                let own = ConsoleName { text: index.index.to_string(), span: span_of(&field.ty) };
                (Member::Unnamed(index), own, None)
            }
        };
        let access = FieldAccess::of(&attrs);
        Field {
            member,
            ty: FieldType(&field.ty),
            doc: doc(&field.attrs),
            name: name(&attrs, own, case),
            readonly: readonly || attrs.has(AttrName::Readonly) || access.is_readonly(),
            access,
            attrs,
        }
    };
    fields.iter().enumerate().map(read).collect()
}

/// What `bound` says; none after an error.
fn predicates(errors: &ErrorCollector, text: &LitStr) -> Vec<WherePredicate> {
    let parser = |input: ParseStream<'_>| Punctuated::<WherePredicate, Token![,]>::parse_terminated(input);
    let parsed = text.parse::<proc_macro2::TokenStream>().and_then(|tokens| parser.parse2(tokens));
    match parsed {
        Ok(predicates) => predicates.into_iter().collect(),
        Err(error) => {
            errors.error_spanned(
                text,
                format_args!(
                    "`bound` takes what stands after `where`, such as `bound = \"T: Trait, U: Other\"`: {error}"
                ),
            );
            Vec::new()
        }
    }
}

/// The name in the console: the one asked for, else the source's own in the case asked for.
fn name(attrs: &Attrs, own: ConsoleName, case: Option<Case>) -> ConsoleName {
    match (attrs.text(AttrName::Rename), case) {
        (Some(literal), _) => ConsoleName::given(literal),
        (None, Some(case)) => ConsoleName { text: case.apply(&own.text), span: own.span },
        (None, None) => own,
    }
}

fn span_of(tokens: impl ToTokens) -> Span {
    tokens.into_token_stream().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}
