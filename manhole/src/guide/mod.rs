//! A guide, from the first derive to scripts and services. This module has only documentation.
//!
//! Tests run all commands of sessions that this guide shows.
//!
//! # 1. Expose your state
//!
//! Derive [`Manhole`](macro@crate::Manhole) for the types of your state. All fields are exposed under their own names, private ones too,
//! unless you mark them `#[manhole(skip)]`; the doc comments become the help. State that changes is behind a lock or in an atomic, as
//! it is without a console:
//!
//! ```
//! # let ask = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/guide/doctest_client.rs"));
//! use std::collections::HashMap;
//! use std::sync::Arc;
//! use std::sync::atomic::AtomicU64;
//!
//! use manhole::{Manhole, manhole};
//! use parking_lot::RwLock;
//!
//! /// The state of the service.
//! #[derive(Manhole)]
//! struct Service {
//!     /// Requests answered since the start.
//!     requests: AtomicU64,
//!     /// The users that are logged in.
//!     sessions: RwLock<HashMap<u64, Session>>,
//! }
//!
//! #[derive(Manhole)]
//! struct Session {
//!     user: String,
//!     /// Seconds since the last request.
//!     idle: u64,
//! }
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("app.manhole");
//! let sessions = [(7, Session { user: "alice".to_owned(), idle: 3 }), (9, Session { user: "bob".to_owned(), idle: 900 })];
//! let service = Arc::new(Service {
//!     requests: AtomicU64::new(0),
//!     sessions: RwLock::new(HashMap::from(sessions)),
//! });
//! let console = manhole::spawn(&path, manhole! {
//!     /// The state of the service.
//!     service => service,
//! })?;
//! # assert_eq!(ask(&path, "service.sessions[9].idle"), "900");
//! # assert_eq!(ask(&path, "service.sessions.filter(|id, s| s.idle > 60).map(|id, s| s.user)"), r#"["bob"]"#);
//! # assert_eq!(ask(&path, "service.requests = 5; service.requests"), "5");
//! # console.shutdown();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ```text
//! $ nc -U /run/app.manhole
//! >>> service.sessions[9].idle
//! 900
//! >>> service.sessions.filter(|id, s| s.idle > 60).map(|id, s| s.user)
//! ["bob"]
//! >>> service.requests = 5; service.requests
//! 5
//! ```
//!
//! # 2. Expose methods
//!
//! [`methods`](macro@crate::methods) exposes the methods of an `impl` block that are not private, unless you mark them
//! `#[manhole(skip)]`. To expose a private method, mark it `#[manhole(expose)]`. Arguments are checked against their types, an `Err`
//! is the error of the command, and `async` methods run on the application's runtime.
//!
//! ```
//! # let ask = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/guide/doctest_client.rs"));
//! # use std::sync::Arc;
//! # use manhole::{Manhole, manhole};
//! # use parking_lot::Mutex;
//! #[derive(Manhole)]
//! struct Pool {
//!     size: usize,
//! }
//!
//! #[manhole::methods]
//! impl Pool {
//!     /// Grows or shrinks the pool.
//!     pub fn resize(&mut self, size: usize) -> Result<(), String> {
//!         if size == 0 {
//!             return Err("a pool has at least one worker".to_owned());
//!         }
//!         self.size = size;
//!         Ok(())
//!     }
//! }
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("app.manhole");
//! # let console = manhole::spawn(&path, manhole! { pool => Arc::new(Mutex::new(Pool { size: 4 })) })?;
//! # assert_eq!(ask(&path, "pool.resize(8); pool.size"), "8");
//! # assert_eq!(ask(&path, "pool.resize(0)").lines().next(), Some("error: pool.resize: a pool has at least one worker"));
//! # console.shutdown();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ```text
//! >>> pool.resize(8); pool.size
//! 8
//! >>> pool.resize(0)
//! error: pool.resize: a pool has at least one worker
//! ```
//!
//! # 3. Protect fields
//!
//! Attributes of a field apply to all clients and commands:
//!
//! ```
//! # let ask = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/guide/doctest_client.rs"));
//! # use std::sync::Arc;
//! # use manhole::{Manhole, manhole};
//! # use parking_lot::Mutex;
//! #[derive(Manhole)]
//! struct Config {
//!     #[manhole(readonly)]
//!     region: String,
//!     #[manhole(secret)]
//!     password: String,
//!     #[manhole(validate = is_sensible)]
//!     workers: u32,
//!     /// Shown by its `Debug`, for a type of another crate.
//!     #[manhole(debug)]
//!     layout: std::alloc::Layout,
//! }
//!
//! fn is_sensible(workers: &u32) -> Result<(), String> {
//!     if (1..=64).contains(workers) { Ok(()) } else { Err("between 1 and 64".to_owned()) }
//! }
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("app.manhole");
//! # let config = Config { region: "eu".into(), password: "x".into(), workers: 4, layout: std::alloc::Layout::new::<u8>() };
//! # assert_eq!((config.password.len(), config.layout.size()), (1, 1));
//! # let console = manhole::spawn(&path, manhole! { config => Arc::new(Mutex::new(config)) })?;
//! # assert_eq!(ask(&path, "config.password"), "<secret>");
//! # assert!(ask(&path, "config.workers = 1000").contains("between 1 and 64"));
//! # assert!(ask(&path, "config.region = \"us\"").contains("read-only"));
//! # console.shutdown();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ```text
//! >>> config.password
//! <secret>
//! ```
//!
//! The derive reads fields directly: a `Debug` of yours that prints `MASKED` hides nothing from it. Before you derive `Manhole` for
//! such a type, mark the field inside: `struct MaskedString(#[manhole(secret)] String)`.
//!
//! # 4. Admit other users
//!
//! By default root and the user that runs the application are `admin`, and other users cannot connect. Admit a group that may only read,
//! and log its commands:
//!
//! ```
//! # let ask = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/guide/doctest_client.rs"));
//! use manhole::{Access, Builder, Level, manhole};
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("app.manhole");
//! const SUPPORT: u32 = 1234;
//! let console = Builder::new(manhole! { answer => 42_u8 })
//!     .access(Access::default().group(SUPPORT, Level::Observe))
//!     .socket_file(|file| (file.group, file.mode) = (Some(SUPPORT), 0o660))
//!     .audit(|event| println!("{event:?}"))
//! #    .socket_file(|file| file.group = Some(std::os::unix::fs::MetadataExt::gid(&directory.path().metadata().unwrap())))
//!     .spawn(&path)?;
//! # assert_eq!(ask(&path, "level(\"observe\"); level()"), "\"observe\"");
//! # console.shutdown();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With the feature `tracing` you need no callback. `level("observe")` lowers the level of a session, so that you cannot change a value by
//! accident.
//!
//! # 5. Limit commands
//!
//! Each command has a timeout, and limits on its memory and on what it shows ([`Limits`](crate::Limits)). A long command pauses while the
//! application needs the processors. Set the limits of all sessions:
//!
//! ```
//! # let ask = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/guide/doctest_client.rs"));
//! use std::time::Duration;
//!
//! use manhole::{Builder, manhole};
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("app.manhole");
//! let console = Builder::new(manhole! { answer => 42_u8 })
//!     .limits(|limits| limits.timeout = Duration::from_millis(200))
//!     .connection_limits(|limits| limits.sessions = 8)
//!     .spawn(&path)?;
//! # assert!(ask(&path, "loop {}").starts_with("error: stopped: the command ran longer than 200ms"));
//! # console.shutdown();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # 6. Write scripts
//!
//! To reuse commands, save them in a script. [`Builder::scripts_dir`](crate::Builder::scripts_dir) sets the directory of scripts. A changed
//! script is read again, so that you can edit it while the application runs:
//!
//! ```
//! # let ask = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/guide/doctest_client.rs"));
//! # use std::sync::Arc;
//! use manhole::{Builder, manhole};
//! # use parking_lot::Mutex;
//!
//! # let directory = tempfile::tempdir()?;
//! # let (path, books) = (directory.path().join("app.manhole"), directory.path().join("books"));
//! # std::fs::create_dir(&books)?;
//! std::fs::write(
//!     books.join("limits.rhai"),
//!     r#"
//!         /// Halves the first limit.
//!         fn calm_down(limits) {
//!             limits[0] = limits[0] / 2;
//!             `now ${limits[0]}`
//!         }
//!     "#,
//! )?;
//! let limits = Arc::new(Mutex::new(vec![100_u32, 10]));
//! let console = Builder::new(manhole! { limits => limits })
//!     .scripts_dir(&books)
//!     .startup("import \"limits\" as limits_book;")
//!     .spawn(&path)?;
//! # assert_eq!(ask(&path, "limits_book::calm_down(limits)"), "\"now 50\"");
//! # console.shutdown();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ```text
//! >>> limits_book::calm_down(limits)
//! "now 50"
//! ```
//!
//! # 7. Start the console in daemons and services
//!
//! Start it early, before code that may hang. A daemon starts it after its last `fork`: a child has neither the threads of the console nor
//! its lock on the path. A child that keeps the descriptors keeps the path in use until it ends.
//!
//! [`start`](crate::start) never fails: a service that cannot have its console runs without it, and logs why. The client finds it by name:
//! `manhole attach app`. To connect with `nc`, pass a fixed path, such as `/run/app.manhole`, to [`spawn`](crate::spawn), which returns
//! the error. The console's threads block all signals: those of the service go to its own threads, as without a console.
//!
//! A program that is built with `panic = "abort"` ends at a panic in code that a command calls; `help()` says so there. If its values are
//! enough, [`Builder::allow_calls`](crate::Builder::allow_calls)`(false)` calls none of that code.
//!
//! Containers often have no `nc`. With one line in `main`, [`stdio_proxy`](crate::stdio_proxy), the executable of the service is the
//! connection to its console: `manhole attach kube:shop/web-1`, `manhole attach docker:web`.
//!
//! systemd can open the socket itself: see `Listener::activated`, with the feature `activation`. To open the console only on demand, use
//! [`Builder::start_closed`](crate::Builder::start_closed) with `Console::toggle_on_signal`.
//!
//! Health checks and dashboards need no library: `manhole eval app 'service.requests' --json` prints a value, and
//! `manhole eval app 'service.queue.len() < 100' --exit-status --timeout 5` fails if it is false; `manhole eval --help` lists the exit
//! statuses. Other programs use the messages of the crate `manhole-protocol`.
#![doc = "\n"]
#![doc = include_str!("language.md")]
#![doc = "\n"]
#![doc = include_str!("owned_state.md")]
#![doc = "\n"]
#![doc = include_str!("other_crates.md")]
#![doc = "\n"]
#![doc = include_str!("first_look.md")]
#![doc = "\n"]
#![doc = include_str!("three_in_the_morning.md")]
#![doc = "\n"]
#![doc = include_str!("client.md")]
