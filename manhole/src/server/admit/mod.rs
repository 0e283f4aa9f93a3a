//! Decides which clients get a session, and at which level: access rules, tokens, and limits on connections. Uses `listen`.

mod access_policy;
mod authentication;
mod connection_limit;

pub use access_policy::Access;
#[cfg(feature = "tokio")]
pub(super) use authentication::TOKEN_PROMPT;
pub(super) use connection_limit::{
    ConnectionLimiter, ConnectionLimits, ConnectionPermit, MAX_UNAUTHENTICATED,
};
