//! Byte strings. A script may also write them as a string or as a list of bytes.

use std::borrow::Cow;
use std::ffi::{CStr, CString};

use crate::reflect::model::{Manhole, Node, NodeMut, Shape, TypeInfo, TypeKind, Value, ValueError};

macro_rules! bytes_leaf {
    ($ty:ty, $name:literal, |$this:ident| $read:expr, |$bytes:ident| $made:expr) => {
        impl Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new($name, TypeKind::Leaf) }
            }

            fn reflect(&self) -> Node<'_> {
                let $this = self;
                Node::new::<Self>(Shape::Leaf(Value::Bytes(Cow::Borrowed($read))))
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::leaf::<Self>()
            }

            fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
                *self = Self::from_value(value)?;
                Ok(())
            }

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                let $bytes = match value {
                    Value::Bytes(bytes) => bytes.into_owned(),
                    Value::Text(text) => text.into_owned().into_bytes(),
                    list @ Value::List(_) => Vec::from_value(list)?,
                    value => {
                        let expected = "a byte string, a string or a list of bytes";
                        return Err(ValueError::wrong_kind(Self::type_info(), expected, &value));
                    }
                };
                $made
            }
        }
    };
}

bytes_leaf!(CString, "CString", |this| this.to_bytes(), |bytes| Self::new(bytes).map_err(|error| {
    ValueError::new(format!(
        "a CString ends at its first zero byte, but byte {} is zero",
        error.nul_position()
    ))
}));

#[cfg(feature = "bytes")]
bytes_leaf!(::bytes::Bytes, "Bytes", |this| this, |bytes| Ok(Self::from(bytes)));
#[cfg(feature = "bytes")]
bytes_leaf!(::bytes::BytesMut, "BytesMut", |this| this, |bytes| Ok(Self::from(&*bytes)));

impl Manhole for &CStr {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("&CStr", TypeKind::Leaf) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Leaf(Value::Bytes(Cow::Borrowed(self.to_bytes()))))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::leaf::<Self>()
    }

    fn write(&mut self, _value: Value<'_>) -> Result<(), ValueError> {
        Err(ValueError::new(
            "a &CStr is borrowed from the application and cannot be replaced from the console",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(bytes: &[u8]) -> Value<'_> {
        Value::Bytes(Cow::Borrowed(bytes))
    }

    #[test]
    fn byte_strings_convert_from_their_display_form() {
        let mut name = CString::from(c"caf\xe9");
        let Shape::Leaf(read) = name.reflect().into_shape() else { panic!("a leaf") };
        assert_eq!(read.to_string(), r#"b"caf\xe9""#);
        let read = read.into_owned();
        assert_eq!(name.write(read), Ok(()));
        assert_eq!(&*name, c"caf\xe9");
        assert_eq!(CString::from_value(Value::from("abc")), Ok(c"abc".into()));
        let error = CString::from_value(blob(b"a\0b")).unwrap_err();
        assert_eq!(error.to_string(), "a CString ends at its first zero byte, but byte 1 is zero");
        let error = CString::from_value(Value::from(1)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "CString takes a byte string, a string or a list of bytes, not the integer 1"
        );
    }

    #[cfg(feature = "bytes")]
    #[test]
    fn buffers_are_byte_strings() {
        let list = Value::List(vec![Value::from(1), Value::from(2)]);
        assert_eq!(::bytes::Bytes::from_value(list), Ok(::bytes::Bytes::from_static(&[1, 2])));
        let mut buffer = ::bytes::BytesMut::from(&b"old"[..]);
        assert_eq!(buffer.write(blob(&[0, 255])), Ok(()));
        assert_eq!(buffer, &[0, 255][..]);
        assert_eq!(::bytes::Bytes::from_value(Value::from("new")), Ok(::bytes::Bytes::from("new")));
    }
}
