//! Whole-system tests: real sockets, real clients, the real example.
//!
//! - `support`: a client to talk with, and programs to start
//! - `audit`: what the program is told of its sessions
//! - `awaiting`: async methods and functions, on both kinds of runtime
//! - `builtins`: help, tables, trees, JSON, watching
//! - `changes`: items taken in and out, whole values, updates, snapshots
//! - `checked`: fields that the program checks, and types that are seen as a whole
//! - `claims`: what may be in the way of a start
//! - `collections`: going through lists, maps and sets
//! - `conformance`: what a text session does, row by row of its tables
//! - `example`: examples to start
//! - `examples`: the smaller examples, each started and asked
//! - `faults`: what a system can run out of, and what it can do to a program
//! - `foreign`: fields that are seen by other ways than their type's own
//! - `hostile`: scripts that mean harm
//! - `inline`: sessions on the caller's event loop
//! - `leaves`: every single value goes through a script and back unchanged
//! - `levels`: how far a session may go
//! - `limits`: what a session may take
//! - `listeners`: ports, names, sockets that are there already
//! - `live`: reads and writes of live state, of every kind of root
//! - `names`: what an entry may not be called
//! - `feedback`: nothing that only reads may write
//! - `guarded`: locks, cells, channels and tasks of tokio, and what is shared in other ways
//! - `locks`: locks that cannot be had
//! - `opening`: opening and closing while the program runs
//! - `random`: random bytes and random programs
//! - `rpc`: the dialect of programs
//! - `runbooks`: scripts that are imported
//! - `served`: a manhole in each of the ways in which it can be served
//! - `socket`: the socket file, its mode, and who gets it
//! - `stuck`: code of the program that does not come back
//! - `stopping`: commands that must end, and shutdown
//! - `queries`: `filter`, `map`, `sort_by` and the rest on live collections
//! - `traps`: what the script engine does behind the back of a script
//! - `vocabulary`: types of other crates that programs are made of
//! - `setup`: a start-up script, functions of the script engine
//! - `shapes`: the example with one of each shape, from end to end
//! - `quickstart`: the example, through `nc` and `socat`, and the README's transcript

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]

mod audit;
mod awaiting;
mod builtins;
mod changes;
mod checked;
mod claims;
mod collections;
mod conformance;
mod example;
mod examples;
mod faults;
mod feedback;
mod foreign;
mod guarded;
mod hostile;
mod inline;
mod leaves;
mod levels;
mod limits;
mod listeners;
mod live;
mod locks;
mod names;
mod opening;
mod queries;
mod quickstart;
mod random;
mod rpc;
mod runbooks;
mod served;
mod setup;
mod shapes;
mod socket;
mod stopping;
mod stuck;
mod support;
mod traps;
mod vocabulary;
