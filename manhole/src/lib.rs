//! A console inside a running Rust program.
//!
//! An engineer connects with `nc -U /run/app.manhole`, reads any state, changes a limit, calls a method, and leaves. The
//! application never notices: nothing is copied to be looked at, no lock is held longer than what is shown needs, every
//! command can be stopped, and the console's threads are its own.
//!
//! # Adding it
//!
//! Derive [`Manhole`](macro@Manhole) on the types of your state, name the values in [`manhole!`], and [`spawn`]:
//!
//! ```
//! use std::sync::Arc;
//!
//! use manhole::{Manhole, manhole};
//! use parking_lot::Mutex;
//!
//! /// What the service counts.
//! #[derive(Manhole)]
//! struct Gizmo {
//!     /// Requests served since the start.
//!     count: u64,
//!     #[manhole(readonly)]
//!     name: String,
//! }
//!
//! #[manhole::methods]
//! impl Gizmo {
//!     /// Sets the counter back to zero and returns what it was.
//!     pub fn reset(&mut self) -> u64 {
//!         std::mem::take(&mut self.count)
//!     }
//! }
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("app.manhole");
//! let gizmo = Arc::new(Mutex::new(Gizmo { count: 0, name: "a".to_owned() }));
//! let console = manhole::spawn(&path, manhole! {
//!     /// What the service counts.
//!     gizmo => gizmo,
//! })?;
//! # assert_eq!(gizmo.lock().name, "a");
//! # console.shutdown();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Builder`] sets the banner, the limits and the rest. [A guide](guide) goes from here to run-books.
//!
//! # What can be reached
//!
//! | a root in `manhole!` | what it gives |
//! |---|---|
//! | `Arc<Mutex<T>>`, `Arc<RwLock<T>>` of std and `parking_lot` | reads, writes, `&mut self` methods |
//! | `Arc<T>`, a `static`, `&'static T` | reads, `&self` methods; writes to atomics and behind locks |
//! | `LazyLock`, `OnceLock` | what they hold, once the program has filled them |
//! | a plain value | the same as in an `Arc`; moved in, or cloned if it is a variable |
//! | a function or closure | calls |
//!
//! `manhole!` borrows what it is given and clones the `Arc` itself. It may be written with `{}`, `()` or `[]`, the only
//! delimiters that Rust's grammar allows for a macro.
//!
//! # In the console
//!
//! The language is [Rhai](https://rhai.rs). A name bound without `let` lasts for the session, the last value is `it`, `help`
//! lists what there is, Ctrl-C (the byte 3) stops a command, and `exit` leaves. An option is its value or `()`, shown as
//! `None`.
//!
//! An assignment writes at once, under the lock. `a.count += 1` reads, computes, and writes only if nobody has written in
//! between; so does a method that changes a leaf, such as `a.name.make_upper()`. An expression that only reads never writes.
//! No lock is held while a script computes.
//!
//! | to | type |
//! |---|---|
//! | find | `a.items[3].name`, `a.items[-1]`, `a.pair.0`, `a.by_name.alice`, `a.by_id[42]`, `a.mode.job`, `a.mode.variant()` |
//! | go through | `for x in a.items { … }`, `a.items.len()`, `keys()`, `values()`, `"k" in a.map`, `a.map.get("k")` |
//! | search | `a.sessions.filter(\|s\| s.idle > "5m").map(\|s\| s.user).take(10)`, `find`, `any`, `all`, `sort_by`, `group_by` |
//! | add up | `a.items.map(\|i\| i.bytes).sum()`, `count`, `min`, `max`, `min_by`, `max_by` |
//! | change what is there | `a.items.push(#{ id: 4, name: "x" })`, `insert`, `remove`, `truncate`, `clear` |
//! | write a whole value | `a.mode = "Idle"`, `a.mode = #{ Busy: #{ job: 4 } }`, `a.config = #{ limit: 7, verbose: true }` |
//! | compute a new one | `a.update("count", \|n\| n * 2)`, which tries again if the program was faster |
//! | keep a copy | `let before = a.snapshot()`, taken under one lock |
//!
//! Searching goes item by item, copies nothing and holds no lock in between, however many there are; what is computed is only
//! what is asked for. If the collection changes meanwhile, a note says so. Closures of two parameters are given the position
//! or the key first.
//!
//! Methods and functions that are `async` run on the program's runtime; the command waits for them, and drops them if it is
//! stopped. The runtime is the one that the manhole was started in, or what [`Builder::runtime`] was given.
//!
//! `help` tells the rest, from the doc comments of your types; `help("builtins")` lists what the console defines itself: tables,
//! trees and JSON of live values, `watch("1s", || gizmo.count)`, the history of the session and more. The last value is `it`: the
//! language keeps `_` for its `switch`.
//!
//! # Ways to serve
//!
//! | | commands run | while one runs | answers when the runtime does not |
//! |---|---|---|---|
//! | [`spawn`], [`Builder::spawn`] | on a thread for each session | nobody waits | yes |
//! | `Builder::serve` | on a thread for each session | nobody waits | no: clients are read by tasks of the runtime |
//! | `Builder::serve_inline` | with the event loop standing still | the event loop waits | no |
//!
//! On threads a command sees the program change while it runs, as every thread does. Inline it is atomic to the other tasks of a
//! current-thread runtime, and the program stands still for as long as it takes, up to its timeout. Prefer `spawn` unless that
//! is what you need: a manhole is opened when something is wrong, and then the event loop may be what is wrong.
//!
//! # What a session may take
//!
//! [`Limits`] bound the time and memory of every command, what is shown, and what is kept; a session may change its own up to a
//! ceiling, by `set("timeout", "30s")`. A command is stopped at its deadline, by Ctrl-C, by a hang-up and by shutdown, wherever it is:
//! in a loop, in a sort, waiting for a lock, awaiting a future. Only code of the program that does not come back cannot be
//! stopped: its thread is left to it, and the session goes on with another. There may be 16 such threads; then no more methods and
//! functions are called until one comes back.
//!
//! [`Builder::scripts_dir`] names a directory of run-books to `import`, [`Builder::startup`] a script for the beginning of each
//! session, and [`Builder::engine`] adds functions of your own to the language.
//!
//! # Who may do what
//!
//! On its socket the kernel tells who a client is. By default the user that runs the program and root may do everything, and nobody
//! else can connect; [`Builder::access`] says otherwise, for each user or group, or by a function of yours. There are three levels:
//!
//! | [`Level`] | what it allows |
//! |---|---|
//! | `observe` | reading fields, help, methods and functions marked `#[manhole(observe)]` |
//! | `operate` | writing, changing collections, calling methods and functions |
//! | `admin` | roots, fields, methods and functions marked `#[manhole(admin)]`, and `process::exit` |
//!
//! A field marked `#[manhole(secret)]` is seen at no level. In a session `level()` tells, and `level("observe")` lowers it for good.
//! [`Builder::read_only`] keeps everybody at `observe`. [`Builder::audit`], and the feature `tracing`, tell who connects, who is
//! refused, and every command with what came of it; of a command that mentions a secret only the beginning.
//!
//! # Where it listens
//!
//! A path is a Unix socket there. [`Listener`] has the others: a TCP port of the machine's own address, a name that is no path, a
//! socket that is bound already, and those that the program was started with (`LISTEN_FDS`, the feature `activation`).
//! [`Builder::listen`] adds one more. Over TCP the kernel tells who a client is only within the machine, and only on Linux;
//! [`Listener::token`] is for everything else. [`Builder::start_closed`], [`Builder::open_if_env`],
//! [`Console::open`], [`Console::shutdown`] and, with the feature `signal`, `Console::toggle_on_signal` say when it listens.
//!
//! # From a terminal, and from programs
//!
//! `nc -U` is all it takes. The client, `cargo install manhole-cli`, completes names with their types and documentation, browses and
//! watches values, and reaches a socket through ssh or any other command: `manhole attach`, `eval`, `watch`, `tree`, `ls`.
//!
//! A program whose first line is a JSON-RPC 2.0 request speaks that from then on, on the same socket and with the same levels and
//! limits: values exact both ways, errors with codes and places, requests that overlap. The crate `manhole-protocol` has the
//! messages, and describes them for clients in other languages.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `console` | yes | the script engine, sessions and the server; without it only [`reflect`] is there |
//! | `derive` | yes | the macros |
//! | `parking_lot` | yes | locks built on `lock_api` 0.5: `parking_lot` 0.13 and others |
//! | `parking_lot_012` | yes | locks built on `lock_api` 0.4: `parking_lot` 0.12, `spin` and others |
//! | `tokio` | no | `Builder::serve` and `serve_inline`, the console on the caller's runtime; tokio's locks, channels, tasks, `Handle`, `Instant` |
//! | `tokio-util` | no | `CancellationToken` |
//! | `activation` | no | `Listener::activated`: sockets that the program was started with |
//! | `arc-swap` | no | `ArcSwap`, `ArcSwapOption` |
//! | `bytes` | no | `Bytes`, `BytesMut` |
//! | `chrono` | no | `DateTime` of `Utc`, `Local` and `FixedOffset`, `NaiveDate`, `NaiveTime`, `NaiveDateTime`, `TimeDelta` |
//! | `dashmap` | no | `DashMap`, `DashSet` |
//! | `indexmap` | no | `IndexMap`, `IndexSet` |
//! | `jiff` | no | `Timestamp`, `ZonedDateTime`, the civil types, `SignedDuration`, `Span` |
//! | `serde` | no | `#[manhole(serde)]`: fields that are read and written as data |
//! | `serde_json` | no | `Value`, `Map`, `Number`: JSON as a live tree |
//! | `signal` | no | `Console::toggle_on_signal`: opened and closed by a signal |
//! | `tracing` | no | who connects and what they type, to `tracing` |
//! | `url` | no | `Url` |
//! | `users` | no | users and groups by name: `Access::user_named`, `Access::group_named`, `Peer::user` |
//! | `uuid` | no | `Uuid`, also as a map's key |
//!
//! A feature that is named after a crate shows that crate's types: what is shown can be assigned again, except where it is
//! a fact about the value, such as the length of a queue. `Arc<tokio::sync::Mutex<T>>`, `ArcSwap<T>` and `DashMap<K, V>` are
//! roots like those above.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(all(any(doc, doctest), feature = "console", feature = "derive"))]
pub mod guide;
pub mod reflect;

#[cfg(feature = "console")]
mod engine;
#[cfg(all(feature = "console", any(test, fuzzing)))]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "console")]
mod namespace;
#[cfg(feature = "console")]
mod rate_limit;
#[cfg(feature = "console")]
mod server;
#[cfg(feature = "console")]
mod session;
#[cfg(feature = "console")]
mod sync;

#[cfg(feature = "console")]
pub use engine::Limits;
#[cfg(all(feature = "console", feature = "derive"))]
pub use manhole_derive::manhole;
#[cfg(feature = "derive")]
pub use manhole_derive::{Manhole, methods};
#[cfg(feature = "console")]
pub use namespace::{AsyncParams, CallResult, Function, Namespace, NamespaceItem};
pub use reflect::{Level, Manhole};
/// The script engine, for [`Builder::engine`]. Its version is a part of this crate's interface.
#[cfg(feature = "console")]
pub use rhai;
#[cfg(feature = "console")]
pub use server::{
    Access, Address, Builder, ConnectionLimits, Console, Error, Instance, Listener, SocketFile, default_path,
    instances, spawn, unlink, unlink_stale,
};
#[cfg(feature = "console")]
pub use session::{Banner, CommandOutcome, Event, EventKind, Peer};

/// What generated code names. Not part of the public interface: it changes without notice.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "console")]
    pub use crate::namespace::autoref;
    pub use crate::reflect::*;
}
