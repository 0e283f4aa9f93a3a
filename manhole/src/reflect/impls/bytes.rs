//! Byte strings. A script may also write them as a string or as a list of bytes.

use std::borrow::Cow;
use std::ffi::{CStr, CString};

use super::leaf_macro::{borrowed_leaf, leaf};
use crate::reflect::model::{Value, ValueError};

macro_rules! bytes_leaf {
    ($ty:ty, $name:literal, |$this:ident| $read:expr, |$bytes:ident| $made:expr) => {
        leaf!($ty, $name, |$this| Value::Bytes(Cow::Borrowed($read)), |value| {
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
        });
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

borrowed_leaf!(&CStr, "&CStr", |this| Value::Bytes(Cow::Borrowed(this.to_bytes())));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::model::{Manhole, Shape};

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
