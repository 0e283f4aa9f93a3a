//! Which values are equal, which come first, and which can never be compared.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::operand::{Content, Operand, names};
use crate::engine::live::fields_of;
use crate::engine::value::{ScriptError, ScriptResult, order_of_texts, type_mark};
use crate::reflect::{
    StructFields, StructValue, TypeInfo, TypeKind, Value, VariantInfo, check_struct_type, compare_times,
    did_you_mean,
};

/// Creates the error for two values that can never be equal, or have no order.
pub(super) fn unlike(a: &Operand, b: &Operand) -> ScriptError {
    let help = match (&a.content, &b.content) {
        // The help shows how to write the value that is not the application's.
        (Content::Leaf(x), Content::Leaf(y)) if a.info.is_some() && b.info.is_none() => help_for(x, y),
        (Content::Leaf(x), Content::Leaf(y)) if a.info.is_none() && b.info.is_some() => help_for(y, x),
        (Content::Leaf(x), Content::Leaf(y)) => help_for(x, y).or_else(|| help_for(y, x)),
        (Content::Leaf(text @ Value::Text(_)), _) if a.info.is_some() => {
            Some(format!("write its text: {text}"))
        }
        _ => [a, b].iter().find_map(|operand| fields_of(operand.info?)),
    };
    ScriptError::new(format!("cannot compare {} with {}", a.describe(), b.describe()))
        .with_optional_help(help)
}

/// Returns how to write `other` so that it compares with `value`.
fn help_for(value: &Value<'_>, other: &Value<'_>) -> Option<String> {
    let number =
        |text: &str| Some(Value::from_text(text.to_owned())).filter(|found| found.as_float().is_some());
    Some(match (value, other) {
        (Value::Duration(_), Value::Int(_) | Value::Float(_)) => {
            format!("write the duration as \"{other}s\"")
        }
        (Value::Instant(_), Value::Int(_) | Value::Float(_)) => {
            format!("write its distance from now as \"{other}s\"")
        }
        (Value::Time(_), Value::Int(_)) => "write the time as \"2026-01-31T12:00:00Z\"".to_owned(),
        (Value::Text(_), Value::Char(char)) => format!("write a string: {:?}", char.to_string()),
        (Value::Text(_), Value::Int(_) | Value::Float(_)) => format!("write a string: \"{other}\""),
        (Value::Char(_), Value::Text(text)) if text.chars().count() == 1 => {
            format!("write a character: {:?}", text.chars().next().unwrap_or_default())
        }
        (value, Value::Text(text)) if value.as_float().is_some() => {
            format!("write the number without quotes: {}", number(text)?)
        }
        (Value::Bool(_), Value::Text(text)) if matches!(&**text, "true" | "false") => {
            format!("write it without quotes: {text}")
        }
        (Value::Bool(_), Value::Int(_)) => "compare with true or false".to_owned(),
        _ => return None,
    })
}

pub(super) fn equal(a: &Operand, b: &Operand) -> ScriptResult<bool> {
    if a.is_unit() || b.is_unit() {
        check_possible(a, b)?;
        check_possible(b, a)?;
        return Ok(a.is_unit() && b.is_unit());
    }
    check_names(a, b)?;
    match (a.variants(), b.variants()) {
        (None, None) => {}
        (Some(variants), None) => return equal_variant(a, b, variants),
        (None, Some(variants)) => return equal_variant(b, a, variants),
        (Some(_), Some(_)) => {
            let (Some((a_name, a_fields)), Some((b_name, b_fields))) = (a.variant(), b.variant()) else {
                return Err(unlike(a, b));
            };
            return match (a_fields, b_fields) {
                _ if a_name != b_name => Ok(false),
                (Some(a_fields), Some(b_fields)) => equal(a_fields, b_fields),
                (a_fields, b_fields) => Ok(a_fields.is_none() && b_fields.is_none()),
            };
        }
    }
    match (&a.content, &b.content) {
        (Content::Leaf(x), Content::Leaf(y)) => {
            let is_equal = leaf_order(a, b, (x, y))? == Some(Ordering::Equal);
            if !is_equal {
                check_range(a, b)?;
                check_range(b, a)?;
            }
            Ok(is_equal)
        }
        (Content::List(x), Content::List(y)) => equal_lists(x, y, a.is_set() || b.is_set()),
        (Content::List(items), Content::Leaf(Value::Bytes(bytes)))
        | (Content::Leaf(Value::Bytes(bytes)), Content::List(items))
            if items.iter().all(Operand::is_integer) =>
        {
            let bytes: Vec<_> = bytes.iter().map(|byte| Operand::untyped(Value::from(*byte))).collect();
            equal_lists(items, &bytes, false)
        }
        (Content::Map(x), Content::Map(y)) => {
            check_fields(a, b, y)?;
            check_fields(b, a, x)?;
            equal_maps(x, y)
        }
        _ => Err(unlike(a, b)),
    }
}

/// Returns an error if the values are of two different structs or enums of the application.
fn check_names(a: &Operand, b: &Operand) -> ScriptResult<()> {
    let named = |operand: &Operand| {
        operand.inner_type().filter(|info| matches!(info.kind, TypeKind::Struct(..) | TypeKind::Enum(_)))
    };
    match (named(a), named(b)) {
        (Some(x), Some(y)) if x.name != y.name => Err(unlike(a, b)),
        (Some(info), None) => check_path(info, b),
        (None, Some(info)) => check_path(info, a),
        _ => Ok(()),
    }
}

/// Returns an error if `written` is a struct or variant of another type than `info`.
fn check_path(info: &'static TypeInfo, written: &Operand) -> ScriptResult<()> {
    let Some(path) = &written.path else { return Ok(()) };
    check_struct_type(info, &StructValue::new(path.as_str(), StructFields::Unit))
        .map_err(|error| ScriptError::new(format!("cannot compare: {error}")))
}

/// Compares a value of an enum with a script's value: the name of a variant, or a map from the name to its fields.
fn equal_variant(value: &Operand, other: &Operand, variants: &[VariantInfo]) -> ScriptResult<bool> {
    let name = variant_name(value, other, variants)?;
    let Some((is, fields)) = value.variant() else { return Err(unlike(value, other)) };
    match (fields, other.variant().and_then(|(_, fields)| fields)) {
        _ if is != name => Ok(false),
        (_, None) => Ok(true),
        (Some(fields), Some(expected)) => equal(fields, expected),
        (None, Some(_)) => Ok(false),
    }
}

/// Returns the name of the variant that `other` stands for.
fn variant_name<'a>(value: &Operand, other: &'a Operand, variants: &[VariantInfo]) -> ScriptResult<&'a str> {
    let known = || variants.iter().map(|variant| variant.name);
    let type_name = value.inner_type().map(ToString::to_string).unwrap_or_default();
    let help = format!("{type_name} has: {}", names(known()));
    match other.variant() {
        Some((name, _)) if known().any(|known| known == name) => Ok(name),
        Some((name, None)) => {
            let suggestion = did_you_mean(name, known()).unwrap_or_default();
            Err(ScriptError::new(format!("{type_name} has no variant `{name}`{suggestion}")).with_help(help))
        }
        _ => Err(unlike(value, other).with_help(help)),
    }
}

/// Returns an error if `entries` are those of a script's map, and are not the fields of `value`.
fn check_fields(value: &Operand, other: &Operand, entries: &[(String, Operand)]) -> ScriptResult<()> {
    let fields = value.fields;
    if fields.is_empty() || !other.fields.is_empty() {
        return Ok(());
    }
    let known = || fields.iter().map(|field| field.name);
    let fail = |what: String| {
        let message = format!("cannot compare {} with {}: {what}", value.describe(), other.describe());
        Err(ScriptError::new(message).with_help(format!("compare with all fields: {}", names(known()))))
    };
    if let Some((name, _)) = entries.iter().find(|(name, _)| known().all(|known| known != name)) {
        let suggestion = did_you_mean(name, known()).unwrap_or_default();
        return fail(format!("there is no field `{name}`{suggestion}"));
    }
    match known().find(|known| entries.iter().all(|(name, _)| name != known)) {
        Some(missing) => fail(format!("the map has no `{missing}`")),
        None => Ok(()),
    }
}

fn equal_maps(a: &[(String, Operand)], b: &[(String, Operand)]) -> ScriptResult<bool> {
    let others: HashMap<&str, &Operand> = b.iter().map(|(key, value)| (key.as_str(), value)).collect();
    let mut are_equal = a.len() == b.len();
    for (key, value) in a {
        are_equal &= match others.get(key.as_str()) {
            Some(other) => equal(value, other)?,
            None => false,
        };
    }
    Ok(are_equal)
}

fn equal_lists(a: &[Operand], b: &[Operand], is_set: bool) -> ScriptResult<bool> {
    let (mut a, mut b): (Vec<_>, Vec<_>) = (a.iter().collect(), b.iter().collect());
    if is_set {
        a.sort_by_cached_key(|item| item.canonical());
        b.sort_by_cached_key(|item| item.canonical());
    }
    let mut are_equal = a.len() == b.len();
    for (a, b) in a.into_iter().zip(b) {
        are_equal &= equal(a, b)?;
    }
    Ok(are_equal)
}

/// Returns whether the order of two values passes `test`.
///
/// An empty option is not more than a number, as in Rust and as it reads: of `x.unsent > 0` that is `false`. Whether it is less, it does
/// not say: that is an error.
pub(super) fn passes(a: &Operand, b: &Operand, test: fn(Ordering) -> bool) -> ScriptResult<bool> {
    let is_empty = |operand: &Operand| {
        let is_leaf = |info: &TypeInfo| matches!(info.kind, TypeKind::Leaf);
        operand.is_unit() && operand.is_option() && operand.inner_type().is_none_or(is_leaf)
    };
    let order_of_none = match (is_empty(a), is_empty(b)) {
        (true, false) if !b.is_option() && !b.is_unit() => Some((Ordering::Less, a, b)),
        (false, true) if !a.is_option() && !a.is_unit() => Some((Ordering::Greater, b, a)),
        _ => None,
    };
    if let Some((order, none, value)) = order_of_none.filter(|(order, ..)| !test(*order)) {
        return check_possible(none, value).map(|()| test(order));
    }
    Ok(order(a, b)?.is_some_and(test))
}

pub(super) fn order(a: &Operand, b: &Operand) -> ScriptResult<Option<Ordering>> {
    if let Some((value, variants)) =
        [a, b].into_iter().find_map(|operand| Some((operand, operand.variants()?)))
    {
        if value.inner_type().is_some_and(|info| info.has_ordered_variants) {
            check_names(a, b)?;
            let place = |operand| -> ScriptResult<Option<usize>> {
                let name = variant_name(value, operand, variants)?;
                Ok(variants.iter().position(|variant| variant.name == name))
            };
            return Ok(Some(place(a)?.cmp(&place(b)?)));
        }
        let message = format!("cannot compare {} by size: it is a value of an enum", value.describe());
        return Err(ScriptError::new(message).with_help("compare it with == or !="));
    }
    match (&a.content, &b.content) {
        // As in Rust, `None` is less than `Some(x)`.
        _ if (a.is_unit() || b.is_unit()) && a.is_option() && b.is_option() => {
            Ok(Some(b.is_unit().cmp(&a.is_unit())))
        }
        (Content::Leaf(Value::Unit), Content::Leaf(Value::Unit)) => Ok(Some(Ordering::Equal)),
        (Content::Leaf(Value::Unit), _) | (_, Content::Leaf(Value::Unit)) => {
            let help = "use a default for an empty option: x.unwrap_or(0)";
            Err(unlike(a, b).with_help(help))
        }
        (Content::Leaf(x), Content::Leaf(y)) => leaf_order(a, b, (x, y)),
        (Content::List(x), Content::List(y)) => {
            for (x, y) in x.iter().zip(y) {
                match order(x, y)? {
                    Some(Ordering::Equal) => {}
                    differing => return Ok(differing),
                }
            }
            Ok(Some(x.len().cmp(&y.len())))
        }
        _ => Err(unlike(a, b)),
    }
}

/// Returns the order of two leaves, or `None` if one of them is not a number.
fn leaf_order(
    a: &Operand,
    b: &Operand,
    values: (&Value<'static>, &Value<'static>),
) -> ScriptResult<Option<Ordering>> {
    let is_nan = |value: &Value<'_>| value.as_float().is_some_and(f64::is_nan);
    if let Some(order) = compare_times(values.0, values.1) {
        let failed = |error| ScriptError::new(format!("cannot compare {}: {error}", place_of(a, b)));
        return order.map(Some).map_err(failed);
    }
    match values {
        (Value::Placeholder(_), _) | (_, Value::Placeholder(_)) => Err(unlike(a, b)),
        (x, y) if x.as_float().is_some() && y.as_float().is_some() => {
            Ok((!is_nan(x) && !is_nan(y)).then(|| x.order(y)))
        }
        (Value::Text(x), Value::Text(y)) => Ok(Some(order_of_texts(x, y, [a.info, b.info]))),
        (x, y) if x.kind() == y.kind() => Ok(Some(x.order(y))),
        _ => Err(unlike(a, b)),
    }
}

pub(super) fn place_of(a: &Operand, b: &Operand) -> String {
    format!("{} with {}", a.describe(), b.describe())
}

/// Returns an error if `typed` is of an integer type into which the integer `other` of a script does not fit.
fn check_range(typed: &Operand, other: &Operand) -> ScriptResult<()> {
    let (Some(info), None, Content::Leaf(value)) = (typed.inner_type(), other.info, &other.content) else {
        return Ok(());
    };
    let Some((min, max)) = type_mark::integer_range(info) else { return Ok(()) };
    let fits = match value {
        Value::Int(value) => *value >= min && u128::try_from(*value).map_or(true, |value| value <= max),
        Value::Uint(value) => *value <= max,
        _ => true,
    };
    if fits {
        return Ok(());
    }
    let name = info.to_string();
    Err(ScriptError::new(format!("cannot compare {value} with a {name}: it does not fit ({min} to {max})")))
}

/// Returns an error if no value of the type of `typed` can equal `other`.
pub(super) fn check_possible(typed: &Operand, other: &Operand) -> ScriptResult<()> {
    let Some(info) = typed.inner_type().filter(|_| !other.is_unit()) else { return Ok(()) };
    check_names(typed, other)?;
    let is_possible = match (&info.kind, &other.content) {
        (TypeKind::Enum(variants), _) => return variant_name(typed, other, variants).map(|_| ()),
        (TypeKind::Leaf, Content::Leaf(value)) => {
            check_range(typed, other)?;
            match (info.name, value) {
                ("String" | "str", value) => matches!(value, Value::Text(_)),
                ("bool" | "AtomicBool", value) => matches!(value, Value::Bool(_)),
                ("char", value) => matches!(value, Value::Char(_)),
                ("Duration" | "SystemTime" | "Instant", value) => {
                    matches!(value, Value::Duration(_) | Value::Time(_) | Value::Instant(_) | Value::Text(_))
                }
                ("f32" | "f64", value) => value.as_float().is_some(),
                (_, value) => type_mark::integer_range(info).is_none() || value.as_float().is_some(),
            }
        }
        (TypeKind::Leaf, _) => false,
        (TypeKind::List(_) | TypeKind::Set(_), content) => {
            matches!(content, Content::List(_) | Content::Leaf(Value::Bytes(_)))
        }
        (TypeKind::Map(..), content) => matches!(content, Content::Map(_)),
        _ => true,
    };
    if is_possible { Ok(()) } else { Err(unlike(typed, other)) }
}
