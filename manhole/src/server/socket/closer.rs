//! The end of every connection: the last word, and reads until the client has heard it.
//!
//! A client that still sends when its socket is closed gets an error in place of what was sent to it before. So the end of a connection
//! has four steps:
//!
//! 1. Find out what the client speaks, if it was refused before its first line.
//! 2. Send the last word, and close the direction to the client.
//! 3. Read and drop what the client sends, until it has finished, or sends nothing for a moment.
//! 4. Close.
//!
//! One thread does this for all connections that end, in all ways of serving. It runs only while there are any.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use manhole_protocol::text::clean;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{RecvFlags, Shutdown};

use super::connection::{Connection, Received};
use super::detached_thread::DetachedThread;
use crate::server::admit::{PeerKey, first_of_most};
use crate::session::{ClientConnection as _, Dialect};
use crate::sync::LockIgnoringPoison;

/// How long a client that is refused may take to send its first line, which shows what it speaks.
const DIALECT_TIMEOUT: Duration = Duration::from_millis(50);

/// How long a client sends nothing until it counts as one that has finished.
const QUIET_TIMEOUT: Duration = Duration::from_millis(250);

/// How long the end of a connection takes at most.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(750);

/// How many bytes are dropped after the last word.
const MAX_DROPPED_BYTES: usize = 1024 * 1024;

/// How many connections end at once. One more closes the oldest one of the user that has most.
const MAX_CLOSING: usize = 32;

/// How often the thread looks for further connections that end.
const POLL_INTERVAL: Timespec = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };

/// How many reads one connection gets in turn.
const MAX_READS: usize = 16;

/// The last word to a client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LastWord {
    /// None: the client has ended the session, or is gone.
    Nothing,
    /// The console is shutting down.
    Shutdown,
    /// The client gets no session, for this reason.
    Refused(String),
    /// The session ends because of this error.
    Failed(String),
    /// The session ends for this reason.
    Closed(String),
}

impl LastWord {
    fn text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Nothing => return None,
            Self::Shutdown => Cow::Borrowed("the console is shutting down"),
            Self::Refused(reason) => Cow::Owned(format!("cannot open a session: {reason}")),
            Self::Failed(reason) | Self::Closed(reason) => Cow::Borrowed(reason),
        })
    }

    /// Returns the line for a client that does not use JSON-RPC.
    fn line(&self) -> Option<String> {
        let is_error = matches!(self, Self::Refused(_) | Self::Failed(_));
        let error = if is_error { "error: " } else { "" };
        self.text().map(|text| format!("\n{error}{}\n", clean(&text)))
    }
}

/// Ends connections.
#[derive(Clone, Default)]
pub(crate) struct Closer(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Connections that the thread has not begun with.
    queue: Vec<ClosingConnection>,
    has_thread: bool,
}

impl Closer {
    /// Ends a connection whose last word is set.
    pub(super) fn close(&self, connection: Arc<Connection>) {
        let mut state = self.state();
        state.queue.push(ClosingConnection::new(connection));
        let excess = take_excess(&mut state.queue);
        if !state.has_thread {
            let builder = thread::Builder::new().name("manhole-closer".to_owned()).stack_size(128 * 1024);
            let closer = self.clone();
            state.has_thread = DetachedThread::spawn_with(builder, move || closer.run()).is_ok();
        }
        let unattended = if state.has_thread { Vec::new() } else { std::mem::take(&mut state.queue) };
        drop(state);
        excess.into_iter().chain(unattended).for_each(ClosingConnection::finish);
    }

    /// Returns whether no connection is ending.
    pub(crate) fn is_idle(&self) -> bool {
        !self.state().has_thread
    }

    fn run(&self) {
        let mut closing = Vec::new();
        while self.take_queue(&mut closing) {
            take_excess(&mut closing).into_iter().for_each(ClosingConnection::finish);
            let mut fds: Vec<_> = closing.iter().map(ClosingConnection::poll_fd).collect();
            // Each connection is tried after a failure too.
            let _ = poll(&mut fds, Some(&POLL_INTERVAL));
            drop(fds);
            let now = Instant::now();
            for mut connection in std::mem::take(&mut closing) {
                if connection.step(now) { connection.finish() } else { closing.push(connection) }
            }
        }
    }

    /// Moves the queue to the end of `closing`. Returns whether there is any connection; without one the thread has to end.
    fn take_queue(&self, closing: &mut Vec<ClosingConnection>) -> bool {
        let mut state = self.state();
        closing.append(&mut state.queue);
        state.has_thread = !closing.is_empty();
        state.has_thread
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock_ignoring_poison()
    }
}

/// Takes connections out until at most [`MAX_CLOSING`] are left.
fn take_excess(closing: &mut Vec<ClosingConnection>) -> Vec<ClosingConnection> {
    let mut excess = Vec::new();
    while closing.len() > MAX_CLOSING {
        let keys = closing.iter().map(|closing| PeerKey::of(closing.connection.peer()));
        excess.push(closing.remove(first_of_most(keys).unwrap_or_default()));
    }
    excess
}

/// A connection that ends.
struct ClosingConnection {
    connection: Arc<Connection>,
    since: Instant,
    step: Step,
    has_input_ended: bool,
    /// The number of bytes that were dropped.
    dropped: usize,
    last_input: Instant,
}

enum Step {
    /// Finding out what the client speaks.
    Listen,
    /// Sending the rest of the last word; that to a JSON-RPC client is in its queue.
    Speak(Vec<u8>),
    /// Dropping what the client sends.
    Drop,
}

impl ClosingConnection {
    fn new(connection: Arc<Connection>) -> Self {
        let now = Instant::now();
        let step = Step::Listen;
        Self { connection, since: now, step, has_input_ended: false, dropped: 0, last_input: now }
    }

    fn poll_fd(&self) -> PollFd<'_> {
        let mut events = PollFlags::empty();
        events.set(PollFlags::IN, !self.has_input_ended);
        events.set(PollFlags::OUT, matches!(self.step, Step::Speak(_)));
        PollFd::new(&*self.connection, events)
    }

    /// Goes on as far as possible without waiting. Returns whether the connection can be closed.
    fn step(&mut self, now: Instant) -> bool {
        if self.read() {
            self.last_input = now;
        }
        let age = now.saturating_duration_since(self.since);
        let is_quiet = now.saturating_duration_since(self.last_input) >= QUIET_TIMEOUT;
        let may_speak = self.has_input_ended || age >= DIALECT_TIMEOUT || self.knows_dialect();
        if may_speak && matches!(self.step, Step::Listen) {
            self.step = Step::Speak(self.last_line());
        }
        let is_said = match &mut self.step {
            Step::Speak(rest) => self.connection.try_finish(rest),
            _ => false,
        };
        if is_said {
            self.connection.shut_down(Shutdown::Write);
            self.step = Step::Drop;
        }
        let is_heard = matches!(self.step, Step::Drop) && (self.has_input_ended || is_quiet);
        is_heard || self.dropped > MAX_DROPPED_BYTES || age >= CLOSE_TIMEOUT
    }

    /// Returns whether the first line of the client has arrived, or does not matter.
    fn knows_dialect(&self) -> bool {
        self.connection.last_word() == Some(&LastWord::Nothing) || self.connection.dialect().is_some()
    }

    /// Reads input that has arrived: into the input buffer for the first line, and then to drop it. Returns whether there was any.
    fn read(&mut self) -> bool {
        let mut any = false;
        for _ in 0..MAX_READS {
            let received = match self.step {
                _ if self.has_input_ended => break,
                Step::Listen if !self.knows_dialect() => self.connection.try_receive(RecvFlags::DONTWAIT),
                _ => self.connection.try_discard().map(|dropped| {
                    let dropped = dropped?;
                    self.dropped += dropped;
                    Some(if dropped == 0 { Received::End } else { Received::Open })
                }),
            };
            match received {
                Ok(Some(Received::End)) | Err(_) => self.has_input_ended = true,
                Ok(Some(Received::Open)) => any = true,
                Ok(None) => break,
            }
        }
        any
    }

    /// Sets what a client without a first line speaks, and returns the last line to one that does not use JSON-RPC.
    fn last_line(&self) -> Vec<u8> {
        let Some(last_word) = self.connection.last_word() else { return Vec::new() };
        let rpc_state = self.connection.rpc_state();
        rpc_state.set_dialect(self.connection.dialect().unwrap_or(Dialect::Text));
        if !rpc_state.is_enabled() {
            return last_word.line().unwrap_or_default().into_bytes();
        }
        rpc_state.close(last_word.text().as_deref());
        Vec::new()
    }

    /// Closes the connection, after the last word if that is not said yet and needs no wait.
    fn finish(mut self) {
        if let Step::Listen = self.step {
            self.step = Step::Speak(self.last_line());
        }
        if let Step::Speak(rest) = &mut self.step {
            self.connection.try_finish(rest);
        }
        self.connection.shut_down(Shutdown::Both);
    }
}

impl Connection {
    /// Sends the rest of a last line, or of the JSON-RPC queue. Returns whether nothing is left to send, which is so for a client that
    /// is gone.
    fn try_finish(&self, rest: &mut Vec<u8>) -> bool {
        if self.rpc_state().is_enabled() {
            return self.flush_queue().is_err() || self.rpc_state().is_flushed();
        }
        match self.try_send(rest) {
            Ok(sent) => {
                rest.drain(..sent.unwrap_or_default());
                rest.is_empty()
            }
            Err(_) => true,
        }
    }
}
