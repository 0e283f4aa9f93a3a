//! What a connection knows of the dialect that its client speaks. Several threads look at it: the one that runs a command, and
//! whoever looks after that one.
//!
//! In the dialect of programs every byte that is sent goes through one queue, so that no line is sent in the middle of another:
//! what a command prints, and the answers to requests that overtake it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use manhole_protocol::message::{ClientMessage, Id, Request, Response, batch_line, parse_client_line};
use manhole_protocol::methods::{
    Cancel, Cancellation, Complete, Info, Method, Notification, Print, ServerInfo,
};
use manhole_protocol::{Error, ErrorKind};

use crate::engine::Completer;
use crate::sync::LockIgnoringPoison;

/// How much may wait to be sent before a command that prints has to wait too.
const MAX_QUEUED_OUTPUT: usize = 64 * 1024;

/// How much the answers to requests that overtake a command may come to, for a client that reads none of them.
const MAX_UNREAD_ANSWERS: usize = 1024 * 1024;

/// The dialect of one connection.
#[derive(Default)]
pub(crate) struct RpcState {
    is_enabled: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What waits to be sent: whole lines, but for the first, which may have been sent in part.
    outgoing: VecDeque<u8>,
    running: Option<Running>,
    /// The ids of requests that have come and wait for their turn.
    queued: VecDeque<Id>,
    /// Those of them that are not wanted any more.
    unwanted: Vec<Id>,
    batch: Option<Batch>,
}

/// Several requests that came in one line, and are answered in one.
#[derive(Default)]
struct Batch {
    answers: Vec<Response>,
    /// Those that have not had their turn.
    waiting: VecDeque<Id>,
    /// How long the answers are.
    size: usize,
}

/// What runs.
struct Running {
    /// The request, or the watch.
    what: RunningKind,
    cancelled: bool,
    completer: Completer,
    information: ServerInfo,
}

#[derive(Clone)]
pub(super) enum RunningKind {
    /// A request with this id, if it has one.
    Request(Option<Id>),
    /// The watch with this number.
    Watch(u64),
}

impl RpcState {
    /// Whether the client speaks the dialect of programs.
    pub(crate) fn is_enabled(&self) -> bool {
        self.is_enabled.load(Ordering::SeqCst)
    }

    /// The client has begun to speak it. It has been sent a prompt, so that what it is sent now begins on a new line.
    pub(in crate::session) fn enable(&self) {
        self.state().outgoing.push_back(b'\n');
        self.is_enabled.store(true, Ordering::SeqCst);
    }

    /// Something begins to run.
    pub(super) fn begin(&self, what: RunningKind, completer: Completer, information: ServerInfo) {
        self.state().running = Some(Running { what, cancelled: false, completer, information });
    }

    /// It has ended.
    pub(super) fn end(&self) {
        self.state().running = None;
    }

    /// The line for what ran and has been given up, with `error` for the reason, and for what will not have its turn.
    pub(super) fn give_up(&self, error: &Error) -> Option<String> {
        let mut state = self.state();
        let failed = |id| Response::failed(id, error.clone());
        let running = match state.running.take()?.what {
            RunningKind::Request(id) => id.map(failed),
            RunningKind::Watch(_) => None,
        };
        let Some(batch) = state.batch.take() else { return running.map(|answer| answer.to_line()) };
        let unwanted = batch.waiting.into_iter().map(failed);
        let answers: Vec<_> = batch.answers.into_iter().chain(running).chain(unwanted).collect();
        Some(batch_line(&answers))
    }

    /// Several requests have their turn, one after another.
    pub(super) fn begin_batch(&self, waiting: impl Iterator<Item = Id>) {
        self.state().batch = Some(Batch { answers: Vec::new(), waiting: waiting.collect(), size: 0 });
    }

    /// One of them has been answered.
    pub(super) fn add_answer(&self, answer: Option<Response>) {
        if let Some(batch) = &mut self.state().batch {
            batch.size += answer.as_ref().map_or(0, |answer| answer.to_line().len());
            batch.answers.extend(answer);
        }
    }

    /// Whether the answers to a batch are more than one line should have.
    pub(super) fn is_batch_full(&self) -> bool {
        self.state().batch.as_ref().is_some_and(|batch| batch.size > MAX_UNREAD_ANSWERS)
    }

    /// The line that answers them, if anything is to be answered.
    pub(super) fn end_batch(&self) -> Option<String> {
        let batch = self.state().batch.take()?;
        (!batch.answers.is_empty()).then(|| batch_line(&batch.answers))
    }

    /// A request that waited has its turn; answers whether it is still wanted.
    pub(super) fn dequeue(&self, id: Option<&Id>) -> bool {
        let mut state = self.state();
        let Some(id) = id else { return true };
        let State { queued, batch, .. } = &mut *state;
        for waiting in std::iter::once(queued).chain(batch.as_mut().map(|batch| &mut batch.waiting)) {
            if let Some(at) = waiting.iter().position(|waiting| waiting == id) {
                waiting.remove(at);
            }
        }
        match state.unwanted.iter().position(|unwanted| unwanted == id) {
            Some(at) => {
                state.unwanted.swap_remove(at);
                false
            }
            None => true,
        }
    }

    /// Whether what runs is not wanted any more.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.state().running.as_ref().is_some_and(|running| running.cancelled)
    }

    /// Queues what the running command prints; answers whether there was room.
    pub(crate) fn print(&self, text: &str) -> bool {
        let mut state = self.state();
        if state.outgoing.len() >= MAX_QUEUED_OUTPUT {
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

    /// Looks at a line that has come while something runs, and answers it if it is one of those that need not wait; answers
    /// whether it did.
    ///
    /// No live value is looked at for it, and nothing of the program runs: this may happen while a lock of the program is held.
    pub(crate) fn answer_out_of_order(&self, line: &[u8]) -> bool {
        let Ok(line) = std::str::from_utf8(line) else { return false };
        let mut state = self.state();
        match parse_client_line(line) {
            ClientMessage::Single(Ok(request)) => state.answer_at_once(&request),
            ClientMessage::Single(Err(_)) => false,
            ClientMessage::Batch(batch) => {
                let ids = batch.into_iter().flatten().filter_map(|request| request.id);
                state.queued.extend(ids);
                false
            }
        }
    }

    /// Hands the beginning of what waits to `send`, which answers how much it has sent, until it sends nothing.
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

    /// Whether more waits than a client may leave unread.
    pub(crate) fn is_flooded(&self) -> bool {
        self.state().outgoing.len() > MAX_UNREAD_ANSWERS
    }

    /// Takes everything out that waits to be sent.
    pub(super) fn drain(&self) -> Vec<u8> {
        std::mem::take(&mut self.state().outgoing).into()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock_ignoring_poison()
    }
}

impl State {
    fn notify(&mut self, notice: &impl Notification) {
        if let Ok(notification) = Request::notification(notice) {
            self.outgoing.extend(notification.to_line().into_bytes());
        }
    }

    fn answer_at_once(&mut self, request: &Request) -> bool {
        let Some(running) = &mut self.running else { return false };
        let answer = match request.method.as_str() {
            Info::NAME => request.params::<Info>().map(|_| response(request, &running.information)),
            Complete::NAME => request.params::<Complete>().map(|Complete { code, cursor, .. }| {
                response(request, &running.completer.complete(&code, cursor))
            }),
            Cancel::NAME => request.params::<Cancel>().map(|Cancel { id, .. }| {
                let mut cancelled = true;
                match &running.what {
                    RunningKind::Request(Some(known)) if *known == id => running.cancelled = true,
                    _ if self.unwanted.contains(&id) => {}
                    _ if self.queued.contains(&id)
                        || self.batch.as_ref().is_some_and(|batch| batch.waiting.contains(&id)) =>
                    {
                        self.unwanted.push(id);
                    }
                    _ => cancelled = false,
                }
                response(request, &Cancellation { cancelled })
            }),
            _ => {
                self.queued.extend(request.id.clone());
                return false;
            }
        };
        let answer = answer.unwrap_or_else(|error| request.id.clone().map(|id| Response::failed(id, error)));
        if let Some(answer) = answer {
            self.outgoing.extend(answer.to_line().into_bytes());
        }
        true
    }
}

fn response(request: &Request, answer: &impl serde::Serialize) -> Option<Response> {
    request.id.clone().map(|id| Response::new(id, Ok(answer)))
}

/// The error for a request that was cancelled.
pub(super) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "stopped: cancelled")
}
