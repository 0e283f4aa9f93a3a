//! A client while its command runs: sends the output, and polls for a disconnect, an interrupt (Ctrl-C) and urgent JSON-RPC requests.

use std::borrow::Cow;

use manhole_protocol::text::clean;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::RecvFlags;

use super::connection::{Connection, Received};
use crate::engine::{ClientIo, StopReason};
use crate::session::ClientConnection as _;

/// The bytes of a command's output in one message.
const MAX_MESSAGE_BYTES: usize = 16 * 1024;

impl ClientIo for Connection {
    fn may_be_disconnected(&self) -> bool {
        // A Unix socket reports a hang-up; a TCP socket only the end of the input.
        self.peer().address.is_some() && self.has_input_ended()
    }

    fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.rpc_state().is_enabled() { Cow::Borrowed(text) } else { clean(text) }
    }

    fn send(&self, bytes: &[u8]) -> Result<usize, StopReason> {
        if self.rpc_state().is_enabled() {
            self.wait_if_full(self.send_print(bytes))
        } else {
            self.send_some(bytes)
        }
    }

    fn poll(&self) -> Option<StopReason> {
        if let Some(stop) = self.stop_reason() {
            return Some(stop);
        }
        let mut fds = [PollFd::new(self, PollFlags::IN)];
        let waited = poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
        let ready = if waited.is_ok() { fds[0].revents() } else { PollFlags::empty() };
        let mut received = Ok(Received::Open);
        if ready.contains(PollFlags::IN) && self.input_buffer().room() > 0 {
            received = self.receive(RecvFlags::DONTWAIT);
        }
        let stop = if self.rpc_state().is_enabled() {
            self.respond_to_urgent_requests()
        } else {
            self.interrupted()
        };
        if stop.is_some() {
            return stop;
        }
        // A client that has only finished sending still reads the reply; one that hung up does not.
        let hung_up = ready.intersects(PollFlags::HUP | PollFlags::ERR);
        ((hung_up && self.is_output_closed()) || received.is_err()).then_some(StopReason::HangUp)
    }
}

impl Connection {
    /// Sends a command's output to a JSON-RPC client, and returns how many bytes of it are queued.
    fn send_print(&self, bytes: &[u8]) -> Result<usize, Errno> {
        // In pieces, so that the queue stays short however much is printed at once.
        let piece = &bytes[..bytes.len().min(MAX_MESSAGE_BYTES)];
        let end = match std::str::from_utf8(piece) {
            Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => error.valid_up_to(),
            _ => piece.len(),
        };
        let is_queued = self.rpc_state().print(&String::from_utf8_lossy(&piece[..end]));
        self.flush_queue()?;
        Ok(if is_queued { end } else { 0 })
    }

    /// Responds to the requests that need not wait for the running command, also those that arrived with it.
    fn respond_to_urgent_requests(&self) -> Option<StopReason> {
        self.input_buffer().take_urgent(|line| self.rpc_state().respond_out_of_order(line));
        if self.flush_queue().is_err() || self.rpc_state().is_flooded() {
            return Some(StopReason::HangUp);
        }
        self.rpc_state().is_cancelled().then_some(StopReason::Cancelled)
    }

    /// Returns whether a client that `poll` reports as hung up is gone. On Apple's systems it may only have finished sending, and a
    /// poll for output alone shows the difference.
    fn is_output_closed(&self) -> bool {
        if !cfg!(target_vendor = "apple") {
            return true;
        }
        let mut fds = [PollFd::new(self, PollFlags::OUT)];
        let waited = poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
        waited.is_ok() && fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR)
    }

    fn interrupted(&self) -> Option<StopReason> {
        self.input_buffer().take_interrupt().then_some(StopReason::Cancelled)
    }
}
