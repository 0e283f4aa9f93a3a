//! Making structs and enum values of a script's maps and lists.
//!
//! A struct is `#{ limit: 7, verbose: true }`, a tuple struct `[1, 2]`, and an enum value `"Idle"`, `#{ Busy: #{ job: 4 } }` or
//! `#{ Failed: "late" }`: what the console shows of them, as data.

use std::borrow::Cow;

use crate::reflect::model::{FieldInfo, StructStyle, TypeInfo, TypeKind, Value, ValueError, VariantInfo};
use crate::reflect::text::closest_match;

/// The fields of a new value, taken one after another. What a derived `from_value` is made with.
#[doc(hidden)]
pub struct FieldValues<'a> {
    info: &'static TypeInfo,
    /// What is being made: the type or one of its variants.
    what: String,
    fields: &'static [FieldInfo],
    /// Named as the fields are, or counted as they are.
    given: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> FieldValues<'a> {
    /// The fields of a struct.
    pub fn of_struct(info: &'static TypeInfo, value: Value<'a>) -> Result<Self, ValueError> {
        let TypeKind::Struct(style, fields) = info.kind else { return Err(ValueError::not_writable(info)) };
        Self::new(info, info.to_string(), style, fields, value)
    }

    /// The position of a variant, and its fields.
    pub fn of_variant(info: &'static TypeInfo, value: Value<'a>) -> Result<(usize, Self), ValueError> {
        let TypeKind::Enum(variants) = info.kind else { return Err(ValueError::not_writable(info)) };
        let (name, value) = match value {
            Value::Text(name) => (name, None),
            Value::Map(mut entries) if entries.len() == 1 => match entries.pop() {
                Some((Value::Text(name), value)) => (name, Some(value)),
                _ => return Err(ValueError::new(format!("{info} is {}", choices(variants)))),
            },
            value => return Err(ValueError::wrong_kind(info, &choices(variants), &value)),
        };
        let Some(index) = variants.iter().position(|variant| variant.name == name) else {
            let near = closest_match(&name, variants.iter().map(|variant| variant.name));
            let near = near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
            return Err(ValueError::new(format!(
                "{info} has no variant {name:?}{near} It is {}",
                choices(variants)
            )));
        };
        let VariantInfo { style, fields, .. } = variants[index];
        let what = format!("{info}::{name}");
        let value = match value {
            None if style != StructStyle::Unit => {
                let form = form(&variants[index]);
                return Err(ValueError::new(format!("{what} holds data: write {form}")));
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
            // `Meters(3)` is `3` where there is nothing to confuse it with.
            (StructStyle::Tuple, value) if fields.len() == 1 && !matches!(value, Value::List(_)) => {
                vec![(Cow::Borrowed(fields[0].name), value)]
            }
            (StructStyle::Unit, Value::Unit) => Vec::new(),
            (StructStyle::Unit, Value::Map(entries)) if entries.is_empty() => Vec::new(),
            (_, value) => return Err(ValueError::mismatch(&what, &expected(), &value)),
        };
        let made = Self { info, what, fields, given };
        made.names_are_known()?;
        Ok(made)
    }

    fn names_are_known(&self) -> Result<(), ValueError> {
        let known = |name: &str| self.fields.iter().any(|field| field.name == name);
        let Some((name, _)) = self.given.iter().find(|(name, _)| !known(name)) else { return Ok(()) };
        let names: Vec<_> = self.fields.iter().map(|field| field.name).collect();
        let near = closest_match(name, names.iter().copied());
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        Err(ValueError::new(format!(
            "{} has no field `{name}`{near} It has: {}",
            self.what,
            names.join(", ")
        )))
    }

    /// The value for the field at `index`, as `make` makes it; one that is left out is `None` if it is an option.
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
                    "{} needs its field `{}` too, a whole one is {}",
                    self.what,
                    field.name,
                    map_form(self.fields)
                )));
            }
        };
        make(value).map_err(|error| error.of_part(format_args!("`{}`", field.name)))
    }

    /// Some fields of the struct or variant are not shown, and so cannot be given.
    pub fn not_constructible(&self) -> ValueError {
        ValueError::new(format!(
            "a whole {} cannot be made from the console: {}",
            self.what,
            match self.fields.iter().find(|field| field.secret) {
                Some(secret) => format!("its field `{}` is secret", secret.name),
                None if self.info.fields().is_empty() => "it shows nothing of its inside".to_owned(),
                None => "it has fields that are not shown".to_owned(),
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

/// The variants as a script writes them: `"Idle", #{ Busy: #{ job: … } } or #{ Failed: … }`.
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

/// `#{ job: … }`
fn map_form(fields: &[FieldInfo]) -> String {
    let fields: Vec<_> = fields.iter().map(|field| format!("{}: …", field.name)).collect();
    format!("#{{ {} }}", fields.join(", "))
}
