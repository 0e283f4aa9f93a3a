//! One client's socket: reading, writing, and looking whether a running command is still wanted.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown};

use super::guests::Guest;
use super::listener::Claim;
use super::token::Token;
use crate::engine::{Client, Stop};
use crate::reflect::Level;
use crate::session::{Identity, Inbox, Input, Peer};

/// How much is read at once.
const CHUNK: usize = 4 * 1024;

/// How long one attempt to send waits for the client to take something.
const SEND_SLICE: Timespec = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };

/// How long a client may take nothing of an answer before its session ends.
pub(super) const STALL: Duration = Duration::from_secs(5);

pub(super) struct Connection {
    stream: OwnedFd,
    peer: Peer,
    /// What the client has to send first.
    token: Option<Arc<Token>>,
    inbox: Mutex<Inbox>,
    closing: AtomicBool,
    /// Whose session it is, once that is known to be somebody's.
    identity: OnceLock<Identity>,
    /// What it counts as, until it is over.
    guest: Mutex<Option<Guest>>,
}

/// What came of reading.
pub(super) enum Received {
    /// Something, or nothing for now.
    Open,
    /// The client will send nothing more.
    End,
}

impl Connection {
    /// Takes the next client at `claim` in, which may send lines of at most `longest_line` bytes.
    pub(super) fn accept(claim: &Claim, longest_line: usize) -> io::Result<Self> {
        let (stream, peer) = claim.accept()?;
        Ok(Self {
            stream,
            peer,
            token: claim.token().cloned(),
            inbox: Mutex::new(Inbox::new(longest_line)),
            closing: AtomicBool::new(false),
            identity: OnceLock::new(),
            guest: Mutex::default(),
        })
    }

    /// What the client has to send first, if that is so.
    pub(super) const fn token(&self) -> Option<&Arc<Token>> {
        self.token.as_ref()
    }

    /// Who is at the other end.
    pub(super) const fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Whose session it is: one that may go no further than to look, unless that was said.
    pub(super) fn identity(&self) -> Identity {
        let unknown = || Identity { session: 0, peer: self.peer.clone(), level: Level::Observe };
        self.identity.get().cloned().unwrap_or_else(unknown)
    }

    /// Says whose it is.
    pub(super) fn identify(&self, identity: Identity) {
        let _ = self.identity.set(identity);
    }

    /// It counts as `guest` from now on, until it is over.
    pub(super) fn count_as(&self, guest: Guest) {
        *self.guest() = Some(guest);
    }

    /// Waits until there is something to read; answers whether there was within `time`.
    pub(super) fn wait_for_input(&self, time: Duration) -> bool {
        let mut fds = [PollFd::new(&self.stream, PollFlags::IN)];
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match Timespec::try_from(left).map(|left| poll(&mut fds, Some(&left))) {
                Ok(Ok(ready)) => return ready > 0,
                // A signal, which is not for us.
                Ok(Err(Errno::INTR)) => {}
                // What is wrong will be seen by reading.
                _ => return true,
            }
        }
    }

    /// Takes the next piece of input out before it is answered: while a command runs, more is put in to look for an interrupt.
    pub(super) fn next_input(&self) -> Option<Input> {
        self.inbox().next()
    }

    /// Takes what is left at the end of the input.
    pub(super) fn last_input(&self) -> Option<Input> {
        self.inbox().last()
    }

    /// Lets the client see the end now, not when the last reference goes.
    pub(super) fn hang_up(&self) {
        let _ = shutdown(&self.stream, Shutdown::Both);
        self.guest().take();
    }

    /// Sends `bytes`, and answers whether the client is still there: not if it takes nothing for a while.
    pub(super) fn send_all(&self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        let mut progress = Instant::now();
        while !rest.is_empty() {
            match self.send(rest) {
                Ok(0) if progress.elapsed() > STALL => return false,
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

    /// Ends the conversation from outside, with a last line to the client.
    pub(super) fn close(&self, reason: &str) {
        self.closing.store(true, Ordering::SeqCst);
        let _ = self.try_send(format!("\n{reason}\n").as_bytes());
        self.hang_up();
    }

    /// Reads once into the inbox.
    pub(super) fn receive(&self, flags: RecvFlags) -> Result<Received, Errno> {
        Ok(self.try_receive(flags)?.unwrap_or(Received::Open))
    }

    /// Reads once into the inbox; `None` if there is nothing now.
    pub(super) fn try_receive(&self, flags: RecvFlags) -> Result<Option<Received>, Errno> {
        let mut buffer = [0; CHUNK];
        match recv(&self.stream, &mut buffer, flags) {
            Ok((0, _)) => Ok(Some(Received::End)),
            Ok((received, _)) => {
                self.inbox().push(&buffer[..received]);
                Ok(Some(Received::Open))
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends the beginning of `bytes`; `None` if the client takes nothing now. Never by a plain `write`: where the program has
    /// set `SIGPIPE` back to what it was, a client that is gone would end the process.
    pub(super) fn try_send(&self, bytes: &[u8]) -> Result<Option<usize>, Errno> {
        match send(&self.stream, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Ok(sent) => Ok(Some(sent)),
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn guest(&self) -> MutexGuard<'_, Option<Guest>> {
        // Nothing panics while it is held.
        self.guest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        // Nothing panics while it is held.
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
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

impl Client for Connection {
    fn send(&self, bytes: &[u8]) -> Result<usize, Stop> {
        match self.try_send(bytes) {
            Ok(Some(sent)) => Ok(sent),
            Ok(None) => {
                let mut fds = [PollFd::new(&self.stream, PollFlags::OUT)];
                let _ = poll(&mut fds, Some(&SEND_SLICE));
                Ok(0)
            }
            Err(_) if self.closing.load(Ordering::SeqCst) => Err(Stop::Shutdown),
            Err(_) => Err(Stop::HangUp),
        }
    }

    fn poll(&self) -> Option<Stop> {
        if self.closing.load(Ordering::SeqCst) {
            return Some(Stop::Shutdown);
        }
        let mut fds = [PollFd::new(&self.stream, PollFlags::IN)];
        let waited = poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
        let ready = fds[0].revents();
        if waited.is_err() || ready.is_empty() {
            return None;
        }
        let mut received = Ok(Received::Open);
        if ready.contains(PollFlags::IN) && self.inbox().room() > 0 {
            received = self.receive(RecvFlags::DONTWAIT);
        }
        if self.inbox().take_interrupt() {
            return Some(Stop::Interrupted);
        }
        // A client that has only finished sending still reads the answer; one that hung up does not.
        let hung_up = ready.intersects(PollFlags::HUP | PollFlags::ERR);
        (hung_up || received.is_err()).then_some(Stop::HangUp)
    }
}
