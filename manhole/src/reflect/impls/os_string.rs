//! Strings of the operating system: paths and names. One that is not UTF-8 is shown as a byte string, so that its value is
//! exact.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::leaf_macro::leaf;
use crate::reflect::model::{Value, ValueError};

macro_rules! system_text {
    ($($ty:ty, $name:literal, $example:literal;)*) => {$(
        leaf!(
            $ty,
            $name,
            |this| {
                let text = OsStr::new(&**this);
                text.to_str().map_or_else(|| Value::Bytes(text.as_encoded_bytes().into()), Value::from)
            },
            |value| match value {
                Value::Text(text) => Ok(made(OsString::from(text.into_owned()))),
                Value::Bytes(bytes) => from_bytes(bytes.into_owned()).map(made),
                value => {
                    let expected = concat!("a string such as ", $example);
                    Err(ValueError::wrong_kind(Self::type_info(), expected, &value))
                }
            }
        );
    )*};
}

/// Converts through a `PathBuf`, which converts to all other types here.
fn made<T: From<PathBuf>>(text: OsString) -> T {
    T::from(PathBuf::from(text))
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "it fails on other systems")]
fn from_bytes(bytes: Vec<u8>) -> Result<OsString, ValueError> {
    Ok(std::os::unix::ffi::OsStringExt::from_vec(bytes))
}

/// Other systems have strings that are not bytes, and only unsafe code makes one of them from the bytes that are shown.
#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> Result<OsString, ValueError> {
    let text = String::from_utf8(bytes).map_err(|_| ValueError::new("a name on this system has to be UTF-8"));
    text.map(OsString::from)
}

system_text! {
    PathBuf, "PathBuf", "\"/var/log\"";
    Box<Path>, "Box<Path>", "\"/var/log\"";
    Arc<Path>, "Arc<Path>", "\"/var/log\"";
    OsString, "OsString", "\"name\"";
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;
    use crate::reflect::model::Manhole;

    #[test]
    fn paths_are_strings() {
        let mut path: Arc<Path> = Path::new("/tmp").into();
        assert_eq!(path.write(Value::from("/var/log")), Ok(()));
        assert_eq!(&*path, Path::new("/var/log"));
        assert_eq!(Box::<Path>::type_info().to_string(), "Box<Path>");
    }

    #[test]
    fn a_name_that_is_not_utf_8_keeps_its_bytes() {
        let path = PathBuf::from(OsString::from_vec(b"/tmp/\xff".to_vec()));
        let node = path.reflect();
        let crate::reflect::Shape::Leaf(value) = node.into_shape() else { panic!("a path is a leaf") };
        assert_eq!(value.to_string(), "b\"/tmp/\\xff\"");
        assert_eq!(PathBuf::from_value(value.into_owned()).as_ref(), Ok(&path));
        assert_eq!(PathBuf::from_value(Value::from("/tmp")), Ok(PathBuf::from("/tmp")));
        let error = OsString::from_value(Value::from(1)).unwrap_err();
        assert_eq!(error.to_string(), "OsString takes a string such as \"name\", not the integer 1");
    }
}
