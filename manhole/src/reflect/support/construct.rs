//! Constructs structs and enum values from a script's maps and lists.
//!
//! A script writes a struct as `#{ limit: 7, verbose: true }`, a tuple struct as `[1, 2]`, and an enum value as `"Idle"`,
//! `#{ Busy: #{ job: 4 } }` or `#{ Failed: "late" }`, as snapshots have them.

use std::borrow::Cow;

use crate::reflect::model::{FieldInfo, StructStyle, TypeInfo, TypeKind, Value, ValueError, VariantInfo};
use crate::reflect::text::did_you_mean;

/// The values for the fields of a new struct or variant. A derived `from_value` takes them one after another.
#[doc(hidden)]
pub struct FieldValues<'a> {
    info: &'static TypeInfo,
    /// The name of the type or variant to construct.
    what: String,
    fields: &'static [FieldInfo],
    /// The values by the names of their fields.
    given: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> FieldValues<'a> {
    /// Returns the values for a struct.
    pub fn of_struct(info: &'static TypeInfo, value: Value<'a>) -> Result<Self, ValueError> {
        let TypeKind::Struct(style, fields) = info.kind else { return Err(ValueError::not_writable(info)) };
        Self::new(info, info.to_string(), style, fields, value)
    }

    /// Returns the index of a variant, and the values for it.
    pub fn of_variant(info: &'static TypeInfo, value: Value<'a>) -> Result<(usize, Self), ValueError> {
        let TypeKind::Enum(variants) = info.kind else { return Err(ValueError::not_writable(info)) };
        let (name, value) = match value {
            Value::Text(name) => (name, None),
            Value::Map(mut entries) if entries.len() == 1 => match entries.pop() {
                Some((Value::Text(name), value)) => (name, Some(value)),
                _ => return Err(ValueError::new(format!("{info} takes {}", choices(variants)))),
            },
            value => return Err(ValueError::wrong_kind(info, &choices(variants), &value)),
        };
        let Some(index) = variants.iter().position(|variant| variant.name == name) else {
            let near = did_you_mean(&name, variants.iter().map(|variant| variant.name)).unwrap_or_default();
            let expected = choices(variants);
            return Err(ValueError::new(format!(
                "{info} has no variant {name:?}: expected {expected}{near}"
            )));
        };
        let VariantInfo { style, fields, .. } = variants[index];
        let what = format!("{info}::{name}");
        let value = match value {
            None if style != StructStyle::Unit => {
                let form = form(&variants[index]);
                return Err(ValueError::new(format!("{what} has data: write {form}")));
            }
            value => value.unwrap_or(Value::Unit),
        };
        Ok((index, Self::new(info, what, style, fields, value)?))
    }

    fn new(
        info: &'static TypeInfo,
        what: String,
        style: StructStyle,
        fields: &'static [FieldInfo],
        value: Value<'a>,
    ) -> Result<Self, ValueError> {
        let expected = || match style {
            StructStyle::Named | StructStyle::Range => format!("a map such as {}", map_form(fields)),
            StructStyle::Tuple => format!("a list of {}", fields.len()),
            StructStyle::Unit => "nothing".to_owned(),
        };
        let given = match (style, value) {
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
            (_, value) => return Err(ValueError::mismatch(&what, &expected(), &value)),
        };
        let made = Self { info, what, fields, given };
        made.check_names()?;
        Ok(made)
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
                    map_form(self.fields)
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

fn named<'a>((key, value): (Value<'a>, Value<'a>)) -> (Cow<'a, str>, Value<'a>) {
    match key {
        Value::Text(name) => (name, value),
        key => (key.to_string().into(), value),
    }
}

/// Lists the variants as a script writes them: `"Idle", #{ Busy: #{ job: … } } or #{ Failed: … }`.
fn choices(variants: &[VariantInfo]) -> String {
    let forms: Vec<_> = variants.iter().map(form).collect();
    match forms.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => forms.concat(),
    }
}

fn form(variant: &VariantInfo) -> String {
    let VariantInfo { name, style, fields, .. } = variant;
    match style {
        StructStyle::Unit => format!("{name:?}"),
        StructStyle::Tuple if fields.len() == 1 => format!("#{{ {name}: … }}"),
        StructStyle::Tuple => format!("#{{ {name}: [{}] }}", vec!["…"; fields.len()].join(", ")),
        StructStyle::Named | StructStyle::Range => format!("#{{ {name}: {} }}", map_form(fields)),
    }
}

/// Formats the fields as a script writes them: `#{ job: … }`.
fn map_form(fields: &[FieldInfo]) -> String {
    let fields: Vec<_> = fields.iter().map(|field| format!("{}: …", field.name)).collect();
    format!("#{{ {} }}", fields.join(", "))
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
        assert_eq!(
            nope,
            r#"Mode has no variant "Nope": expected "Idle" or #{ Busy: #{ job: …, since: … } }"#
        );
        assert_eq!(error(Value::from("Idel")), nope.replace("Nope", "Idel") + "; did you mean `Idle`?");
        let fields = |name: &'static str| {
            let fields = Value::Map(vec![(Value::from(name), Value::from(1))]);
            error(Value::Map(vec![(Value::from("Busy"), fields)]))
        };
        assert_eq!(fields("zzz"), "Mode::Busy has no field `zzz`: expected job, since");
        assert_eq!(fields("jbo"), "Mode::Busy has no field `jbo`: expected job, since; did you mean `job`?");
    }
}
