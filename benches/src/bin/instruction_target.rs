//! A console and a client that repeats a command, for a tool that counts instructions.
//!
//! ```text
//! instruction_target COMMAND COUNT
//! instruction_target --turns COUNT
//! ```
//!
//! The second form has no console: an owner looks for visits at each turn, and nothing visits it.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made fails loudly")]

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use manhole::{Builder, Manhole, manhole};
use parking_lot::Mutex;

#[derive(Manhole)]
struct Gizmo {
    count: i64,
    items: Vec<Item>,
}

#[derive(Manhole)]
struct Item {
    id: i64,
}

/// A custom type as Rhai handles it: by value.
#[derive(Clone)]
struct Plain {
    count: i64,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap();
    let count: usize = arguments.next().unwrap().parse().unwrap();
    if command == "--turns" {
        let (remote, visits) = manhole::visits();
        let mut state = 0_u64;
        for _ in 0..count {
            visits.serve(std::hint::black_box(&mut state));
        }
        drop(remote);
        return;
    }
    let items = (0..1_000).map(|id| Item { id }).collect();
    let gizmo = Arc::new(Mutex::new(Gizmo { count: 42, items }));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("counted");
    let console = Builder::new(manhole! { gizmo => gizmo })
        .engine(|engine| {
            engine.register_type::<Plain>().register_get("count", |plain: &mut Plain| plain.count);
            engine.register_fn("plain", || Plain { count: 42 });
        })
        .spawn(&path)
        .unwrap();
    let mut stream = UnixStream::connect(&path).unwrap();
    prompt(&mut stream);
    stream.write_all(b"p = plain()\n").unwrap();
    prompt(&mut stream);
    for _ in 0..count {
        stream.write_all(command.as_bytes()).unwrap();
        stream.write_all(b"\n").unwrap();
        prompt(&mut stream);
    }
    console.shutdown();
}

fn prompt(stream: &mut UnixStream) {
    let (mut buffer, mut end) = ([0; 4096], Vec::new());
    while !end.ends_with(b">>> ") {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "closed");
        end = buffer[..count].to_vec();
    }
    assert!(!end.starts_with(b"error"), "{}", String::from_utf8_lossy(&end));
}
