//! Asserts on running services that embed [manhole](https://docs.rs/manhole), from outside: reads typed values, writes, calls methods, and
//! waits until something is true. For tests of whole systems, and for tools.
//!
//! ```
#![doc = include_str!("../doc/service.md")]
//! use manhole_client::{ConnectOptions, ErrorKind, Level, Session};
//! use std::collections::BTreeMap;
//! use std::time::Duration;
//!
//! // A name, a process ID, a socket, `ssh://HOST/PATH`, `docker:NAME`, …
//! let mut session = Session::connect(&path)?;
//!
//! // Values arrive exactly, or not at all.
//! let queue: BTreeMap<u64, String> = session.eval("gizmo.queue")?;
//! assert_eq!(queue[&(1 << 60)], "anvil");
//!
//! session.set("gizmo.limit", 5)?;
//! assert_eq!(session.call::<u64>("gizmo.reset", ())?, 7);
//! session.wait_until("gizmo.jobs", |jobs: &u64| *jobs == 0, Duration::from_secs(10))?;
//!
//! // The console enforces the level.
//! let mut observer = ConnectOptions::new().level(Level::Observe).connect(&path)?;
//! assert_eq!(observer.set("gizmo.limit", 9).unwrap_err().kind(), ErrorKind::Denied);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`Session`]: a session with an application. With the feature `tokio`, `AsyncSession` has the same methods as `async fn`.
//! - [`ConnectOptions`]: the level, the timeout, the token, the command for ssh
//! - [`programs`]: the applications that run
//! - [`Error`]: its text is for people, its [kind](ErrorKind) for programs
//! - [`protocol`]: what both sides send, for [`Session::request`]
//!
//! Values convert with serde, as [the protocol](protocol::Data) writes them:
//!
//! | in the application | here |
//! |---|---|
//! | integers | integers of any size that hold the value; floats that hold it exactly |
//! | bytes | `Vec<u8>`, arrays, what serde reads as bytes |
//! | durations | `std::time::Duration` |
//! | times and instants | `String` |
//! | lists, sets, tuples | the same, or another sequence |
//! | maps with any keys | maps |
//! | structs, enums | those that derive `Deserialize`; fields that they lack are skipped |
//! | `Option` | `Option` |
//! | what the console does not show (`<secret>`, `<locked>`, …) | an error, unless it is in a field that is skipped |
//!
//! The crate needs Unix. It is the client's own code: `manhole eval` and this crate reach the same targets.

#![cfg(unix)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

#[cfg(feature = "tokio")]
mod async_session;
mod child_processes;
mod connect;
mod error;
mod session;
mod sync;
mod value;

#[cfg(feature = "tokio")]
pub use async_session::AsyncSession;
pub use connect::level::Level;
pub use connect::options::ConnectOptions;
pub use error::{Error, ErrorKind};
pub use manhole_protocol as protocol;
pub use session::{Session, programs};

/// What the client `manhole` needs beyond the public interface. It changes without notice.
#[doc(hidden)]
pub mod cli_support {
    pub use crate::child_processes::{children_of, signal_tree};
    pub use crate::connect::{
        container, discovery, level, options, peer, reconnect, rpc_client, target, transport, wait,
    };
    pub use crate::error::Cause;
    pub use crate::sync::LockIgnoringPoison;
    pub use crate::value::duration;
}
