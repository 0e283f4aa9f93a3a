//! Whole-system tests: real sockets, real clients, the real examples.
//!
//! `language`: the script language on live values
//! - `builtins`: help, tables, trees, JSON, durations
//! - `watch`: the builtin that prints changes
//! - `collection_iteration`: loops and indices over lists, maps and sets
//! - `imports`: scripts imported from the scripts directory
//! - `queries`: `filter`, `map`, `sort_by` and the rest on live collections
//! - `query_rows`: fields of items that a query copies in batches
//! - `reserved_names`: names that no root may have
//! - `rhai_quirks`: behaviour of the script engine that scripts must not see
//! - `session_setup`: a startup script, functions added to the script engine
//! - `setter_writeback`: expressions that only read never write
//!
//! `values`: reading, writing and calling what the application exposes
//! - `async_methods`: async methods and functions, on both kinds of runtime
//! - `async_types`: tokio's locks, channels and tasks, `ArcSwap`, `DashMap`
//! - `collection_edits`: insertion, removal, whole values, updates, snapshots
//! - `field_adapters`: fields exposed by `Debug`, `Display`, serde, getter and setter
//! - `locks`: locks that are held, poisoned or contended
//! - `roots`: every kind of root, read and written
//! - `scalar_round_trip`: each scalar passes through a script unchanged
//! - `third_party_types`: types of other crates
//! - `validation`: fields with a validator, opaque types
//!
//! `owned`: state that no lock guards
//! - `added_names`: names that come and go while the console runs
//! - `inline`: roots that cannot leave the thread of their event loop
//! - `registry`: values that tasks own while they run
//! - `visits`: tasks and threads that serve the console
//!
//! `access`: access control for connections and sessions
//! - `access_levels`: each kind of access at each level
//! - `audit`: events that the application receives
//! - `fair_shares`: users that keep no other out
//! - `last_words`: the reason that a client reads when its connection ends
//! - `listeners`: TCP ports, tokens, abstract names, inherited sockets
//! - `process_namespaces`: clients whose process the application cannot see
//! - `socket_file`: its mode, its owner, stale sockets
//!
//! `serving`: starting, stopping and talking to a console
//! - `inline_mode`: commands on the caller's event loop
//! - `json_rpc`: the protocol for programs
//! - `open_close`: opening and closing while the application runs
//! - `startup_conflicts`: foreign files, directories and sockets at the path
//! - `text_session`: the bytes of a text session, rule by rule
//!
//! `process`: what every process has
//! - `builtin_names`: the roots `process`, `threads` and others, beside the names of the application
//! - `descriptors`: its file descriptors
//! - `panics`: counted, with their messages
//! - `runtime`: the runtime, also while it is blocked
//! - `sessions`: who is connected, what runs, and ending a session
//! - `threads`: its threads, busy and waiting
//!
//! `robustness`: the application survives scripts, clients and a full system
//! - `abandoned_commands`: commands in application code that never returns
//! - `compiling`: the time that commands take to be read and compiled
//! - `hostile_scripts`: scripts that attack the application
//! - `limits`: what a session may use
//! - `random_input`: random bytes and random scripts
//! - `resource_exhaustion`: no descriptors, threads, memory or disk space
//! - `stopping`: timeout, Ctrl-C, disconnection, shutdown
//!
//! `examples`: the workspace's example applications
//! - `quickstart`: through `nc` and `socat`, and the README's transcript
//! - `shapes`: each shape of a type, from end to end
//! - `small_examples`: each of the others
//!
//! `support`: what the tests share
//! - `example_process`: starts an example
//! - `serve_modes`: serves a namespace on threads, on a runtime, or inline

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]

mod access;
mod examples;
mod language;
mod owned;
mod process;
mod robustness;
mod serving;
mod support;
mod values;
