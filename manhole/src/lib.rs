//! A console inside a running Rust program.
//!
//! manhole opens a socket in your application. Connect to it from a terminal, read any exposed value, change a limit, call a method,
//! and disconnect; the application runs on. Values are read in place, under their own locks, and each command has a timeout and limits
//! on what it uses.
//!
//! ```text
//! $ nc -U /run/app.manhole
//! >>> gizmo.count
//! 42
//! >>> gizmo.limit = 7
//! >>> gizmo.reset()
//! 42
//! ```
//!
//! # Quick start
//!
//! Derive [`Manhole`](macro@Manhole) for your types, name the roots in [`manhole!`], and call [`spawn`]:
//!
//! ```
//! use std::sync::Arc;
//!
//! use manhole::{Manhole, manhole};
//! use parking_lot::Mutex;
//!
//! /// The counters of the service.
//! #[derive(Manhole)]
//! struct Gizmo {
//!     /// Requests served since the start.
//!     count: u64,
//!     limit: u32,
//!     #[manhole(readonly)]
//!     name: String,
//!     #[manhole(skip)]
//!     buffer: Vec<u8>,
//! }
//!
//! #[manhole::methods]
//! impl Gizmo {
//!     /// Resets the counter, and returns its last value.
//!     pub fn reset(&mut self) -> u64 {
//!         std::mem::take(&mut self.count)
//!     }
//! }
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("app.manhole");
//! # let (name, buffer) = ("a".to_owned(), Vec::new());
//! let gizmo = Arc::new(Mutex::new(Gizmo { count: 42, limit: 5, name, buffer }));
//! let console = manhole::spawn(&path, manhole! {
//!     /// The counters of the service.
//!     gizmo => gizmo,
//! })?;
//! # let Gizmo { limit, name, buffer, .. } = &*gizmo.lock();
//! # assert_eq!((*limit, name.len(), buffer.len()), (5, 1, 0));
//! # console.shutdown();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **All fields are exposed, private ones too, and all methods of the block that are not private**, unless you mark them
//! `#[manhole(skip)]`. [`Builder`] has all options. [The guide](guide) goes from here to scripts and services.
//!
//! # Roots
//!
//! | value in `manhole!` | what a session can do with it |
//! |---|---|
//! | `Arc<Mutex<T>>`, `Arc<RwLock<T>>` of std and `parking_lot` | read, write, call `&mut self` methods |
//! | `Arc<T>`, a `static`, `&'static T` | read, call `&self` methods, write to atomics and behind locks |
//! | `LazyLock`, `OnceLock` | the same with the value in it, once the application has initialized it |
//! | another value | the same as in an `Arc`; a variable is cloned, an expression is moved |
//! | `Weak`, tokio's `WeakSender` | the same as with the value, while the application has it |
//! | [`computed`]`(\|\| …)` | read what the closure returns |
//! | a function or closure | call it |
//!
//! **A root is kept alive** until the console is shut down and its last handle is dropped: the console owns a clone. A service that shuts
//! down by dropping the senders of a channel does not end while one of them is a root. So give the console a weak form,
//! `Arc::downgrade(&state)` or `sender.downgrade()`, which it keeps alive only while it reads it. Or compute what you want to see from a
//! weak form: `waiting => computed(move || jobs.strong_count())`.
//!
//! `manhole!` borrows the values and clones each `Arc` itself. Write it with `{}`, `()` or `[]`.
//!
//! # The language
//!
//! Commands are [Rhai](https://rhai.rs). A variable defined without `let` lasts for the session, `it` is the last value, `help` lists
//! all names, and `exit` ends the session. `None` is shown for an empty option, which is `()` in the language.
//!
//! An assignment writes at once, under the lock. `a.count += 1` reads, computes, and writes only if the value is still the same; so
//! does a method that changes a leaf, such as `a.name.make_upper()`. An expression that only reads never writes. No lock is held while a
//! script computes.
//!
//! | to | type |
//! |---|---|
//! | select | `a.items[3].name`, `a.items[-1]`, `a.pair.0`, `a.by_name.alice`, `a.by_id[42]`, `a.mode.job`, `a.mode.variant()` |
//! | iterate | `for x in a.items { … }`, `a.items.len()`, `keys()`, `values()`, `"k" in a.map`, `a.map.get("k")` |
//! | search | `a.sessions.filter(\|s\| s.idle > "5m").map(\|s\| s.user).take(10)`, `find`, `any`, `all`, `sort_by`, `group_by` |
//! | aggregate | `a.items.map(\|i\| i.bytes).sum()`, `count`, `min`, `max`, `min_by`, `max_by` |
//! | change a collection | `a.items.push(#{ id: 4, name: "x" })`, `insert`, `remove`, `truncate`, `clear` |
//! | replace a value | `a.mode = "Idle"`, `a.mode = #{ Busy: #{ job: 4 } }`, `a.config = #{ limit: 7, verbose: true }` |
//! | update a value | `a.update("count", \|n\| n * 2)`, which retries if the application has changed it |
//! | copy a value | `let before = a.snapshot()`, under one lock |
//!
//! Queries read a collection in batches, each under one lock, and copy only the values that they return. A note reports a collection that
//! changes during a query. A closure with two parameters gets the index or the key first.
//!
//! `async` methods and functions run on the runtime in which the console was started, or on the runtime of `Builder::runtime`. The
//! command waits for them, and drops them when it stops.
//!
//! `help(value)` documents a type by your doc comments. `help("builtins")` lists the functions of the console: tables, trees and
//! JSON of live values, `watch("1s", || gizmo.count)`, the history of the session, and more.
//!
//! Roots that every process has need no line of yours: `process`, `threads`, `descriptors`, `console`, `panics`, and `runtime` with the
//! feature `tokio`; `tasks` has the futures that you name by [`task()`], `spans` and `log` what your service says through `tracing`. See the
//! [guide].
//!
//! # Ways to serve
//!
//! | | commands run | while a command runs | responds while the runtime is blocked |
//! |---|---|---|---|
//! | [`start`], [`spawn`], [`Builder::spawn`] | on a thread for each session | the application runs on | yes |
//! | `Builder::serve` | on a thread for each session | the event loop runs on | no |
//! | `Builder::serve_inline` | on a thread for each session | the event loop waits | no |
//!
//! With the first two, a command sees the application change while it runs, as each thread does. With `serve_inline` a command is atomic
//! to the other tasks of a current-thread runtime, and delays them until it ends or its timeout passes. Prefer `spawn`, which also works
//! when the event loop is what hangs.
//!
//! # Limits
//!
//! [`Limits`] bound the time and memory of a command, what it shows, and what a session keeps. A session changes its own limits up to
//! a ceiling: `set("timeout", "30s")`.
//!
//! A command stops at its timeout, on Ctrl-C, on a disconnect and on shutdown: in a loop, in a sort, while it waits for a lock or a future.
//! In `nc`, Ctrl-C ends `nc` and so the session; in `manhole attach` it stops the command. **Code of yours that never returns cannot be
//! stopped.** Its thread is abandoned, and the session goes on without its variables. With 16 abandoned threads, no more methods and
//! functions are called.
//!
//! A busy client costs the application processor time, and holds a lock of a large collection for some milliseconds. The file
//! `BENCHMARKS.md` in the repository has the figures.
//!
//! A panic in your code is the error of its command. Build with `panic = "unwind"`, the default: with `panic = "abort"` a panic in a method,
//! in a `Debug` implementation or in a callback of the console ends the process. `help()` says so there, and [`Builder::allow_calls`]
//! leaves only what calls none of that code.
//!
//! [`Builder::scripts_dir`] sets a directory of scripts to `import`, [`Builder::startup`] a script for the start of each session, and
//! [`Builder::engine`] adds functions to the language.
//!
//! # Access
//!
//! On a Unix socket the kernel identifies each client. By default root and the user that runs the application are `admin`, and other
//! users cannot connect. [`Builder::access`] changes that for users, for groups, or by a function. There are three levels:
//!
//! | [`Level`] | allows |
//! |---|---|
//! | `observe` | reading fields, help, methods and functions marked `#[manhole(observe)]` |
//! | `operate` | writing, changing collections, calling methods and functions |
//! | `admin` | roots, fields, methods and functions marked `#[manhole(admin)]`, and `process::exit` |
//!
//! No level shows a field marked `#[manhole(secret)]`. In a session `level()` returns the level, and `level("observe")` lowers it for the
//! rest of the session. [`Access::max_level`] limits all clients.
//!
//! [`Builder::audit`], and the feature `tracing`, record connections, refusals, commands with their outcome, and each write, edit and
//! call before it happens. If a command mentions a secret field, the record has each literal replaced by `…`, and no error text.
//!
//! # Where it listens
//!
//! | listener | reached by |
//! |---|---|
//! | a path | users that the mode of the file and [`Builder::access`] admit |
//! | [`Listener::abstract_name`] | users that [`Builder::access`] admits |
//! | [`Listener::tcp`] | users of this machine that [`Builder::access`] admits, or clients with a [token](Listener::token) |
//! | [`Listener::from_unix`], [`Listener::from_tcp`], `Listener::activated` | the same, on a socket that is already bound |
//!
//! [`Builder::listen`] adds a listener. [`Builder::start_closed`], [`Builder::open_if_env`], [`Console::open`], [`Console::shutdown`] and,
//! with the feature `signal`, `Console::toggle_on_signal` choose when it listens.
//!
//! # Clients
//!
//! `nc -U` is enough. The client, `cargo install manhole-cli`, completes names with their types and documentation, browses and watches
//! values, and connects through ssh or another command: `manhole attach`, `eval`, `watch`, `tree`, `ls`.
//!
//! Programs use JSON-RPC 2.0 on the same socket, with the same levels and limits: a client whose first line is a request gets exact
//! values, errors with codes and source locations, and concurrent requests. The crate `manhole-protocol` has the messages, and a schema
//! for other languages. With the crate `manhole-client`, tests and tools in Rust assert on a running service.
//!
//! # Platforms
//!
//! | | Linux | Android | macOS | FreeBSD | Windows |
//! |---|---|---|---|---|---|
//! | [`reflect`] and the macros | yes | yes | yes | yes | yes |
//! | the console | yes | yes | yes | yes | no |
//! | the client `manhole` | yes | yes | yes | yes | no |
//! | the user and group of a client of a Unix socket | yes | yes | yes | yes | |
//! | [`Peer::pid`] | yes | yes | yes | no | |
//! | [`Peer::groups`] and [`Peer::command`] of a client of a Unix socket | yes | yes | no | no | |
//! | the user of a TCP client on the same machine | yes | before version 10 | no | no | |
//! | `Listener::abstract_name` | yes | yes | no | no | |
//! | the memory of a command, without the growth of the application | yes | with it | with it, above the last peak | yes, above the last peak | |
//! | [`default_path`] | yes | with `XDG_RUNTIME_DIR` | yes | yes | |
//!
//! **The tests run on Linux alone.** For the other systems, musl and 64-bit ARM the compiler checks the code, and nothing runs it.
//!
//! Where the system does not report a value, it is `None` or empty, and no rule of [`Access`] matches it. On Windows the console compiles
//! and cannot be opened: [`spawn`] returns [`Error::Unsupported`]. `Listener::from_unix`, `abstract_name` and `activated` do not
//! exist there.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `console` | yes | the script engine, sessions and the server; without it the crate has only [`reflect`] |
//! | `derive` | yes | the macros |
//! | `parking_lot_012` | yes | locks built on `lock_api` 0.4: `parking_lot` 0.12, `spin` and others |
//! | `parking_lot` | no | locks built on `lock_api` 0.5: `parking_lot` 0.13 and others; needs Rust 1.95 |
//! | `tokio` | no | `Builder::serve`, `serve_inline` and `runtime`; tokio's locks, channels, tasks, `Runtime`, `Handle`, `Instant` |
//! | `tokio-process` | no | tokio's `process::Child`; enables tokio's feature `process` |
//! | `tokio-stream` | no | `ReceiverStream`, `UnboundedReceiverStream`, `IntervalStream`, `StreamMap` |
//! | `tokio-util` | no | `CancellationToken` |
//! | `activation` | no | `Listener::activated`: sockets from the service manager |
//! | `arc-swap` | no | `ArcSwap`, `ArcSwapOption` |
//! | `bytes` | no | `Bytes`, `BytesMut` |
//! | `chrono` | no | `DateTime` of `Utc`, `Local` and `FixedOffset`, `NaiveDate`, `NaiveTime`, `NaiveDateTime`, `TimeDelta` |
//! | `dashmap`, `dashmap_05` | no | `DashMap`, `DashSet` of `dashmap` 6, and of 5.5 |
//! | `http`, `http_02` | no | `HeaderMap`, `HeaderName`, `HeaderValue`, `Method`, `StatusCode`, `Uri`, `Version`, `Request`, `Response` of `http` 1, and of 0.2 |
//! | `indexmap` | no | `IndexMap`, `IndexSet` |
//! | `deadlock_detection` | no | the root `deadlocks`: what `parking_lot` 0.12 finds where its feature of this name is enabled too |
//! | `jiff`, `jiff_02` | no | `Timestamp`, `Zoned`, the civil types, `SignedDuration`, `Span` of `jiff` 1, and of 0.2 |
//! | `once_cell` | no | `OnceCell`, `Lazy` |
//! | `serde` | no | `#[manhole(serde)]`: fields that are read and written as data |
//! | `serde_json` | no | `Value`, `Map`, `Number`: JSON as a live tree |
//! | `signal` | no | `Console::toggle_on_signal` |
//! | `tracing` | no | the audit, to `tracing` |
//! | `tracing-subscriber` | no | `tracing_layer`: open spans and the last events, the roots `spans` and `log` |
//! | `url` | no | `Url`, shown without user and password |
//! | `users` | no | users and groups by name: `Access::user_named`, `Access::group_named`, `Peer::user` |
//! | `uuid` | no | `Uuid`, also as a map's key |
//!
//! A feature with the name of a crate adds the types of this crate. A shown value can be assigned again, except for a computed
//! field, such as the length of a queue. A header such as `authorization` or `cookie` is a secret, and so is the user and password of a
//! `Url` or `Uri`: a text that is written to the same host keeps them. `Arc<tokio::sync::Mutex<T>>`, `ArcSwap<T>` and `DashMap<K, V>` are roots like those above.
//!
//! The crate builds with Rust 1.85, and with the versions that its dependencies had two years ago and earlier, so that a service need not
//! update its own. What only newer versions of tokio have is then shown as `<needs a newer tokio>`.
#![cfg_attr(test, allow(clippy::unwrap_used))]
// Without sockets nothing uses most of the console.
#![cfg_attr(not(unix), allow(unused))]
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
mod process;
#[cfg(feature = "console")]
mod rate_limit;
#[cfg(feature = "console")]
mod server;
#[cfg(feature = "console")]
mod session;
mod sync;
#[cfg(feature = "console")]
mod tasks;
#[cfg(all(feature = "console", unix))]
mod threads;
#[cfg(all(feature = "console", not(unix)))]
mod threads {
    //! Without signals.

    use std::io;
    use std::thread::{Builder, JoinHandle};
    use std::time::Duration;

    pub(crate) fn spawn<T: Send + 'static>(
        builder: Builder,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<JoinHandle<T>> {
        builder.spawn(work)
    }

    pub(crate) fn call_application<R>(call: impl FnOnce() -> R) -> R {
        call()
    }

    pub(crate) fn is_console(_thread: u32) -> bool {
        false
    }

    pub(crate) fn cpu_time(_of: impl Fn(u32) -> Option<Duration>) -> Option<Duration> {
        None
    }
}
#[cfg(feature = "tracing-subscriber")]
mod tracing_layer;

#[cfg(feature = "console")]
pub use engine::{ChangeKind, Limits};
#[cfg(all(feature = "console", feature = "derive"))]
pub use manhole_derive::manhole;
#[cfg(feature = "derive")]
pub use manhole_derive::{Manhole, dynamic, methods};
#[cfg(feature = "console")]
pub use namespace::{AsyncParams, CallResult, Function, Namespace, NamespaceItem};
pub use reflect::{
    Computed, Level, Manhole, Registry, RegistryEntry, Remote, TrackedGuard, TrackedMutex, TrackedRwLock,
    Visits, computed, visits,
};
/// The script engine, for [`Builder::engine`]. Its version is part of the interface of this crate.
#[cfg(feature = "console")]
pub use rhai;
#[cfg(feature = "console")]
pub use server::{
    Access, AddedName, Address, Builder, ConnectionLimits, Console, Error, Instance, Listener, SocketFile,
    default_path, instances, spawn, start, stdio_proxy, unlink, unlink_stale,
};
#[cfg(feature = "console")]
pub use session::{Banner, CommandOutcome, Event, EventKind, Peer};
#[cfg(feature = "console")]
pub use tasks::{Aborted, Task, task};
#[cfg(feature = "tracing-subscriber")]
pub use tracing_layer::tracing_layer;

/// For generated code. Not part of the public interface: it changes without notice.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "console")]
    pub use crate::namespace::autoref;
    pub use crate::reflect::*;
}
