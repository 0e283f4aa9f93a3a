//! Sockets of the standard library and of tokio: their addresses. Nothing is sent, received or accepted.

use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
#[cfg(unix)]
use std::path::PathBuf;

use super::computed_fields::computed_fields;

/// Shows a socket with its own address and that of the other end.
macro_rules! connected {
    ($ty:ty, $name:literal, $address:ty, |$end:ident| $read:expr $(, $option:ident: $kind:ty)*) => {
        computed_fields!([] $ty, $name, "", |this| {
            local: Option<$address> = this.local_addr().ok().and_then(|$end| $read), "The address of this end.";
            peer: Option<$address> = this.peer_addr().ok().and_then(|$end| $read), "The address of the other end.";
            $($option: Option<$kind> = this.$option().ok(), "The socket option.";)*
        });
    };
}

/// Shows a socket with its own address.
macro_rules! listening {
    ($ty:ty, $name:literal, $address:ty, |$end:ident| $read:expr) => {
        computed_fields!([] $ty, $name, "", |this| {
            local: Option<$address> = this.local_addr().ok().and_then(|$end| $read), "The address it listens on.";
        });
    };
}

connected!(TcpStream, "TcpStream", SocketAddr, |end| Some(end), nodelay: bool, ttl: u32);
connected!(UdpSocket, "UdpSocket", SocketAddr, |end| Some(end), broadcast: bool, ttl: u32);
listening!(TcpListener, "TcpListener", SocketAddr, |end| Some(end));

// An end without a name has no path.
#[cfg(unix)]
mod unix {
    use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

    use super::*;

    connected!(UnixStream, "UnixStream", PathBuf, |end| end.as_pathname().map(Into::into));
    connected!(UnixDatagram, "UnixDatagram", PathBuf, |end| end.as_pathname().map(Into::into));
    listening!(UnixListener, "UnixListener", PathBuf, |end| end.as_pathname().map(Into::into));
}

#[cfg(feature = "tokio")]
mod tokio {
    use ::tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket, tcp};
    #[cfg(unix)]
    use ::tokio::net::{UnixDatagram, UnixListener, UnixStream, unix};

    use super::*;

    connected!(TcpStream, "TcpStream", SocketAddr, |end| Some(end), nodelay: bool, ttl: u32);
    connected!(tcp::OwnedReadHalf, "tcp::OwnedReadHalf", SocketAddr, |end| Some(end));
    connected!(tcp::OwnedWriteHalf, "tcp::OwnedWriteHalf", SocketAddr, |end| Some(end));
    connected!(UdpSocket, "UdpSocket", SocketAddr, |end| Some(end), broadcast: bool, ttl: u32);
    listening!(TcpListener, "TcpListener", SocketAddr, |end| Some(end));
    listening!(TcpSocket, "TcpSocket", SocketAddr, |end| Some(end));

    #[cfg(unix)]
    connected!(UnixStream, "UnixStream", PathBuf, |end| end.as_pathname().map(Into::into));
    #[cfg(unix)]
    connected!(unix::OwnedReadHalf, "unix::OwnedReadHalf", PathBuf, |end| end.as_pathname().map(Into::into));
    #[cfg(unix)]
    connected!(unix::OwnedWriteHalf, "unix::OwnedWriteHalf", PathBuf, |end| end
        .as_pathname()
        .map(Into::into));
    #[cfg(unix)]
    connected!(UnixDatagram, "UnixDatagram", PathBuf, |end| end.as_pathname().map(Into::into));
    #[cfg(unix)]
    listening!(UnixListener, "UnixListener", PathBuf, |end| end.as_pathname().map(Into::into));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::ops::shown;

    #[test]
    fn sockets_are_shown_by_their_addresses() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(shown(&listener), format!("TcpListener {{ local: Some(\"{address}\") }}"));
        let stream = TcpStream::connect(address).unwrap();
        let text = shown(&stream);
        assert!(text.contains(&format!("peer: Some(\"{address}\"), nodelay: Some(false)")), "{text}");
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert!(shown(&socket).contains("peer: None"));
    }

    #[cfg(unix)]
    #[test]
    fn sockets_of_unix_are_shown_by_their_paths() {
        use std::os::unix::net::{UnixListener, UnixStream};

        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        assert_eq!(shown(&listener), format!("UnixListener {{ local: Some({path:?}) }}"));
        let stream = UnixStream::connect(&path).unwrap();
        assert_eq!(shown(&stream), format!("UnixStream {{ local: None, peer: Some({path:?}) }}"));
    }
}
