//! The `impl` block and its exposed methods. The nodes borrow the syntax and keep its spans.

use proc_macro2::Ident;
use syn::{
    Attribute, FnArg, ImplItem, ImplItemFn, ItemImpl, Pat, PatType, Receiver, ReturnType, Signature, Type,
    Visibility,
};

use crate::attrs::{AttrName, AttrTarget};
use crate::attrs::{Attrs, is_manhole_attr};
use crate::diagnostics::ErrorCollector;
use crate::names::ConsoleName;
use crate::syntax::doc_comment::doc_text;

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
    /// The `cfg`s of the method. The macro runs before the compiler evaluates them.
    pub(crate) cfgs: Vec<&'a Attribute>,
}

/// One parameter beside `self`.
pub(crate) struct Param<'a> {
    /// `None` for a pattern without a name.
    pub(crate) ident: Option<&'a Ident>,
    pub(crate) pattern: &'a Pat,
    pub(crate) ty: &'a Type,
    pub(crate) passing: ArgPassing<'a>,
}

/// How an argument is passed to its parameter.
pub(crate) enum ArgPassing<'a> {
    /// By value.
    Value,
    /// `&str`: borrowed from a `String`.
    Str,
    /// `&[T]`: borrowed from a `Vec<T>`.
    Slice(&'a Type),
    /// Another reference, which an argument cannot be passed to.
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
    /// Reads the block. Adds attributes that are wrong or have no effect to `errors`.
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
    /// Reads a function. Returns `None` if it is not exposed.
    fn read(errors: &ErrorCollector, function: &'a ImplItemFn) -> Option<Self> {
        let attrs = Attrs::parse(errors, &function.attrs, AttrTarget::Method);
        let signature = &function.sig;
        let Some(receiver) = signature.receiver() else {
            let reason = "a function without `self` is not exposed";
            reject_without_effect(errors, &attrs, reason, "pass the function to `manhole!`");
            return None;
        };
        if attrs.has(AttrName::Skip) {
            for attr in attrs.parsed().iter().filter(|attr| attr.spec.name != AttrName::Skip) {
                errors.error(
                    attr.span,
                    format_args!(
                        "cannot combine `skip` and `{}`: a skipped method is not exposed\nhelp: remove one of them",
                        attr.spec.text
                    ),
                );
            }
            return None;
        }
        match (is_private(&function.vis), attrs.span(AttrName::Expose)) {
            (true, None) => {
                reject_without_effect(errors, &attrs, "a private method is not exposed", "add `expose`");
                return None;
            }
            (false, Some(span)) => errors.error(
                span,
                "`expose` has no effect: a method that is not private is exposed anyway\nhelp: remove `expose`",
            ),
            _ => {}
        }
        let name = attrs
            .string(AttrName::Rename)
            .map_or_else(|| ConsoleName::of(&signature.ident), ConsoleName::from_rename);
        let params = signature.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(param) => Some(Param::read(param)),
            FnArg::Receiver(_) => None,
        });
        Some(Self {
            signature,
            doc: doc_text(&function.attrs),
            name,
            receiver,
            params: params.collect(),
            cfgs: function.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect(),
            attrs,
        })
    }

    /// Returns how the method takes `self`.
    pub(crate) fn self_kind(&self) -> SelfKind {
        // The type of `&self` is `&Self`.
        match &*self.receiver.ty {
            Type::Reference(reference) if is_self(&reference.elem) => {
                if reference.mutability.is_some() {
                    SelfKind::Exclusive
                } else {
                    SelfKind::Shared
                }
            }
            _ => SelfKind::Other,
        }
    }

    /// Returns whether the method is `async`.
    pub(crate) fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
    }

    /// Returns the type of the result, or `None` for `()`.
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
        let is_static = reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
        match &*reference.elem {
            _ if reference.mutability.is_some() || is_static => Self::Unsupported,
            Type::Slice(slice) => Self::Slice(&slice.elem),
            Type::Path(path) if path.qself.is_none() && path.path.is_ident("str") => Self::Str,
            _ => Self::Unsupported,
        }
    }
}

/// Reports all attributes but `skip` of a function that is not exposed for `reason`.
fn reject_without_effect(errors: &ErrorCollector, attrs: &Attrs, reason: &str, help: &str) {
    for attr in attrs.parsed().iter().filter(|attr| attr.spec.name != AttrName::Skip) {
        let name = attr.spec.text;
        errors.error(
            attr.span,
            format_args!("`{name}` has no effect: {reason}\nhelp: {help}, or remove `{name}`"),
        );
    }
}

/// Returns whether only the module of the block can use the method. The author offers every other method to other code.
fn is_private(visibility: &Visibility) -> bool {
    match visibility {
        Visibility::Public(_) => false,
        Visibility::Restricted(restricted) => restricted.path.is_ident("self"),
        Visibility::Inherited => true,
    }
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
        errors.error_spanned(
            attr,
            "`#[manhole(…)]` has no effect here: only methods are exposed\nhelp: remove it",
        );
    }
}
