//! Strings of the operating system: paths and names. One that is not UTF-8 is shown as a byte string, so that its value is
//! exact.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::reflect::model::{Manhole, Node, NodeMut, TypeInfo, TypeKind, Value, ValueError};

macro_rules! system_text {
    ($($ty:ty, $name:literal, $example:literal;)*) => {$(
        impl Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new($name, TypeKind::Leaf) }
            }

            fn reflect(&self) -> Node<'_> {
                let text = OsStr::new(&**self);
                Node::leaf::<Self>(match text.to_str() {
                    Some(text) => Value::from(text),
                    None => Value::Bytes(text.as_bytes().into()),
                })
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::leaf::<Self>()
            }

            fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
                *self = Self::from_value(value)?;
                Ok(())
            }

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                let text = match value {
                    Value::Text(text) => OsString::from(text.into_owned()),
                    Value::Bytes(bytes) => OsString::from_vec(bytes.into_owned()),
                    value => {
                        let expected = concat!("a string such as ", $example);
                        return Err(ValueError::wrong_kind(Self::type_info(), expected, &value));
                    }
                };
                Ok(made(text))
            }
        }
    )*};
}

/// Converted from a `PathBuf`, which converts to all other types here.
fn made<T: From<PathBuf>>(text: OsString) -> T {
    T::from(PathBuf::from(text))
}

system_text! {
    PathBuf, "PathBuf", "\"/var/log\"";
    Box<Path>, "Box<Path>", "\"/var/log\"";
    Arc<Path>, "Arc<Path>", "\"/var/log\"";
    OsString, "OsString", "\"name\"";
}

#[cfg(test)]
mod tests {
    use super::*;

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
