//! Who is at the other end, as the kernel says.

use std::net::SocketAddr;
use std::os::fd::AsFd;

use crate::session::Peer;

/// The process at the other end of a Unix socket.
#[cfg(target_os = "linux")]
pub(crate) fn of_unix(socket: impl AsFd) -> Peer {
    let mut peer = Peer::default();
    let Ok(credentials) = rustix::net::sockopt::socket_peercred(socket) else { return peer };
    peer.pid = u32::try_from(credentials.pid.as_raw_nonzero().get()).ok();
    peer.uid = Some(credentials.uid.as_raw());
    peer.gid = Some(credentials.gid.as_raw());
    if let Some(pid) = peer.pid {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok();
        peer.command = name.map(|name| name.trim_end().to_owned());
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        peer.groups = groups(&status, credentials.uid.as_raw()).unwrap_or_default();
    }
    peer
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn of_unix(_: impl AsFd) -> Peer {
    Peer::default()
}

/// The supplementary groups in a process's status, if the process is wholly `uid`'s: since it connected it may have become another
/// program's, or somebody else's.
#[cfg(any(target_os = "linux", test))]
fn groups(status: &str, uid: u32) -> Option<Vec<u32>> {
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
    let mut uids = field("Uid:")?.split_ascii_whitespace();
    if !uids.all(|each| each.parse() == Ok(uid)) {
        return None;
    }
    field("Groups:")?.split_ascii_whitespace().map(|group| group.parse().ok()).collect()
}

/// The user at the other end of a TCP connection within this machine; nobody is known of any other.
pub(crate) fn of_tcp(local: SocketAddr, remote: SocketAddr) -> Peer {
    let mut peer = Peer { address: Some(remote), ..Peer::default() };
    if remote.ip().is_loopback() {
        let table = if remote.is_ipv4() { "/proc/net/tcp" } else { "/proc/net/tcp6" };
        peer.uid = std::fs::read_to_string(table).ok().and_then(|table| owner(&table, remote, local));
    }
    peer
}

/// Who has the socket from `local` to `remote` in the kernel's table.
///
/// Only one with an inode: the table says that sockets which nobody holds any more are root's.
fn owner(table: &str, local: SocketAddr, remote: SocketAddr) -> Option<u32> {
    let (local, remote) = (in_table(local), in_table(remote));
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<_> = line.split_ascii_whitespace().collect();
        let [_, from, to, _, _, _, _, uid, _, inode, ..] = fields[..] else { return None };
        let found = from == local && to == remote && inode != "0";
        found.then(|| uid.parse().ok())?
    })
}

/// An address as `/proc/net/tcp` writes it: 32 bits at a time in the machine's own order (proc_net_tcp.rst of the kernel).
fn in_table(address: SocketAddr) -> String {
    let words = |octets: &[u8]| -> String {
        let word = |octets: &[u8]| octets.try_into().map(u32::from_ne_bytes).unwrap_or_default();
        octets.chunks(4).map(|octets| format!("{:08X}", word(octets))).collect()
    };
    let ip = match address {
        SocketAddr::V4(address) => words(&address.ip().octets()),
        SocketAddr::V6(address) => words(&address.ip().octets()),
    };
    format!("{ip}:{:04X}", address.port())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_connection_within_the_machine_has_an_owner() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (served, remote) = listener.accept().unwrap();
            let peer = of_tcp(served.local_addr().unwrap(), remote);
            assert_eq!(peer.uid, Some(rustix::process::geteuid().as_raw()), "{address}");
            // It may have finished sending, as `nc -N` does at once.
            client.shutdown(std::net::Shutdown::Write).unwrap();
            let peer = of_tcp(served.local_addr().unwrap(), remote);
            assert_eq!(peer.uid, Some(rustix::process::geteuid().as_raw()), "{address}");
            // Who has gone leaves a socket that the kernel's table gives to root.
            drop(client);
            assert_eq!(of_tcp(served.local_addr().unwrap(), remote).uid, None, "{address}");
        }
    }

    #[test]
    fn only_a_socket_that_somebody_holds_has_an_owner() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1001        0 4321 1 0000\n\
            1: 0100007F:1F91 0100007F:C350 05 00000000:00000000 00:00000000 00000000     0        0 0 1 0000\n\
            2: 0100007F:1F92 0100007F:C350 06 03:00000000 00:00000000 00000000 00000000     0        0 0 3 0000\n";
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        assert_eq!(owner(table, at(0x1F90), at(0xC350)), Some(1001));
        for port in [0x1F91, 0x1F92, 0x1F93] {
            assert_eq!(owner(table, at(port), at(0xC350)), None);
        }
    }

    #[test]
    fn groups_are_those_of_a_process_that_is_still_the_users() {
        let status = |uids: &str| format!("Name:\tx\nUid:\t{uids}\nGid:\t5 5 5 5\nGroups:\t4 27 1001 \n");
        assert_eq!(groups(&status("7\t7\t7\t7"), 7), Some(vec![4, 27, 1001]));
        assert_eq!(groups(&status("7\t0\t0\t0"), 7), None, "it has become another program");
        assert_eq!(groups("", 7), None);
    }
}
