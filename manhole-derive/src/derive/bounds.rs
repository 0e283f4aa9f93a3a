//! The bounds of the generated implementation: only those that the fields need.
//!
//! - A type parameter that is the type of an exposed field must implement `Manhole`, or the trait that the field's attributes
//!   require instead, such as `Debug`. The same holds for the parameters of a tuple, an array or one of [`CONTAINERS`].
//! - A parameter only in skipped or secret fields, or in a `PhantomData`, gets no bound.
//! - An associated type of a parameter gets the bound in place of the parameter.
//! - Any other type gets the bound itself: `Sender<T>: Manhole` holds for every `T`, and the derive cannot know that.
//! - A type that contains the container gets no bound, but its parameters do: a bound on it would depend on itself.
//! - `Deserialize` is never required of such a type, because a field without it is read-only.
//! - `bound` on the container replaces all of this.
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
//!     done: Sender<S::Report>,
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
//!     Sender<S::Report>: Manhole,
//! { … }
//! ```
//!
//! A field `next: Option<Box<Queue<T, S, M>>>` would bound `S` and `M` too: the use of a type does not show how the type uses its
//! parameters. Two generic types that contain each other need a `bound` on one of them.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Generics, TraitBoundModifier, Type, TypeParam, TypeParamBound, TypePath, WherePredicate, parse_quote,
};

use super::ast::{Container, Field};
use super::field_access::FieldAccess;
use crate::attrs::CratePath;
use crate::syntax::type_visitor;

/// The bounds of the implementation.
pub(crate) struct Bounds<'a> {
    /// The parameters that implement `Manhole`, in order of declaration. They are part of the type's name.
    pub(crate) params: Vec<&'a TypeParam>,
    predicates: Vec<WherePredicate>,
}

/// A trait that the access to a field requires of its type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RequiredTrait {
    Manhole,
    Debug,
    Display,
    Serialize,
    Deserialize,
}

impl<'a> Bounds<'a> {
    /// Returns the bounds of `bound`, or those that the exposed fields of `container` need.
    pub(crate) fn of(container: &'a Container<'a>) -> Self {
        let params = || container.generics.type_params();
        if let Some(bound) = &container.bound {
            let params =
                params().filter(|param| bound.iter().any(|predicate| is_manhole(predicate, &param.ident)));
            return Self { params: params.collect(), predicates: bound.clone() };
        }
        let mut bounds = Self { params: Vec::new(), predicates: Vec::new() };
        // An opaque type shows no fields.
        if container.is_opaque() {
            return bounds;
        }
        for required in [
            RequiredTrait::Manhole,
            RequiredTrait::Debug,
            RequiredTrait::Display,
            RequiredTrait::Serialize,
            RequiredTrait::Deserialize,
        ] {
            let BoundedTypes { params: used, types } = BoundedTypes::of(container, required);
            let params: Vec<&TypeParam> = params().filter(|param| used.contains(&param.ident)).collect();
            let bounded = params.iter().map(|param| param.ident.to_token_stream());
            let bounded = bounded.chain(types.iter().map(ToTokens::to_token_stream));
            let bound = required.bound(&container.krate);
            bounds.predicates.extend(bounded.map(|bounded| parse_quote!(#bounded: #bound)));
            if required == RequiredTrait::Manhole {
                bounds.params = params;
            }
        }
        bounds
    }

    /// Returns `generics` with these bounds in the where clause.
    pub(crate) fn add_to(&self, generics: &Generics) -> Generics {
        let mut generics = generics.clone();
        if !self.predicates.is_empty() {
            generics.make_where_clause().predicates.extend(self.predicates.iter().cloned());
        }
        generics
    }
}

impl RequiredTrait {
    fn of(field: &Field<'_>) -> &'static [Self] {
        match field.access {
            FieldAccess::Native { .. } => &[Self::Manhole],
            FieldAccess::Debug => &[Self::Debug],
            FieldAccess::Display => &[Self::Display],
            FieldAccess::Serde { .. } if field.readonly => &[Self::Serialize],
            FieldAccess::Serde { .. } => &[Self::Serialize, Self::Deserialize],
            FieldAccess::Function { .. } | FieldAccess::Remote(_) | FieldAccess::Opaque => &[],
            // What the adapters require of keys and items is not known of the parameters.
            FieldAccess::Items { keys: None, values: None, .. } => &[Self::Manhole],
            FieldAccess::Items { .. } => &[],
        }
    }

    fn bound(self, krate: &CratePath) -> TokenStream {
        match self {
            Self::Manhole => quote!(#krate::Manhole),
            Self::Debug => quote!(::core::fmt::Debug),
            Self::Display => quote!(::core::fmt::Display),
            Self::Serialize => quote!(#krate::serde::Serialize),
            Self::Deserialize => quote!(#krate::serde::DeserializeOwned),
        }
    }
}

/// The types that the fields require a trait of.
#[derive(Default)]
struct BoundedTypes<'a> {
    /// Type parameters.
    params: HashSet<&'a Ident>,
    /// Associated types of parameters, and types with parameters that can have the trait whatever the parameters have.
    types: Vec<&'a TypePath>,
}

impl<'a> BoundedTypes<'a> {
    /// Returns the types in the fields whose access requires the trait, each once.
    fn of(container: &'a Container<'a>, required: RequiredTrait) -> Self {
        let declared: HashSet<&Ident> = container.generics.type_params().map(|param| &param.ident).collect();
        let mut bounded = Self::default();
        let fields = container.fields().filter(|field| field.is_reflected());
        for field in fields.filter(|field| RequiredTrait::of(field).contains(&required)) {
            type_visitor::visit_types(field.ty.0, &mut |ty| {
                let Type::Path(path) = ty else { return true };
                if let Some(param) = path.path.get_ident().and_then(|ident| declared.get(ident)) {
                    bounded.params.insert(*param);
                    return true;
                }
                if is_phantom_data(path) {
                    return false;
                }
                let is_bounded = is_projection(path, &declared)
                    || required != RequiredTrait::Deserialize
                        && !is_container(path)
                        && mentions(ty, |ident| declared.contains(ident))
                        && !mentions(ty, |ident| ident == container.ident || ident == "Self");
                if is_bounded {
                    bounded.types.push(path);
                }
                !is_bounded
            });
        }
        let mut seen = HashSet::new();
        bounded.types.retain(|path| seen.insert(path.to_token_stream().to_string()));
        bounded
    }
}

/// The types of the standard library and of common crates that have a trait if these parameters have it. Their number excludes
/// allocators and hashers.
const CONTAINERS: &[(&str, usize)] = &[
    ("Arc", 1),
    ("ArcSwap", 1),
    ("ArcSwapOption", 1),
    ("BTreeMap", 2),
    ("BTreeSet", 1),
    ("BinaryHeap", 1),
    ("Box", 1),
    ("Cell", 1),
    ("DashMap", 2),
    ("DashSet", 1),
    ("HashMap", 2),
    ("HashSet", 1),
    ("IndexMap", 2),
    ("IndexSet", 1),
    ("LazyLock", 1),
    ("LinkedList", 1),
    ("Mutex", 1),
    ("OnceCell", 1),
    ("OnceLock", 1),
    ("Option", 1),
    ("Rc", 1),
    ("RefCell", 1),
    ("Result", 2),
    ("RwLock", 1),
    ("SmallVec", 1),
    ("Vec", 1),
    ("VecDeque", 1),
];

/// Returns whether the type is one of [`CONTAINERS`] with no more parameters than listed.
fn is_container(path: &TypePath) -> bool {
    let Some(last) = path.path.segments.last() else { return false };
    let count = type_visitor::generic_arguments(&path.path).count();
    CONTAINERS.iter().any(|(name, params)| last.ident == name && count <= *params)
}

/// Returns whether a path in the type begins with an identifier that `is_wanted`.
fn mentions(ty: &Type, is_wanted: impl Fn(&Ident) -> bool) -> bool {
    let mut found = false;
    type_visitor::visit_types(ty, &mut |ty| {
        found |= matches!(ty, Type::Path(path)
            if path.path.segments.first().is_some_and(|first| is_wanted(&first.ident)));
        !found
    });
    found
}

/// Returns whether the predicate requires `Manhole` of the parameter, by any path.
fn is_manhole(predicate: &WherePredicate, param: &Ident) -> bool {
    let WherePredicate::Type(predicate) = predicate else { return false };
    let Type::Path(bounded) = &predicate.bounded_ty else { return false };
    let mut bounds = predicate.bounds.iter();
    bounded.path.is_ident(param)
        && bounds.any(|bound| {
            matches!(bound, TypeParamBound::Trait(bound)
                if bound.path.segments.last().is_some_and(|last| last.ident == "Manhole"))
        })
}

/// Returns whether the parameter must be sized, as every type in the name of a [`TypeInfo`].
///
/// [`TypeInfo`]: https://docs.rs/manhole/latest/manhole/reflect/struct.TypeInfo.html
pub(crate) fn is_sized(param: &TypeParam) -> bool {
    !param.bounds.iter().any(|bound| matches!(bound, TypeParamBound::Trait(bound) if matches!(bound.modifier, TraitBoundModifier::Maybe(_))))
}

/// Returns whether the type is `T::Item` or `<T as Trait>::Item` of a declared parameter `T`.
fn is_projection(path: &TypePath, declared: &HashSet<&Ident>) -> bool {
    match &path.qself {
        None => {
            let mut segments = path.path.segments.iter();
            segments.next().is_some_and(|first| declared.contains(&first.ident)) && segments.next().is_some()
        }
        Some(qself) => mentions(&qself.ty, |ident| declared.contains(ident)),
    }
}

fn is_phantom_data(path: &TypePath) -> bool {
    path.path.segments.last().is_some_and(|last| last.ident == "PhantomData")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::ErrorCollector;
    use syn::DeriveInput;

    fn bounds_of(input: &DeriveInput) -> String {
        let errors = ErrorCollector::new();
        let container = Container::read(&errors, input).unwrap();
        errors.finish().unwrap();
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
    fn only_exposed_fields_add_bounds() {
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
    fn associated_types_are_bounded_instead_of_parameters() {
        let input = parse_quote! {
            enum E<I: Iterator, J> { A(I::Item, Option<I::Item>), B { b: <Vec<J> as IntoIterator>::Item } }
        };
        assert_eq!(bounds_of(&input), "I::Item <Vec<J>asIntoIterator>::Item");
    }

    #[test]
    fn field_access_selects_the_trait() {
        let input = parse_quote! {
            struct S<A, B, C, D> {
                #[manhole(debug)] a: Vec<A>,
                #[manhole(get = f)] b: B,
                #[manhole(display)] c: C,
                d: D,
            }
        };
        assert_eq!(bounds_of(&input), "D A C");
    }

    #[test]
    fn bound_attribute_replaces_inferred_bounds() {
        let input: DeriveInput = parse_quote! {
            #[manhole(bound = "B: Copy + ::manhole::Manhole, Vec<A>: Clone,")]
            struct S<A, B> { a: A, b: B }
        };
        assert_eq!(bounds_of(&input), "B Vec<A>");
        let errors = ErrorCollector::new();
        let container = Container::read(&errors, &input).unwrap();
        errors.finish().unwrap();
        let params: Vec<_> =
            Bounds::of(&container).params.iter().map(|param| param.ident.to_string()).collect();
        assert_eq!(params, ["B"]);
    }

    #[test]
    fn unknown_types_are_bounded_instead_of_their_parameters() {
        let input = parse_quote! {
            struct S<A: Stream, B, C, D> {
                a: Arc<Mutex<mpsc::Sender<A::Item>>>,
                b: (Wrapper<B>, HashMap<String, C, D>),
                #[manhole(debug)] c: Wrapper<C>,
                #[manhole(serde)] d: Wrapper<D>,
                e: Box<dyn Fn(D)>,
            }
        };
        assert_eq!(
            bounds_of(&input),
            "D mpsc::Sender<A::Item> Wrapper<B> HashMap<String,C,D> Wrapper<C> Wrapper<D> D"
        );
    }

    #[test]
    fn recursive_types_bound_only_their_parameters() {
        let input = parse_quote! {
            struct Node<T, U> { next: Option<Box<Node<T, u8>>>, others: List<(Self, U)>, more: List<Self> }
        };
        assert_eq!(bounds_of(&input), "T U");
    }
}
