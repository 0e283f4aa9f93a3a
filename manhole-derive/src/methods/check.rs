//! The rules for methods that a script can call: one function for each rule.

use quote::ToTokens;
use syn::{GenericArgument, GenericParam, Type};

use super::ast::{ArgPassing, Block, Method, SelfKind};
use crate::attrs::{AttrName, check_single_level};
use crate::diagnostics::ErrorCollector;
use crate::names::{check_rename, check_unique};
use crate::syntax::type_to_string::type_to_string;
use crate::syntax::type_visitor;

/// The alternative at the end of each help.
const OR_SKIP: &str = "or mark the method `#[manhole(skip)]`";

/// Checks all rules and adds violations to `errors`.
pub(crate) fn check(errors: &ErrorCollector, block: &Block<'_>) {
    check_any_exposed(errors, block);
    for method in &block.methods {
        check_rename(errors, method.attrs.string(AttrName::Rename));
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
    // Methods of the same name under different `cfg`s may exclude each other.
    let unconditional = block.methods.iter().filter(|method| method.cfgs.is_empty());
    check_unique(
        errors,
        "methods",
        unconditional.map(|method| (&method.name, method.signature.ident.to_string())),
    );
}

/// Checks that the block exposes a method. An error in the block can be the reason that it exposes none.
fn check_any_exposed(errors: &ErrorCollector, block: &Block<'_>) {
    if block.methods.is_empty() && errors.is_empty() {
        errors.error_spanned(
            &block.item.self_ty,
            "cannot expose methods: the block has no exposed method\n\
             help: mark a method `#[manhole(expose)]`, or remove `#[manhole::methods]`\n\
             note: a method with `self` is exposed if it is `pub` or `pub(…)`, and not marked `#[manhole(skip)]`",
        );
    }
}

/// Checks that an `async` method takes `&self`. A call through `&mut self` would hold a lock while the method waits.
fn check_async_receiver(errors: &ErrorCollector, method: &Method<'_>) {
    if let (Some(asyncness), SelfKind::Exclusive) = (&method.signature.asyncness, method.self_kind()) {
        errors.error(
            asyncness.span,
            format_args!(
                "cannot expose an `async` method with `&mut self`: it would hold a lock while it waits\n\
                 help: take `&self` and put the lock inside the type, {OR_SKIP}"
            ),
        );
    }
}

/// Checks that the method is not `unsafe`: a console user cannot uphold its safety conditions.
fn check_safe(errors: &ErrorCollector, method: &Method<'_>) {
    if let Some(token) = &method.signature.unsafety {
        errors.error(
            token.span,
            "cannot expose an `unsafe` method: a script cannot uphold its safety conditions\n\
             help: expose a safe wrapper, and mark this method `#[manhole(skip)]`",
        );
    }
}

/// Checks that the method is not generic: a script cannot choose type arguments.
fn check_not_generic(errors: &ErrorCollector, method: &Method<'_>) {
    let error = format!(
        "cannot expose a generic method: a script cannot choose its types\nhelp: use a concrete type, {OR_SKIP}"
    );
    let params = method.signature.generics.params.iter();
    for param in params.filter(|param| !matches!(param, GenericParam::Lifetime(_))) {
        errors.error_spanned(param, &error);
    }
    for param in &method.params {
        type_visitor::visit_types(param.ty, &mut |ty| {
            let generic = matches!(ty, Type::ImplTrait(_));
            if generic {
                errors.error_spanned(ty, &error);
            }
            !generic
        });
    }
}

/// Checks that the method borrows its value, which stays in place.
fn check_receiver(errors: &ErrorCollector, method: &Method<'_>) {
    if method.self_kind() == SelfKind::Other {
        let found = type_to_string(method.receiver.to_token_stream(), "Self");
        errors.error_spanned(
            method.receiver,
            format_args!(
                "expected `&self` or `&mut self`, found `{found}`\nhelp: borrow the value, {OR_SKIP}"
            ),
        );
    }
}

/// Checks that each parameter has a name, which the console's help shows.
fn check_param_names(errors: &ErrorCollector, method: &Method<'_>) {
    for param in method.params.iter().filter(|param| param.ident.is_none()) {
        errors.error_spanned(
            param.pattern,
            format_args!(
                "expected a parameter name, found a pattern\nhelp: destructure the value in the body, {OR_SKIP}"
            ),
        );
    }
}

/// Checks that each argument is owned, since it is converted from a script's value. `&str` and `&[T]` borrow from an
/// owned value.
fn check_params_owned(errors: &ErrorCollector, method: &Method<'_>) {
    for param in &method.params {
        let inner = match param.passing {
            ArgPassing::Str => continue,
            ArgPassing::Slice(elem) => elem,
            ArgPassing::Value | ArgPassing::Unsupported => param.ty,
        };
        type_visitor::visit_types(inner, &mut |ty| {
            let borrowed = matches!(ty, Type::Reference(_));
            if borrowed {
                errors.error_spanned(
                    ty,
                    format_args!(
                        "cannot borrow an argument: a script passes owned values\n\
                         help: take it by value, as `&str` or as `&[T]`, {OR_SKIP}"
                    ),
                );
            }
            !borrowed && !matches!(ty, Type::BareFn(_) | Type::ImplTrait(_) | Type::TraitObject(_))
        });
    }
}

/// Checks the number of parameters. The runtime registers methods by their number of arguments, up to this limit.
fn check_param_count(errors: &ErrorCollector, method: &Method<'_>) {
    const MAX_ARGUMENTS: usize = 16;
    if let Some(param) = method.params.get(MAX_ARGUMENTS) {
        let count = method.params.len();
        errors.error_spanned(
            param.pattern,
            format_args!(
                "expected at most {MAX_ARGUMENTS} parameters, found {count}\n\
                 help: move some of them into a struct, {OR_SKIP}"
            ),
        );
    }
}

/// Checks that the result borrows nothing shorter than `'static`, since the console keeps it after the call.
fn check_result_owned(errors: &ErrorCollector, method: &Method<'_>) {
    let Some(output) = method.output() else {
        return;
    };
    type_visitor::visit_types(output, &mut |ty| {
        let borrowed = match ty {
            Type::Reference(reference) => {
                reference.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident != "static")
            }
            Type::Path(path) => type_visitor::generic_arguments(&path.path).any(|argument| {
                matches!(argument, GenericArgument::Lifetime(lifetime) if lifetime.ident != "static")
            }),
            _ => false,
        };
        if borrowed {
            errors.error_spanned(
                ty,
                format_args!(
                    "cannot return a borrowed value: the console keeps the result after the call\n\
                     help: return an owned value, {OR_SKIP}"
                ),
            );
        }
        !borrowed && !matches!(ty, Type::BareFn(_) | Type::ImplTrait(_) | Type::TraitObject(_))
    });
}
