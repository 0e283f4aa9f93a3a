//! The error of converting a script's value to a Rust type.

use std::error::Error;
use std::fmt;

use super::value::Value;
use crate::reflect::model::type_info::TypeInfo;
use crate::reflect::text::plural;

/// The error of converting a script's value to a Rust type.
///
/// ```
/// use manhole::Manhole;
/// use manhole::reflect::Value;
///
/// let error = u8::from_value(Value::from("many")).unwrap_err();
/// assert_eq!(error.to_string(), "u8 takes an integer, not the string \"many\"");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ValueError(String);

impl ValueError {
    /// Creates an error with this message, in lower case and without a full stop: `300 is no port`.
    ///
    /// ```
    /// use manhole::reflect::ValueError;
    ///
    /// assert_eq!(ValueError::new("300 is no port").to_string(), "300 is no port");
    /// ```
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Creates the error for a type `ty` that takes `expected`, and a `value` of another kind.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::{Value, ValueError};
    ///
    /// let error = ValueError::wrong_kind(u16::type_info(), "a port", &Value::Bool(true));
    /// assert_eq!(error.to_string(), "u16 takes a port, not the boolean true");
    /// ```
    #[must_use]
    pub fn wrong_kind(ty: &TypeInfo, expected: &str, value: &Value<'_>) -> Self {
        Self::mismatch(&ty.to_string(), expected, value)
    }

    /// Creates the error for a `what` that takes `expected`, and a `value` of another kind.
    pub(crate) fn mismatch(what: &str, expected: &str, value: &Value<'_>) -> Self {
        let given = Excerpt(value);
        Self(format!("{what} takes {expected}, not {} {given}", the(value.kind())).trim_end().to_owned())
    }

    /// Creates the error for a `value` outside the range of `ty`.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::{Value, ValueError};
    ///
    /// let error = ValueError::out_of_range(u16::type_info(), &Value::from(0), 1_024, 65_535);
    /// assert_eq!(error.to_string(), "0 does not fit into u16 (1024 to 65535)");
    /// ```
    #[must_use]
    pub fn out_of_range(
        ty: &TypeInfo,
        value: &Value<'_>,
        min: impl fmt::Display,
        max: impl fmt::Display,
    ) -> Self {
        Self(format!("{} does not fit into {ty} ({min} to {max})", Excerpt(value)))
    }

    /// Creates the error for a `value` that is not in the format of a `what`, such as `example`.
    pub(crate) fn wrong_format(what: &str, example: &str, value: &Value<'_>) -> Self {
        Self(format!("{} is not a valid {what}; write it as {example}", Excerpt(value)))
    }

    /// Creates the error for a collection with a fixed number of items.
    ///
    /// ```
    /// use manhole::reflect::{List, Value, ValueError};
    ///
    /// let mut pair = [1, 2];
    /// assert_eq!(List::insert(&mut pair, 0, Value::from(3)), Err(ValueError::fixed_size()));
    /// ```
    #[must_use]
    pub fn fixed_size() -> Self {
        Self::new("cannot add or remove items: their number is fixed")
    }

    /// Returns the same error, for a part of the value.
    ///
    /// ```
    /// use manhole::reflect::ValueError;
    ///
    /// let error = ValueError::new("300 is no port").of_part("`admin`");
    /// assert_eq!(error.to_string(), "`admin`: 300 is no port");
    /// ```
    #[must_use]
    pub fn of_part(self, part: impl fmt::Display) -> Self {
        Self(format!("{part}: {}", self.0))
    }

    /// Creates the error for a type that the console cannot construct.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::ValueError;
    ///
    /// let error = ValueError::not_writable(u16::type_info());
    /// assert_eq!(error.to_string(), "cannot construct u16 from the console");
    /// ```
    #[must_use]
    pub fn not_writable(ty: &TypeInfo) -> Self {
        Self(format!("cannot construct {ty} from the console"))
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for ValueError {}

fn the(kind: &str) -> String {
    kind.split_once(' ').map_or_else(|| kind.to_owned(), |(_, noun)| format!("the {noun}"))
}

/// The beginning of a value, so that error messages stay short.
struct Excerpt<'a, 'b>(&'a Value<'b>);

impl fmt::Display for Excerpt<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MAX_EXCERPT_CHARS: usize = 40;
        match self.0 {
            Value::Unit => Ok(()),
            Value::Text(text) if text.chars().count() > MAX_EXCERPT_CHARS => {
                write!(f, "{:?}…", text.chars().take(MAX_EXCERPT_CHARS).collect::<String>())
            }
            Value::List(items) => write!(f, "of {}", plural(items.len(), "item")),
            Value::Map(items) if items.len() == 1 => f.write_str("of 1 entry"),
            Value::Map(items) => write!(f, "of {} entries", items.len()),
            Value::Struct(value) => f.write_str(value.path()),
            Value::Bytes(bytes) => write!(f, "of {}", plural(bytes.len(), "byte")),
            value => value.fmt(f),
        }
    }
}
