//! Decides which clients get a session, and at which level: access rules, tokens, and limits on connections. Uses `listen`.

mod access_policy;
mod admission;
mod connection_limits;
mod token_prompt;

pub use access_policy::Access;
pub(super) use admission::{Admission, Admitted};
pub use connection_limits::ConnectionLimits;
pub(super) use connection_limits::{ConnectionPermit, MAX_UNAUTHENTICATED};
pub(super) use token_prompt::TOKEN_PROMPT;
