//! A value to compare, with what is known of its type.

use crate::engine::live::{strip_locks, strip_wrappers};
use crate::engine::value::to_script;
use crate::reflect::{FieldInfo, TypeInfo, TypeKind, Value, VariantInfo, plural, prefix};

/// The number of bytes of a value that an error shows.
const MAX_SHOWN_BYTES: usize = 40;

/// A value with the type that it has in the application, if that is known.
pub(super) struct Operand {
    pub(super) info: Option<&'static TypeInfo>,
    /// The fields of a struct or a variant.
    pub(super) fields: &'static [FieldInfo],
    /// The path of a live value.
    pub(super) place: Option<String>,
    /// The path of a struct or variant that a script wrote.
    pub(super) path: Option<String>,
    /// Whether the value is written as an option.
    pub(super) is_option: bool,
    pub(super) content: Content,
}

pub(super) enum Content {
    Leaf(Value<'static>),
    List(Vec<Operand>),
    Map(Vec<(String, Operand)>),
}

pub(super) fn key_text(key: &Value<'_>) -> String {
    if let Value::Text(text) = key { text.to_string() } else { key.to_string() }
}

impl Operand {
    pub(super) const fn new(content: Content, info: Option<&'static TypeInfo>) -> Self {
        Self { info, fields: &[], place: None, path: None, is_option: false, content }
    }

    /// Creates the operand for a copy of a value of the type `info`.
    pub(super) fn typed(value: Value<'static>, info: Option<&'static TypeInfo>) -> Self {
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
    pub(super) fn with_fields(value: Value<'static>, fields: &'static [FieldInfo]) -> Self {
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

    pub(super) fn untyped(value: Value<'static>) -> Self {
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
    pub(super) fn inner_type(&self) -> Option<&'static TypeInfo> {
        self.info.map(strip_wrappers)
    }

    pub(super) const fn is_integer(&self) -> bool {
        matches!(self.content, Content::Leaf(Value::Int(_) | Value::Uint(_)))
    }

    pub(super) fn variants(&self) -> Option<&'static [VariantInfo]> {
        match self.inner_type()?.kind {
            TypeKind::Enum(variants) => Some(variants),
            _ => None,
        }
    }

    pub(super) fn is_option(&self) -> bool {
        self.is_option || self.info.is_some_and(|info| matches!(strip_locks(info).kind, TypeKind::Option(_)))
    }

    pub(super) fn is_set(&self) -> bool {
        self.inner_type().is_some_and(|info| matches!(info.kind, TypeKind::Set(_)))
    }

    pub(super) const fn is_unit(&self) -> bool {
        matches!(self.content, Content::Leaf(Value::Unit))
    }

    /// Returns the name of the variant that the value is or stands for, and its fields.
    pub(super) fn variant(&self) -> Option<(&str, Option<&Self>)> {
        match &self.content {
            Content::Leaf(Value::Text(name)) => Some((name, None)),
            Content::Map(entries) => match entries.as_slice() {
                [(name, fields)] => Some((name, Some(fields))),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn type_name(&self) -> String {
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
    pub(super) fn describe(&self) -> String {
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
    pub(super) fn canonical(&self) -> String {
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
pub(super) fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const MAX_NAMES: usize = 12;
    let names: Vec<_> = names.take(MAX_NAMES + 1).collect();
    let shown = names[..names.len().min(MAX_NAMES)].join(", ");
    if names.len() > MAX_NAMES { shown + ", …" } else { shown }
}
