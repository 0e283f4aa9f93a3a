//! Writes values as Rust does: quoted strings, byte strings, `1h 30m`, times as in RFC 3339.

use std::fmt;
#[cfg(any(feature = "chrono", feature = "jiff", feature = "jiff_02"))]
use std::time::SystemTime;

use super::value::Value;
use crate::reflect::text::placeholder;
use crate::reflect::text::times::{DurationText, InstantText, TimeText};

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
            Self::Bytes(v) => {
                f.write_str("b\"")?;
                v.split(|byte| *byte == b'\'').enumerate().try_for_each(|(index, part)| {
                    // Between double quotes it needs no escape.
                    write!(f, "{}{}", if index > 0 { "'" } else { "" }, part.escape_ascii())
                })?;
                f.write_str("\"")
            }
            Self::Duration(v) => DurationText(*v).fmt(f),
            Self::Time(v) => TimeText(*v).fmt(f),
            Self::Instant(v) => InstantText(*v).fmt(f),
            Self::Struct(v) => v.fmt(f),
            // A string, as a script gets it.
            Self::Placeholder(why) => write!(f, "\"{}\"", placeholder::text(why)),
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

/// Returns whether RFC 3339 can represent `time`: it has no times before 1970 or after 9999.
#[cfg(any(feature = "chrono", feature = "jiff", feature = "jiff_02"))]
pub(crate) fn has_rfc3339(time: SystemTime) -> bool {
    /// 9999-12-31T23:59:59Z.
    const LAST_SECOND: u64 = 253_402_300_799;

    time.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since.as_secs() <= LAST_SECOND)
}
