//! Types written by `Display` and parsed by `FromStr`: addresses and identifiers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use super::leaf_macro::text_leaf;

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
    #[cfg(feature = "chrono")]
    chrono::Weekday, "Weekday", "\"Mon\"";
    #[cfg(feature = "uuid")]
    uuid::Uuid, "Uuid", "\"67e55044-10b1-426f-9247-bb680e5fe0c8\"";
}

// Without user and password. A shown URL that is written to the same host keeps them.
#[cfg(feature = "url")]
text_leaf!(
    url::Url,
    "Url",
    "\"https://example.com/\"",
    |this| without_user(this),
    |text| text.parse().ok(),
    |old, new| keep_user(old, new)
);

#[cfg(feature = "url")]
fn has_user(url: &url::Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Returns the text of `url` without its user and password.
#[cfg(feature = "url")]
fn without_user(url: &url::Url) -> std::borrow::Cow<'_, str> {
    if !has_user(url) {
        return url.as_str().into();
    }
    let mut shown = url.clone();
    // Neither fails for a URL that has a user.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    String::from(shown).into()
}

/// Returns `new` with the user and password of `old`, if it has none and leads to the same host.
#[cfg(feature = "url")]
fn keep_user(old: &url::Url, mut new: url::Url) -> url::Url {
    let place = |url: &url::Url| {
        (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default())
    };
    if has_user(old) && !has_user(&new) && place(old) == place(&new) {
        let _ = new.set_username(old.username());
        let _ = new.set_password(old.password());
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::model::{Manhole, Value};

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

    #[cfg(feature = "url")]
    #[test]
    fn the_password_of_a_url_is_not_shown_and_not_lost() {
        use crate::reflect::ops::shown;

        let mut url = url::Url::parse("postgres://user:s%23cret@db:5432/app").unwrap();
        assert_eq!(shown(&url), "\"postgres://db:5432/app\"");
        assert_eq!(url.write(Value::from("postgres://db:5432/other")), Ok(()));
        assert_eq!(url.as_str(), "postgres://user:s%23cret@db:5432/other");
        assert_eq!(url.write(Value::from("postgres://other:5432/app")), Ok(()));
        assert_eq!(url.as_str(), "postgres://other:5432/app", "another host does not get the password");
        assert_eq!(url.write(Value::from("https://me@db/")), Ok(()));
        assert_eq!(shown(&url), "\"https://db/\"");
        let mail = url::Url::parse("mailto:me@example.com").unwrap();
        assert_eq!(shown(&mail), "\"mailto:me@example.com\"");
    }
}
