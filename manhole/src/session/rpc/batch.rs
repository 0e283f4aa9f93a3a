//! A batch: the requests of one line, which one line responds to.

use std::collections::VecDeque;

use manhole_protocol::message::{Id, Response, batch_line};

/// The length of the responses that a client may leave unread, and of those to one batch.
pub(super) const MAX_RESPONSE_BYTES: usize = 1024 * 1024;

/// The responses to a batch, and the requests that have none yet.
pub(super) struct Batch {
    responses: Vec<Response>,
    /// The requests that have not begun.
    pub(super) waiting: VecDeque<Id>,
    response_bytes: usize,
}

impl Batch {
    pub(super) fn new(waiting: impl Iterator<Item = Id>) -> Self {
        Self { responses: Vec::new(), waiting: waiting.collect(), response_bytes: 0 }
    }

    /// Adds the response to a request; a notification has none.
    pub(super) fn add(&mut self, response: Option<Response>) {
        self.response_bytes += response.as_ref().map_or(0, |response| response.to_line().len());
        self.responses.extend(response);
    }

    /// Returns whether the responses are too long for another one.
    pub(super) const fn is_full(&self) -> bool {
        self.response_bytes > MAX_RESPONSE_BYTES
    }

    /// Returns the line of responses, if there are any.
    pub(super) fn into_line(self) -> Option<String> {
        (!self.responses.is_empty()).then(|| batch_line(&self.responses))
    }

    /// Returns the line of responses after an abandoned request: its response, and `failed` for each that has not begun.
    pub(super) fn abandon(
        mut self,
        running: Option<Response>,
        failed: impl Fn(Id) -> Response,
    ) -> Option<String> {
        self.responses.extend(running);
        self.responses.extend(self.waiting.drain(..).map(failed));
        self.into_line()
    }
}
