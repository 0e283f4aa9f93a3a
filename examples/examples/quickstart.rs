//! A small application with a console.
//!
//! ```text
//! cargo run --example quickstart
//! nc -U /var/tmp/testing.manhole
//! ```
//!
//! The environment variable `MANHOLE_SOCKET` names another path. The application runs until it is killed, or until a session runs
//! `process::exit(0)`.

#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]

use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use manhole::{Builder, Manhole, manhole};
use parking_lot::Mutex;

/// The service's counters and settings.
#[derive(Manhole)]
struct Gizmo {
    /// The gizmo's name.
    name: String,
    /// Requests served since the start.
    count: u64,
    /// Share of requests that were answered from the cache.
    ratio: f64,
    /// The log level: 0 to 255.
    level: u8,
    /// Settings that can be changed at run time.
    config: Config,
    /// Items in stock.
    items: Vec<Item>,
    /// Logged-in users, by name.
    sessions: HashMap<String, Session>,
    /// The current activity.
    mode: Mode,
    /// The last error.
    last_error: Option<String>,
    /// The authentication token.
    #[manhole(secret)]
    #[expect(dead_code, reason = "here to show that nobody can see it")]
    token: String,
}

/// Settings that can be changed at run time.
#[derive(Manhole)]
struct Config {
    /// The limit of concurrent requests.
    limit: u32,
    /// Whether every request is logged.
    verbose: bool,
}

/// An item in stock.
#[derive(Manhole)]
struct Item {
    /// Numbered from 1.
    id: u32,
    /// The label's text.
    label: String,
}

/// One user's session.
#[derive(Manhole)]
struct Session {
    /// The user's name.
    user: String,
    /// Time since the last request.
    idle: Duration,
}

/// An activity.
#[derive(Manhole)]
enum Mode {
    /// No activity.
    Idle,
    /// Work on a job.
    Busy {
        /// The job's number.
        job: u32,
    },
    /// A failure, with its reason.
    Failed(String),
}

#[manhole::methods]
impl Gizmo {
    /// Sets the counter to zero and returns its old value.
    pub fn reset(&mut self) -> u64 {
        std::mem::take(&mut self.count)
    }

    /// Sets the name.
    pub fn rename(&mut self, name: String) {
        self.name = name;
    }
}

/// Something that ticks by itself.
#[derive(Manhole, Default)]
struct Whatsit {
    /// Tenths of a second since the start.
    ticks: AtomicU64,
}

/// Adds two numbers.
fn add(a: i64, b: i64) -> i64 {
    a.wrapping_add(b)
}

fn gizmo() -> Gizmo {
    let item = |(id, label): (u32, &str)| Item { id, label: label.to_owned() };
    let session = |(user, seconds): (&str, u64)| {
        let session = Session { user: user.to_owned(), idle: Duration::from_secs(seconds) };
        (user.to_owned(), session)
    };
    Gizmo {
        name: "gizmo".to_owned(),
        count: 42,
        ratio: 0.5,
        level: 3,
        config: Config { limit: 100, verbose: false },
        items: [(1, "anvil"), (2, "bellows"), (3, "crucible")].map(item).into(),
        sessions: [("alice", 5), ("bob", 90)].map(session).into(),
        mode: Mode::Idle,
        last_error: None,
        token: "correct horse battery staple".to_owned(),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // `quickstart manhole-proxy` connects to it without `nc`.
    manhole::stdio_proxy();
    let path = std::env::var_os("MANHOLE_SOCKET")
        .map_or_else(|| PathBuf::from("/var/tmp/testing.manhole"), PathBuf::from);
    let gizmo = Arc::new(Mutex::new(gizmo()));
    let whatsit = Arc::new(Whatsit::default());

    let namespace = manhole! {
        /// The service's counters and settings.
        gizmo => gizmo,
        /// Something that ticks by itself.
        whatsit => whatsit,
        /// Adds two numbers.
        add => add,
    };
    let console = Builder::new(namespace).banner("Well this is neat\n").allow_exit(true).spawn(path)?;
    announce(&console);

    let mut tenths = tokio::time::interval(Duration::from_millis(100));
    loop {
        tenths.tick().await;
        whatsit.ticks.fetch_add(1, Ordering::Relaxed);
    }
}

#[expect(clippy::print_stdout, reason = "an example talks to whoever started it")]
fn announce(console: &manhole::Console) {
    println!("connect with: {}", console.addresses()[0].command());
}
