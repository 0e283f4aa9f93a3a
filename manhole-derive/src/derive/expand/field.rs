//! One field: how it is described, seen, and made when the whole is made.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

use crate::derive::ast::Field;
use crate::derive::way::Way;
use crate::grammar::Key;
use crate::krate::Crate;
use crate::type_text::type_text;

/// The expression of type `FieldInfo`.
pub(crate) fn info(krate: &Crate, field: &Field<'_>) -> TokenStream {
    let (name, doc, ty) = (&field.name.text, &field.doc, field.ty);
    if field.attrs.has(Key::Secret) {
        return quote!(#krate::FieldInfo::secret(#name, #doc));
    }
    let readonly = field.readonly.then(|| quote!(.readonly()));
    let level = field.attrs.has(Key::Admin).then(|| quote!(.from_level(#krate::Level::Admin)));
    let info = match &field.way {
        Way::Own { .. } => {
            let krate_here = krate.at(ty.span());
            let type_info = quote_spanned!(ty.span()=> <#ty as #krate_here::Manhole>::type_info);
            quote!(#krate::FieldInfo::new(#name, #doc, #type_info) #readonly)
        }
        Way::Debug | Way::Display => {
            let foreign = foreign_info(krate, field);
            quote!(#krate::FieldInfo::new(#name, #doc, || #foreign) #readonly)
        }
        Way::Serde { .. } => {
            let foreign = foreign_info(krate, field);
            let writable = (!field.readonly).then(|| serde(krate, field, &quote!(WRITABLE)));
            let writable = writable.map_or(readonly, |writable| Some(quote!(.writable_if(#writable))));
            quote!(#krate::FieldInfo::new(#name, #doc, || #foreign) #writable)
        }
        Way::Function { get, .. } => {
            let getter = getter(krate, field, get);
            quote!(#krate::FieldInfo::new(#name, #doc, #getter.info) #readonly)
        }
    };
    quote!(#info #level)
}

/// The field's value, given by the expression `reference`, as the option of a `ValueRef` or `ValueMut`.
///
/// This and the field's description name the trait in the same words at the same place, the field's type. So the compiler
/// finds the same error each time if the type does not implement it, and shows it once.
pub(crate) fn seen(
    krate: &Crate,
    field: &Field<'_>,
    exclusive: bool,
    reference: &TokenStream,
) -> TokenStream {
    let ty = field.ty;
    let krate_here = krate.at(ty.span());
    let held = if exclusive { quote!(#krate::ValueMut) } else { quote!(#krate::ValueRef) };
    let made = |value: TokenStream| quote!(::core::option::Option::Some(#held::owned(#value)));
    match &field.way {
        Way::Own { check: None } => {
            let method = if exclusive { quote!(__value_mut) } else { quote!(__value_ref) };
            quote_spanned! {ty.span()=> <#ty as #krate_here::Manhole>::#method(#reference) }
        }
        Way::Own { check: Some(check) } => {
            let check = checker(field, check);
            let method = if exclusive { quote!(__validated_mut) } else { quote!(__validated) };
            quote_spanned! {ty.span()=> <#ty as #krate_here::Manhole>::#method(#reference, #check) }
        }
        Way::Display => {
            let foreign = foreign_info(krate, field);
            let shown = quote_spanned!(ty.span()=> #krate_here::TextValue::display::<#ty>);
            made(quote!(#shown(#reference, #foreign)))
        }
        Way::Debug => {
            let foreign = foreign_info(krate, field);
            let shown = quote_spanned!(ty.span()=> #krate_here::TextValue::debug::<#ty>);
            kept_back_or(krate, field, &held, &made(quote!(#shown(#reference, #foreign))))
        }
        Way::Serde { .. } => {
            let foreign = foreign_info(krate, field);
            let read = quote_spanned!(ty.span()=> #krate_here::serde::SerdeView::new::<#ty>);
            let seen = if exclusive && !field.readonly {
                let make = serde_made(krate, field);
                let read = quote!(|__field: &#ty| #read(__field, #foreign));
                made(quote!(#krate::serde::SerdeEdit::new(#reference, #read, #make)))
            } else {
                made(quote!(#read(#reference, #foreign)))
            };
            kept_back_or(krate, field, &held, &seen)
        }
        Way::Function { get, set } => {
            let getter = getter(krate, field, get);
            match set.as_ref().filter(|_| exclusive) {
                Some(set) => {
                    let setter = setter(krate, field, set);
                    quote!(#getter.settable(#reference, #setter))
                }
                None if exclusive => quote!(#getter.value_mut(#reference)),
                None => quote!(#getter.value_ref(#reference)),
            }
        }
    }
}

/// `seen`, unless the field's type has a `Manhole` that keeps something back: `Debug` and `Serialize` are mostly derived, and tell all.
fn kept_back_or(krate: &Crate, field: &Field<'_>, held: &TokenStream, seen: &TokenStream) -> TokenStream {
    let (ty, foreign) = (field.ty, foreign_info(krate, field));
    quote! {{
        use #krate::NoHiddenFields as _;
        if #krate::HidesFieldsProbe::<#ty>::TYPE.has_hidden_fields() {
            ::core::option::Option::Some(#held::owned(#krate::TextValue::hidden(#foreign)))
        } else {
            #seen
        }
    }}
}

/// The value for the field at `index`, out of the local `__fields`.
pub(crate) fn made(krate: &Crate, field: &Field<'_>, index: usize) -> TokenStream {
    let ty = field.ty;
    let krate_here = krate.at(ty.span());
    let own = quote_spanned!(ty.span()=> <#ty as #krate_here::Manhole>::from_value);
    let make = match &field.way {
        Way::Serde { .. } => serde_made(krate, field),
        Way::Own { check: Some(check) } => {
            let check = checker(field, check);
            quote!(|__value| #krate::validate(#own(__value)?, #check))
        }
        _ => quote_spanned!(ty.span()=> |__value| #own(__value)),
    };
    quote!(#krate::FieldValues::take(&mut __fields, #index, #make)?)
}

/// The description of a type that has none: its name as written.
fn foreign_info(krate: &Crate, field: &Field<'_>) -> TokenStream {
    let name = type_text(field.ty.0.to_token_stream(), "Self");
    quote!(const { &#krate::TypeInfo::new(#name, #krate::TypeKind::Opaque) })
}

/// What is known of the type's `Deserialize`: an inherent item if it has one goes before that of the trait.
fn serde(krate: &Crate, field: &Field<'_>, item: &TokenStream) -> TokenStream {
    let ty = field.ty;
    quote!({
        use #krate::serde::NotDeserializable as _;
        <#krate::serde::DeserializeProbe<#ty>>::#item
    })
}

/// The function that makes a value by serde, and checks it.
fn serde_made(krate: &Crate, field: &Field<'_>) -> TokenStream {
    let make = serde(krate, field, &quote!(make(__value)));
    let checked = match &field.way {
        Way::Serde { check: Some(check) } => {
            let check = checker(field, check);
            quote!(.and_then(|__made| #krate::validate(__made, #check)))
        }
        _ => TokenStream::new(),
    };
    quote!(|__value: #krate::Value<'_>| #make #checked)
}

// The author's functions are called in closures, so that they may take what a reference to the field becomes by itself, such as
// `&str` for a `String`.

fn getter(krate: &Crate, field: &Field<'_>, path: &Path) -> TokenStream {
    let (ty, krate_here) = (field.ty, krate.at(path.span()));
    quote_spanned!(path.span()=> #krate_here::Getter::new(|__field: &#ty| #path(__field)))
}

fn setter(krate: &Crate, field: &Field<'_>, path: &Path) -> TokenStream {
    let (ty, krate_here) = (field.ty, krate.at(path.span()));
    quote_spanned!(path.span()=> #krate_here::Setter::new(|__field: &mut #ty, __value| #path(__field, __value)))
}

fn checker(field: &Field<'_>, path: &Path) -> TokenStream {
    let ty = field.ty;
    quote_spanned!(path.span()=> |__value: &#ty| #path(__value))
}
