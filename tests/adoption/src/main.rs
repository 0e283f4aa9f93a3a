//! A small service that was not made for manhole: the lowest versions of everything, the oldest compiler, and a console in it.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex};

use manhole::{manhole, Manhole};

/// What the service counts.
#[derive(Manhole)]
struct Counters {
    requests: u64,
    started: chrono::DateTime<chrono::Utc>,
    jobs: tokio::sync::mpsc::Sender<u8>,
    news: tokio::sync::broadcast::Receiver<u8>,
    by_user: dashmap::DashMap<String, u32>,
    older: dashmap_05::DashMap<String, u32>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let counters = Counters {
        requests: 7,
        started: chrono::DateTime::UNIX_EPOCH,
        jobs: tokio::sync::mpsc::channel(4).0,
        news: tokio::sync::broadcast::channel(4).1,
        by_user: dashmap::DashMap::new(),
        older: dashmap_05::DashMap::new(),
    };
    let counters = Arc::new(Mutex::new(counters));
    let path = std::env::temp_dir().join(format!("adoption-{}.sock", std::process::id()));
    let console = manhole::spawn(&path, manhole! { counters => counters })?;
    assert_answer(&path, "counters.requests += 1; counters.requests", "8")?;
    assert_answer(&path, "counters.started", "1970-01-01T00:00:00Z")?;
    assert_answer(&path, "counters.jobs.capacity", "4")?;
    assert_answer(&path, "counters.news.closed", "\"known since tokio 1.44\"")?;
    console.shutdown();
    Ok(())
}

/// Fails unless the console answers a command so.
fn assert_answer(path: &Path, command: &str, expected: &str) -> std::io::Result<()> {
    let answer = ask(path, command)?;
    assert!(answer.contains(&format!(">>> {expected}\n")), "{command}: {answer}");
    Ok(())
}

/// Returns what a client reads after it has sent a command.
fn ask(path: &Path, command: &str) -> std::io::Result<String> {
    let mut stream = UnixStream::connect(path)?;
    stream.write_all(format!("{command}\nexit\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
