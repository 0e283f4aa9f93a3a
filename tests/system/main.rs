//! Whole-system tests: real sockets, real clients, the real example.
//!
//! - `support`: a client to talk with, and programs to start
//! - `checked`: fields that the program checks, and types that are seen as a whole
//! - `collections`: going through lists, maps and sets
//! - `conformance`: what a text session does, row by row of its tables
//! - `foreign`: fields that are seen by other ways than their type's own
//! - `inline`: sessions on the caller's event loop
//! - `live`: reads and writes of live state, of every kind of root
//! - `feedback`: nothing that only reads may write
//! - `locks`: locks that cannot be had
//! - `socket`: the socket file, its mode, and who gets it
//! - `stopping`: commands that must end, and shutdown
//! - `quickstart`: the example, through `nc` and `socat`, and the README's transcript

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]

mod checked;
mod collections;
mod conformance;
mod feedback;
mod foreign;
mod inline;
mod live;
mod locks;
mod quickstart;
mod socket;
mod stopping;
mod support;
