//! A value that the console copies from the application, or a script writes to it.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

/// A leaf of the application, or a value that a script writes.
///
/// Integers of up to 128 bits are exact; one that fits into [`Int`](Value::Int) is never a [`Uint`](Value::Uint).
/// [`Display`](std::fmt::Display) writes values as Rust does: quoted strings and characters, `1.5s`, `1h 30m`,
/// `NaN`.
///
/// ```
/// use manhole::reflect::Value;
///
/// assert_eq!(Value::from(u64::MAX).to_string(), "18446744073709551615");
/// assert_eq!(Value::from("a \"b\"").to_string(), r#""a \"b\"""#);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// `()`, and `None` where a script writes an option.
    Unit,
    /// A boolean.
    Bool(bool),
    /// Any integer up to `i128::MAX`.
    Int(i128),
    /// An integer above `i128::MAX`.
    Uint(u128),
    /// A 32-bit float.
    F32(f32),
    /// A 64-bit float.
    Float(f64),
    /// One character.
    Char(char),
    /// A string.
    Text(Cow<'a, str>),
    /// Bytes that need not be UTF-8.
    Bytes(Cow<'a, [u8]>),
    /// A duration.
    Duration(Duration),
    /// A time, written as in RFC 3339.
    Time(SystemTime),
    /// A monotonic time, written as its distance from now: `in 5s`, `5s ago`.
    Instant(Instant),
    /// A list of values.
    List(Vec<Value<'a>>),
    /// A map, in the order of its entries.
    Map(Vec<(Value<'a>, Value<'a>)>),
    /// A struct or variant in Rust's notation.
    Struct(Box<StructValue<'a>>),
    /// The reason why a value is not shown: `secret`, `locked`. A script gets the string `<secret>`.
    Placeholder(&'static str),
}

impl Value<'_> {
    /// Returns the kind of the value, with its article: `an integer`, `a string`.
    ///
    /// ```
    /// use manhole::reflect::Value;
    ///
    /// assert_eq!(Value::from(7).kind(), "an integer");
    /// assert_eq!(Value::from("seven").kind(), "a string");
    /// ```
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unit => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::Uint(_) => "an integer",
            Self::F32(_) | Self::Float(_) => "a float",
            Self::Char(_) => "a character",
            Self::Text(_) => "a string",
            Self::Bytes(_) => "a byte string",
            Self::Duration(_) => "a duration",
            Self::Time(_) => "a time",
            Self::Instant(_) => "an instant",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Struct(_) => "a struct or variant",
            Self::Placeholder(_) => "a placeholder",
        }
    }

    /// Parses a number; returns any other text as a string.
    pub(crate) fn from_text(text: String) -> Value<'static> {
        let number = text.parse().map(Value::Int);
        let number =
            number.or_else(|_| text.parse().map(Value::Uint)).map_err(|_| text.parse().map(Value::Float));
        number.or_else(|float| float).unwrap_or(Value::Text(Cow::Owned(text)))
    }

    /// Returns the number as the nearest float, or `None` for other values.
    ///
    /// ```
    /// use manhole::reflect::Value;
    ///
    /// assert_eq!(Value::from(3).as_float(), Some(3.0));
    /// assert_eq!(Value::from("3").as_float(), None);
    /// ```
    #[must_use]
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Uint(value) => Some(*value as f64),
            Self::F32(value) => Some(f64::from(*value)),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the same value without borrowed parts.
    ///
    /// ```
    /// use manhole::reflect::Value;
    ///
    /// let kept = {
    ///     let text = String::from("anvil");
    ///     Value::from(text.as_str()).into_owned()
    /// };
    /// assert_eq!(kept, Value::from("anvil"));
    /// ```
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Unit => Value::Unit,
            Self::Bool(v) => Value::Bool(v),
            Self::Int(v) => Value::Int(v),
            Self::Uint(v) => Value::Uint(v),
            Self::F32(v) => Value::F32(v),
            Self::Float(v) => Value::Float(v),
            Self::Char(v) => Value::Char(v),
            Self::Text(v) => Value::Text(Cow::Owned(v.into_owned())),
            Self::Bytes(v) => Value::Bytes(Cow::Owned(v.into_owned())),
            Self::Duration(v) => Value::Duration(v),
            Self::Time(v) => Value::Time(v),
            Self::Instant(v) => Value::Instant(v),
            Self::Struct(value) => value.into_owned().into(),
            Self::Placeholder(why) => Value::Placeholder(why),
            Self::List(items) => Value::List(items.into_iter().map(Value::into_owned).collect()),
            Self::Map(items) => Value::Map(
                items.into_iter().map(|(key, item)| (key.into_owned(), item.into_owned())).collect(),
            ),
        }
    }
}

macro_rules! from_integers {
    ($($int:ty)*) => {$(
        impl From<$int> for Value<'_> {
            fn from(value: $int) -> Self {
                i128::try_from(value).map_or_else(|_| Self::Uint(value as u128), Self::Int)
            }
        }
    )*};
}

from_integers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<char> for Value<'_> {
    fn from(value: char) -> Self {
        Self::Char(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Self::Text(Cow::Owned(value))
    }
}

impl<'a> From<Cow<'a, str>> for Value<'a> {
    fn from(value: Cow<'a, str>) -> Self {
        Self::Text(value)
    }
}

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
    #[cfg(feature = "console")]
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
    fn into_owned(self) -> StructValue<'static> {
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
