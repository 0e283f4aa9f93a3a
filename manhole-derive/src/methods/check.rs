//! What a method must be like so that a script can call it: a function for each rule.

use syn::{GenericArgument, GenericParam, Safety, Type};

use super::ast::{Block, Method, Passing, SelfKind};
use crate::attrs::Key;
use crate::attrs::names_one_level;
use crate::diagnostics::Ctxt;
use crate::names::{are_unique, rename_gives_an_identifier};
use crate::syntax::type_visitor as walk;

/// The way out that every message ends with.
const OR_SKIP: &str = "or mark the method `#[manhole(skip)]`";

/// Checks every rule; what breaks one goes to `ctxt`.
pub(crate) fn check(ctxt: &Ctxt, block: &Block<'_>) {
    for method in &block.methods {
        rename_gives_an_identifier(ctxt, method.attrs.text(Key::Rename));
        names_one_level(ctxt, &method.attrs);
        awaits_without_a_lock(ctxt, method);
        is_safe(ctxt, method);
        is_not_generic(ctxt, method);
        borrows_self(ctxt, method);
        names_its_parameters(ctxt, method);
        owns_its_parameters(ctxt, method);
        takes_few_parameters(ctxt, method);
        returns_what_it_owns(ctxt, method);
    }
    // With conditions, two methods of a name may never exist together.
    let unconditional = block.methods.iter().filter(|method| method.cfgs.is_empty());
    are_unique(
        ctxt,
        "methods",
        unconditional.map(|method| (&method.name, method.signature.ident.to_string())),
    );
}

/// What is exclusive is behind a lock, and none is held while something is awaited.
fn awaits_without_a_lock(ctxt: &Ctxt, method: &Method<'_>) {
    if let (Some(asyncness), SelfKind::Exclusive) = (&method.signature.asyncness, method.self_kind()) {
        ctxt.error(
            asyncness.span,
            format_args!(
                "an exposed async method takes `&self`: for `&mut self` a lock would be held while it is awaited; \
                 put the lock inside of the type, {OR_SKIP}"
            ),
        );
    }
}

/// A person at a prompt cannot promise what an unsafe method asks for.
fn is_safe(ctxt: &Ctxt, method: &Method<'_>) {
    if let Safety::Unsafe(token) = &method.signature.safety {
        ctxt.error(
            token.span,
            "unsafe methods cannot be exposed: wrap it in a safe one, and mark this one `#[manhole(skip)]`",
        );
    }
}

/// A script has no types to choose with.
fn is_not_generic(ctxt: &Ctxt, method: &Method<'_>) {
    let params = method.signature.generics.params.iter();
    for param in params.filter(|param| !matches!(param, GenericParam::Lifetime(_))) {
        ctxt.error_spanned(
            param,
            format_args!("a generic method cannot be called from a script: use one concrete type, {OR_SKIP}"),
        );
    }
    for param in &method.params {
        each_impl_trait(param.ty, |ty| {
            ctxt.error_spanned(
                ty,
                format_args!("`impl Trait` makes the method generic, and a script has no types: use one concrete type, {OR_SKIP}"),
            );
        });
    }
}

/// The value stays where it is.
fn borrows_self(ctxt: &Ctxt, method: &Method<'_>) {
    if method.self_kind() == SelfKind::Other {
        ctxt.error_spanned(
            method.receiver,
            format_args!("an exposed method only borrows its value: take `&self` or `&mut self`, {OR_SKIP}"),
        );
    }
}

/// The names are shown in the help.
fn names_its_parameters(ctxt: &Ctxt, method: &Method<'_>) {
    for param in method.params.iter().filter(|param| param.ident.is_none()) {
        ctxt.error_spanned(
            param.pattern,
            format_args!(
                "a parameter of an exposed method needs a name: take it apart in the body, {OR_SKIP}"
            ),
        );
    }
}

/// An argument is made of a script's value, and nothing else owns it.
fn owns_its_parameters(ctxt: &Ctxt, method: &Method<'_>) {
    for param in &method.params {
        let inner = match param.passing {
            Passing::Str => continue,
            Passing::Slice(elem) => elem,
            Passing::Value | Passing::Not => param.ty,
        };
        walk::types(inner, &mut |ty| {
            let borrowed = matches!(ty, Type::Reference(_));
            if borrowed {
                ctxt.error_spanned(
                    ty,
                    format_args!("an argument from a script cannot be borrowed: take it by value, as `&str` or as `&[T]`, {OR_SKIP}"),
                );
            }
            !borrowed && !matches!(ty, Type::FnPtr(_) | Type::ImplTrait(_) | Type::TraitObject(_))
        });
    }
}

/// The runtime registers methods by their number of arguments, up to this one.
fn takes_few_parameters(ctxt: &Ctxt, method: &Method<'_>) {
    const MOST: usize = 16;
    if let Some(param) = method.params.get(MOST) {
        let message = format_args!(
            "an exposed method takes at most {MOST} arguments: put some into a struct, {OR_SKIP}"
        );
        ctxt.error_spanned(param.pattern, message);
    }
}

/// The result outlives the call.
fn returns_what_it_owns(ctxt: &Ctxt, method: &Method<'_>) {
    let Some(output) = method.output() else {
        return;
    };
    walk::types(output, &mut |ty| {
        let borrowed = match ty {
            Type::Reference(reference) => reference.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident != "static"),
            Type::Path(path) => walk::arguments(&path.path)
                .any(|argument| matches!(argument, GenericArgument::Lifetime(lifetime) if lifetime.ident != "static")),
            _ => false,
        };
        if borrowed {
            ctxt.error_spanned(
                ty,
                format_args!("a result is kept longer than the call, so it cannot be borrowed: return an owned value, {OR_SKIP}"),
            );
        }
        !borrowed && !matches!(ty, Type::FnPtr(_) | Type::ImplTrait(_) | Type::TraitObject(_))
    });
}

fn each_impl_trait<'a>(ty: &'a Type, mut found: impl FnMut(&'a Type)) {
    walk::types(ty, &mut |ty| {
        let is = matches!(ty, Type::ImplTrait(_));
        if is {
            found(ty);
        }
        !is
    });
}
