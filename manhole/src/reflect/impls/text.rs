//! Values that are written as a text: addresses and paths.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::path::PathBuf;

use crate::reflect::{Manhole, Node, NodeMut, TypeInfo, TypeKind, Value, ValueError};

macro_rules! text_leaf {
    ($ty:ident, $example:literal, |$this:ident| $read:expr, |$text:ident| $made:expr) => {
        impl Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new(stringify!($ty), TypeKind::Leaf) }
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
                    let expected = concat!("a text such as ", $example);
                    return Err(ValueError::wrong_kind(Self::type_info(), expected, &value));
                };
                $made.ok_or_else(|| {
                    ValueError::new(format!(
                        concat!("{} is no {}; write it as ", $example),
                        value,
                        stringify!($ty)
                    ))
                })
            }
        }
    };
}

macro_rules! parsed {
    ($($ty:ident $example:literal,)*) => {
        $(text_leaf!($ty, $example, |this| this.to_string(), |text| text.parse().ok());)*
    };
}

parsed! {
    IpAddr "\"127.0.0.1\"",
    Ipv4Addr "\"127.0.0.1\"",
    Ipv6Addr "\"::1\"",
    SocketAddr "\"127.0.0.1:80\"",
    SocketAddrV4 "\"127.0.0.1:80\"",
    SocketAddrV6 "\"[::1]:80\"",
}

// What is not UTF-8 in them is shown by replacement characters: they are for people to read.
text_leaf!(PathBuf, "\"/var/log\"", |this| this.to_string_lossy().into_owned(), |text| Some(Self::from(
    &**text
)));
text_leaf!(OsString, "\"name\"", |this| this.to_string_lossy().into_owned(), |text| Some(Self::from(
    &**text
)));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_shown() {
        let address: SocketAddr = "[::1]:8080".parse().unwrap();
        assert_eq!(SocketAddr::from_value(Value::from(address.to_string())), Ok(address));
        let error = SocketAddr::from_value(Value::from("localhost")).unwrap_err();
        assert_eq!(error.to_string(), "\"localhost\" is no SocketAddr; write it as \"127.0.0.1:80\"");
        let error = Ipv4Addr::from_value(Value::from(7)).unwrap_err();
        assert_eq!(error.to_string(), "Ipv4Addr takes a text such as \"127.0.0.1\", not the integer 7");
    }
}
