//! The file descriptors of the process.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

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
