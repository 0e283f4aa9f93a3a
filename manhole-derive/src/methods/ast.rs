//! The block and its exposed methods, as the later steps see them. The nodes borrow the syntax and keep its spans.

use proc_macro2::Ident;
use syn::{
    Attribute, FnArg, ImplItem, ImplItemFn, ItemImpl, Pat, PatType, Receiver, ReceiverKind, ReturnType,
    Signature, Type, Visibility,
};

use crate::attrs::{AttrName, AttrTarget};
use crate::attrs::{Attrs, is_manhole_attr};
use crate::diagnostics::ErrorCollector;
use crate::names::ConsoleName;
use crate::syntax::doc_comment::doc;

/// An inherent `impl` block.
pub(crate) struct Block<'a> {
    pub(crate) item: &'a ItemImpl,
    pub(crate) methods: Vec<Method<'a>>,
}

/// One exposed method.
pub(crate) struct Method<'a> {
    pub(crate) signature: &'a Signature,
    pub(crate) attrs: Attrs,
    pub(crate) doc: String,
    pub(crate) name: ConsoleName,
    pub(crate) receiver: &'a Receiver,
    pub(crate) params: Vec<Param<'a>>,
    /// The conditions under which the method exists: attributes inside of an item are not evaluated before the item's own.
    pub(crate) cfgs: Vec<&'a Attribute>,
}

/// One parameter besides `self`.
pub(crate) struct Param<'a> {
    /// `None` for a pattern that has no name.
    pub(crate) ident: Option<&'a Ident>,
    pub(crate) pattern: &'a Pat,
    pub(crate) ty: &'a Type,
    pub(crate) passing: ArgPassing<'a>,
}

/// How an argument reaches its parameter.
pub(crate) enum ArgPassing<'a> {
    /// As it is.
    Value,
    /// `&str`: borrowed from a `String`.
    Str,
    /// `&[T]`: borrowed from a `Vec<T>`.
    Slice(&'a Type),
    /// Another reference: not at all.
    Unsupported,
}

/// How a method takes `self`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SelfKind {
    Shared,
    Exclusive,
    Other,
}

impl<'a> Block<'a> {
    /// Reads the block; an attribute that is wrong or can have no effect goes to `errors`.
    pub(crate) fn read(errors: &ErrorCollector, item: &'a ItemImpl) -> Self {
        let mut methods = Vec::new();
        for item in &item.items {
            match item {
                ImplItem::Fn(function) => methods.extend(Method::read(errors, function)),
                other => reject_attrs(errors, attrs_of(other)),
            }
        }
        Self { item, methods }
    }
}

impl<'a> Method<'a> {
    /// Reads a function; `None` if it is not exposed.
    fn read(errors: &ErrorCollector, function: &'a ImplItemFn) -> Option<Self> {
        let attrs = Attrs::read(errors, &function.attrs, AttrTarget::Method);
        if let Some(why) = why_hidden(function) {
            for parsed in attrs.parsed().iter().filter(|parsed| parsed.spec.name != AttrName::Skip) {
                errors.error(parsed.span, format_args!("`{}` has no effect: {why}", parsed.spec.text));
            }
            return None;
        }
        let signature = &function.sig;
        let receiver = signature.receiver().filter(|_| !attrs.has(AttrName::Skip));
        let Some(receiver) = receiver else {
            for parsed in attrs.parsed().iter().filter(|parsed| parsed.spec.name != AttrName::Skip) {
                errors.error(
                    parsed.span,
                    format_args!(
                        "`skip` leaves the method out, so `{}` has no effect; remove one of them",
                        parsed.spec.text
                    ),
                );
            }
            return None;
        };
        let name = attrs
            .text(AttrName::Rename)
            .map_or_else(|| ConsoleName::of(&signature.ident), ConsoleName::given);
        let params = signature.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(param) => Some(Param::read(param)),
            FnArg::Receiver(_) => None,
        });
        Some(Self {
            signature,
            doc: doc(&function.attrs),
            name,
            receiver,
            params: params.collect(),
            cfgs: function.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect(),
            attrs,
        })
    }

    /// How it takes `self`.
    pub(crate) fn self_kind(&self) -> SelfKind {
        let exclusive = |mutable: bool| {
            if mutable { SelfKind::Exclusive } else { SelfKind::Shared }
        };
        match &self.receiver.kind {
            ReceiverKind::Reference(_, _, mutability) => exclusive(mutability.is_some()),
            ReceiverKind::Typed(_, ty) => match &**ty {
                Type::Reference(reference) if is_self(&reference.elem) => {
                    exclusive(reference.mutability.is_some())
                }
                _ => SelfKind::Other,
            },
            _ => SelfKind::Other,
        }
    }

    /// Whether it is awaited.
    pub(crate) fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
    }

    /// The type of the result; `None` if there is nothing to show.
    pub(crate) fn output(&self) -> Option<&'a Type> {
        match &self.signature.output {
            ReturnType::Type(_, ty) if !matches!(&**ty, Type::Tuple(tuple) if tuple.elems.is_empty()) => {
                Some(ty)
            }
            _ => None,
        }
    }
}

impl<'a> Param<'a> {
    fn read(param: &'a PatType) -> Self {
        let ident = match &*param.pat {
            Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {
                Some(&pattern.ident)
            }
            _ => None,
        };
        Self { ident, pattern: &param.pat, ty: &param.ty, passing: ArgPassing::of(&param.ty) }
    }
}

impl<'a> ArgPassing<'a> {
    fn of(ty: &'a Type) -> Self {
        let Type::Reference(reference) = ty else {
            return Self::Value;
        };
        let lives_long = reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
        match &*reference.elem {
            _ if reference.mutability.is_some() || lives_long => Self::Unsupported,
            Type::Slice(slice) => Self::Slice(&slice.elem),
            Type::Path(path) if path.qself.is_none() && path.path.is_ident("str") => Self::Str,
            _ => Self::Unsupported,
        }
    }
}

/// Why a function is not exposed, if it is not for another reason than `skip`.
fn why_hidden(function: &ImplItemFn) -> Option<&'static str> {
    if !matches!(function.vis, Visibility::Public(_)) {
        return Some("a method is exposed only if it is `pub`");
    }
    if function.sig.receiver().is_none() {
        return Some("a function without `self` is not exposed; give it to `manhole!` instead");
    }
    None
}

fn is_self(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("Self"))
}

fn attrs_of(item: &ImplItem) -> &[Attribute] {
    match item {
        ImplItem::Const(item) => &item.attrs,
        ImplItem::Type(item) => &item.attrs,
        ImplItem::Macro(item) => &item.attrs,
        _ => &[],
    }
}

fn reject_attrs(errors: &ErrorCollector, attrs: &[Attribute]) {
    for attr in attrs.iter().filter(|attr| is_manhole_attr(attr)) {
        errors.error_spanned(attr, "only methods are exposed, so this attribute has no effect");
    }
}
