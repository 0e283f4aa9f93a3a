//! The generated items of `#[manhole::methods]`. Expansion cannot fail: `check` has verified its input.

use std::collections::HashSet;

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{GenericParam, ImplItem, ItemImpl, Type};

use super::ast::{ArgPassing, Block, Method, Param, SelfKind};
use crate::attrs::AttrName;
use crate::attrs::CratePath;
use crate::attrs::is_manhole_attr;
use crate::syntax::span::first_and_last;
use crate::syntax::type_to_string::type_to_string;
use crate::syntax::type_visitor;

/// The warning for methods that the derive does not find. Without it, the console would silently show none of them.
const UNREACHABLE: &str = "the console does not find the methods of this block: the type must derive `Manhole` without \
    `transparent`, and the block must apply to every type that the derive applies to; put bounds on the type itself";

/// Returns the block without `#[manhole(…)]` attributes.
pub(crate) fn strip_attrs(item: &ItemImpl) -> ItemImpl {
    let mut item = item.clone();
    for item in &mut item.items {
        let attrs = match item {
            ImplItem::Const(item) => &mut item.attrs,
            ImplItem::Fn(item) => &mut item.attrs,
            ImplItem::Type(item) => &mut item.attrs,
            ImplItem::Macro(item) => &mut item.attrs,
            _ => continue,
        };
        attrs.retain(|attr| !is_manhole_attr(attr));
    }
    item
}

/// Returns the inherent constant that describes and calls the methods.
///
/// As an inherent item it takes precedence over the item of the trait that `#[derive(Manhole)]` falls back on. There is only one
/// item, so that a second block on the type causes a single error.
pub(crate) fn expand(block: &Block<'_>, krate: &CratePath) -> TokenStream {
    let item = block.item;
    let (impl_generics, _, where_clause) = item.generics.split_for_impl();
    let cfgs = item.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    let self_ty = &item.self_ty;
    let self_name = type_to_string(self_ty.to_token_stream(), "Self");
    let infos = block.methods.iter().map(|method| method_info(krate, method, &self_name));
    let shared =
        call_arms(krate, block, |method| !method.is_async() && method.self_kind() == SelfKind::Shared);
    let exclusive =
        call_arms(krate, block, |method| !method.is_async() && method.self_kind() == SelfKind::Exclusive);
    let asynchronous = call_arms(krate, block, Method::is_async);
    let no_method = quote!(_ => ::core::result::Result::Err(#krate::CallError::NoMethod),);
    let value = quote! {
        #krate::Methods {
            infos: &[#(#infos),*],
            shared: |__self, __method, __args| match __method { #(#shared)* #no_method },
            exclusive: |__self, __method, __args| match __method { #(#exclusive)* #no_method },
            asynchronous: |__self, __method, __args| match __method { #(#asynchronous)* #no_method },
        }
    };
    // The span is in the author's code: lints ignore code with spans from the macro of another crate.
    let krate_here = krate.at(self_ty.span());
    let methods = quote_spanned! {self_ty.span()=>
        pub(crate) const MANHOLE_METHODS: #krate_here::Methods<Self> = #value;
    };
    quote! {
        #(#cfgs)*
        #[doc(hidden)]
        #[warn(dead_code, reason = #UNREACHABLE)]
        #[allow(
            deprecated,
            unused_qualifications,
            unused_variables,
            clippy::all,
            clippy::pedantic,
            clippy::nursery,
            clippy::restriction
        )]
        impl #impl_generics #self_ty #where_clause {
            #methods
        }
    }
}

/// Returns the match arms that call the methods of one kind by name.
fn call_arms<'a>(
    krate: &CratePath,
    block: &Block<'a>,
    kind: impl Fn(&Method<'a>) -> bool,
) -> impl Iterator<Item = TokenStream> {
    block.methods.iter().filter(move |method| kind(method)).map(|method| {
        let (cfgs, name, call) = (&method.cfgs, &method.name.text, call(krate, method));
        quote!(#(#cfgs)* #name => #call,)
    })
}

fn method_info(krate: &CratePath, method: &Method<'_>, self_name: &str) -> TokenStream {
    let (cfgs, name, doc) = (&method.cfgs, &method.name.text, &method.doc);
    let exclusive = (method.self_kind() == SelfKind::Exclusive).then(|| quote!(.exclusive()));
    let text = |ty: &Type| type_to_string(ty.to_token_stream(), self_name);
    let params = method.params.iter().map(|param| {
        let name = param.ident.map(|ident| ident.unraw().to_string()).unwrap_or_default();
        let ty = text(param.ty);
        quote!(#krate::ParamInfo::new(#name, #ty))
    });
    let returns = method.output().map(text).unwrap_or_default();
    let asynchronous = method.is_async().then(|| quote!(.asynchronous()));
    let level = match (method.attrs.has(AttrName::Observe), method.attrs.has(AttrName::Admin)) {
        (true, _) => Some(quote!(.from_level(#krate::Level::Observe))),
        (_, true) => Some(quote!(.from_level(#krate::Level::Admin))),
        _ => None,
    };
    quote! {
        #(#cfgs)*
        #krate::MethodInfo::new(#name, #doc, &[#(#params),*], #returns) #exclusive #asynchronous #level
    }
}

/// Returns code that converts the arguments, calls the method and converts its result.
fn call(krate: &CratePath, method: &Method<'_>) -> TokenStream {
    let ident = &method.signature.ident;
    let count = method.params.len();
    let lifetimes = lifetimes(method);
    let locals: Vec<Ident> = (0..count).map(|index| format_ident!("__arg{index}")).collect();
    let conversions = method.params.iter().zip(&locals).enumerate().map(|(index, (param, local))| {
        let ty = owned_type(param, &lifetimes);
        let krate = krate.at(ty.span());
        let argument = quote_spanned!(ty.span()=> #krate::argument::<#ty>);
        quote!(let #local = #argument(&mut __args, #index)?;)
    });
    let arguments = method.params.iter().zip(&locals).map(|(param, local)| match param.passing {
        ArgPassing::Value | ArgPassing::Unsupported => quote!(#local),
        ArgPassing::Str | ArgPassing::Slice(_) => quote!(&#local),
    });
    let taken = (count > 0).then(|| quote!(let mut __args = __args;));
    let finish = finish(krate, method);
    let called = if method.is_async() {
        // The future owns the arguments and passes references to them.
        let future = quote_spanned!(ident.span()=> async move {
            #finish(Self::#ident(__self, #(#arguments),*).await)
        });
        let boxed = quote_spanned!(ident.span()=> ::std::boxed::Box::pin(#future));
        quote!(::core::result::Result::Ok(#boxed))
    } else {
        quote!(#finish(Self::#ident(__self, #(#arguments),*)))
    };
    quote! {{
        #krate::expect_args(&__args, #count)?;
        #taken
        #(#conversions)*
        #called
    }}
}

/// Returns the function that converts the result, with its type where that can be written, so that errors point there.
fn finish(krate: &CratePath, method: &Method<'_>) -> TokenStream {
    let Some(ty) = method.output() else {
        return quote!(#krate::finish::<()>);
    };
    let mut nameable = true;
    type_visitor::visit_types(ty, &mut |ty| {
        nameable &= !matches!(ty, Type::ImplTrait(_));
        nameable
    });
    let ty = nameable.then(|| quote!(::<#ty>));
    let span = method.signature.output.span();
    let krate = krate.at(span);
    quote_spanned!(span=> #krate::finish #ty)
}

/// Returns the type of the owned argument.
fn owned_type(param: &Param<'_>, lifetimes: &HashSet<Ident>) -> TokenStream {
    let written = param.ty.to_token_stream();
    let (first, last) = first_and_last(written.clone());
    let ty = match param.passing {
        ArgPassing::Value | ArgPassing::Unsupported => written,
        ArgPassing::Str => quote_spanned!(first=> ::std::string::String),
        ArgPassing::Slice(elem) => {
            let (vec, end) = (quote_spanned!(first=> ::std::vec::Vec), quote_spanned!(last=> >));
            quote!(#vec<#elem #end)
        }
    };
    if lifetimes.is_empty() { ty } else { infer_lifetimes(ty, lifetimes) }
}

/// Returns the lifetimes that the method declares and the generated code cannot name.
fn lifetimes(method: &Method<'_>) -> HashSet<Ident> {
    let params = method.signature.generics.params.iter();
    params
        .filter_map(|param| match param {
            GenericParam::Lifetime(param) => Some(param.lifetime.ident.clone()),
            _ => None,
        })
        .collect()
}

/// Returns `tokens` with `'_` in place of each of the lifetimes.
fn infer_lifetimes(tokens: TokenStream, lifetimes: &HashSet<Ident>) -> TokenStream {
    let mut after_quote = false;
    let replace = |token: TokenTree| {
        let is_lifetime = std::mem::replace(
            &mut after_quote,
            matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\''),
        );
        match token {
            TokenTree::Ident(ident) if is_lifetime && lifetimes.contains(&ident) => {
                TokenTree::Ident(Ident::new("_", Span::call_site()))
            }
            TokenTree::Group(group) => {
                let mut replaced = Group::new(group.delimiter(), infer_lifetimes(group.stream(), lifetimes));
                replaced.set_span(group.span());
                TokenTree::Group(replaced)
            }
            token => token,
        }
    };
    tokens.into_iter().map(replace).collect()
}
