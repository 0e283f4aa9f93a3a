//! Looks up types along a path without any value: no lock is taken, and no code of the application runs.

pub(crate) use crate::engine::value::type_mark::strip_wrappers;
use crate::reflect::{FieldInfo, Level, Step, TypeInfo, TypeKind, Value};

/// Returns the type inside locks.
pub(crate) fn strip_locks(info: &'static TypeInfo) -> &'static TypeInfo {
    match info.kind {
        TypeKind::Lock(inner) => strip_locks(inner()),
        _ => info,
    }
}

/// Returns whether every value of this type is composite.
pub(crate) fn has_inside(info: &TypeInfo) -> bool {
    matches!(info.kind, TypeKind::Struct(..) | TypeKind::List(_) | TypeKind::Map(..) | TypeKind::Set(_))
}

fn step_names(step: &Step, field: &FieldInfo) -> bool {
    match step {
        Step::Name(name) => **name == *field.name,
        Step::Key(Value::Text(name)) => name == field.name,
        Step::Key(_) => false,
    }
}

/// Returns the type of a field that every session may see, inside locks.
pub(crate) fn field_inside(info: &'static TypeInfo, step: &Step) -> Option<&'static TypeInfo> {
    let TypeKind::Struct(_, fields) = info.kind else { return None };
    let field = fields.iter().find(|field| step_names(step, field))?;
    // For other fields the walk checks the level.
    let is_open = !field.secret && field.level == Level::Observe;
    is_open.then(|| strip_locks((field.ty)()))
}

/// Returns the type one step inside `info`, if it is the same in all variants.
pub(crate) fn type_inside(info: &'static TypeInfo, step: &Step) -> Option<&'static TypeInfo> {
    match info.kind {
        TypeKind::Struct(_, fields) => Some((fields.iter().find(|field| step_names(step, field))?.ty)()),
        TypeKind::Enum(variants) => {
            let mut found = variants
                .iter()
                .flat_map(|variant| variant.fields)
                .filter(|field| step_names(step, field))
                .map(|field| (field.ty)());
            let first = found.next()?;
            found.all(|other| std::ptr::eq(first, other)).then_some(first)
        }
        TypeKind::List(inner) => Some(inner()),
        TypeKind::Map(_, item) => Some(item()),
        _ => None,
    }
}

/// Returns the names of the fields that a value of the type `info` has, one of which was probably meant.
pub(crate) fn fields_of(info: &'static TypeInfo) -> Option<String> {
    let info = strip_wrappers(info);
    let fields: Vec<_> = info.fields().iter().map(|field| field.name).collect();
    let is_struct = matches!(info.kind, TypeKind::Struct(..)) && !fields.is_empty();
    is_struct.then(|| format!("use a field of {info}: {}", fields.join(", ")))
}
