//! Walking through the types that a type is written with.

use syn::{
    AngleBracketedGenericArguments, GenericArgument, Path, PathArguments, ReturnType, Type, TypeParamBound,
};

/// Shows `visit` the type and then, as long as it answers `true` for the outer one, the types inside it.
pub(crate) fn types<'a>(ty: &'a Type, visit: &mut dyn FnMut(&'a Type) -> bool) {
    if !visit(ty) {
        return;
    }
    match ty {
        Type::Array(ty) => types(&ty.elem, visit),
        Type::Group(ty) => types(&ty.elem, visit),
        Type::Paren(ty) => types(&ty.elem, visit),
        Type::Ptr(ty) => types(&ty.elem, visit),
        Type::Reference(ty) => types(&ty.elem, visit),
        Type::Slice(ty) => types(&ty.elem, visit),
        Type::Tuple(ty) => ty.elems.iter().for_each(|elem| types(elem, visit)),
        Type::FnPtr(ty) => {
            ty.inputs.iter().for_each(|input| types(&input.ty, visit));
            returned(&ty.output, visit);
        }
        Type::Path(ty) => {
            if let Some(qself) = &ty.qself {
                types(&qself.ty, visit);
            }
            path(&ty.path, visit);
        }
        Type::ImplTrait(ty) => bounds(ty.bounds.iter(), visit),
        Type::TraitObject(ty) => bounds(ty.bounds.iter(), visit),
        _ => {}
    }
}

/// The arguments in angle brackets of every segment of `path`.
pub(crate) fn arguments(path: &Path) -> impl Iterator<Item = &GenericArgument> {
    path.segments
        .iter()
        .filter_map(|segment| match &segment.arguments {
            PathArguments::AngleBracketed(AngleBracketedGenericArguments { args, .. }) => Some(args),
            _ => None,
        })
        .flatten()
}

fn path<'a>(path: &'a Path, visit: &mut dyn FnMut(&'a Type) -> bool) {
    for argument in arguments(path) {
        match argument {
            GenericArgument::Type(ty) => types(ty, visit),
            GenericArgument::AssocType(assoc) => types(&assoc.ty, visit),
            GenericArgument::Constraint(constraint) => bounds(constraint.bounds.iter(), visit),
            _ => {}
        }
    }
    for segment in &path.segments {
        if let PathArguments::Parenthesized(args) = &segment.arguments {
            args.inputs.iter().for_each(|input| types(&input.ty, visit));
            returned(&args.output, visit);
        }
    }
}

fn bounds<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>, visit: &mut dyn FnMut(&'a Type) -> bool) {
    for bound in bounds {
        if let TypeParamBound::Trait(bound) = bound {
            path(&bound.path, visit);
        }
    }
}

fn returned<'a>(output: &'a ReturnType, visit: &mut dyn FnMut(&'a Type) -> bool) {
    if let ReturnType::Type(_, ty) = output {
        types(ty, visit);
    }
}
