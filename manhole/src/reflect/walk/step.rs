//! Takes one step of a path: to a field, to an item of a list, to an entry of a map.

use super::access_error::AccessErrorKind as Kind;
use super::permissions::WalkPermissions;
use crate::reflect::model::{
    FieldInfo, Node, NodeMut, Shape, ShapeMut, Step, TypeInfo, TypeKind, Value, ValueMut, ValueRef,
};

/// Takes one step down.
pub(crate) fn step_down<'v>(
    node: Node<'v>,
    step: &Step,
    permissions: WalkPermissions,
) -> Result<ValueRef<'v>, Kind> {
    let info = node.info();
    match node.into_shape() {
        Shape::Struct(value) => {
            let index = field_index(info, info.fields(), step)?;
            permissions.check_field_access(info, info.fields(), index)?;
            value.field(index).ok_or(Kind::Secret)
        }
        Shape::Enum(value) => {
            let variant = value.variant();
            let fields = variant_fields(info, variant);
            let index = variant_field_index(info, variant, step)?;
            permissions.check_field_access(info, fields, index)?;
            value.field(index).ok_or(Kind::Secret)
        }
        Shape::List(list) => value_at(step, list.len(), |index| list.get(index)),
        Shape::Map(map) => {
            let key = key(step);
            map.get(&key).ok_or_else(|| no_key(info, key))
        }
        _ => Err(Kind::NoInside { ty: info.to_string() }),
    }
}

/// Returns the field of a struct to which a step leads, if the walk may pass it.
#[cfg(feature = "console")]
pub(crate) fn field_of_struct(node: &Node<'_>, step: &Step, permissions: WalkPermissions) -> Option<usize> {
    let Shape::Struct(_) = node.shape() else { return None };
    let info = node.info();
    let index = find(info.fields(), step).ok()?;
    permissions.check_field_access(info, info.fields(), index).ok().map(|()| index)
}

/// Takes one step down, as [`step_down`] does, through an exclusive reference. The two differ only in `&mut`, over
/// which Rust cannot abstract.
pub(crate) fn step_mut<'v>(
    node: NodeMut<'v>,
    step: &Step,
    permissions: WalkPermissions,
) -> Result<ValueMut<'v>, Kind> {
    let info = node.info();
    match node.into_shape() {
        ShapeMut::Struct(value) => {
            let index = field_index(info, info.fields(), step)?;
            permissions.check_field_access(info, info.fields(), index)?;
            value.field_mut(index).ok_or(Kind::Secret)
        }
        ShapeMut::Enum(value) => {
            let variant = value.variant();
            let index = variant_field_index(info, variant, step)?;
            permissions.check_field_access(info, variant_fields(info, variant), index)?;
            value.field_mut(index).ok_or(Kind::Secret)
        }
        ShapeMut::List(list) => {
            let len = list.len();
            value_at(step, len, |index| list.get_mut(index))
        }
        ShapeMut::Map(map) => {
            let key = key(step);
            map.get_mut(&key).ok_or_else(|| no_key(info, key))
        }
        ShapeMut::Whole => Err(Kind::Whole { ty: info.to_string() }),
        _ => Err(Kind::NoInside { ty: info.to_string() }),
    }
}

fn no_key(info: &TypeInfo, key: Value<'static>) -> Kind {
    Kind::NoKey { key, ty: info.to_string() }
}

/// Returns the key that a step looks up in a map: `map.k` and `map["k"]` are the same.
fn key(step: &Step) -> Value<'static> {
    match step {
        Step::Name(name) => Value::from(name.to_string()),
        Step::Key(key) => key.clone(),
    }
}

/// Returns the item of a list that a step leads to. Negative indexes count from the end.
fn value_at<T>(step: &Step, len: usize, get: impl FnOnce(usize) -> Option<T>) -> Result<T, Kind> {
    let index = key(step);
    resolve_index(&index, len).and_then(get).ok_or(Kind::NoItem { index, len })
}

/// Returns the index of the field that a step names. An integer is an index already.
fn field_index(info: &TypeInfo, fields: &'static [FieldInfo], step: &Step) -> Result<usize, Kind> {
    find(fields, step).map_err(|field| Kind::NoField {
        ty: info.to_string(),
        field,
        known: fields.iter().map(|field| field.name).collect(),
    })
}

fn variant_field_index(info: &TypeInfo, variant: usize, step: &Step) -> Result<usize, Kind> {
    let fields = variant_fields(info, variant);
    find(fields, step).map_err(|field| Kind::OtherVariant {
        ty: info.to_string(),
        field,
        variant: variant_name(info, variant),
        known: fields.iter().map(|field| field.name).collect(),
    })
}

fn find(fields: &[FieldInfo], step: &Step) -> Result<usize, String> {
    let name: &str = match step {
        Step::Name(name) => name,
        Step::Key(Value::Text(name)) => name,
        Step::Key(Value::Int(index)) => {
            let known = usize::try_from(*index).ok().filter(|index| *index < fields.len());
            return known.ok_or_else(|| index.to_string());
        }
        Step::Key(other) => return Err(other.to_string()),
    };
    fields.iter().position(|field| field.name == name).ok_or_else(|| name.to_owned())
}

/// Returns the fields of the variant at `index`.
fn variant_fields(info: &TypeInfo, index: usize) -> &'static [FieldInfo] {
    match info.kind {
        TypeKind::Enum(variants) => variants.get(index).map_or(&[], |variant| variant.fields),
        _ => &[],
    }
}

fn variant_name(info: &TypeInfo, index: usize) -> &'static str {
    match info.kind {
        TypeKind::Enum(variants) => variants.get(index).map_or("another variant", |variant| variant.name),
        _ => "another variant",
    }
}

/// Converts a script's index into a list of `len` items; negative indexes count from the end.
pub(crate) fn resolve_index(index: &Value<'_>, len: usize) -> Option<usize> {
    let index = match index {
        Value::Int(index) if *index < 0 => i128::try_from(len).ok()? + index,
        Value::Int(index) => *index,
        _ => return None,
    };
    usize::try_from(index).ok()
}
