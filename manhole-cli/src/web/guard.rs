//! Decides which requests the server answers, and what a browser may do with the answers.

use std::fs::File;
use std::io::Read;

use axum::http::header::{HOST, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use subtle::ConstantTimeEq;

use crate::error::CliError;

/// The headers of all answers. The page loads nothing but its own files, and no other page can show it.
const HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// The name of the protocol that the page asks for, beside the token.
pub(super) const PROTOCOL: &str = "manhole";

/// The names of this server, and the secret of its links.
pub(super) struct Guard {
    pub(super) token: String,
    hosts: [String; 2],
}

impl Guard {
    pub(super) fn new(port: u16) -> Result<Self, CliError> {
        let mut bytes = [0; 24];
        File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        let token = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { token, hosts: ["127.0.0.1", "localhost"].map(|name| format!("{name}:{port}")) })
    }

    /// The owner of another name can point it at this address, and use the server from a page under that name.
    pub(super) fn is_own_host(&self, headers: &HeaderMap) -> bool {
        let host = text(headers, &HOST);
        self.hosts.iter().any(|own| host.eq_ignore_ascii_case(own))
    }

    /// Returns whether a page of this server opens the session. A browser lets any page open a WebSocket to any server.
    pub(super) fn is_own_page(&self, headers: &HeaderMap) -> bool {
        let origin = text(headers, &ORIGIN).strip_prefix("http://").unwrap_or_default();
        self.hosts.iter().any(|own| origin.eq_ignore_ascii_case(own))
    }

    /// Returns whether the token is among the protocols: a page can set no other header of a WebSocket, and addresses get into logs.
    pub(super) fn has_token(&self, headers: &HeaderMap) -> bool {
        let mut offered = text(headers, &SEC_WEBSOCKET_PROTOCOL).split(',').map(str::trim);
        offered.any(|offered| offered.as_bytes().ct_eq(self.token.as_bytes()).into())
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

pub(super) fn protect(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}
