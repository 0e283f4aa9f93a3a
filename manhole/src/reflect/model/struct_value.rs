//! Structs and variants that a script writes in Rust's notation.

use std::borrow::Cow;
use std::fmt;

use super::value::Value;

/// A struct or a variant as a script writes it: `Config { limit: 1 }`, `Mode::Failed("late")`, `Idle`.
///
/// ```
/// use manhole::reflect::{StructFields, StructValue, Value};
///
/// let busy = StructValue::new("Mode::Busy", StructFields::Named(vec![("job".into(), Value::from(3))]));
/// assert_eq!((busy.name(), busy.owner()), ("Busy", Some("Mode")));
/// assert_eq!(Value::from(busy).to_string(), "Busy { job: 3 }");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct StructValue<'a> {
    path: Cow<'a, str>,
    fields: StructFields<'a>,
}

/// The fields of a [`StructValue`].
///
/// ```
/// use manhole::reflect::{StructFields, StructValue, Value};
///
/// let pair = StructFields::Tuple(vec![Value::from(1), Value::from(2)]);
/// assert_eq!(StructValue::new("Pair", pair).to_string(), "Pair(1, 2)");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StructFields<'a> {
    /// `Name`
    Unit,
    /// `Name(…)`
    Tuple(Vec<Value<'a>>),
    /// `Name { field: … }`
    Named(Vec<(Cow<'a, str>, Value<'a>)>),
}

impl<'a> StructValue<'a> {
    /// Creates a value of the struct or variant at `path`.
    ///
    /// ```
    /// use manhole::reflect::{StructFields, StructValue};
    ///
    /// assert_eq!(StructValue::new("app::Mode::Idle", StructFields::Unit).path(), "app::Mode::Idle");
    /// ```
    pub fn new(path: impl Into<Cow<'a, str>>, fields: StructFields<'a>) -> Self {
        Self { path: path.into(), fields }
    }

    /// Returns the whole path.
    ///
    /// ```
    /// use manhole::reflect::{StructFields, StructValue};
    ///
    /// assert_eq!(StructValue::new("Mode::Idle", StructFields::Unit).path(), "Mode::Idle");
    /// ```
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the name of the struct or variant.
    ///
    /// ```
    /// use manhole::reflect::{StructFields, StructValue};
    ///
    /// assert_eq!(StructValue::new("Mode::Idle", StructFields::Unit).name(), "Idle");
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit("::").next().unwrap_or_default()
    }

    /// Returns the name of the enum, if the path has one. The name of a module begins with a small letter.
    ///
    /// ```
    /// use manhole::reflect::{StructFields, StructValue};
    ///
    /// let owner = |path: &'static str| StructValue::new(path, StructFields::Unit).owner().map(str::to_owned);
    /// assert_eq!(owner("Mode::Idle").as_deref(), Some("Mode"));
    /// assert_eq!(owner("app::Config"), None);
    /// ```
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.path.rsplit("::").nth(1).filter(|owner| owner.starts_with(char::is_uppercase))
    }

    /// Returns whether the value can be of the enum `name`. `Self` stands for any.
    pub(crate) fn is_of(&self, name: &str) -> bool {
        self.owner().is_none_or(|owner| owner == name || owner == "Self" || name == "Self")
    }

    /// Returns whether `path` names the struct or variant. It need not name the enum.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        let other = StructValue::new(path, StructFields::Unit);
        self.name() == other.name() && other.owner().is_none_or(|owner| self.is_of(owner))
    }

    /// Returns the fields.
    ///
    /// ```
    /// use manhole::reflect::{StructFields, StructValue};
    ///
    /// assert_eq!(StructValue::new("Idle", StructFields::Unit).fields(), &StructFields::Unit);
    /// ```
    #[must_use]
    pub const fn fields(&self) -> &StructFields<'a> {
        &self.fields
    }

    pub(crate) fn into_fields(self) -> StructFields<'a> {
        self.fields
    }

    /// Returns the value as plain data, as copies have it: the fields of a struct, a variant's name, or its name and its fields.
    #[cfg(feature = "console")]
    pub(crate) fn into_plain(self) -> Value<'a> {
        let name = self.name().to_owned();
        let is_variant = self.owner().is_some();
        match self.fields {
            StructFields::Unit => Value::from(name),
            fields if is_variant => Value::Map(vec![(Value::from(name), fields.into_plain())]),
            fields => fields.into_plain(),
        }
    }

    /// Returns the same value without borrowed parts.
    pub(super) fn into_owned(self) -> StructValue<'static> {
        let fields = match self.fields {
            StructFields::Unit => StructFields::Unit,
            StructFields::Tuple(items) => {
                StructFields::Tuple(items.into_iter().map(Value::into_owned).collect())
            }
            StructFields::Named(fields) => StructFields::Named(
                fields
                    .into_iter()
                    .map(|(name, value)| (Cow::Owned(name.into_owned()), value.into_owned()))
                    .collect(),
            ),
        };
        StructValue { path: Cow::Owned(self.path.into_owned()), fields }
    }
}

impl<'a> StructFields<'a> {
    /// Returns the values of all fields.
    #[cfg(feature = "console")]
    pub(crate) fn values(&self) -> Vec<&Value<'a>> {
        match self {
            Self::Unit => Vec::new(),
            Self::Tuple(items) => items.iter().collect(),
            Self::Named(fields) => fields.iter().map(|(_, value)| value).collect(),
        }
    }

    /// Returns the field called `name`, or at that position of a tuple.
    #[cfg(feature = "console")]
    pub(crate) fn get(&self, name: &str) -> Option<&Value<'a>> {
        match self {
            Self::Unit => None,
            Self::Tuple(items) => items.get(name.parse::<usize>().ok()?),
            Self::Named(fields) => fields.iter().find(|(known, _)| known == name).map(|(_, value)| value),
        }
    }

    /// Returns the names of all fields. Those of a tuple are their positions.
    #[cfg(feature = "console")]
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Self::Unit => Vec::new(),
            Self::Tuple(items) => (0..items.len()).map(|index| index.to_string()).collect(),
            Self::Named(fields) => fields.iter().map(|(name, _)| name.to_string()).collect(),
        }
    }

    /// Returns the same fields, each value converted by `convert`.
    #[cfg(feature = "console")]
    pub(crate) fn map<'b>(&self, mut convert: impl FnMut(&Value<'a>) -> Value<'b>) -> StructFields<'b> {
        match self {
            Self::Unit => StructFields::Unit,
            Self::Tuple(items) => StructFields::Tuple(items.iter().map(convert).collect()),
            Self::Named(fields) => StructFields::Named(
                fields.iter().map(|(name, value)| (name.to_string().into(), convert(value))).collect(),
            ),
        }
    }

    /// Returns the fields as plain data, as copies have them: nothing, the only item or a list of a tuple, a map.
    #[cfg(any(feature = "console", feature = "serde"))]
    pub(crate) fn into_plain(self) -> Value<'a> {
        match self {
            Self::Unit => Value::Unit,
            Self::Tuple(mut items) if items.len() == 1 => items.pop().unwrap_or(Value::Unit),
            Self::Tuple(items) => Value::List(items),
            Self::Named(fields) => {
                Value::Map(fields.into_iter().map(|(name, value)| (Value::Text(name), value)).collect())
            }
        }
    }
}

impl<'a> From<StructValue<'a>> for Value<'a> {
    fn from(value: StructValue<'a>) -> Self {
        Self::Struct(Box::new(value))
    }
}

impl fmt::Display for StructValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match &self.fields {
            StructFields::Unit => Ok(()),
            StructFields::Tuple(items) => {
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index == 0 { "(" } else { ", " })?;
                }
                f.write_str(")")
            }
            StructFields::Named(fields) => {
                for (index, (name, value)) in fields.iter().enumerate() {
                    write!(f, "{} {name}: {value}", if index == 0 { " {" } else { "," })?;
                }
                f.write_str(if fields.is_empty() { " {}" } else { " }" })
            }
        }
    }
}
