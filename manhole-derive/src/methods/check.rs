//! What a method must be like so that a script can call it: a function for each rule.

use syn::{GenericArgument, GenericParam, Safety, Type};

use super::ast::{ArgPassing, Block, Method, SelfKind};
use crate::attrs::AttrName;
use crate::attrs::check_single_level;
use crate::diagnostics::ErrorCollector;
use crate::names::{check_rename, check_unique};
use crate::syntax::type_visitor;

/// The way out that every message ends with.
const OR_SKIP: &str = "or mark the method `#[manhole(skip)]`";

/// Checks every rule; what breaks one goes to `errors`.
pub(crate) fn check(errors: &ErrorCollector, block: &Block<'_>) {
    for method in &block.methods {
        check_rename(errors, method.attrs.text(AttrName::Rename));
        check_single_level(errors, &method.attrs);
        check_async_receiver(errors, method);
        check_safe(errors, method);
        check_not_generic(errors, method);
        check_receiver(errors, method);
        check_param_names(errors, method);
        check_params_owned(errors, method);
        check_param_count(errors, method);
        check_result_owned(errors, method);
    }
    // With conditions, two methods of a name may never exist together.
    let unconditional = block.methods.iter().filter(|method| method.cfgs.is_empty());
    check_unique(
        errors,
        "methods",
        unconditional.map(|method| (&method.name, method.signature.ident.to_string())),
    );
}

/// What is exclusive is behind a lock, and none is held while something is awaited.
fn check_async_receiver(errors: &ErrorCollector, method: &Method<'_>) {
    if let (Some(asyncness), SelfKind::Exclusive) = (&method.signature.asyncness, method.self_kind()) {
        errors.error(
            asyncness.span,
            format_args!(
                "an exposed async method takes `&self`: for `&mut self` a lock would be held while it is awaited; \
                 put the lock inside of the type, {OR_SKIP}"
            ),
        );
    }
}

/// A person at a prompt cannot promise what an unsafe method asks for.
fn check_safe(errors: &ErrorCollector, method: &Method<'_>) {
    if let Safety::Unsafe(token) = &method.signature.safety {
        errors.error(
            token.span,
            "unsafe methods cannot be exposed: wrap it in a safe one, and mark this one `#[manhole(skip)]`",
        );
    }
}

/// A script has no types to choose with.
fn check_not_generic(errors: &ErrorCollector, method: &Method<'_>) {
    let params = method.signature.generics.params.iter();
    for param in params.filter(|param| !matches!(param, GenericParam::Lifetime(_))) {
        errors.error_spanned(
            param,
            format_args!("a generic method cannot be called from a script: use one concrete type, {OR_SKIP}"),
        );
    }
    for param in &method.params {
        each_impl_trait(param.ty, |ty| {
            errors.error_spanned(
                ty,
                format_args!("`impl Trait` makes the method generic, and a script has no types: use one concrete type, {OR_SKIP}"),
            );
        });
    }
}

/// The value stays where it is.
fn check_receiver(errors: &ErrorCollector, method: &Method<'_>) {
    if method.self_kind() == SelfKind::Other {
        errors.error_spanned(
            method.receiver,
            format_args!("an exposed method only borrows its value: take `&self` or `&mut self`, {OR_SKIP}"),
        );
    }
}

/// The names are shown in the help.
fn check_param_names(errors: &ErrorCollector, method: &Method<'_>) {
    for param in method.params.iter().filter(|param| param.ident.is_none()) {
        errors.error_spanned(
            param.pattern,
            format_args!(
                "a parameter of an exposed method needs a name: take it apart in the body, {OR_SKIP}"
            ),
        );
    }
}

/// An argument is made of a script's value, and nothing else owns it.
fn check_params_owned(errors: &ErrorCollector, method: &Method<'_>) {
    for param in &method.params {
        let inner = match param.passing {
            ArgPassing::Str => continue,
            ArgPassing::Slice(elem) => elem,
            ArgPassing::Value | ArgPassing::Unsupported => param.ty,
        };
        type_visitor::types(inner, &mut |ty| {
            let borrowed = matches!(ty, Type::Reference(_));
            if borrowed {
                errors.error_spanned(
                    ty,
                    format_args!("an argument from a script cannot be borrowed: take it by value, as `&str` or as `&[T]`, {OR_SKIP}"),
                );
            }
            !borrowed && !matches!(ty, Type::FnPtr(_) | Type::ImplTrait(_) | Type::TraitObject(_))
        });
    }
}

/// The runtime registers methods by their number of arguments, up to this one.
fn check_param_count(errors: &ErrorCollector, method: &Method<'_>) {
    const MOST: usize = 16;
    if let Some(param) = method.params.get(MOST) {
        let message = format_args!(
            "an exposed method takes at most {MOST} arguments: put some into a struct, {OR_SKIP}"
        );
        errors.error_spanned(param.pattern, message);
    }
}

/// The result outlives the call.
fn check_result_owned(errors: &ErrorCollector, method: &Method<'_>) {
    let Some(output) = method.output() else {
        return;
    };
    type_visitor::types(output, &mut |ty| {
        let borrowed = match ty {
            Type::Reference(reference) => reference.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident != "static"),
            Type::Path(path) => type_visitor::arguments(&path.path)
                .any(|argument| matches!(argument, GenericArgument::Lifetime(lifetime) if lifetime.ident != "static")),
            _ => false,
        };
        if borrowed {
            errors.error_spanned(
                ty,
                format_args!("a result is kept longer than the call, so it cannot be borrowed: return an owned value, {OR_SKIP}"),
            );
        }
        !borrowed && !matches!(ty, Type::FnPtr(_) | Type::ImplTrait(_) | Type::TraitObject(_))
    });
}

fn each_impl_trait<'a>(ty: &'a Type, mut found: impl FnMut(&'a Type)) {
    type_visitor::types(ty, &mut |ty| {
        let is = matches!(ty, Type::ImplTrait(_));
        if is {
            found(ty);
        }
        !is
    });
}
