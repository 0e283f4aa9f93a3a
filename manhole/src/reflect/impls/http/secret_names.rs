//! The headers whose values are secret.

use crate::reflect::model::ValueError;

/// The words in the names of these headers.
pub(super) const SECRET_WORDS: &[&str] = &[
    "access-key",
    "api-key",
    "apikey",
    "assertion",
    "auth-key",
    "authorization",
    "cookie",
    "functions-key",
    "jwt",
    "passphrase",
    "password",
    "private-key",
    "secret",
    "session-id",
    "sessionid",
    "subscription-key",
    "token",
];

/// Returns whether the values of the header `name` are secret.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// Returns an error if the header `name` is secret.
pub(super) fn refuse_secret(name: &str) -> Result<(), ValueError> {
    if is_secret(name) { Err(ValueError::new(format!("the header `{name}` is secret"))) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_prove_an_identity_are_secret() {
        for name in [
            "authorization",
            "Proxy-Authorization",
            "cookie",
            "set-cookie",
            "set-cookie2",
            "x-api-key",
            "X_API_KEY",
            "x-goog-api-key",
            "x-csrf-token",
            "x-authtoken",
            "x-amz-security-token",
            "x-client-secret",
            "cf-access-jwt-assertion",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["accept", "host", "www-authenticate", "sec-websocket-key", "x-author"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
