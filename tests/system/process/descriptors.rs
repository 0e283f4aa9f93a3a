//! The file descriptors of the process.

use std::fs::File;
use std::io::Write;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};

use manhole::Namespace;

use crate::support::{Manhole, wait_until};

#[test]
fn each_kind_is_named() {
    let file = File::open("/etc/passwd").unwrap();
    let (socket, _other) = UnixStream::pair().unwrap();
    let (pipe, _end) = std::io::pipe().unwrap();
    let null = File::open("/dev/null").unwrap();
    let manhole = Manhole::new(Namespace::new());
    let mut client = manhole.connect();
    for (descriptor, kind) in [
        (file.as_raw_fd(), "file"),
        (socket.as_raw_fd(), "socket"),
        (pipe.as_raw_fd(), "pipe"),
        (null.as_raw_fd(), "device"),
    ] {
        assert_eq!(client.ask(&format!("descriptors[{descriptor}].kind")), format!("\"{kind}\""));
    }
    let target = format!("descriptors[{}].target", file.as_raw_fd());
    assert_eq!(client.ask(&target), "\"/etc/passwd\"");
    assert_eq!(client.ask("process.descriptors <= process.descriptor_limit"), "true");
    // Other tests open and close some.
    wait_until("they are counted", || client.ask("process.descriptors == descriptors.len()") == "true");
    let sockets = client.ask("descriptors.filter(|d| d.kind == \"socket\").len() >= 3");
    assert!(sockets.ends_with("true"), "{sockets}");
}

#[test]
fn sockets_show_their_ends() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, peer) = listener.accept().unwrap();
    client.write_all(b"hello").unwrap();
    let manhole = Manhole::new(Namespace::new());
    let mut session = manhole.connect();
    let mut shows = |descriptor: &dyn AsRawFd, field: &str, value: &str| {
        let question = format!("descriptors[{}].{field}", descriptor.as_raw_fd());
        wait_until(&format!("{question} is {value}"), || session.ask(&question).ends_with(value));
    };
    shows(&listener, "state", "\"Listen\"");
    shows(&listener, "local", &format!("\"{}\"", listener.local_addr().unwrap()));
    shows(&listener, "remote", "None");
    shows(&server, "protocol", "\"tcp\"");
    shows(&server, "state", "\"Established\"");
    shows(&server, "remote", &format!("\"{peer}\""));
    shows(&server, "unread", "5");
    drop(client);
    shows(&server, "state", "\"CloseWait\"");
    let udp = UdpSocket::bind(("::1", 0)).unwrap();
    shows(&udp, "local", &format!("\"{}\"", udp.local_addr().unwrap()));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let unix = UnixListener::bind(&path).unwrap();
    shows(&unix, "protocol", "\"unix\"");
    shows(&unix, "local", &format!("\"{}\"", path.display()));
    // No socket.
    shows(&File::open("/dev/null").unwrap(), "protocol", "None");
    let leaks = "descriptors.filter(|d| d.state == \"CloseWait\").len() > 0";
    assert!(session.ask(leaks).ends_with("true"));
}

#[test]
fn many_descriptors_are_searched_in_one_command() {
    let manhole = Manhole::new(Namespace::new());
    let limit: usize = manhole.ask("process.descriptor_limit").parse().unwrap();
    let count = (limit / 4).min(3_000);
    let files: Vec<_> = (0..count).map(|_| File::open("/dev/null").unwrap()).collect();
    let found = manhole.ask(&format!("descriptors.filter(|d| d.kind == \"device\").len() >= {count}"));
    assert!(found.ends_with("true"), "{found}");
    drop(files);
}
