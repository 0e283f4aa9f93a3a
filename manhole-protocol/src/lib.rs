//! The messages that a manhole and its clients exchange: [JSON-RPC 2.0](https://www.jsonrpc.org/specification), one message a
//! line. No I/O is done here, so both sides use it, whatever they read and write with.
//!
//! - [`message`]: requests, responses and notifications, and how a line is read and written
//! - [`methods`]: what can be asked, with its parameters and answers
//! - [`Data`]: a value of the application as JSON, exact both ways
//! - [`Error`]: what went wrong, for programs and for people
//! - [`socket_path`]: where sockets are found
//!
//! Answers are made with all their fields, so that a server forgets none; a field that is added is a new minor version below 1.0, and no
//! new version of the protocol.
//!
//! What goes over the wire is described in `PROTOCOL.md` and, for machines, in `schema.json`, both beside this crate.
//!
//! ```
//! use manhole_protocol::{Data, message::{ServerMessage, Request, parse_server_line}, methods::Eval};
//!
//! // What a client sends …
//! let request = Request::new(1, &Eval::new("gizmo.count"))?;
//! assert_eq!(
//!     request.to_line(),
//!     r#"{"jsonrpc":"2.0","id":1,"methods":"eval","params":{"code":"gizmo.count"}}"#.to_owned() + "\n"
//! );
//!
//! // … and what it reads.
//! let line = r#"{"jsonrpc":"2.0","id":1,"result":{"value":7,"text":"7","type":"i64","elapsed_us":12,"cut":false}}"#;
//! let Ok(ServerMessage::Response(response)) = parse_server_line(line) else { panic!("a response") };
//! assert_eq!(response.result::<Eval>()??.value, Some(Data::Int(7)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod data;
mod error;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod id;
pub mod message;
pub mod methods;
mod results;
#[cfg(test)]
mod schema;
pub mod socket_path;

pub use data::Data;
pub use error::{Error, ErrorKind, SourceLocation};

/// The version of the protocol. It grows when a client of the one before could misunderstand a server; methods, fields and
/// kinds of errors that are added do not count, since a client passes over what it does not know.
pub const VERSION: u32 = 1;
