//! The environment variable that opens the console.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::server::error::Error;

/// The setting in the variable of [`Builder::open_if_env`](super::Builder::open_if_env).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum OpenSetting {
    Closed,
    /// Listens where the application says.
    Open,
    /// Listens at this path instead.
    At(PathBuf),
}

impl OpenSetting {
    /// Parses the value of the variable called `name`.
    pub(super) fn parse(name: &str, value: Option<OsString>) -> Result<Self, Error> {
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
    fn parses_yes_no_and_paths() {
        let parse = |value: &str| OpenSetting::parse("APP_MANHOLE", Some(value.into()));
        for value in ["", "0", "off", "No", "FALSE"] {
            assert_eq!(parse(value).unwrap(), OpenSetting::Closed, "{value}");
        }
        for value in ["1", "on", "Yes", "true"] {
            assert_eq!(parse(value).unwrap(), OpenSetting::Open, "{value}");
        }
        assert_eq!(parse("/run/x.sock").unwrap(), OpenSetting::At("/run/x.sock".into()));
        assert_eq!(OpenSetting::parse("APP_MANHOLE", None).unwrap(), OpenSetting::Closed);
        let error = parse("maybe").unwrap_err().to_string();
        let expected =
            "cannot read the variable APP_MANHOLE: expected 1, 0 or an absolute path, found \"maybe\"\n";
        assert!(error.starts_with(expected), "{error}");
    }
}
