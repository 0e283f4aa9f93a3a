//! Constructs structs and enum values from what a script writes.
//!
//! A script writes a struct as `#{ limit: 7, verbose: true }`, a tuple struct as `[1, 2]`, and an enum value as `"Idle"`,
//! `#{ Busy: #{ job: 4 } }` or `#{ Failed: "late" }`, as snapshots have them. In Rust's notation they are
//! [`Value::Struct`]s: `Config { limit: 7, verbose: true }`, `Mode::Busy { job: 4 }`, `Failed("late")`.

use std::borrow::Cow;

use crate::reflect::model::{
    FieldInfo, Manhole, StructFields, StructStyle, StructValue, TypeInfo, TypeKind, Value, ValueError,
    VariantInfo,
};
use crate::reflect::text::did_you_mean;

/// Converts a key. A script's own maps have only string keys, also for numbers and booleans.
pub(crate) fn convert_key<K: Manhole>(key: Value<'_>) -> Result<K, ValueError> {
    let error = match K::from_value(key.clone()) {
        Ok(key) => return Ok(key),
        Err(error) => error,
    };
    let Value::Text(text) = key else { return Err(error) };
    let converted = match text.parse::<i128>() {
        Ok(number) => Value::Int(number),
        Err(_) => Value::Bool(text.parse().map_err(|_| error.clone())?),
    };
    K::from_value(converted).map_err(|_| error)
}

/// The values for the fields of a new struct or variant. A derived `from_value` takes them one after another.
#[doc(hidden)]
pub struct FieldValues<'a> {
    info: &'static TypeInfo,
    /// The name of the type or variant to construct.
    what: String,
    style: StructStyle,
    fields: &'static [FieldInfo],
    /// The values by the names of their fields.
    given: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> FieldValues<'a> {
    /// Returns the values for a struct.
    pub fn of_struct(info: &'static TypeInfo, value: Value<'a>) -> Result<Self, ValueError> {
        let TypeKind::Struct(style, fields) = info.kind else { return Err(ValueError::not_writable(info)) };
        let target = Self::new(info, info.to_string(), style, fields);
        match value {
            Value::Struct(value) => {
                if value.name() != info.name || value.owner().is_some() {
                    return Err(wrong_type(info, &value, [info.name]));
                }
                target.with_fields(value.into_fields())
            }
            value => target.with_data(value),
        }
    }

    /// Returns the index of a variant, and the values for it.
    pub fn of_variant(info: &'static TypeInfo, value: Value<'a>) -> Result<(usize, Self), ValueError> {
        let TypeKind::Enum(variants) = info.kind else { return Err(ValueError::not_writable(info)) };
        let (name, value) = match value {
            Value::Text(name) => (name, None),
            Value::Struct(value) => {
                if !value.is_of(info.name) {
                    return Err(wrong_type(info, &value, [info.name]));
                }
                (value.name().to_owned().into(), Some(Value::Struct(value)))
            }
            Value::Map(mut entries) if entries.len() == 1 => match entries.pop() {
                Some((Value::Text(name), value)) => (name, Some(value)),
                _ => return Err(ValueError::new(format!("{info} takes {}", choices(variants)))),
            },
            value => return Err(ValueError::wrong_kind(info, &choices(variants), &value)),
        };
        let index = find_variant(info, variants, &name)?;
        let VariantInfo { style, fields, .. } = variants[index];
        let target = Self::new(info, format!("{info}::{name}"), style, fields);
        let values = match value {
            None if style != StructStyle::Unit => {
                return Err(ValueError::new(format!(
                    "{} has data: write {}",
                    target.what,
                    target.rust_form()
                )));
            }
            None => target,
            Some(Value::Struct(value)) => target.with_fields(value.into_fields())?,
            Some(value) => target.with_data(value)?,
        };
        Ok((index, values))
    }

    const fn new(
        info: &'static TypeInfo,
        what: String,
        style: StructStyle,
        fields: &'static [FieldInfo],
    ) -> Self {
        Self { info, what, style, fields, given: Vec::new() }
    }

    /// Adds the values from plain data.
    fn with_data(mut self, value: Value<'a>) -> Result<Self, ValueError> {
        let Self { style, fields, .. } = self;
        let expected = || match style {
            StructStyle::Tuple if self.info.name.is_empty() => format!("a list of {}", fields.len()),
            _ => rust_form(self.what.rsplit("::").next().unwrap_or_default(), style, fields),
        };
        self.given = match (style, value) {
            (StructStyle::Named | StructStyle::Range, Value::Map(entries)) => {
                entries.into_iter().map(named).collect()
            }
            (StructStyle::Tuple, Value::List(items)) if items.len() == fields.len() => {
                fields.iter().map(|field| Cow::Borrowed(field.name)).zip(items).collect()
            }
            // `Meters(3)` is also written `3`, which no list can be mistaken for.
            (StructStyle::Tuple, value) if fields.len() == 1 && !matches!(value, Value::List(_)) => {
                vec![(Cow::Borrowed(fields[0].name), value)]
            }
            (StructStyle::Unit, Value::Unit) => Vec::new(),
            (StructStyle::Unit, Value::Map(entries)) if entries.is_empty() => Vec::new(),
            (_, value) => return Err(ValueError::mismatch(&self.what, &expected(), &value)),
        };
        self.check_names()?;
        Ok(self)
    }

    /// Adds the values that are written in Rust's notation, where no field may be omitted.
    fn with_fields(mut self, fields: StructFields<'a>) -> Result<Self, ValueError> {
        self.given = match (self.style, fields) {
            (StructStyle::Unit, StructFields::Unit) => Vec::new(),
            (StructStyle::Tuple, StructFields::Tuple(items)) if items.len() == self.fields.len() => {
                self.fields.iter().map(|field| Cow::Borrowed(field.name)).zip(items).collect()
            }
            (StructStyle::Named | StructStyle::Range, StructFields::Named(fields)) => fields,
            _ => {
                let Self { what, .. } = &self;
                return Err(ValueError::new(format!("{what} is written {}", self.rust_form())));
            }
        };
        self.check_names()?;
        let is_missing = |field: &&FieldInfo| !self.given.iter().any(|(name, _)| *name == field.name);
        if self.fields.iter().any(|field| field.secret && is_missing(&field)) {
            return Err(self.not_constructible());
        }
        let missing: Vec<_> =
            self.fields.iter().filter(is_missing).map(|field| format!("`{}`", field.name)).collect();
        if missing.is_empty() {
            return Ok(self);
        }
        let (what, many) = (&self.what, if missing.len() > 1 { "s" } else { "" });
        let missing = missing.join(", ");
        Err(ValueError::new(format!(
            "{what} {{ … }} lacks its field{many} {missing}: write all fields, or `..` and a value for the rest"
        )))
    }

    /// Formats the struct or variant as Rust writes it.
    fn rust_form(&self) -> String {
        rust_form(&self.what, self.style, self.fields)
    }

    fn check_names(&self) -> Result<(), ValueError> {
        let known = |name: &str| self.fields.iter().any(|field| field.name == name);
        let Some((name, _)) = self.given.iter().find(|(name, _)| !known(name)) else { return Ok(()) };
        let names: Vec<_> = self.fields.iter().map(|field| field.name).collect();
        let near = did_you_mean(name, names.iter().copied()).unwrap_or_default();
        let Self { what, .. } = self;
        Err(ValueError::new(format!("{what} has no field `{name}`: expected {}{near}", names.join(", "))))
    }

    /// Takes the value for the field at `index` and converts it with `make`. An omitted option is `None`.
    pub fn take<T>(
        &mut self,
        index: usize,
        make: impl FnOnce(Value<'a>) -> Result<T, ValueError>,
    ) -> Result<T, ValueError> {
        let Some(field) = self.fields.get(index) else { return Err(self.not_constructible()) };
        let value = match self.given.iter().position(|(name, _)| name == field.name) {
            Some(found) => self.given.swap_remove(found).1,
            None if matches!((field.ty)().kind, TypeKind::Option(_)) => Value::Unit,
            None => {
                return Err(ValueError::new(format!(
                    "{} has no value for its field `{}`: expected {}",
                    self.what,
                    field.name,
                    self.rust_form()
                )));
            }
        };
        make(value).map_err(|error| error.of_part(format_args!("`{}`", field.name)))
    }

    /// Creates the error for a struct or variant with fields that the console does not show.
    pub fn not_constructible(&self) -> ValueError {
        ValueError::new(format!(
            "cannot construct {}: {}",
            self.what,
            match self.fields.iter().find(|field| field.secret) {
                Some(secret) => format!("its field `{}` is secret", secret.name),
                None if self.info.fields().is_empty() => "it shows no fields".to_owned(),
                None => "the console does not show all its fields".to_owned(),
            }
        ))
    }
}

/// Checks whether `value` can be of the type `info`: whether that is the name of the struct, or has the variant.
#[cfg(feature = "console")]
pub(crate) fn check_struct_type(info: &'static TypeInfo, value: &StructValue<'_>) -> Result<(), ValueError> {
    match info.kind {
        TypeKind::Option(inner) => check_struct_type(inner(), value),
        TypeKind::Enum(_) if !value.is_of(info.name) => Err(wrong_type(info, value, [info.name])),
        TypeKind::Enum(variants) => find_variant(info, variants, value.name()).map(|_| ()),
        TypeKind::Struct(..) if value.name() == info.name && value.owner().is_none() => Ok(()),
        TypeKind::Struct(..) | TypeKind::Leaf => Err(wrong_type(info, value, [info.name])),
        TypeKind::Lock(inner) => check_struct_type(inner(), value),
        _ => Ok(()),
    }
}

/// Returns the index of the variant `name`.
fn find_variant(info: &TypeInfo, variants: &[VariantInfo], name: &str) -> Result<usize, ValueError> {
    variants.iter().position(|variant| variant.name == name).ok_or_else(|| {
        let near = did_you_mean(name, variants.iter().map(|variant| variant.name)).unwrap_or_default();
        ValueError::new(format!("{info} has no variant `{name}`: expected {}{near}", choices(variants)))
    })
}

/// Creates the error for a value of another type than `info`.
fn wrong_type<'k>(
    info: &TypeInfo,
    value: &StructValue<'_>,
    known: impl IntoIterator<Item = &'k str>,
) -> ValueError {
    let near = did_you_mean(value.owner().unwrap_or_else(|| value.name()), known).unwrap_or_default();
    ValueError::new(format!("expected a value of the type {info}, found {}{near}", value.path()))
}

fn named<'a>((key, value): (Value<'a>, Value<'a>)) -> (Cow<'a, str>, Value<'a>) {
    match key {
        Value::Text(name) => (name, value),
        key => (key.to_string().into(), value),
    }
}

/// Lists the variants as Rust writes them: `Idle, Busy { job: … } or Failed(…)`.
fn choices(variants: &[VariantInfo]) -> String {
    let forms: Vec<_> =
        variants.iter().map(|variant| rust_form(variant.name, variant.style, variant.fields)).collect();
    match forms.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => forms.concat(),
    }
}

/// Formats a struct or variant as Rust writes it.
fn rust_form(name: &str, style: StructStyle, fields: &[FieldInfo]) -> String {
    match style {
        StructStyle::Unit => name.to_owned(),
        StructStyle::Tuple => format!("{name}({})", vec!["…"; fields.len()].join(", ")),
        StructStyle::Range => "start..end".to_owned(),
        StructStyle::Named => {
            let fields: Vec<_> = fields.iter().map(|field| format!("{}: …", field.name)).collect();
            format!("{name} {{ {} }}", fields.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::model::Manhole;

    const FIELDS: &[FieldInfo] =
        &[FieldInfo::new("job", "", u32::type_info), FieldInfo::new("since", "", u32::type_info)];
    const VARIANTS: &[VariantInfo] = &[
        VariantInfo::new("Idle", "", StructStyle::Unit, &[]),
        VariantInfo::new("Busy", "", StructStyle::Named, FIELDS),
    ];
    static MODE: TypeInfo = TypeInfo::new("Mode", TypeKind::Enum(VARIANTS));

    fn error(value: Value<'_>) -> String {
        FieldValues::of_variant(&MODE, value).err().unwrap().to_string()
    }

    #[test]
    fn an_unknown_name_is_reported_in_one_sentence() {
        let nope = error(Value::from("Nope"));
        assert_eq!(nope, "Mode has no variant `Nope`: expected Idle or Busy { job: …, since: … }");
        assert_eq!(error(Value::from("Idel")), nope.replace("Nope", "Idel") + "; did you mean `Idle`?");
        let fields = |name: &'static str| {
            let fields = Value::Map(vec![(Value::from(name), Value::from(1))]);
            error(Value::Map(vec![(Value::from("Busy"), fields)]))
        };
        assert_eq!(fields("zzz"), "Mode::Busy has no field `zzz`: expected job, since");
        assert_eq!(fields("jbo"), "Mode::Busy has no field `jbo`: expected job, since; did you mean `job`?");
    }
}
