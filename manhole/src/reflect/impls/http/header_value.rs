//! The value of a header: a text, or bytes that are none.

use super::http::HeaderValue;
use crate::reflect::model::{Manhole, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind, Value, ValueError};
use crate::reflect::text::placeholder;

/// Shows a value that its application marks as sensitive as a secret.
impl Manhole for HeaderValue {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("HeaderValue", TypeKind::Leaf) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(if self.is_sensitive() {
            secret()
        } else {
            Shape::Leaf(match std::str::from_utf8(self.as_bytes()) {
                Ok(text) => Value::from(text),
                Err(_) => Value::Bytes(self.as_bytes().into()),
            })
        })
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Leaf)
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        if self.is_sensitive() {
            return Err(ValueError::new("it is secret"));
        }
        *self = Self::from_value(value)?;
        Ok(())
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let bytes = match &value {
            Value::Text(text) => text.as_bytes(),
            Value::Bytes(bytes) => bytes,
            other => {
                return Err(ValueError::wrong_kind(Self::type_info(), "a string or a byte string", other));
            }
        };
        let invalid = || ValueError::new("a HeaderValue has no line breaks and no other control characters");
        Self::from_bytes(bytes).map_err(|_| invalid())
    }
}

/// Returns the shape of a value that is not shown.
pub(super) const fn secret() -> Shape<'static> {
    Shape::Leaf(Value::Placeholder(placeholder::SECRET))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::ops::shown;

    #[test]
    fn a_sensitive_value_is_secret() {
        let mut value = HeaderValue::from_static("text/plain");
        assert_eq!(shown(&value), "\"text/plain\"");
        assert_eq!(value.write(Value::from("text/html")), Ok(()));
        assert!(value.write(Value::from("a\r\nset-cookie: b")).is_err());
        assert_eq!(value, "text/html");
        value.set_sensitive(true);
        assert_eq!(shown(&value), "<secret>");
        assert_eq!(value.write(Value::from("a")).unwrap_err().to_string(), "it is secret");
        assert_eq!(shown(&HeaderValue::from_bytes(b"a\xff").unwrap()), "b\"a\\xff\"");
    }
}
