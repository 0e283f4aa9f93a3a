//! Making enum values by the name of their variant.

use super::{StructStyle, TypeInfo, TypeKind, Value, ValueError, error::nearest};

/// Which variant of `info` the text `value` names, if that is one without data; what a derived enum is written with.
#[doc(hidden)]
pub fn unit_variant(info: &'static TypeInfo, value: &Value<'_>) -> Result<usize, ValueError> {
    let TypeKind::Enum(variants) = info.kind else { return Err(ValueError::not_writable(info)) };
    let Value::Text(name) = value else {
        return Err(ValueError::wrong_kind(info, "the name of a variant", value));
    };
    let found = variants.iter().position(|variant| variant.name == name);
    match found.and_then(|index| Some((index, variants.get(index)?))) {
        Some((index, variant)) if variant.style == StructStyle::Unit => Ok(index),
        Some((_, variant)) => Err(ValueError::new(format!(
            "{info}::{} holds data and cannot be made from its name alone",
            variant.name
        ))),
        None => {
            let names: Vec<_> = variants.iter().map(|variant| variant.name).collect();
            let near = nearest(name, names.iter().copied());
            let near = near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
            Err(ValueError::new(format!("{info} has no variant {name:?}{near} It has: {}", names.join(", "))))
        }
    }
}
