//! A visitor of the types inside a type.

use syn::{
    AngleBracketedGenericArguments, GenericArgument, Path, PathArguments, ReturnType, Type, TypeParamBound,
};

/// Calls `visit` with the type and, if that returns `true`, with the types inside it.
pub(crate) fn visit_types<'a>(ty: &'a Type, visit: &mut dyn FnMut(&'a Type) -> bool) {
    if !visit(ty) {
        return;
    }
    match ty {
        Type::Array(ty) => visit_types(&ty.elem, visit),
        Type::Group(ty) => visit_types(&ty.elem, visit),
        Type::Paren(ty) => visit_types(&ty.elem, visit),
        Type::Ptr(ty) => visit_types(&ty.elem, visit),
        Type::Reference(ty) => visit_types(&ty.elem, visit),
        Type::Slice(ty) => visit_types(&ty.elem, visit),
        Type::Tuple(ty) => ty.elems.iter().for_each(|elem| visit_types(elem, visit)),
        Type::BareFn(ty) => {
            ty.inputs.iter().for_each(|input| visit_types(&input.ty, visit));
            visit_output(&ty.output, visit);
        }
        Type::Path(ty) => {
            if let Some(qself) = &ty.qself {
                visit_types(&qself.ty, visit);
            }
            visit_path(&ty.path, visit);
        }
        Type::ImplTrait(ty) => visit_bounds(ty.bounds.iter(), visit),
        Type::TraitObject(ty) => visit_bounds(ty.bounds.iter(), visit),
        _ => {}
    }
}

/// Returns the arguments in angle brackets of all segments of `path`.
pub(crate) fn generic_arguments(path: &Path) -> impl Iterator<Item = &GenericArgument> {
    path.segments
        .iter()
        .filter_map(|segment| match &segment.arguments {
            PathArguments::AngleBracketed(AngleBracketedGenericArguments { args, .. }) => Some(args),
            _ => None,
        })
        .flatten()
}

fn visit_path<'a>(path: &'a Path, visit: &mut dyn FnMut(&'a Type) -> bool) {
    for argument in generic_arguments(path) {
        match argument {
            GenericArgument::Type(ty) => visit_types(ty, visit),
            GenericArgument::AssocType(assoc) => visit_types(&assoc.ty, visit),
            GenericArgument::Constraint(constraint) => visit_bounds(constraint.bounds.iter(), visit),
            _ => {}
        }
    }
    for segment in &path.segments {
        if let PathArguments::Parenthesized(args) = &segment.arguments {
            args.inputs.iter().for_each(|input| visit_types(input, visit));
            visit_output(&args.output, visit);
        }
    }
}

fn visit_bounds<'a>(
    bounds: impl Iterator<Item = &'a TypeParamBound>,
    visit: &mut dyn FnMut(&'a Type) -> bool,
) {
    for bound in bounds {
        if let TypeParamBound::Trait(bound) = bound {
            visit_path(&bound.path, visit);
        }
    }
}

fn visit_output<'a>(output: &'a ReturnType, visit: &mut dyn FnMut(&'a Type) -> bool) {
    if let ReturnType::Type(_, ty) = output {
        visit_types(ty, visit);
    }
}
