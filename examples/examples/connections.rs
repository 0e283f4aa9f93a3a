//! A server whose connections are in a registry: which are open, since when, and what do they do?
//!
//! ```text
//! cargo run --example connections
//! nc -U /var/tmp/testing.manhole
//! >>> connections
//! >>> connections.filter(|c| c.age > 1m && c.value.lines == 0)
//! >>> connections[17].abort()
//! ```

use std::error::Error;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use manhole::{Manhole, Registry, manhole};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// What a connection has done so far.
#[derive(Manhole, Default)]
struct Connection {
    /// The lines that it has sent.
    lines: AtomicU64,
    /// The bytes in them.
    bytes: AtomicU64,
}

static CONNECTIONS: Registry<Connection> = Registry::new();

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::var_os("MANHOLE_SOCKET")
        .map_or_else(|| PathBuf::from("/var/tmp/testing.manhole"), PathBuf::from);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let console = manhole::spawn(
        &path,
        manhole! {
            /// The open connections.
            connections => CONNECTIONS,
            /// The listening port.
            port => port,
        },
    )?;
    announce(port, &console.addresses()[0].command());
    loop {
        let (stream, peer) = listener.accept().await?;
        let end = CancellationToken::new();
        let ended = end.clone();
        let entry =
            CONNECTIONS.enter(Connection::default()).named(peer.to_string()).abort_with(move || end.cancel());
        tokio::spawn(async move {
            tokio::select! {
                () = ended.cancelled() => {}
                // The client may be gone.
                _ = echo(stream, &entry) => {}
            }
        });
    }
}

/// Sends each line back.
async fn echo(stream: TcpStream, connection: &Connection) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        connection.lines.fetch_add(1, Ordering::Relaxed);
        connection.bytes.fetch_add(line.len() as u64, Ordering::Relaxed);
        stream.write_all(line.as_bytes()).await?;
        line.clear();
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "whoever starts it wants to know")]
fn announce(port: u16, command: &str) {
    println!("connect with: {command}");
    println!("lines to 127.0.0.1:{port} return: nc 127.0.0.1 {port}");
}
