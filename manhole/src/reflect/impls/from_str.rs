//! Types written by `Display` and parsed by `FromStr`: addresses and identifiers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use crate::reflect::model::{Manhole, Node, NodeMut, TypeInfo, TypeKind, Value, ValueError};

macro_rules! text_leaf {
    ($ty:ty, $name:literal, $example:literal, |$this:ident| $read:expr, |$text:ident| $made:expr) => {
        impl Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new($name, TypeKind::Leaf) }
            }

            fn reflect(&self) -> Node<'_> {
                let $this = self;
                Node::leaf::<Self>($read)
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::leaf::<Self>()
            }

            fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
                *self = Self::from_value(value)?;
                Ok(())
            }

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                let Value::Text($text) = &value else {
                    let expected = concat!("a string such as ", $example);
                    return Err(ValueError::wrong_kind(Self::type_info(), expected, &value));
                };
                $made.ok_or_else(|| ValueError::wrong_format($name, $example, &value))
            }
        }
    };
}

macro_rules! parsed {
    ($($(#[$feature:meta])? $ty:ty, $name:literal, $example:literal;)*) => {$(
        $(#[$feature])?
        text_leaf!($ty, $name, $example, |this| this.to_string(), |text| text.parse().ok());
    )*};
}

parsed! {
    IpAddr, "IpAddr", "\"127.0.0.1\"";
    Ipv4Addr, "Ipv4Addr", "\"127.0.0.1\"";
    Ipv6Addr, "Ipv6Addr", "\"::1\"";
    SocketAddr, "SocketAddr", "\"127.0.0.1:80\"";
    SocketAddrV4, "SocketAddrV4", "\"127.0.0.1:80\"";
    SocketAddrV6, "SocketAddrV6", "\"[::1]:80\"";
    #[cfg(feature = "uuid")]
    uuid::Uuid, "Uuid", "\"67e55044-10b1-426f-9247-bb680e5fe0c8\"";
}

#[cfg(feature = "url")]
text_leaf!(url::Url, "Url", "\"https://example.com/\"", |this| this.as_str(), |text| text.parse().ok());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_parse_their_display_form() {
        let address: SocketAddr = "[::1]:8080".parse().unwrap();
        assert_eq!(SocketAddr::from_value(Value::from(address.to_string())), Ok(address));
        let error = SocketAddr::from_value(Value::from("localhost")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"localhost\" is not a valid SocketAddr; write it as \"127.0.0.1:80\""
        );
        let error = Ipv4Addr::from_value(Value::from(7)).unwrap_err();
        assert_eq!(error.to_string(), "Ipv4Addr takes a string such as \"127.0.0.1\", not the integer 7");
    }

    #[cfg(feature = "uuid")]
    #[test]
    fn a_uuid_is_also_a_key() {
        use std::collections::HashMap;

        use uuid::Uuid;

        let id = Uuid::from_u128(7);
        let map = Value::Map(vec![(Value::from(id.to_string()), Value::from(1))]);
        assert_eq!(HashMap::<Uuid, u8>::from_value(map), Ok(HashMap::from([(id, 1)])));
        let error = Uuid::from_value(Value::from("7")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"7\" is not a valid Uuid; write it as \"67e55044-10b1-426f-9247-bb680e5fe0c8\""
        );
    }

    #[cfg(feature = "url")]
    #[test]
    fn an_invalid_url_is_an_error() {
        let mut url = url::Url::parse("http://localhost/").unwrap();
        let error = url.write(Value::from("nowhere")).unwrap_err();
        assert_eq!(error.to_string(), "\"nowhere\" is not a valid Url; write it as \"https://example.com/\"");
        assert_eq!(url.write(Value::from("http://[::1]:80/a?b=c")), Ok(()));
        assert_eq!(url.as_str(), "http://[::1]/a?b=c");
    }
}
