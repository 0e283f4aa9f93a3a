//! The JSON-RPC state of a connection, which the thread of a command shares with the thread that watches over it.
//!
//! A JSON-RPC client gets all bytes through one queue, so that no line interrupts another: the output of a command, and the responses
//! to requests that overtake it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use manhole_protocol::Error;
use manhole_protocol::message::{ClientMessage, Id, Request, Response, parse_client_line};
use manhole_protocol::methods::{
    Cancel, CancelResult, Complete, Info, Method, Notification, Print, ServerInfo,
};

use super::batch::{Batch, MAX_RESPONSE_BYTES};
use crate::engine::Completer;
use crate::sync::LockIgnoringPoison;

/// The length of the queue at which a command that prints has to wait.
const MAX_QUEUED_OUTPUT_BYTES: usize = 64 * 1024;

/// The JSON-RPC state of one connection.
#[derive(Default)]
pub(crate) struct RpcState {
    is_enabled: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The queue: complete lines after the first, which may be sent in part.
    outgoing: VecDeque<u8>,
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
        self.is_enabled.load(Ordering::SeqCst)
    }

    /// Switches to JSON-RPC. The client has got a prompt, so that the first line begins with a line break.
    pub(in crate::session) fn enable(&self) {
        self.state().outgoing.push_back(b'\n');
        self.is_enabled.store(true, Ordering::SeqCst);
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
        let mut state = self.state();
        let failed = |id| Response::failed(id, error.clone());
        let running = match state.running.take()?.what {
            RunningKind::Request(id) => id.map(failed),
            RunningKind::Watch(_) => None,
        };
        match state.batch.take() {
            Some(batch) => batch.abandon(running, failed),
            None => running.map(|response| response.to_line()),
        }
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

    /// Calls `send` with the beginning of the queue until it is empty or `send` returns 0, the number of bytes sent.
    pub(crate) fn flush<E>(&self, mut send: impl FnMut(&[u8]) -> Result<usize, E>) -> Result<(), E> {
        let mut state = self.state();
        while !state.outgoing.is_empty() {
            match send(state.outgoing.as_slices().0)? {
                0 => break,
                sent => drop(state.outgoing.drain(..sent)),
            }
        }
        Ok(())
    }

    /// Returns whether the client leaves too much unread.
    pub(crate) fn is_flooded(&self) -> bool {
        self.state().outgoing.len() > MAX_RESPONSE_BYTES
    }

    /// Empties the queue.
    pub(super) fn drain(&self) -> Vec<u8> {
        std::mem::take(&mut self.state().outgoing).into()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock_ignoring_poison()
    }
}

impl State {
    fn notify(&mut self, params: &impl Notification) {
        if let Ok(notification) = Request::notification(params) {
            self.outgoing.extend(notification.to_line().into_bytes());
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
            self.outgoing.extend(response.to_line().into_bytes());
        }
        true
    }
}

fn response(request: &Request, result: &impl serde::Serialize) -> Option<Response> {
    request.id.clone().map(|id| Response::new(id, Ok(result)))
}
