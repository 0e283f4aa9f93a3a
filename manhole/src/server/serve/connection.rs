//! One client's socket: reads, writes and disconnects. `client_poll` uses it while a command runs.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown};

use super::session_machine::Event;
use crate::engine::StopReason;
use crate::reflect::Level;
use crate::server::admit::ConnectionPermit;
use crate::server::listen::{AuthToken, BoundListener, NO_SIGPIPE};
use crate::session::{Audit, ClientConnection, Input, InputBuffer, Peer, RpcState, SessionInfo};
use crate::sync::LockIgnoringPoison;

/// The bytes of one read.
const READ_BYTES: usize = 4 * 1024;

/// How long one attempt to send waits until the client reads.
const SEND_POLL_INTERVAL: Timespec = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };

/// How long a client may read nothing of a reply before its session ends.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) struct Connection {
    stream: OwnedFd,
    peer: Peer,
    /// The token that the client has to send first.
    token: Option<Arc<AuthToken>>,
    input_buffer: Mutex<InputBuffer>,
    rpc_state: RpcState,
    closing: AtomicBool,
    /// Whether the client has finished sending.
    input_ended: AtomicBool,
    /// Set when the client is admitted.
    session_info: OnceLock<SessionInfo>,
    /// Counts the connection until it ends.
    permit: Mutex<Option<ConnectionPermit>>,
}

/// The outcome of a read.
pub(crate) enum Received {
    /// There are bytes, or none yet.
    Open,
    /// The client has finished sending.
    End,
}

impl Connection {
    /// Accepts the next client of `listener`.
    pub(crate) fn accept(listener: &BoundListener, max_line_bytes: usize) -> io::Result<Self> {
        let (stream, peer) = listener.accept()?;
        Ok(Self {
            stream,
            peer,
            token: listener.token().cloned(),
            input_buffer: Mutex::new(InputBuffer::new(max_line_bytes)),
            rpc_state: RpcState::default(),
            closing: AtomicBool::new(false),
            input_ended: AtomicBool::new(false),
            session_info: OnceLock::new(),
            permit: Mutex::default(),
        })
    }

    /// Returns the token that the client has to send first, if it has to.
    pub(crate) const fn token(&self) -> Option<&Arc<AuthToken>> {
        self.token.as_ref()
    }

    pub(crate) const fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Returns the session of an admitted client; before that, one of the lowest level that is not audited.
    pub(crate) fn session_info(&self) -> SessionInfo {
        let unknown = || SessionInfo::new(0, self.peer.clone(), Level::Observe, Audit::default());
        self.session_info.get_or_init(unknown).clone()
    }

    /// Sets the session of an admitted client.
    pub(crate) fn set_session_info(&self, session_info: SessionInfo) {
        let _ = self.session_info.set(session_info);
    }

    /// Holds `permit` until the connection ends.
    pub(crate) fn hold_permit(&self, permit: ConnectionPermit) {
        *self.permit() = Some(permit);
    }

    /// Returns whether the console is disconnecting the client.
    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// Returns whether the client has finished sending.
    pub(super) fn has_input_ended(&self) -> bool {
        self.input_ended.load(Ordering::Relaxed)
    }

    /// Waits for input, and returns whether there is any before the deadline.
    pub(crate) fn wait_for_input(&self, deadline: Instant) -> bool {
        let mut fds = [PollFd::new(&self.stream, PollFlags::IN)];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match Timespec::try_from(left).map(|left| poll(&mut fds, Some(&left))) {
                Ok(Ok(ready)) => return ready > 0,
                // A signal, which is not for us.
                Ok(Err(Errno::INTR)) => {}
                // A read reports the error.
                _ => return true,
            }
        }
    }

    /// Takes the next complete piece of input.
    pub(crate) fn next_input(&self) -> Option<Input> {
        self.input_buffer().next()
    }

    /// Returns the event for an attempt to read.
    pub(crate) fn event_of<E>(&self, received: &Result<Received, E>) -> Event {
        match received {
            Ok(Received::Open) => Event::Received,
            Ok(Received::End) => Event::InputEnded(self.input_buffer().last()),
            Err(_) => Event::Failed,
        }
    }

    /// Disconnects now, not when the last reference is dropped.
    pub(crate) fn hang_up(&self) {
        // First, so that there is room for a client that sees the end and connects again.
        self.permit().take();
        let _ = shutdown(&self.stream, Shutdown::Both);
    }

    /// Sends `bytes`, and returns whether the client has read them. It fails if the client reads nothing for [`WRITE_TIMEOUT`].
    pub(crate) fn send_all(&self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        let mut stuck_since = None;
        while !rest.is_empty() {
            match self.send_some(rest) {
                Ok(0) if stuck_since.get_or_insert_with(Instant::now).elapsed() > WRITE_TIMEOUT => {
                    return false;
                }
                Ok(0) => {}
                Ok(sent) => {
                    rest = &rest[sent..];
                    stuck_since = None;
                }
                Err(_) => return false,
            }
        }
        true
    }

    /// Sends the beginning of `bytes`, or waits for [`SEND_POLL_INTERVAL`] until the client reads.
    pub(super) fn send_some(&self, bytes: &[u8]) -> Result<usize, StopReason> {
        self.wait_if_full(self.try_send(bytes).map(Option::unwrap_or_default))
    }

    /// Waits for [`SEND_POLL_INTERVAL`] if an attempt to send has sent nothing.
    pub(super) fn wait_if_full(&self, sent: Result<usize, Errno>) -> Result<usize, StopReason> {
        match sent {
            Ok(0) => {
                let mut fds = [PollFd::new(&self.stream, PollFlags::OUT)];
                let _ = poll(&mut fds, Some(&SEND_POLL_INTERVAL));
                Ok(0)
            }
            Ok(sent) => Ok(sent),
            Err(_) if self.is_closing() => Err(StopReason::Shutdown),
            Err(_) => Err(StopReason::HangUp),
        }
    }

    /// Disconnects a client that gets no session, after a line with the reason.
    pub(crate) fn refuse(&self, reason: &str) {
        self.close(&format!("error: cannot open a session: {reason}"));
    }

    /// Disconnects from any thread, after a last line to the client. A command that runs is stopped.
    pub(crate) fn close(&self, reason: &str) {
        self.closing.store(true, Ordering::SeqCst);
        let _ = self.try_send(format!("\n{reason}\n").as_bytes());
        self.hang_up();
    }

    /// Reads once into the input buffer. Waits for input unless the flags say otherwise.
    pub(crate) fn receive(&self, flags: RecvFlags) -> Result<Received, Errno> {
        if let Some(received) = self.try_receive(flags)? {
            return Ok(received);
        }
        // The read has waited, or must not wait, or the socket never waits, as on Apple's systems.
        if !flags.contains(RecvFlags::DONTWAIT) {
            let _ = poll(&mut [PollFd::new(&self.stream, PollFlags::IN)], None);
        }
        Ok(Received::Open)
    }

    /// Reads once into the input buffer; returns `None` if there is nothing yet.
    pub(crate) fn try_receive(&self, flags: RecvFlags) -> Result<Option<Received>, Errno> {
        let mut buffer = [0; READ_BYTES];
        match recv(&self.stream, &mut buffer, flags) {
            Ok((0, _)) => {
                self.input_ended.store(true, Ordering::Relaxed);
                Ok(Some(Received::End))
            }
            Ok((received, _)) => {
                self.input_buffer().push(&buffer[..received]);
                Ok(Some(Received::Open))
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends the beginning of `bytes`; returns `None` if the client reads nothing yet. A plain `write` to a client that is gone
    /// would end a process that has reset `SIGPIPE`.
    pub(crate) fn try_send(&self, bytes: &[u8]) -> Result<Option<usize>, Errno> {
        match send(&self.stream, bytes, SendFlags::DONTWAIT | NO_SIGPIPE) {
            Ok(sent) => Ok(Some(sent)),
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn permit(&self) -> MutexGuard<'_, Option<ConnectionPermit>> {
        // Nothing panics while it is held.
        self.permit.lock_ignoring_poison()
    }

    pub(super) fn input_buffer(&self) -> MutexGuard<'_, InputBuffer> {
        // Nothing panics while it is held.
        self.input_buffer.lock_ignoring_poison()
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl AsRawFd for Connection {
    fn as_raw_fd(&self) -> RawFd {
        self.stream.as_raw_fd()
    }
}

impl ClientConnection for Connection {
    fn rpc_state(&self) -> &RpcState {
        &self.rpc_state
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpStream;
    use std::thread;

    use super::*;
    use crate::server::listen::{Address, Listener, SocketFile};

    /// As on Apple's systems.
    #[test]
    fn a_read_from_a_socket_that_never_blocks_waits_for_input() {
        let listeners = Listener::tcp(([127, 0, 0, 1], 0)).bind(&SocketFile::default());
        let listener = listeners.ok().unwrap().remove(0);
        let Address::Tcp(address) = listener.address() else { panic!("a TCP address") };
        let mut client = TcpStream::connect(address).unwrap();
        let connection = loop {
            match Connection::accept(&listener, 1_000) {
                Ok(connection) => break connection,
                Err(_) => thread::sleep(Duration::from_millis(1)),
            }
        };
        rustix::io::ioctl_fionbio(&connection, true).unwrap();
        let sender = thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            client.write_all(b"a\n").unwrap();
            client
        });
        let mut reads = 0;
        while connection.next_input().is_none() {
            assert!(matches!(connection.receive(RecvFlags::empty()), Ok(Received::Open)));
            reads += 1;
        }
        assert!(reads <= 2, "{reads} reads");
        drop(sender.join().unwrap());
        while !matches!(connection.receive(RecvFlags::empty()), Ok(Received::End)) {}
    }
}
