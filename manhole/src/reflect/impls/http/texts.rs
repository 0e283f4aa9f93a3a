//! Values that are written as one text: addresses, methods and versions, and the code of a response.

use super::http::header::HeaderName;
use super::http::uri::{Authority, PathAndQuery, Scheme};
use super::http::{Method, StatusCode, Uri, Version};
use crate::reflect::impls::leaf_macro::{leaf, text_leaf};
use crate::reflect::model::{Value, ValueError};

text_leaf!(HeaderName, "HeaderName", "\"content-type\"", |this| this.as_str(), |text| {
    Self::from_bytes(text.as_bytes()).ok()
});
text_leaf!(Method, "Method", "\"GET\"", |this| this.as_str(), |text| {
    Self::from_bytes(text.as_bytes()).ok()
});
text_leaf!(PathAndQuery, "PathAndQuery", "\"/search?q=a\"", |this| this.as_str(), |text| text.parse().ok());
text_leaf!(Scheme, "Scheme", "\"https\"", |this| this.as_str(), |text| text.parse().ok());
text_leaf!(Version, "Version", "\"HTTP/1.1\"", |this| format!("{this:?}"), |text| {
    let known = [Self::HTTP_09, Self::HTTP_10, Self::HTTP_11, Self::HTTP_2, Self::HTTP_3];
    known.into_iter().find(|version| format!("{version:?}") == **text)
});

// Without user and password. A shown text that is written to the same host keeps them.
text_leaf!(
    Authority,
    "Authority",
    "\"example.com:443\"",
    |this| without_user(this.as_str()),
    |text| text.parse().ok(),
    |old, new| keep_user(old, new)
);
text_leaf!(
    Uri,
    "Uri",
    "\"https://example.com/\"",
    |this| uri_text(this),
    |text| text.parse().ok(),
    |old, new| keep_user_of_uri(old, new)
);

leaf!(StatusCode, "StatusCode", |this| this.as_u16(), |value| match &value {
    Value::Int(code) => u16::try_from(*code)
        .ok()
        .and_then(|code| Self::from_u16(code).ok())
        .ok_or_else(|| { ValueError::out_of_range(Self::type_info(), &value, 100, 999) }),
    value => Err(ValueError::wrong_kind(Self::type_info(), "an integer", value)),
});

/// Returns the host and port of an authority.
fn without_user(authority: &str) -> &str {
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

fn uri_text(uri: &Uri) -> String {
    let text = uri.to_string();
    match uri.authority() {
        Some(authority) => text.replacen(authority.as_str(), without_user(authority.as_str()), 1),
        None => text,
    }
}

/// Returns `new` with the user and password of `old`, if it has none and the same host and port.
fn keep_user(old: &Authority, new: Authority) -> Authority {
    if without_user(old.as_str()) == new.as_str() { old.clone() } else { new }
}

fn keep_user_of_uri(old: &Uri, new: Uri) -> Uri {
    let mut parts = new.clone().into_parts();
    if let (Some(old_authority), true) = (old.authority(), old.scheme() == new.scheme()) {
        parts.authority = parts.authority.map(|new| keep_user(old_authority, new));
    }
    Uri::from_parts(parts).unwrap_or(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::model::Manhole;
    use crate::reflect::ops::shown;

    #[test]
    fn each_value_parses_its_text() {
        let text = |text: &'static str| Value::from(text);
        assert_eq!(Method::from_value(text("PURGE")).unwrap().as_str(), "PURGE");
        assert!(Method::from_value(text("no method")).is_err());
        assert_eq!(HeaderName::from_value(text("Content-Type")).unwrap().as_str(), "content-type");
        assert_eq!(StatusCode::from_value(Value::from(404)), Ok(StatusCode::NOT_FOUND));
        let error = StatusCode::from_value(Value::from(99)).unwrap_err();
        assert_eq!(error.to_string(), "99 does not fit into StatusCode (100 to 999)");
        assert_eq!(Version::from_value(text("HTTP/2.0")), Ok(Version::HTTP_2));
        let error = Version::from_value(text("HTTP/7")).unwrap_err();
        assert_eq!(error.to_string(), "\"HTTP/7\" is not a valid Version; write it as \"HTTP/1.1\"");
        assert_eq!(shown(&(Method::GET, StatusCode::OK, Version::HTTP_11)), "(\"GET\", 200, \"HTTP/1.1\")");
    }

    #[test]
    fn the_password_of_a_uri_is_not_shown_and_not_lost() {
        let mut uri: Uri = "http://user:s3cret@host:80/a?b".parse().unwrap();
        assert_eq!(shown(&uri), "\"http://host:80/a?b\"");
        assert_eq!(shown(uri.authority().unwrap()), "\"host:80\"");
        assert_eq!(uri.write(Value::from("http://host:80/c")), Ok(()));
        assert_eq!(uri, "http://user:s3cret@host:80/c");
        for other in ["https://host:80/c", "http://other:80/c", "/c@d"] {
            let mut uri = uri.clone();
            assert_eq!(uri.write(Value::from(other)), Ok(()));
            assert_eq!(uri, other);
            assert_eq!(shown(&uri), format!("{other:?}"));
        }
        assert_eq!(uri.write(Value::from("http://a:b@host:80/")), Ok(()));
        assert_eq!(uri, "http://a:b@host:80/");
    }
}
