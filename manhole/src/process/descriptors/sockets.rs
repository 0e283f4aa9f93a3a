//! The ends of the sockets of the process, from the tables of its network namespace.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use procfs_core::net::{TcpNetEntries, UdpNetEntries, UnixNetEntries};
use procfs_core::{ExplicitSystemInfo, FromBufRead, FromBufReadSI, ProcResult};

use crate::sync::LockIgnoringPoison;

/// How long the tables are searched. Those of a machine with a million connections take longer.
const MAX_TIME: Duration = Duration::from_millis(200);
/// How long what was found is used again. A query takes the descriptors in parts.
const LIFETIME: Duration = Duration::from_millis(500);
/// The longest line that is read.
const MAX_LINE_BYTES: u64 = 1_024;

/// A socket.
#[derive(Clone)]
pub(super) struct Socket {
    pub(super) protocol: &'static str,
    pub(super) local: Option<String>,
    pub(super) remote: Option<String>,
    pub(super) state: Option<String>,
    pub(super) unread: Option<u32>,
    pub(super) unsent: Option<u32>,
}

/// What the tables had of some sockets.
pub(super) struct Sockets {
    read_at: Instant,
    asked: HashSet<u64>,
    found: HashMap<u64, Socket>,
    /// Whether the time was over before all tables were searched.
    pub(super) is_cut: bool,
}

static LAST: Mutex<Option<Arc<Sockets>>> = Mutex::new(None);

impl Sockets {
    /// Returns the sockets of the process, among them the one with this inode. `all` lists the inodes of all.
    pub(super) fn with(inode: u64, all: impl FnOnce() -> HashSet<u64>) -> io::Result<Arc<Self>> {
        // Others wait for the same tables.
        let mut last = LAST.lock_ignoring_poison();
        let known =
            last.as_ref().filter(|last| last.asked.contains(&inode) && last.read_at.elapsed() < LIFETIME);
        if let Some(known) = known {
            return Ok(Arc::clone(known));
        }
        let mut asked = all();
        asked.insert(inode);
        let begun = Instant::now();
        let found = read(&asked, begun)?;
        let is_cut = begun.elapsed() >= MAX_TIME;
        let sockets = Arc::new(Self { read_at: Instant::now(), asked, found, is_cut });
        *last = Some(Arc::clone(&sockets));
        Ok(sockets)
    }

    /// Returns a socket, if one of the tables had it.
    pub(super) fn get(&self, inode: u64) -> Option<&Socket> {
        self.found.get(&inode)
    }
}

/// Searches all tables for sockets.
fn read(inodes: &HashSet<u64>, begun: Instant) -> io::Result<HashMap<u64, Socket>> {
    let mut found = HashMap::new();
    let table = |name: &str, column| match File::open(format!("/proc/self/net/{name}")) {
        Ok(file) => lines_of(file, column, inodes, begun),
        // A system without this protocol.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    };
    for name in ["tcp", "tcp6"] {
        let entries = with_byte_order::<TcpNetEntries>(&table(name, 9)?);
        found.extend(entries.ok().into_iter().flat_map(|entries| entries.0).map(|entry| {
            let state = Some(format!("{:?}", entry.state));
            let queues = (entry.rx_queue, entry.tx_queue);
            (entry.inode, Socket::internet("tcp", entry.local_address, entry.remote_address, state, queues))
        }));
    }
    for name in ["udp", "udp6"] {
        let entries = with_byte_order::<UdpNetEntries>(&table(name, 9)?);
        found.extend(entries.ok().into_iter().flat_map(|entries| entries.0).map(|entry| {
            let queues = (entry.rx_queue, entry.tx_queue);
            (entry.inode, Socket::internet("udp", entry.local_address, entry.remote_address, None, queues))
        }));
    }
    let entries = UnixNetEntries::from_buf_read(table("unix", 6)?.as_bytes());
    found.extend(entries.ok().into_iter().flat_map(|entries| entries.0).map(|entry| {
        let local = entry.path.map(|path| path.to_string_lossy().into_owned());
        (
            entry.inode,
            Socket { protocol: "unix", local, remote: None, state: None, unread: None, unsent: None },
        )
    }));
    Ok(found)
}

impl Socket {
    fn internet(
        protocol: &'static str,
        local: SocketAddr,
        remote: SocketAddr,
        state: Option<String>,
        (unread, unsent): (u32, u32),
    ) -> Self {
        // One that listens, or is not connected.
        let is_connected = remote.port() != 0;
        Self {
            protocol,
            local: Some(local.to_string()),
            remote: is_connected.then(|| remote.to_string()),
            state,
            unread: Some(unread),
            unsent: Some(unsent),
        }
    }
}

/// Returns the first line of a table, and those whose word number `column` is one of `inodes`.
fn lines_of(table: impl Read, column: usize, inodes: &HashSet<u64>, begun: Instant) -> io::Result<String> {
    let mut reader = BufReader::new(table);
    let (mut lines, mut line) = (String::new(), Vec::new());
    while begun.elapsed() < MAX_TIME {
        line.clear();
        if reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        let inode = text.split_ascii_whitespace().nth(column).and_then(|word| word.parse().ok());
        if lines.is_empty() || inode.is_some_and(|inode| inodes.contains(&inode)) {
            lines.push_str(&text);
        }
    }
    Ok(lines)
}

fn with_byte_order<T: FromBufReadSI>(table: &str) -> ProcResult<T> {
    // Only the order of bytes matters here.
    let system = ExplicitSystemInfo {
        boot_time_secs: 0,
        ticks_per_second: 100,
        page_size: 4_096,
        is_little_endian: cfg!(target_endian = "little"),
    };
    T::from_buf_read(table.as_bytes(), &system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_of_the_sockets_are_taken() {
        let table = "sl inode\n 0: 11\n 1: 12\n 2: 13\n";
        let lines = |inodes: &[u64]| {
            lines_of(table.as_bytes(), 1, &inodes.iter().copied().collect(), Instant::now()).unwrap()
        };
        assert_eq!(lines(&[]), "sl inode\n");
        assert_eq!(lines(&[13, 11, 7]), "sl inode\n 0: 11\n 2: 13\n");
    }
}
