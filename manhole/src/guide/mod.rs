//! A guide, from the first derive to run-books. This module is here for the documentation only.
//!
//! What is shown as typed into the console is typed into it when this is tested.
//!
//! # 1. Your state
//!
//! Derive [`Manhole`](macro@crate::Manhole) where the state is. All fields are there under their own names, private ones too; the
//! doc comments become the help. Whatever must change is behind a lock or an atomic, as it would be without a manhole:
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
//! /// All that the service keeps.
//! #[derive(Manhole)]
//! struct Service {
//!     /// Requests answered since the start.
//!     requests: AtomicU64,
//!     /// Who is logged in.
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
//!     /// All that the service keeps.
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
//! # 2. What it can do
//!
//! [`methods`](macro@crate::methods) exposes the public methods of an `impl` block. Arguments are checked against their types, a `Result`'s
//! error is the error of the command, and `async` methods are awaited on the program's runtime.
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
//! # assert_eq!(ask(&path, "pool.resize(0)").lines().next(), Some("error: pool: a pool has at least one worker"));
//! # console.shutdown();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ```text
//! >>> pool.resize(8); pool.size
//! 8
//! >>> pool.resize(0)
//! error: pool: a pool has at least one worker
//! ```
//!
//! # 3. What nobody may see or change
//!
//! Attributes say so, on the field: it holds for every client, whatever it types.
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
//!     /// Shown as its `Debug` shows it: a type that is not yours needs no more.
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
//! # 4. Who may do what
//!
//! By default the user that runs the program, and root, may do everything. Let others look, and tell your log what is typed:
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
//!     .socket_group(SUPPORT)
//!     .socket_mode(0o660)
//!     .audit(|event| println!("{event:?}"))
//! #    .socket_group(std::os::unix::fs::MetadataExt::gid(&directory.path().metadata()?))
//!     .spawn(&path)?;
//! # assert_eq!(ask(&path, "level(\"observe\"); level()"), "\"observe\"");
//! # console.shutdown();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With the feature `tracing` no callback is needed. `level("observe")` in a session gives up the rest of it: a look without the
//! risk of a slip.
//!
//! # 5. What it may take
//!
//! Every command has a deadline, bounds on memory and on what is shown, and rests where the program wants the processors
//! ([`Limits`](crate::Limits)). Set them for all sessions, and how far a session may go beyond:
//!
//! ```
//! # let ask = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/guide/doctest_client.rs"));
//! use std::time::Duration;
//!
//! use manhole::{Builder, Limits, manhole};
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("app.manhole");
//! let mut limits = Limits::default();
//! limits.timeout = Duration::from_millis(200);
//! let console = Builder::new(manhole! { answer => 42_u8 }).limits(limits).sessions(8).spawn(&path)?;
//! # assert!(ask(&path, "loop {}").starts_with("error: stopped: the command ran longer than 200ms"));
//! # console.shutdown();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # 6. Run-books
//!
//! What is typed in every incident belongs into a file. [`Builder::scripts_dir`](crate::Builder::scripts_dir) names a directory; a script is
//! read again when it has changed, so it can be written while the program runs:
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
//!         /// Lets half as many in, until the night is over.
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
//! # 7. Where it stands in a program
//!
//! Start it early, before what may hang: it has threads of its own. A program that becomes a daemon by `fork` starts it afterwards: a
//! copy of the process has neither its threads nor the right to its path, but keeps the descriptors, so that the path cannot be
//! claimed again before the copy has ended.
//!
//! A service of systemd can leave the socket to it (`Listener::activated`, with the feature `activation`). Where only an operator
//! should open it, [`Builder::start_closed`](crate::Builder::start_closed) and `Console::toggle_on_signal` wait for a signal.
//!
//! Health checks and dashboards need no library: `manhole eval app 'service.requests'` prints a value and has exit statuses of its own, and
//! `manhole_protocol` describes the messages for everything else.
