//! The bounds that the generated implementation adds: only those that the fields need.
//!
//! A type parameter in the type of an exposed field must implement `Manhole`; one that occurs only in skipped or secret
//! fields, or inside a `PhantomData`, need not. An associated type of a parameter gets the bound itself, and its parameter
//! does not. The bounds are on parameters and never on the types of fields, so a type can contain itself.
//!
//! Before:
//!
//! ```ignore
//! #[derive(Manhole)]
//! struct Queue<T, S: Storage, M>
//! where
//!     S::Item: Clone,
//! {
//!     waiting: Vec<T>,
//!     last: Option<S::Item>,
//!     #[manhole(skip)]
//!     storage: S,
//!     marker: PhantomData<M>,
//! }
//! ```
//!
//! After:
//!
//! ```text
//! impl<T, S: Storage, M> Manhole for Queue<T, S, M>
//! where
//!     S::Item: Clone,
//!     T: Manhole,
//!     S::Item: Manhole,
//! { … }
//! ```
//!
//! A field `next: Option<Box<Queue<T, S, M>>>` would bound `S` and `M` too: what a type does with its parameters cannot be seen
//! where it is used.

use std::collections::HashSet;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Generics, Type, TypeParam, TypeParamBound, TypePath, WherePredicate, parse_quote};

use super::ast::Container;
use crate::walk;

/// The parts of the generics that need the bound.
pub(crate) struct Bounds<'a> {
    /// Parameters, in the order they are declared.
    pub(crate) params: Vec<&'a TypeParam>,
    /// Associated types of parameters, each once.
    projections: Vec<&'a TypePath>,
}

impl<'a> Bounds<'a> {
    /// What the exposed fields of `container` need.
    pub(crate) fn of(container: &'a Container<'a>) -> Self {
        let declared: HashSet<&Ident> = container.generics.type_params().map(|param| &param.ident).collect();
        let mut used = HashSet::new();
        let mut projections: Vec<&TypePath> = Vec::new();
        for field in container.fields().filter(|field| field.is_reflected()) {
            walk::types(field.ty, &mut |ty| {
                let Type::Path(path) = ty else { return true };
                if let Some(param) = path.path.get_ident().and_then(|ident| declared.get(ident)) {
                    used.insert(*param);
                } else if is_projection(path, &declared) {
                    projections.push(path);
                    return false;
                }
                !is_phantom(path)
            });
        }
        let mut seen = HashSet::new();
        projections.retain(|path| seen.insert(path.to_token_stream().to_string()));
        let params = container.generics.type_params().filter(|param| used.contains(&param.ident)).collect();
        Self { params, projections }
    }

    /// The generics of the container with the bounds added to its where clause.
    pub(crate) fn add_to(&self, generics: &Generics) -> Generics {
        let mut generics = generics.clone();
        if self.params.is_empty() && self.projections.is_empty() {
            return generics;
        }
        let clause = generics.make_where_clause();
        let params = self.params.iter().map(|param| param.ident.to_token_stream());
        for bounded in params.chain(self.projections.iter().map(ToTokens::to_token_stream)) {
            let predicate: WherePredicate = parse_quote!(#bounded: ::manhole::__private::Manhole);
            clause.predicates.push(predicate);
        }
        generics
    }
}

/// Whether the parameter has to be sized, as every type in a [`TypeInfo`]'s name has.
///
/// [`TypeInfo`]: https://docs.rs/manhole/latest/manhole/reflect/struct.TypeInfo.html
pub(crate) fn is_sized(param: &TypeParam) -> bool {
    !param.bounds.iter().any(|bound| matches!(bound, TypeParamBound::Trait(bound) if bound.maybe.is_some()))
}

/// Whether it is `T::Item` or `<T as Trait>::Item` of a declared parameter `T`.
fn is_projection(path: &TypePath, declared: &HashSet<&Ident>) -> bool {
    match &path.qself {
        None => {
            let mut segments = path.path.segments.iter();
            segments.next().is_some_and(|first| declared.contains(&first.ident)) && segments.next().is_some()
        }
        Some(qself) => {
            let mut found = false;
            walk::types(&qself.ty, &mut |ty| {
                found |= matches!(ty, Type::Path(path)
                    if path.path.segments.first().is_some_and(|first| declared.contains(&first.ident)));
                !found
            });
            found
        }
    }
}

fn is_phantom(path: &TypePath) -> bool {
    path.path.segments.last().is_some_and(|last| last.ident == "PhantomData")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctxt::Ctxt;
    use syn::DeriveInput;

    fn bounds_of(input: &DeriveInput) -> String {
        let ctxt = Ctxt::new();
        let container = Container::read(&ctxt, input).unwrap();
        ctxt.check().unwrap();
        let generics = Bounds::of(&container).add_to(container.generics);
        let predicates = generics.where_clause.map(|clause| clause.predicates).unwrap_or_default();
        let bounded = predicates.iter().map(|predicate| match predicate {
            WherePredicate::Type(predicate) => {
                predicate.bounded_ty.to_token_stream().to_string().replace(' ', "")
            }
            _ => "?".to_owned(),
        });
        bounded.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_what_exposed_fields_need() {
        let input = parse_quote! {
            struct S<A, B, C, D, E> where A: Copy {
                a: Vec<(B, [u8; 3])>,
                #[manhole(skip)] b: C,
                #[manhole(secret)] c: D,
                d: std::marker::PhantomData<E>,
                e: &'static A,
            }
        };
        assert_eq!(bounds_of(&input), "A A B");
    }

    #[test]
    fn associated_types_get_the_bound_themselves() {
        let input = parse_quote! {
            enum E<I: Iterator, J> { A(I::Item, Option<I::Item>), B { b: <Vec<J> as IntoIterator>::Item } }
        };
        assert_eq!(bounds_of(&input), "I::Item <Vec<J>asIntoIterator>::Item");
    }

    #[test]
    fn a_type_may_contain_itself() {
        let input = parse_quote! { struct Node<T> { next: Option<Box<Node<T>>> } };
        assert_eq!(bounds_of(&input), "T");
    }
}
