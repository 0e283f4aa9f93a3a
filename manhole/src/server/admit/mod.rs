//! Decides which clients get a session, and at which level: access rules, tokens, and limits on connections. Uses `listen`.

mod access_policy;
mod admission;
mod connection_limits;
mod peer_key;
mod token_prompt;

pub use access_policy::Access;
pub(super) use admission::{Admission, Admitted, Candidate};
pub use connection_limits::ConnectionLimits;
pub(super) use connection_limits::{ConnectionPermit, MAX_ARRIVALS, MAX_UNAUTHENTICATED};
pub(super) use peer_key::{PeerKey, first_of_most};
pub(super) use token_prompt::TOKEN_PROMPT;
