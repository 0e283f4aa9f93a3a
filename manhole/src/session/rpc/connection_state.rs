//! The JSON-RPC state of a connection, which the thread of a command shares with the thread that watches over it.
//!
//! A JSON-RPC client gets all bytes through one queue, so that no line interrupts another: the output of a command, and the responses
//! to requests that overtake it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, OnceLock};

use manhole_protocol::message::{ClientMessage, Id, Request, Response, parse_client_line};
use manhole_protocol::methods::{
    Cancel, CancelResult, Closed, Complete, Info, Method, Notification, Print, ServerInfo,
};
use manhole_protocol::{Error, ErrorKind};

use super::batch::{Batch, MAX_RESPONSE_BYTES};
use crate::engine::Completer;
use crate::sync::LockIgnoringPoison;

/// The length of the queue at which a command that prints has to wait.
const MAX_QUEUED_OUTPUT_BYTES: usize = 64 * 1024;

/// What a client speaks. Its first line decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Text,
    JsonRpc,
}

/// The JSON-RPC state of one connection.
#[derive(Default)]
pub(crate) struct RpcState {
    dialect: OnceLock<Dialect>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The queue: complete lines after the first, which may be sent in part.
    outgoing: VecDeque<u8>,
    /// Whether a reply has taken the queue, and not returned it yet.
    is_taken: bool,
    /// Whether the last line is in the queue.
    is_closed: bool,
    running: Option<Running>,
    /// The IDs of requests that have arrived and not begun.
    queued: VecDeque<Id>,
    /// Those of them that are cancelled.
    cancelled: Vec<Id>,
    batch: Option<Batch>,
}

/// The running request or watch.
struct Running {
    what: RunningKind,
    cancelled: bool,
    completer: Completer,
    information: ServerInfo,
}

#[derive(Clone)]
pub(super) enum RunningKind {
    /// A request with this ID, if it has one.
    Request(Option<Id>),
    /// The watch with this number.
    Watch(u64),
}

impl RpcState {
    /// Returns whether the client uses JSON-RPC.
    pub(crate) fn is_enabled(&self) -> bool {
        self.dialect() == Some(Dialect::JsonRpc)
    }

    /// Returns what the client speaks, or `None` before its first line.
    pub(crate) fn dialect(&self) -> Option<Dialect> {
        self.dialect.get().copied()
    }

    /// Sets what the client speaks, unless that is known already.
    pub(crate) fn set_dialect(&self, dialect: Dialect) {
        let mut state = self.state();
        if self.dialect.set(dialect).is_ok() && dialect == Dialect::JsonRpc {
            // The client has got a prompt.
            state.outgoing.push_front(b'\n');
        }
    }

    /// Ends the queue: with an error for the running request and the reason why the session ends, or at once without a reason.
    pub(crate) fn close(&self, reason: Option<&str>) {
        let mut state = self.state();
        if let Some(reason) = reason {
            let unanswered = state.abandon(&Error::new(ErrorKind::ShuttingDown, reason));
            state.queue(&unanswered.unwrap_or_default());
            state.notify(&Closed { reason: reason.to_owned() });
        } else {
            state.outgoing.clear();
            state.is_taken = false;
        }
        state.is_closed = true;
    }

    /// Marks a request or a watch as running.
    pub(super) fn begin(&self, what: RunningKind, completer: Completer, information: ServerInfo) {
        self.state().running = Some(Running { what, cancelled: false, completer, information });
    }

    /// Marks it as ended.
    pub(super) fn end(&self) {
        self.state().running = None;
    }

    /// Returns the line of responses after an abandoned command: `error` for it, and for the rest of its batch.
    pub(super) fn abandon(&self, error: &Error) -> Option<String> {
        self.state().abandon(error)
    }

    /// Begins a batch of requests with these IDs.
    pub(super) fn begin_batch(&self, waiting: impl Iterator<Item = Id>) {
        self.state().batch = Some(Batch::new(waiting));
    }

    /// Adds the response to a request of the batch.
    pub(super) fn add_response(&self, response: Option<Response>) {
        if let Some(batch) = &mut self.state().batch {
            batch.add(response);
        }
    }

    /// Returns whether the responses to the batch are too long for another one.
    pub(super) fn is_batch_full(&self) -> bool {
        self.state().batch.as_ref().is_some_and(Batch::is_full)
    }

    /// Ends the batch, and returns its line of responses, if there are any.
    pub(super) fn end_batch(&self) -> Option<String> {
        self.state().batch.take()?.into_line()
    }

    /// Removes a request that begins from the queue. Returns whether it is not cancelled.
    pub(super) fn dequeue(&self, id: Option<&Id>) -> bool {
        let mut state = self.state();
        let Some(id) = id else { return true };
        let State { queued, batch, .. } = &mut *state;
        for waiting in std::iter::once(queued).chain(batch.as_mut().map(|batch| &mut batch.waiting)) {
            if let Some(at) = waiting.iter().position(|waiting| waiting == id) {
                waiting.remove(at);
            }
        }
        match state.cancelled.iter().position(|unwanted| unwanted == id) {
            Some(at) => {
                state.cancelled.swap_remove(at);
                false
            }
            None => true,
        }
    }

    /// Returns whether the running request is cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.state().running.as_ref().is_some_and(|running| running.cancelled)
    }

    /// Queues output of the running command. Returns whether there was room.
    pub(crate) fn print(&self, text: &str) -> bool {
        let mut state = self.state();
        if state.outgoing.len() >= MAX_QUEUED_OUTPUT_BYTES {
            return false;
        }
        let (id, watch) = match state.running.as_ref().map(|running| running.what.clone()) {
            Some(RunningKind::Request(id)) => (id, None),
            Some(RunningKind::Watch(watch)) => (None, Some(watch)),
            None => (None, None),
        };
        state.notify(&Print { text: text.to_owned(), id, watch });
        true
    }

    /// Responds to a line that arrives while a request runs, if it need not wait. Returns whether it did.
    ///
    /// It reads no live value and runs no code of the application, since a lock of the application may be held now.
    pub(crate) fn respond_out_of_order(&self, line: &[u8]) -> bool {
        let Ok(line) = std::str::from_utf8(line) else { return false };
        let mut state = self.state();
        match parse_client_line(line) {
            ClientMessage::Single(Ok(request)) => state.respond_at_once(&request),
            ClientMessage::Single(Err(_)) => false,
            ClientMessage::Batch(batch) => {
                let ids = batch.into_iter().flatten().filter_map(|request| request.id);
                state.queued.extend(ids);
                false
            }
        }
    }

    /// Calls `send` with the beginning of the queue until it is empty or `send` returns 0, the number of bytes sent. Returns the
    /// number of all bytes sent.
    pub(crate) fn flush<E>(&self, mut send: impl FnMut(&[u8]) -> Result<usize, E>) -> Result<usize, E> {
        let mut state = self.state();
        let mut total = 0;
        // A reply that has taken the queue may begin inside a line.
        while !state.is_taken && !state.outgoing.is_empty() {
            match send(state.outgoing.as_slices().0)? {
                0 => break,
                sent => {
                    drop(state.outgoing.drain(..sent));
                    total += sent;
                }
            }
        }
        Ok(total)
    }

    /// Returns whether all lines are sent.
    pub(crate) fn is_flushed(&self) -> bool {
        let state = self.state();
        !state.is_taken && state.outgoing.is_empty()
    }

    /// Returns whether the client leaves too much unread.
    pub(crate) fn is_flooded(&self) -> bool {
        self.state().outgoing.len() > MAX_RESPONSE_BYTES
    }

    /// Takes the queue with `line` at its end, for a reply that [`return_queue`](Self::return_queue) sends. Empty after the last line.
    pub(super) fn take_queue(&self, line: &str) -> Vec<u8> {
        let mut state = self.state();
        if state.is_closed {
            return Vec::new();
        }
        state.queue(line);
        state.is_taken = !state.outgoing.is_empty();
        std::mem::take(&mut state.outgoing).into()
    }

    /// Puts a reply before all lines that were queued after it was taken.
    pub(crate) fn return_queue(&self, reply: &[u8]) {
        let mut state = self.state();
        let later = std::mem::replace(&mut state.outgoing, reply.to_vec().into());
        state.outgoing.extend(later);
        state.is_taken = false;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock_ignoring_poison()
    }
}

impl State {
    fn queue(&mut self, line: &str) {
        if !self.is_closed {
            self.outgoing.extend(line.as_bytes());
        }
    }

    fn notify(&mut self, params: &impl Notification) {
        if let Ok(notification) = Request::notification(params) {
            self.queue(&notification.to_line());
        }
    }

    /// Returns the responses to the running request and the rest of its batch: `error`.
    fn abandon(&mut self, error: &Error) -> Option<String> {
        let failed = |id| Response::failed(id, error.clone());
        let running = match self.running.take()?.what {
            RunningKind::Request(id) => id.map(failed),
            RunningKind::Watch(_) => None,
        };
        match self.batch.take() {
            Some(batch) => batch.abandon(running, failed),
            None => running.map(|response| response.to_line()),
        }
    }

    fn respond_at_once(&mut self, request: &Request) -> bool {
        let Some(running) = &mut self.running else { return false };
        let response = match request.method.as_str() {
            Info::NAME => request.params::<Info>().map(|_| response(request, &running.information)),
            Complete::NAME => request.params::<Complete>().map(|Complete { code, cursor, .. }| {
                response(request, &running.completer.complete(&code, cursor))
            }),
            Cancel::NAME => request.params::<Cancel>().map(|Cancel { id, .. }| {
                let mut cancelled = true;
                match &running.what {
                    RunningKind::Request(Some(known)) if *known == id => running.cancelled = true,
                    _ if self.cancelled.contains(&id) => {}
                    _ if self.queued.contains(&id)
                        || self.batch.as_ref().is_some_and(|batch| batch.waiting.contains(&id)) =>
                    {
                        self.cancelled.push(id);
                    }
                    _ => cancelled = false,
                }
                response(request, &CancelResult { cancelled })
            }),
            _ => {
                self.queued.extend(request.id.clone());
                return false;
            }
        };
        let response =
            response.unwrap_or_else(|error| request.id.clone().map(|id| Response::failed(id, error)));
        if let Some(response) = response {
            self.queue(&response.to_line());
        }
        true
    }
}

fn response(request: &Request, result: &impl serde::Serialize) -> Option<Response> {
    request.id.clone().map(|id| Response::new(id, Ok(result)))
}
