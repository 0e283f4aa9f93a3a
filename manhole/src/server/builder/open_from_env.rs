//! Whether a manhole listens from the start, as an environment variable says.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::server::error::Error;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OpenSetting {
    Closed,
    /// At the places that the program says.
    Open,
    /// Here instead.
    At(PathBuf),
}

impl OpenSetting {
    /// What the variable called `name` says, whose value is `value`.
    pub(crate) fn parse(name: &str, value: Option<OsString>) -> Result<Self, Error> {
        let Some(value) = value else { return Ok(Self::Closed) };
        let path = PathBuf::from(&value);
        if path.is_absolute() {
            return Ok(Self::At(path));
        }
        match value.to_str().map(str::to_ascii_lowercase).as_deref() {
            Some("" | "0" | "false" | "no" | "off") => Ok(Self::Closed),
            Some("1" | "true" | "yes" | "on") => Ok(Self::Open),
            _ => {
                Err(Error::OpenSetting { name: name.to_owned(), value: value.to_string_lossy().into_owned() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_says_yes_or_no_or_where() {
        let parse = |value: &str| OpenSetting::parse("APP_MANHOLE", Some(value.into()));
        for value in ["", "0", "off", "No", "FALSE"] {
            assert_eq!(parse(value).unwrap(), OpenSetting::Closed, "{value}");
        }
        for value in ["1", "on", "Yes", "true"] {
            assert_eq!(parse(value).unwrap(), OpenSetting::Open, "{value}");
        }
        assert_eq!(parse("/run/x.sock").unwrap(), OpenSetting::At("/run/x.sock".into()));
        assert_eq!(OpenSetting::parse("APP_MANHOLE", None).unwrap(), OpenSetting::Closed);
        assert_eq!(
            parse("maybe").unwrap_err().to_string(),
            "the variable APP_MANHOLE says \"maybe\"; say `1` to open the manhole, `0` not to, or the path of a socket, which begins with /"
        );
    }
}
