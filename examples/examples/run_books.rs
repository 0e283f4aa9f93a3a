//! A namespace shared by all sessions, and imported scripts: operators see each other's variables, and save useful commands as
//! named scripts.
//!
//! ```text
//! cargo run --example run_books
//! nc -U /var/tmp/testing.manhole
//! >>> import "sessions" as sessions;
//! >>> sessions::longest(service)
//! >>> sessions::calm_down(service)
//! ```

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use manhole::{Builder, Manhole, manhole};
use parking_lot::Mutex;

/// The service.
#[derive(Manhole)]
struct Service {
    sessions: Vec<Session>,
    /// The limit of sessions.
    limit: u32,
}

#[derive(Manhole)]
struct Session {
    user: String,
    idle: Duration,
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::var_os("MANHOLE_SOCKET")
        .map_or_else(|| PathBuf::from("/var/tmp/testing.manhole"), PathBuf::from);
    let session =
        |(user, idle): (&str, u64)| Session { user: user.to_owned(), idle: Duration::from_secs(idle) };
    let sessions = [("alice", 5), ("bob", 900), ("carol", 60)].map(session).into();
    let service = Arc::new(Mutex::new(Service { sessions, limit: 100 }));
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/run_books");
    let namespace = manhole! {
        /// The service.
        service => service,
    };
    let console = Builder::new(namespace)
        .shared(true)
        .scripts_dir(scripts)
        .startup("print(\"run-books: import \\\"sessions\\\" as sessions;\")")
        .spawn(path)?;
    announce(&console);
    loop {
        std::thread::park();
    }
}

#[expect(clippy::print_stdout, reason = "whoever starts it wants to know")]
fn announce(console: &manhole::Console) {
    for address in console.addresses() {
        println!("connect with: {}", address.command());
    }
}
