//! A value that the console copies from the application, or a script writes to it.

use std::borrow::Cow;
use std::time::{Duration, Instant, SystemTime};

use super::struct_value::StructValue;

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
