//! One client's socket: reads and writes. `client_poll` uses it while a command runs, `closer` when it ends.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown};

use super::closer::{Closer, LastWord};
use crate::engine::StopReason;
use crate::reflect::Level;
use crate::server::admit::ConnectionPermit;
use crate::server::listen::{AuthToken, BoundListener, NO_SIGPIPE, complete_peer};
use crate::session::{Audit, ClientConnection, Dialect, Input, InputBuffer, Peer, RpcState, SessionInfo};
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
    closer: Closer,
    /// Set when the connection ends.
    last_word: OnceLock<LastWord>,
    /// Whether the client has finished sending.
    input_ended: AtomicBool,
    /// Set when the client is admitted.
    session_info: OnceLock<SessionInfo>,
    /// Counts the connection until it ends.
    permit: Mutex<Option<ConnectionPermit>>,
}

/// A reply on its way to the client.
pub(crate) enum OutgoingReply<'a> {
    /// The rest of a text.
    Text(&'a [u8]),
    /// Lines in the JSON-RPC queue, so that no other line divides them.
    Queue,
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
    pub(crate) fn accept(
        listener: &BoundListener,
        max_line_bytes: usize,
        closer: &Closer,
    ) -> io::Result<Self> {
        let (stream, peer) = listener.accept()?;
        Ok(Self {
            stream,
            peer,
            token: listener.token().cloned(),
            input_buffer: Mutex::new(InputBuffer::new(max_line_bytes)),
            rpc_state: RpcState::default(),
            closer: closer.clone(),
            last_word: OnceLock::new(),
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

    /// Reads the groups and the process name of the client.
    pub(crate) fn complete_peer(&mut self) {
        complete_peer(&mut self.peer, &self.stream);
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

    /// Returns the last word to the client, if the connection ends.
    pub(crate) fn last_word(&self) -> Option<&LastWord> {
        self.last_word.get()
    }

    /// Returns why a command of this client has to stop, if the connection ends.
    pub(super) fn stop_reason(&self) -> Option<StopReason> {
        let last_word = self.last_word()?;
        Some(if *last_word == LastWord::Shutdown { StopReason::Shutdown } else { StopReason::HangUp })
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

    /// Takes the last piece of input, which has no line end.
    pub(crate) fn last_input(&self) -> Option<Input> {
        self.input_buffer().last()
    }

    /// Ends the connection, from any thread, after `last_word`. A command that runs is stopped. Does nothing if it ends already.
    pub(crate) fn end(self: &Arc<Self>, last_word: LastWord) {
        if self.last_word.set(last_word).is_ok() {
            // First, so that there is room for a client that sees the end and connects again.
            self.permit().take();
            self.closer.close(Arc::clone(self));
        }
    }

    /// Returns what the client speaks, if that is known. Reads its first line for that, if there was no session that did.
    pub(super) fn dialect(&self) -> Option<Dialect> {
        self.rpc_state.dialect().or_else(|| {
            let is_message = self.input_buffer().begins_with_message()?;
            Some(if is_message { Dialect::JsonRpc } else { Dialect::Text })
        })
    }

    /// Begins to send a reply.
    pub(crate) fn begin_reply<'a>(&self, bytes: &'a [u8]) -> OutgoingReply<'a> {
        if !self.rpc_state.is_enabled() {
            return OutgoingReply::Text(bytes);
        }
        self.rpc_state.return_queue(bytes);
        OutgoingReply::Queue
    }

    /// Returns whether the client has got the whole reply.
    pub(crate) fn is_sent(&self, reply: &OutgoingReply<'_>) -> bool {
        match reply {
            OutgoingReply::Text(rest) => rest.is_empty(),
            OutgoingReply::Queue => self.rpc_state.is_flushed(),
        }
    }

    /// Sends the next bytes of a reply, and returns their number: 0 if the client reads nothing yet.
    pub(crate) fn try_send_reply(&self, reply: &mut OutgoingReply<'_>) -> Result<usize, Errno> {
        match reply {
            OutgoingReply::Text(rest) => {
                let sent = self.try_send(rest)?.unwrap_or_default();
                *rest = &rest[sent..];
                Ok(sent)
            }
            OutgoingReply::Queue => self.flush_queue(),
        }
    }

    /// Sends lines of the JSON-RPC queue, and returns the number of bytes.
    pub(super) fn flush_queue(&self) -> Result<usize, Errno> {
        self.rpc_state.flush(|bytes| self.try_send(bytes).map(Option::unwrap_or_default))
    }

    /// Sends a reply, and returns whether the client has got it. Fails if the client reads nothing for [`WRITE_TIMEOUT`], or if the
    /// connection ends.
    pub(crate) fn send_all(self: &Arc<Self>, bytes: &[u8]) -> bool {
        let mut reply = self.begin_reply(bytes);
        let mut stuck_since = None;
        while !self.is_sent(&reply) {
            if self.last_word().is_some() {
                return false;
            }
            match self.wait_if_full(self.try_send_reply(&mut reply)) {
                Ok(0) if stuck_since.get_or_insert_with(Instant::now).elapsed() > WRITE_TIMEOUT => {
                    self.end_unread();
                    return false;
                }
                Ok(0) => {}
                Ok(_) => stuck_since = None,
                Err(_) => return false,
            }
        }
        true
    }

    /// Ends the connection of a client that reads nothing. One that sends all of its input first reads this afterwards.
    pub(crate) fn end_unread(self: &Arc<Self>) {
        let seconds = WRITE_TIMEOUT.as_secs();
        let reason = format!(
            "the session ends: the client has read nothing for {seconds} seconds; read while you send"
        );
        self.end(LastWord::Failed(reason));
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
            Err(_) => Err(self.stop_reason().unwrap_or(StopReason::HangUp)),
        }
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
        let Some(received) = self.read(&mut buffer, flags)? else { return Ok(None) };
        self.input_buffer().push(&buffer[..received]);
        Ok(Some(if received == 0 { Received::End } else { Received::Open }))
    }

    /// Reads once, drops the bytes, and returns their number: `None` if there is nothing yet, 0 at the end of the input.
    pub(super) fn try_discard(&self) -> Result<Option<usize>, Errno> {
        self.read(&mut [0; READ_BYTES], RecvFlags::DONTWAIT)
    }

    fn read(&self, buffer: &mut [u8; READ_BYTES], flags: RecvFlags) -> Result<Option<usize>, Errno> {
        match recv(&self.stream, buffer, flags) {
            Ok((received, _)) => {
                self.input_ended.fetch_or(received == 0, Ordering::Relaxed);
                Ok(Some(received))
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Closes both directions, or only that to the client. The socket is free when the last reference is dropped.
    pub(super) fn shut_down(&self, direction: Shutdown) {
        // A client that is gone needs none.
        let _ = shutdown(&self.stream, direction);
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

    fn next_line(&self) -> Option<String> {
        let line = self.input_buffer().peek_line();
        if line.is_none() {
            // An error is that of the next read too.
            let _ = self.receive(RecvFlags::DONTWAIT);
        }
        line.or_else(|| self.input_buffer().peek_line())
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
            match Connection::accept(&listener, 1_000, &Closer::default()) {
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
