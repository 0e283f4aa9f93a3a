//! The messages that a console and its clients exchange: [JSON-RPC 2.0](https://www.jsonrpc.org/specification), one message a
//! line. Messages do no I/O, so that both sides can use them with any transport. Only `socket_path` reads files; it exists on Unix alone.
//!
//! - [`message`]: requests, responses and notifications; parsing and writing a line
//! - [`methods`]: methods, with their parameters and results
//! - [`Data`]: a value of the application as JSON, without loss
//! - [`Error`]: an error, for programs and for people
//! - `socket_path`: the default paths of sockets, and discovery
//! - [`text`]: text without control characters, for terminals
//!
//! Inside the crate a module uses only those above it in this list: `text`, `data`, `id`, `error`, `results`, `methods`,
//! `message`.
//!
//! Results are structs without constructors, so that a server sets all fields. A new field is a new minor version below 1.0, but not a
//! new version of the protocol.
//!
//! `PROTOCOL.md` describes the wire format for people, and `schema.json` for machines. Both are beside this crate.
//!
//! ```
//! use manhole_protocol::{Data, message::{ServerMessage, Request, parse_server_line}, methods::Eval};
//!
//! // A request from a client …
//! let request = Request::new(1, &Eval::new("gizmo.count"))?;
//! assert_eq!(
//!     request.to_line(),
//!     r#"{"jsonrpc":"2.0","id":1,"method":"eval","params":{"code":"gizmo.count"}}"#.to_owned() + "\n"
//! );
//!
//! // … and a response from the server.
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
mod schema_tests;
#[cfg(unix)]
pub mod socket_path;
pub mod text;

pub use data::Data;
pub use error::{Error, ErrorKind, SourceLocation};

/// The version of the protocol. It increases when an older client could misunderstand a server. New methods, fields and kinds of
/// errors do not count, since clients ignore unknown ones.
pub const VERSION: u32 = 1;
