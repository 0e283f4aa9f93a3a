//! The peer of a connection, as the kernel reports it.

use std::net::SocketAddr;
use std::os::fd::AsFd;

use manhole_protocol::text::clean;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::session::Peer;

/// Returns the process at the other end of a Unix socket, with its user and group.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn of_unix(socket: impl AsFd) -> Peer {
    let mut peer = Peer::default();
    let Ok(credentials) = peer_credentials(&socket) else { return peer };
    (peer.uid, peer.gid) = (Some(credentials.uid()), Some(credentials.gid()));
    peer.pid = visible_pid(credentials);
    peer
}

// Not rustix's, whose process IDs cannot be zero: it takes the credentials of a process in another namespace for an error.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn peer_credentials(socket: &impl AsFd) -> nix::Result<nix::sys::socket::UnixCredentials> {
    nix::sys::socket::getsockopt(socket, nix::sys::socket::sockopt::PeerCredentials)
}

/// Returns the ID of the process. The kernel reports zero for one in a process namespace that this process does not see, as between
/// two containers.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn visible_pid(credentials: nix::sys::socket::UnixCredentials) -> Option<u32> {
    u32::try_from(credentials.pid()).ok().filter(|pid| *pid != 0)
}

/// Adds what files say of a client: the groups of its user, and the name of its process.
pub(crate) fn complete(peer: &mut Peer, socket: impl AsFd) {
    // Other systems may have files with these names and another meaning.
    if !cfg!(any(target_os = "linux", target_os = "android")) {
        return;
    }
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    match (peer.uid, peer.pid) {
        (Some(uid), Some(pid)) => {
            let name = read(&format!("/proc/{pid}/comm"));
            let groups = groups_of_process(&read(&format!("/proc/{pid}/status")), uid);
            // Once the client is gone, another process may have its ID.
            if is_connected(socket) {
                // Its owner can choose any name.
                let name = clean(name.trim_end());
                peer.command = Some(name.into_owned()).filter(|name| !name.is_empty());
                peer.groups = groups.unwrap_or_default();
            }
        }
        (Some(uid), None) if peer.address.is_some() => {
            let groups = groups_of_user(uid, &read("/etc/passwd"), &read("/etc/group"));
            (peer.gid, peer.groups) = (groups.primary, groups.supplementary);
        }
        _ => {}
    }
}

/// Returns the process at the other end of a Unix socket. Its supplementary groups are not read: the kernel's array of them has
/// zeros at its end, and zero is a group.
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
pub(crate) fn of_unix(socket: impl AsFd) -> Peer {
    let mut peer = Peer::default();
    let Ok((uid, gid)) = nix::unistd::getpeereid(&socket) else { return peer };
    (peer.uid, peer.gid) = (Some(uid.as_raw()), Some(gid.as_raw()));
    peer.pid = pid_of_unix(socket);
    peer
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple", target_os = "freebsd")))]
pub(crate) fn of_unix(_: impl AsFd) -> Peer {
    Peer::default()
}

/// Returns the ID of the process at the other end of a Unix socket, where the kernel reports it.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn pid_of_unix(socket: impl AsFd) -> Option<u32> {
    peer_credentials(&socket).ok().and_then(visible_pid)
}

#[cfg(target_vendor = "apple")]
pub(super) fn pid_of_unix(socket: impl AsFd) -> Option<u32> {
    let pid = nix::sys::socket::getsockopt(&socket, nix::sys::socket::sockopt::LocalPeerPid).ok()?;
    u32::try_from(pid).ok().filter(|pid| *pid != 0)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(super) fn pid_of_unix(_: impl AsFd) -> Option<u32> {
    None
}

/// Returns the supplementary groups in a process's status, if all its user IDs are `uid`. Since it connected, the process may
/// have executed a set-user-ID program, or its ID may belong to another process.
fn groups_of_process(status: &str, uid: u32) -> Option<Vec<u32>> {
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
    let mut uids = field("Uid:")?.split_ascii_whitespace();
    if !uids.all(|each| each.parse() == Ok(uid)) {
        return None;
    }
    field("Groups:")?.split_ascii_whitespace().map(|group| group.parse().ok()).collect()
}

/// Returns whether the connection of a socket exists still. A client that has only finished sending is connected.
///
/// As long as it exists, no other connection can have its two addresses. So an entry of the kernel's table that was read before belongs
/// to the client of this socket.
fn is_connected(socket: impl AsFd) -> bool {
    let mut fds = [PollFd::new(&socket, PollFlags::empty())];
    let polled = poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    polled.is_ok() && !fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR)
}

/// Returns the user at the other end of a TCP connection within this machine. Of another connection, or one that has ended, only the
/// address is known.
pub(crate) fn of_tcp(socket: impl AsFd, local: SocketAddr, remote: SocketAddr) -> Peer {
    let mut peer = Peer { address: Some(remote), ..Peer::default() };
    // Other systems may have files with these names and another meaning.
    if cfg!(any(target_os = "linux", target_os = "android")) && remote.ip().is_loopback() {
        let table = if remote.is_ipv4() { "/proc/net/tcp" } else { "/proc/net/tcp6" };
        let table = std::fs::read_to_string(table).unwrap_or_default();
        peer.uid = owner(&table, remote, local).filter(|_| is_connected(socket));
    }
    peer
}

/// The groups of a user.
#[derive(Debug, Default, PartialEq)]
struct UserGroups {
    primary: Option<u32>,
    supplementary: Vec<u32>,
}

/// Returns the groups of a user in the texts of `/etc/passwd` and `/etc/group`.
fn groups_of_user(uid: u32, passwd: &str, group: &str) -> UserGroups {
    let number = |field: &str| field.parse::<u32>().ok();
    let user = passwd.lines().find_map(|line| {
        let fields: Vec<_> = line.split(':').collect();
        let [name, _, user, primary, ..] = fields[..] else { return None };
        (number(user) == Some(uid)).then_some((name, number(primary)))
    });
    let Some((name, primary)) = user else { return UserGroups::default() };
    let supplementary = group.lines().filter_map(|line| {
        let fields: Vec<_> = line.split(':').collect();
        let [_, _, gid, members] = fields[..] else { return None };
        members.split(',').any(|member| member == name).then(|| number(gid))?
    });
    UserGroups { primary, supplementary: supplementary.collect() }
}

/// The states of a client's socket: established, and finished sending (tcp_states.h of the kernel).
const CONNECTED_STATES: [&str; 3] = ["01", "04", "05"];

/// Returns the user that has the socket from `local` to `remote` in the kernel's table.
///
/// Only a socket with an inode counts: the table gives sockets that no process has open to root. A socket that is still connecting
/// does not count: it can have the addresses of an older connection.
fn owner(table: &str, local: SocketAddr, remote: SocketAddr) -> Option<u32> {
    let (local, remote) = (in_table(local), in_table(remote));
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<_> = line.split_ascii_whitespace().collect();
        let [_, from, to, state, _, _, _, uid, _, inode, ..] = fields[..] else { return None };
        let found = from == local && to == remote && CONNECTED_STATES.contains(&state) && inode != "0";
        found.then(|| uid.parse().ok())?
    })
}

/// Formats an address as in `/proc/net/tcp`: 32 bits at a time in the machine's byte order (proc_net_tcp.rst of the kernel).
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
    fn finds_the_user_of_a_connection_within_the_machine() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (served, remote) = listener.accept().unwrap();
            let peer = of_tcp(&served, served.local_addr().unwrap(), remote);
            assert_eq!(peer.uid, Some(rustix::process::geteuid().as_raw()), "{address}");
            // After `nc -N` has finished sending.
            client.shutdown(std::net::Shutdown::Write).unwrap();
            let peer = of_tcp(&served, served.local_addr().unwrap(), remote);
            assert_eq!(peer.uid, Some(rustix::process::geteuid().as_raw()), "{address}");
            // A client that is gone leaves a socket that the kernel's table gives to root.
            drop(client);
            assert_eq!(of_tcp(&served, served.local_addr().unwrap(), remote).uid, None, "{address}");
        }
    }

    /// Connects from a port that an earlier connection may have had.
    fn connect_from(local: SocketAddr, remote: SocketAddr) -> TcpStream {
        use rustix::net::{AddressFamily, SocketType, bind, connect, socket, sockopt};

        let client = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        sockopt::set_socket_reuseaddr(&client, true).unwrap();
        bind(&client, &local).unwrap();
        connect(&client, &remote).unwrap();
        client.into()
    }

    #[test]
    fn a_dead_connection_has_no_user_although_another_has_its_port() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let first = TcpStream::connect(address).unwrap();
        let port = first.local_addr().unwrap();
        // A reset, as of a client that is killed with unread input.
        rustix::net::sockopt::set_socket_linger(&first, Some(std::time::Duration::ZERO)).unwrap();
        drop(first);
        let second = connect_from(port, address);
        let own = Some(rustix::process::geteuid().as_raw());
        for expected in [None, own] {
            let (served, remote) = listener.accept().unwrap();
            assert_eq!(remote, port);
            assert_eq!(of_tcp(&served, served.local_addr().unwrap(), remote).uid, expected);
        }
        drop(second);
    }

    #[test]
    fn ignores_sockets_that_no_process_has_open_or_that_are_connecting() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1001        0 4321 1 0000\n\
            1: 0100007F:1F91 0100007F:C350 05 00000000:00000000 00:00000000 00000000     0        0 0 1 0000\n\
            2: 0100007F:1F92 0100007F:C350 06 03:00000000 00:00000000 00000000 00000000     0        0 0 3 0000\n\
            3: 0100007F:1F93 0100007F:C350 02 00000000:00000000 00:00000000 00000000     0        0 4322 1 0000\n";
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        assert_eq!(owner(table, at(0x1F90), at(0xC350)), Some(1001));
        for port in [0x1F91, 0x1F92, 0x1F93, 0x1F94] {
            assert_eq!(owner(table, at(port), at(0xC350)), None);
        }
    }

    #[test]
    fn reads_groups_only_of_a_process_that_is_still_the_users() {
        let status = |uids: &str| format!("Name:\tx\nUid:\t{uids}\nGid:\t5 5 5 5\nGroups:\t4 27 1001 \n");
        assert_eq!(groups_of_process(&status("7\t7\t7\t7"), 7), Some(vec![4, 27, 1001]));
        assert_eq!(groups_of_process(&status("7\t0\t0\t0"), 7), None, "a set-user-ID program");
        assert_eq!(groups_of_process("", 7), None);
    }

    #[test]
    fn reads_the_groups_of_a_user() {
        let passwd = "root:x:0:0::/root:/bin/sh\nbroken\nalice:x:1001:100:Alice:/home/alice:/bin/sh\n";
        let group = "root:x:0:\nadm:x:4:bob,alice\nusers:x:100:\nali:x:5:ali\nlab:x:27:alice\n";
        let groups = |uid| groups_of_user(uid, passwd, group);
        assert_eq!(groups(1001), UserGroups { primary: Some(100), supplementary: vec![4, 27] });
        assert_eq!(groups(0), UserGroups { primary: Some(0), supplementary: vec![] });
        assert_eq!(groups(7), UserGroups::default());
    }

    #[test]
    fn the_user_of_a_connection_that_leaves_the_loopback_is_not_known() {
        // The address that packets to another machine have; this sends none.
        let outside = std::net::UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
            socket.connect("192.0.2.1:9")?;
            socket.local_addr()
        });
        let Some(ip) = outside.ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback()) else {
            return;
        };
        let listener = TcpListener::bind((ip, 0)).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (served, remote) = listener.accept().unwrap();
        let peer = of_tcp(&served, served.local_addr().unwrap(), remote);
        assert_eq!((peer.uid, peer.address), (None, Some(remote)));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_is_named_only_while_it_is_connected() {
        let (served, client) = std::os::unix::net::UnixStream::pair().unwrap();
        let found = of_unix(&served);
        assert_eq!(found.pid, Some(std::process::id()));
        let mut peer = found.clone();
        complete(&mut peer, &served);
        assert!(peer.command.is_some());
        drop(client);
        let mut peer = found;
        complete(&mut peer, &served);
        assert_eq!((peer.command, peer.groups), (None, vec![]));
    }

    #[test]
    fn a_unix_client_whose_process_is_not_known_gets_no_groups_of_a_file() {
        let (served, _client) = std::os::unix::net::UnixStream::pair().unwrap();
        let mut peer = Peer { uid: Some(0), gid: Some(4_321), ..Peer::default() };
        complete(&mut peer, &served);
        assert_eq!((peer.gid, peer.groups), (Some(4_321), vec![]));
    }
}
