//! A value that the console copies from the application, or a script writes to it.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::time::{Duration, SystemTime};

/// A leaf of the application, or a value that a script writes.
///
/// Integers of up to 128 bits are exact; one that fits into [`Int`](Value::Int) is never a [`Uint`](Value::Uint).
/// [`Display`](fmt::Display) writes values as Rust does: quoted strings and characters, `1.5s`, `NaN`.
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
    /// A list of values.
    List(Vec<Value<'a>>),
    /// A map, in the order of its entries.
    Map(Vec<(Value<'a>, Value<'a>)>),
    /// The reason why a value is not shown: `secret`, `locked`. A script gets the string `<secret>`.
    Placeholder(&'static str),
}

/// Returns whether RFC 3339 can represent `time`: it has no times before 1970 or after 9999.
pub(crate) fn has_rfc3339(time: SystemTime) -> bool {
    /// 9999-12-31T23:59:59Z.
    const LAST_SECOND: u64 = 253_402_300_799;

    time.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since.as_secs() <= LAST_SECOND)
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
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Placeholder(_) => "a placeholder",
        }
    }

    /// Returns whether both values are the same. NaN equals NaN, and a 32-bit float equals the 64-bit float with the
    /// same decimal form.
    ///
    /// ```
    /// use manhole::reflect::Value;
    ///
    /// assert!(Value::from(f64::NAN).same(&Value::from(f64::NAN)));
    /// assert!(Value::F32(0.1).same(&Value::Float(0.1)));
    /// assert!(!Value::from(1).same(&Value::from(1.0)));
    /// ```
    #[must_use]
    pub fn same(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Self::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::F32(a), Value::F32(b)) => a.to_bits() == b.to_bits(),
            (Self::F32(a), Value::Float(b)) => a.to_bits() == (*b as f32).to_bits(),
            (Self::Float(_), Value::F32(_)) => other.same(self),
            (Self::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b)),
            (Self::Map(a), Value::Map(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0.same(&b.0) && a.1.same(&b.1))
            }
            (a, b) => *a == *b,
        }
    }

    /// Parses a number; returns any other text as a string.
    pub(crate) fn from_text(text: String) -> Value<'static> {
        let number = text.parse().map(Value::Int);
        let number =
            number.or_else(|_| text.parse().map(Value::Uint)).map_err(|_| text.parse().map(Value::Float));
        number.or_else(|float| float).unwrap_or(Value::Text(Cow::Owned(text)))
    }

    /// Compares two values: numbers by size, whatever their types, strings by their characters, lists by the first items
    /// that differ, and values of different kinds by their kind. NaN is the largest number.
    ///
    /// ```
    /// use std::cmp::Ordering;
    ///
    /// use manhole::reflect::Value;
    ///
    /// assert_eq!(Value::from(1).order(&Value::from(1.5)), Ordering::Less);
    /// assert_eq!(Value::from("b").order(&Value::from("a")), Ordering::Greater);
    /// assert_eq!(Value::from(f64::NAN).order(&Value::from(u128::MAX)), Ordering::Greater);
    /// ```
    #[must_use]
    pub fn order(&self, other: &Value<'_>) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Self::Int(a), Value::Int(b)) => a.cmp(b),
            (Self::Uint(a), Value::Uint(b)) => a.cmp(b),
            (Self::Int(_), Value::Uint(_)) => Ordering::Less,
            (Self::Uint(_), Value::Int(_)) => Ordering::Greater,
            (Self::Char(a), Value::Char(b)) => a.cmp(b),
            (Self::Text(a), Value::Text(b)) => a.cmp(b),
            (Self::Bytes(a), Value::Bytes(b)) => a.cmp(b),
            (Self::Duration(a), Value::Duration(b)) => a.cmp(b),
            (Self::Time(a), Value::Time(b)) => a.cmp(b),
            (Self::List(a), Value::List(b)) => {
                let differing = a.iter().zip(b).map(|(a, b)| a.order(b)).find(|order| order.is_ne());
                differing.unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            // Compares exactly: with rounding, the order of three numbers could be contradictory.
            (Self::Int(a), Value::F32(_) | Value::Float(_)) => integer_and_float(*a, other.as_float()),
            (Self::F32(_) | Self::Float(_), Value::Int(b)) => {
                integer_and_float(*b, self.as_float()).reverse()
            }
            (Self::Uint(a), Value::F32(_) | Value::Float(_)) => large_and_float(*a, other.as_float()),
            (Self::F32(_) | Self::Float(_), Value::Uint(b)) => large_and_float(*b, self.as_float()).reverse(),
            _ => match (self.as_float(), other.as_float()) {
                (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan())),
                _ => self.kind().cmp(other.kind()),
            },
        }
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
            Self::Placeholder(why) => Value::Placeholder(why),
            Self::List(items) => Value::List(items.into_iter().map(Value::into_owned).collect()),
            Self::Map(items) => Value::Map(
                items.into_iter().map(|(key, item)| (key.into_owned(), item.into_owned())).collect(),
            ),
        }
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit => f.write_str("()"),
            Self::Bool(v) => write!(f, "{v}"),
            Self::Int(v) => write!(f, "{v}"),
            Self::Uint(v) => write!(f, "{v}"),
            Self::F32(v) => write!(f, "{v:?}"),
            Self::Float(v) => write!(f, "{v:?}"),
            Self::Char(v) => write!(f, "{v:?}"),
            Self::Text(v) => write!(f, "{v:?}"),
            Self::Bytes(v) => write!(f, "b\"{}\"", v.escape_ascii()),
            Self::Duration(v) => write!(f, "{v:?}"),
            // The formatter fails on other times.
            Self::Time(v) if has_rfc3339(*v) => write!(f, "{}", humantime::format_rfc3339(*v)),
            Self::Time(v) => write!(f, "{v:?}"),
            // A string, as a script gets it.
            Self::Placeholder(why) => write!(f, "\"<{why}>\""),
            Self::List(items) => f.debug_list().entries(items.iter().map(DisplayAdapter)).finish(),
            Self::Map(items) => f
                .debug_map()
                .entries(items.iter().map(|(key, item)| (DisplayAdapter(key), DisplayAdapter(item))))
                .finish(),
        }
    }
}

/// Lets the list and map formatters of the standard library write values by their `Display`.
struct DisplayAdapter<'a, 'b>(&'a Value<'b>);

impl fmt::Debug for DisplayAdapter<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

/// Compares an integer and a float. NaN is the largest.
fn integer_and_float(integer: i128, float: Option<f64>) -> Ordering {
    let float = float.unwrap_or(f64::NAN);
    if float.is_nan() {
        return Ordering::Less;
    }
    // A conversion saturates: a float beyond all integers becomes the largest, and is larger than it.
    let whole = float.trunc() as i128;
    integer.cmp(&whole).then_with(|| (whole as f64).partial_cmp(&float).unwrap_or(Ordering::Equal))
}

/// Compares an integer above `i128::MAX` and a float in the same way.
fn large_and_float(integer: u128, float: Option<f64>) -> Ordering {
    let float = float.unwrap_or(f64::NAN);
    if float.is_nan() {
        return Ordering::Less;
    }
    let whole = float.trunc() as u128;
    integer.cmp(&whole).then_with(|| (whole as f64).partial_cmp(&float).unwrap_or(Ordering::Equal))
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
