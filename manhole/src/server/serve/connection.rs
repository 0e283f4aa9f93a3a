//! One client's socket: reading, writing, and looking whether a running command is still wanted.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown};

use super::session_machine::Event;
use crate::engine::{ClientIo, StopReason};
use crate::reflect::Level;
use crate::server::admit::ConnectionPermit;
use crate::server::listen::{AuthToken, BoundListener};
use crate::session::{Audit, ClientConnection, Input, InputBuffer, Peer, RpcState, SessionInfo};
use crate::sync::LockIgnoringPoison;

/// How much is read at once.
const READ_SIZE: usize = 4 * 1024;

/// How much of what a command prints becomes one message.
const MAX_MESSAGE: usize = 16 * 1024;

/// How long one attempt to send waits for the client to take something.
const SEND_SLICE: Timespec = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };

/// How long a client may take nothing of an answer before its session ends.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) struct Connection {
    stream: OwnedFd,
    peer: Peer,
    /// What the client has to send first.
    token: Option<Arc<AuthToken>>,
    input_buffer: Mutex<InputBuffer>,
    rpc_state: RpcState,
    closing: AtomicBool,
    /// Whether the client has finished sending.
    finished: AtomicBool,
    /// Whose session it is, once that is known to be somebody's.
    session_info: OnceLock<SessionInfo>,
    /// What it counts as, until it is over.
    guest: Mutex<Option<ConnectionPermit>>,
}

/// What came of reading.
pub(crate) enum Received {
    /// Something, or nothing for now.
    Open,
    /// The client will send nothing more.
    End,
}

impl Connection {
    /// Takes the next client at `listener` in, which may send lines of at most `max_line_bytes` bytes.
    pub(crate) fn accept(listener: &BoundListener, max_line_bytes: usize) -> io::Result<Self> {
        let (stream, peer) = listener.accept()?;
        Ok(Self {
            stream,
            peer,
            token: listener.token().cloned(),
            input_buffer: Mutex::new(InputBuffer::new(max_line_bytes)),
            rpc_state: RpcState::default(),
            closing: AtomicBool::new(false),
            finished: AtomicBool::new(false),
            session_info: OnceLock::new(),
            guest: Mutex::default(),
        })
    }

    /// What the client has to send first, if that is so.
    pub(crate) const fn token(&self) -> Option<&Arc<AuthToken>> {
        self.token.as_ref()
    }

    /// Who is at the other end.
    pub(crate) const fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Whose session it is: one that may go no further than to look, unless that was said.
    pub(crate) fn session_info(&self) -> SessionInfo {
        let unknown = || SessionInfo::new(0, self.peer.clone(), Level::Observe, Audit::default());
        self.session_info.get_or_init(unknown).clone()
    }

    /// Says whose it is.
    pub(crate) fn set_session_info(&self, session_info: SessionInfo) {
        let _ = self.session_info.set(session_info);
    }

    /// It counts as `guest` from now on, until it is over.
    pub(crate) fn hold_permit(&self, guest: ConnectionPermit) {
        *self.guest() = Some(guest);
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

    /// Takes the next piece of input out before it is answered: while a command runs, more is put in to look for an interrupt.
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

    /// Lets the client see the end now, not when the last reference goes.
    pub(crate) fn hang_up(&self) {
        // Before, so that there is room for who sees the end and comes again.
        self.guest().take();
        let _ = shutdown(&self.stream, Shutdown::Both);
    }

    /// Sends `bytes`, and answers whether the client is still there: not if it takes nothing for a while.
    pub(crate) fn send_all(&self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        let mut progress = Instant::now();
        while !rest.is_empty() {
            match self.send_some(rest) {
                Ok(0) if progress.elapsed() > WRITE_TIMEOUT => return false,
                Ok(0) => {}
                Ok(sent) => {
                    rest = &rest[sent..];
                    progress = Instant::now();
                }
                Err(_) => return false,
            }
        }
        true
    }

    /// Sends the beginning of `bytes`, or waits a little until the client takes something.
    fn send_some(&self, bytes: &[u8]) -> Result<usize, StopReason> {
        self.taken(self.try_send(bytes).map(Option::unwrap_or_default))
    }

    /// What came of an attempt to send. Where nothing was taken, the client is waited for a little.
    fn taken(&self, taken: Result<usize, Errno>) -> Result<usize, StopReason> {
        match taken {
            Ok(0) => {
                let mut fds = [PollFd::new(&self.stream, PollFlags::OUT)];
                let _ = poll(&mut fds, Some(&SEND_SLICE));
                Ok(0)
            }
            Ok(taken) => Ok(taken),
            Err(_) if self.closing.load(Ordering::SeqCst) => Err(StopReason::Shutdown),
            Err(_) => Err(StopReason::HangUp),
        }
    }

    /// Ends the conversation from outside, with a last line to the client.
    pub(crate) fn close(&self, reason: &str) {
        self.closing.store(true, Ordering::SeqCst);
        let _ = self.try_send(format!("\n{reason}\n").as_bytes());
        self.hang_up();
    }

    /// Reads once into the inbox.
    pub(crate) fn receive(&self, flags: RecvFlags) -> Result<Received, Errno> {
        Ok(self.try_receive(flags)?.unwrap_or(Received::Open))
    }

    /// Reads once into the inbox; `None` if there is nothing now.
    pub(crate) fn try_receive(&self, flags: RecvFlags) -> Result<Option<Received>, Errno> {
        let mut buffer = [0; READ_SIZE];
        match recv(&self.stream, &mut buffer, flags) {
            Ok((0, _)) => {
                self.finished.store(true, Ordering::Relaxed);
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

    /// Sends the beginning of `bytes`; `None` if the client takes nothing now. Never by a plain `write`: where the program has
    /// set `SIGPIPE` back to what it was, a client that is gone would end the process.
    pub(crate) fn try_send(&self, bytes: &[u8]) -> Result<Option<usize>, Errno> {
        match send(&self.stream, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Ok(sent) => Ok(Some(sent)),
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends what a command prints, to a client that speaks the dialect of programs; answers how much of it was taken.
    fn print(&self, bytes: &[u8]) -> Result<usize, Errno> {
        // In pieces, so that what waits to be sent stays little however much is printed at once.
        let piece = &bytes[..bytes.len().min(MAX_MESSAGE)];
        let end = match std::str::from_utf8(piece) {
            Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => error.valid_up_to(),
            _ => piece.len(),
        };
        let taken = self.rpc_state.print(&String::from_utf8_lossy(&piece[..end]));
        self.rpc_state.flush(|bytes| self.try_send(bytes).map(Option::unwrap_or_default))?;
        Ok(if taken { end } else { 0 })
    }

    /// Answers the requests that need not wait for the running command. They may have come with the one that runs.
    fn overtake(&self) -> Option<StopReason> {
        self.input_buffer().take_urgent(|line| self.rpc_state.answer_out_of_order(line));
        let flushed = self.rpc_state.flush(|bytes| self.try_send(bytes).map(Option::unwrap_or_default));
        if flushed.is_err() || self.rpc_state.is_flooded() {
            return Some(StopReason::HangUp);
        }
        self.rpc_state.is_cancelled().then_some(StopReason::Cancelled)
    }

    fn interrupted(&self) -> Option<StopReason> {
        self.input_buffer().take_interrupt().then_some(StopReason::Cancelled)
    }

    fn guest(&self) -> MutexGuard<'_, Option<ConnectionPermit>> {
        // Nothing panics while it is held.
        self.guest.lock_ignoring_poison()
    }

    fn input_buffer(&self) -> MutexGuard<'_, InputBuffer> {
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

impl ClientIo for Connection {
    fn may_be_gone(&self) -> bool {
        // A Unix socket tells the one from the other.
        self.peer.address.is_some() && self.finished.load(Ordering::Relaxed)
    }

    fn send(&self, bytes: &[u8]) -> Result<usize, StopReason> {
        if self.rpc_state.is_enabled() { self.taken(self.print(bytes)) } else { self.send_some(bytes) }
    }

    fn poll(&self) -> Option<StopReason> {
        if self.closing.load(Ordering::SeqCst) {
            return Some(StopReason::Shutdown);
        }
        let mut fds = [PollFd::new(&self.stream, PollFlags::IN)];
        let waited = poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
        let ready = if waited.is_ok() { fds[0].revents() } else { PollFlags::empty() };
        let mut received = Ok(Received::Open);
        if ready.contains(PollFlags::IN) && self.input_buffer().room() > 0 {
            received = self.receive(RecvFlags::DONTWAIT);
        }
        let stop = if self.rpc_state.is_enabled() { self.overtake() } else { self.interrupted() };
        if stop.is_some() {
            return stop;
        }
        // A client that has only finished sending still reads the answer; one that hung up does not.
        let hung_up = ready.intersects(PollFlags::HUP | PollFlags::ERR);
        (hung_up || received.is_err()).then_some(StopReason::HangUp)
    }
}
