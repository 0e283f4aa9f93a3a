//! A service with a console on a systemd socket. systemd creates the socket with the unit's owner and mode, and the service finds
//! it by its name. See `app.socket` and `app.service` beside this file.
//!
//! ```text
//! cargo run --example activated             # without systemd: at a default path
//! nc -U /var/tmp/testing.manhole
//! ```

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use manhole::{Listener, manhole};

fn main() -> Result<(), Box<dyn Error>> {
    let ticks = Arc::new(AtomicU64::new(0));
    // Take the sockets before any other code can.
    let listener = match std::env::var_os("LISTEN_FDS") {
        Some(_) => Listener::activated(Some("manhole")),
        None => std::env::var_os("MANHOLE_SOCKET")
            .map_or_else(|| PathBuf::from("/var/tmp/testing.manhole"), PathBuf::from)
            .into(),
    };
    let console = manhole::spawn(
        listener,
        manhole! {
            /// Tenths of a second since the start.
            ticks => ticks,
        },
    )?;
    announce(&console);
    loop {
        std::thread::sleep(Duration::from_millis(100));
        ticks.fetch_add(1, Ordering::Relaxed);
    }
}

#[expect(clippy::print_stdout, reason = "whoever starts it wants to know")]
fn announce(console: &manhole::Console) {
    for address in console.addresses() {
        println!("connect with: {}", address.command());
    }
}
