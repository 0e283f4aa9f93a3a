//! Equality and order of all values that a script can have: live values, copies of them, and the script's own.
//!
//! Two values that can never be equal, such as a number and a string, are an error and not unequal. So is a text that names no
//! variant of an enum, or an integer that does not fit into the type of a field.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::{Range, RangeInclusive};
use std::str::FromStr;

use rhai::{Array, Dynamic, INT, ImmutableString, Map};

use super::aggregate::Aggregation;
use crate::engine::live::{Handle, Query, fields_of, strip_locks, strip_wrappers, to_value};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, ScriptResult, plain_type, to_script, type_mark};
use crate::reflect::{
    FieldInfo, StructFields, StructValue, TypeInfo, TypeKind, Value, VariantInfo, check_struct_type,
    compare_times, did_you_mean, plural, prefix,
};

/// The number of bytes of a value that an error shows.
const MAX_SHOWN_BYTES: usize = 40;

/// How deep the arrays and maps of a script may be nested. A copy of a live value is nested less deeply.
const MAX_DEPTH: usize = 64;

/// Compares values for one command.
#[derive(Clone, Copy)]
pub(crate) struct Comparison<'a>(pub(crate) &'a CallContext);

impl Comparison<'_> {
    /// Returns whether two values are equal.
    ///
    /// # Errors
    ///
    /// If they can never be equal, or if the application does not let them be read.
    pub(crate) fn equal(self, a: &Dynamic, b: &Dynamic) -> EvalResult<bool> {
        if let (Some(a), Some(b)) = (a.read_lock::<Handle>(), b.read_lock::<Handle>()) {
            if a.is_same_place(&b) {
                return Ok(true);
            }
        }
        if a.is_unit() && !type_mark::is_marked(a) || b.is_unit() && !type_mark::is_marked(b) {
            // A value of the application can be absent too.
            let other = if a.is_unit() { b } else { a };
            let handle = other.read_lock::<Handle>().map(|handle| handle.clone());
            return Ok(other.is_unit() || handle.is_some_and(|handle| handle.is_absent(&self.0.run)));
        }
        // Copies nothing of the variant's fields.
        if let Some(is_variant) = self.is_variant(a, b)?.or(self.is_variant(b, a)?) {
            return Ok(is_variant);
        }
        Ok(equal(&self.operand(a, 0)?, &self.operand(b, 0)?)?)
    }

    /// Returns whether `value` is a live value of the variant `name`; `None` if it is not of an enum with this variant.
    fn is_variant(self, value: &Dynamic, name: &Dynamic) -> EvalResult<Option<bool>> {
        let (Some(handle), Some(name)) = (value.read_lock::<Handle>(), name.read_lock::<ImmutableString>())
        else {
            return Ok(None);
        };
        let found = handle.variant_of(&self.0.run)?;
        let known = found.filter(|(_, variants)| variants.iter().any(|variant| *variant.name == **name));
        Ok(known.map(|(variant, _)| *variant.name == **name))
    }

    /// Returns the order of two values, or `None` if one of them is not a number.
    ///
    /// # Errors
    ///
    /// If they have no order, or if the application does not let them be read.
    pub(crate) fn order(self, a: &Dynamic, b: &Dynamic) -> EvalResult<Option<Ordering>> {
        Ok(order(&self.operand(a, 0)?, &self.operand(b, 0)?)?)
    }

    /// Returns whether one of `items` equals `value`.
    ///
    /// # Errors
    ///
    /// If there are items, and none of them could equal it.
    pub(crate) fn position(
        self,
        value: &Dynamic,
        items: impl IntoIterator<Item = EvalResult>,
    ) -> EvalResult<Option<usize>> {
        let mut unlike = None;
        let mut is_like = false;
        for (position, item) in items.into_iter().enumerate() {
            let item = item?;
            match quick_equal(&item, value).map_or_else(|| self.equal(&item, value), Ok) {
                Ok(true) => return Ok(Some(position)),
                Ok(false) => is_like = true,
                Err(error) => {
                    unlike.get_or_insert(error);
                }
            }
        }
        unlike.filter(|_| !is_like).map_or(Ok(None), Err)
    }

    /// Returns an error if no value of the type `info`, called `what`, can equal `value`.
    pub(crate) fn check_possible(
        self,
        what: &str,
        info: &'static TypeInfo,
        value: &Dynamic,
    ) -> EvalResult<()> {
        let mut known = Operand::new(Content::Leaf(Value::Unit), Some(info));
        known.place = Some(what.to_owned());
        check_possible(&known, &self.operand(value, 0)?)?;
        Ok(())
    }

    fn operand(self, value: &Dynamic, depth: usize) -> EvalResult<Operand> {
        if depth > MAX_DEPTH {
            let message = format!("cannot compare values that are nested more than {MAX_DEPTH} levels deep");
            return Err(ScriptError::new(message).of_limit().into());
        }
        if let Some(handle) = value.read_lock::<Handle>() {
            let run = &self.0.run;
            let info = match handle.static_type() {
                Some(info) => info,
                None => handle.read(run, |found| found.reflect().info())?,
            };
            let mut operand = Operand::typed(handle.snapshot(run)?, Some(info));
            operand.place = Some(handle.location());
            return Ok(operand);
        }
        if let Some(query) = value.read_lock::<Query>() {
            return self.operand(&Aggregation::new(query.clone(), self.0).to_array()?.into(), depth);
        }
        if let Some(items) = value.read_lock::<Array>() {
            let items = items.iter().map(|item| self.operand(item, depth + 1)).collect::<EvalResult<_>>()?;
            return Ok(Operand::new(Content::List(items), None));
        }
        if let Some(entries) = value.read_lock::<Map>() {
            let entries =
                entries.iter().map(|(key, item)| Ok((key.to_string(), self.operand(item, depth + 1)?)));
            return Ok(Operand::new(Content::Map(entries.collect::<EvalResult<_>>()?), None));
        }
        if let Some((start, end, name)) = range_of(value) {
            let bound = |value: INT| Operand::untyped(Value::from(value));
            let bounds = vec![("start".to_owned(), bound(start)), ("end".to_owned(), bound(end))];
            let (place, path) = (Some(value.to_string()), Some(name.to_owned()));
            return Ok(Operand { place, path, ..Operand::new(Content::Map(bounds), None) });
        }
        let leaf = to_value(value).map_err(|_| {
            let name = plain_type(value.type_name());
            ScriptError::new(format!("cannot compare a value of the type {name}"))
        })?;
        let is_option = to_script::is_some(value) || to_script::is_none(value);
        Ok(Operand { info: type_mark::marked_type(value), is_option, ..Operand::untyped(leaf) })
    }
}

/// Returns the bounds of a script's range, and the name of its type.
fn range_of(value: &Dynamic) -> Option<(INT, INT, &'static str)> {
    if let Some(range) = value.read_lock::<Range<INT>>() {
        return Some((range.start, range.end, "Range"));
    }
    let range = value.read_lock::<RangeInclusive<INT>>()?;
    Some((*range.start(), *range.end(), "RangeInclusive"))
}

/// Checks that the keys of a sort, a minimum or a maximum have an order.
#[derive(Default)]
pub(crate) struct KeyCheck(Option<Value<'static>>);

impl KeyCheck {
    /// Returns an error if `key` has no order with the keys before.
    pub(crate) fn check(&mut self, key: &Value<'static>) -> ScriptResult<()> {
        if *key == Value::Unit {
            return Ok(());
        }
        match &self.0 {
            Some(first) if first.kind() == key.kind() && !matches!(first, Value::List(_)) => Ok(()),
            Some(first) => {
                order(&Operand::untyped(first.clone()), &Operand::untyped(key.clone())).map(|_| ())
            }
            None => {
                // A value that has no order with others has none with itself.
                order(&Operand::untyped(key.clone()), &Operand::untyped(key.clone()))?;
                self.0 = Some(key.clone());
                Ok(())
            }
        }
    }
}

/// Returns whether two values of the same simple type are equal, or `None` if that takes more.
pub(crate) fn quick_equal(a: &Dynamic, b: &Dynamic) -> Option<bool> {
    if let (Ok(x), Ok(y)) = (a.as_int(), b.as_int()) {
        return (x == y || type_mark::surely_fits(a, y) && type_mark::surely_fits(b, x)).then_some(x == y);
    }
    let order = quick_order(a, b)?;
    let is_equal = order == Some(Ordering::Equal);
    (is_equal || !type_mark::is_marked(a) && !type_mark::is_marked(b)).then_some(is_equal)
}

/// Returns the order of two values of the same simple type, or `None` for all others. One that is not a number has no order.
pub(crate) fn quick_order(a: &Dynamic, b: &Dynamic) -> Option<Option<Ordering>> {
    if let (Ok(a), Ok(b)) = (a.as_int(), b.as_int()) {
        return Some(Some(a.cmp(&b)));
    }
    if let (Ok(a), Ok(b)) = (a.as_float(), b.as_float()) {
        return Some(a.partial_cmp(&b));
    }
    if let (Ok(first), Ok(second)) = (a.as_immutable_string_ref(), b.as_immutable_string_ref()) {
        let types = [a, b].map(type_mark::marked_type);
        return Some(Some(order_of_texts(&first, &second, types)));
    }
    if let (Ok(a), Ok(b)) = (a.as_bool(), b.as_bool()) {
        return Some(Some(a.cmp(&b)));
    }
    None
}

/// Returns the order of two texts. That of two addresses is not that of their texts.
fn order_of_texts(a: &str, b: &str, types: [Option<&'static TypeInfo>; 2]) -> Ordering {
    fn order<T: FromStr + Ord>(a: &str, b: &str) -> Option<Ordering> {
        Some(a.parse::<T>().ok()?.cmp(&b.parse::<T>().ok()?))
    }
    let are_addresses = types.into_iter().flatten().any(type_mark::is_address);
    let of_addresses = || order::<IpAddr>(a, b).or_else(|| order::<SocketAddr>(a, b));
    let order = if are_addresses { of_addresses() } else { None };
    order.unwrap_or_else(|| a.cmp(b))
}

/// A value with the type that it has in the application, if that is known.
struct Operand {
    info: Option<&'static TypeInfo>,
    /// The fields of a struct or a variant.
    fields: &'static [FieldInfo],
    /// The path of a live value.
    place: Option<String>,
    /// The path of a struct or variant that a script wrote.
    path: Option<String>,
    /// Whether the value is written as an option.
    is_option: bool,
    content: Content,
}

enum Content {
    Leaf(Value<'static>),
    List(Vec<Operand>),
    Map(Vec<(String, Operand)>),
}

fn key_text(key: &Value<'_>) -> String {
    if let Value::Text(text) = key { text.to_string() } else { key.to_string() }
}

impl Operand {
    const fn new(content: Content, info: Option<&'static TypeInfo>) -> Self {
        Self { info, fields: &[], place: None, path: None, is_option: false, content }
    }

    /// Creates the operand for a copy of a value of the type `info`.
    fn typed(value: Value<'static>, info: Option<&'static TypeInfo>) -> Self {
        let Some(known) = info.map(strip_wrappers) else { return Self::untyped(value) };
        let mut operand = match (&known.kind, value) {
            (TypeKind::List(item) | TypeKind::Set(item), Value::List(items)) => {
                let items = items.into_iter().map(|value| Self::typed(value, Some(item())));
                Self::new(Content::List(items.collect()), info)
            }
            (TypeKind::Map(_, item), Value::Map(entries)) => {
                let entries = entries.into_iter();
                let entries = entries.map(|(key, value)| (key_text(&key), Self::typed(value, Some(item()))));
                Self::new(Content::Map(entries.collect()), info)
            }
            (TypeKind::Struct(_, fields), value) => Self::with_fields(value, fields),
            (TypeKind::Enum(variants), Value::Map(entries)) => {
                let entries = entries.into_iter().map(|(name, value)| {
                    let name = key_text(&name);
                    let variant = variants.iter().find(|variant| variant.name == name);
                    let fields = variant.map_or(&[][..], |variant| variant.fields);
                    (name, Self::with_fields(value, fields))
                });
                Self::new(Content::Map(entries.collect()), info)
            }
            (_, value) => Self::untyped(value),
        };
        operand.info = info;
        operand
    }

    /// Creates the operand for a copy of a struct or variant with these fields.
    fn with_fields(value: Value<'static>, fields: &'static [FieldInfo]) -> Self {
        match (value, fields) {
            (Value::Map(entries), _) => {
                let entries = entries.into_iter().map(|(name, value)| {
                    let name = key_text(&name);
                    let field = fields.iter().find(|field| field.name == name);
                    (name, Self::typed(value, field.map(|field| (field.ty)())))
                });
                Self { fields, ..Self::new(Content::Map(entries.collect()), None) }
            }
            (Value::List(items), _) if items.len() == fields.len() => {
                let items = items.into_iter().zip(fields);
                let items = items.map(|(value, field)| Self::typed(value, Some((field.ty)())));
                Self::new(Content::List(items.collect()), None)
            }
            // The copy of a single field without a name is the field.
            (value, [only]) => Self::typed(value, Some((only.ty)())),
            (value, _) => Self::untyped(value),
        }
    }

    fn untyped(value: Value<'static>) -> Self {
        let content = match value {
            Value::Struct(value) => {
                let path = Some(value.path().to_owned());
                return Self { path, ..Self::untyped(value.into_plain()) };
            }
            Value::List(items) => Content::List(items.into_iter().map(Self::untyped).collect()),
            Value::Map(entries) => {
                let entries = entries.into_iter().map(|(key, value)| (key_text(&key), Self::untyped(value)));
                Content::Map(entries.collect())
            }
            // As a script gets it.
            Value::F32(value) => Content::Leaf(Value::Float(to_script::widen(value))),
            leaf => Content::Leaf(leaf),
        };
        Self::new(content, None)
    }

    /// Returns the type inside locks and options.
    fn inner_type(&self) -> Option<&'static TypeInfo> {
        self.info.map(strip_wrappers)
    }

    const fn is_integer(&self) -> bool {
        matches!(self.content, Content::Leaf(Value::Int(_) | Value::Uint(_)))
    }

    fn variants(&self) -> Option<&'static [VariantInfo]> {
        match self.inner_type()?.kind {
            TypeKind::Enum(variants) => Some(variants),
            _ => None,
        }
    }

    fn is_option(&self) -> bool {
        self.is_option || self.info.is_some_and(|info| matches!(strip_locks(info).kind, TypeKind::Option(_)))
    }

    fn is_set(&self) -> bool {
        self.inner_type().is_some_and(|info| matches!(info.kind, TypeKind::Set(_)))
    }

    const fn is_unit(&self) -> bool {
        matches!(self.content, Content::Leaf(Value::Unit))
    }

    /// Returns the name of the variant that the value is or stands for, and its fields.
    fn variant(&self) -> Option<(&str, Option<&Self>)> {
        match &self.content {
            Content::Leaf(Value::Text(name)) => Some((name, None)),
            Content::Map(entries) => match entries.as_slice() {
                [(name, fields)] => Some((name, Some(fields))),
                _ => None,
            },
            _ => None,
        }
    }

    fn type_name(&self) -> String {
        if let Some(path) = &self.path {
            return path.clone();
        }
        if let Some(info) = self.info {
            return if self.is_unit() { info } else { strip_wrappers(info) }.to_string();
        }
        let name = match &self.content {
            Content::List(_) => "array",
            Content::Map(_) => "map",
            Content::Leaf(value) => match value {
                Value::Int(_) | Value::Uint(_) => "integer",
                Value::Float(_) | Value::F32(_) => "float",
                Value::Text(_) => "String",
                Value::Bool(_) => "bool",
                Value::Char(_) => "char",
                Value::Duration(_) => "Duration",
                Value::Time(_) => "SystemTime",
                Value::Instant(_) => "Instant",
                other => other.kind(),
            },
        };
        name.to_owned()
    }

    /// Returns the value and its type for a message.
    fn describe(&self) -> String {
        let text = match (&self.place, &self.content) {
            (Some(place), _) => place.clone(),
            (None, Content::Leaf(Value::Unit)) if self.info.is_none() => return "None".to_owned(),
            (_, Content::Leaf(Value::Unit)) => "None".to_owned(),
            (None, Content::Leaf(value)) => {
                let text = value.to_string();
                let shown = prefix(&text, MAX_SHOWN_BYTES);
                if shown.len() < text.len() { format!("{shown}…") } else { text }
            }
            (None, Content::List(items)) => plural(items.len(), "item"),
            (None, Content::Map(entries)) => {
                format!("#{{ {} }}", names(entries.iter().map(|entry| &*entry.0)))
            }
        };
        format!("{text} ({})", self.type_name())
    }

    /// Returns a text that equal values have in common, to compare sets.
    fn canonical(&self) -> String {
        match &self.content {
            Content::Leaf(value) => value.to_string(),
            Content::List(items) => items.iter().map(Self::canonical).collect::<Vec<_>>().join(","),
            Content::Map(entries) => {
                let mut entries: Vec<_> =
                    entries.iter().map(|(key, value)| format!("{key}:{}", value.canonical())).collect();
                entries.sort_unstable();
                entries.join(",")
            }
        }
    }
}

/// Returns names as a list, without those beyond a limit.
fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const MAX_NAMES: usize = 12;
    let names: Vec<_> = names.take(MAX_NAMES + 1).collect();
    let shown = names[..names.len().min(MAX_NAMES)].join(", ");
    if names.len() > MAX_NAMES { shown + ", …" } else { shown }
}

/// Creates the error for two values that can never be equal, or have no order.
fn unlike(a: &Operand, b: &Operand) -> ScriptError {
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

fn equal(a: &Operand, b: &Operand) -> ScriptResult<bool> {
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

fn order(a: &Operand, b: &Operand) -> ScriptResult<Option<Ordering>> {
    if let Some(value) = [a, b].into_iter().find(|operand| operand.variants().is_some()) {
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

fn place_of(a: &Operand, b: &Operand) -> String {
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
fn check_possible(typed: &Operand, other: &Operand) -> ScriptResult<()> {
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
