//! A session with a program: requests, their answers, and what comes unasked.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use manhole_protocol::message::{Id, Request, Response, ServerMessage, parse_server_line};
use manhole_protocol::methods::{Cancel, Changed, Eval, Method, Notification, Print, ServerInfo};
use manhole_protocol::{Error, ErrorKind};

use super::handshake::{self, Handshake};
use super::target::ResolvedTarget;
use super::transport::{self, ConnectOptions, TransportProcess};
use super::wait::{POLL_INTERVAL, WaitOptions};
use crate::error::{CliError, CliErrorKind};
use crate::terminal::spinner::Spinner;

/// How long a command may go on after it was told to end, before the client stops waiting for it.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(3);

/// How much is taken in before it is looked at: whoever never stops talking could always have more.
const MAX_MESSAGES_AT_ONCE: usize = 10_000;

/// What comes unasked.
pub(crate) enum ServerEvent {
    Print(Print),
    Changed(Changed),
}

/// A session.
pub(crate) struct RpcClient {
    /// What the program goes by.
    pub(crate) label: String,
    /// What the server has said before the first prompt.
    pub(crate) banner: String,
    pub(crate) info: ServerInfo,
    writer: Box<dyn Write + Send>,
    lines: Receiver<String>,
    responses: HashMap<Id, Response>,
    events: Vec<ServerEvent>,
    last: u64,
    closed: bool,
    /// What the server has said that is no message: why it ends.
    close_message: String,
    process: TransportProcess,
}

impl RpcClient {
    /// Begins a session with the program that was found.
    pub(crate) fn connect(
        found: &ResolvedTarget,
        options: &ConnectOptions,
        wait: &WaitOptions<'_>,
    ) -> Result<Self, CliError> {
        let (sender, handshake) = mpsc::sync_channel(1);
        let abandoned = Arc::new(AtomicBool::new(false));
        let (there, by, is_abandoned) = (found.clone(), options.clone(), Arc::clone(&abandoned));
        // Not here: who waits in the kernel to be connected can look at nothing else.
        thread::spawn(move || drop(sender.send(Self::handshake(&there, &by, &is_abandoned))));
        let (started, label) = (Instant::now(), &found.label);
        let mut spinner = Spinner::new(format!("connecting to {label}; Ctrl-C stops it"));
        let why = loop {
            match handshake.recv_timeout(POLL_INTERVAL) {
                Ok(handshake) => return handshake,
                Err(RecvTimeoutError::Disconnected) => break handshake::no_answer_error(label),
                Err(RecvTimeoutError::Timeout) => spinner.tick(),
            }
            match wait.expired(started) {
                Some(error) if error.kind() == CliErrorKind::Timeout => {
                    break CliError::new(CliErrorKind::Timeout, format!("{label} does not answer in time"));
                }
                Some(error) => break error,
                None if started.elapsed() > transport::handshake_timeout(&found.endpoint) => {
                    break handshake::no_answer_error(label);
                }
                None => {}
            }
        };
        abandoned.store(true, Ordering::SeqCst);
        // What it goes through is ended there, if it goes through something.
        let _ = handshake.recv_timeout(POLL_INTERVAL * 4);
        Err(why)
    }

    fn handshake(
        found: &ResolvedTarget,
        options: &ConnectOptions,
        abandoned: &AtomicBool,
    ) -> Result<Self, CliError> {
        let Handshake { banner, info, lines, writer, process } = handshake::begin(found, options, abandoned)?;
        Ok(Self {
            label: found.label.clone(),
            banner,
            info,
            writer,
            lines,
            responses: HashMap::new(),
            events: Vec::new(),
            last: 0,
            closed: false,
            close_message: String::new(),
            process,
        })
    }

    /// Whether the connection has ended. What has come meanwhile is taken in.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.read_all_messages(Duration::ZERO);
        self.closed
    }

    /// What the server has said at the end of the connection.
    pub(crate) fn close_reason(&self) -> String {
        if self.close_message.is_empty() { String::new() } else { format!(": {}", self.close_message) }
    }

    /// Sends a request, and answers its id.
    pub(crate) fn start<M: Method>(&mut self, method: &M) -> Result<Id, CliError> {
        self.last += 1;
        let id = Id::from(self.last);
        let request = Request::new(id.clone(), method).map_err(|error| CliError::usage(error.to_string()))?;
        let line = request.to_line();
        if line.len() > self.info.longest_message {
            let longest = self.info.longest_message / 1024;
            return Err(CliError::usage(format!("a command may have at most {longest} KiB")));
        }
        let sent = self.writer.write_all(line.as_bytes()).and_then(|()| self.writer.flush());
        sent.map_err(|_| self.connection_lost())?;
        Ok(id)
    }

    /// Waits for the answer to a request, and hands what comes before it to `tell`.
    pub(crate) fn finish<M: Method>(
        &mut self,
        id: &Id,
        wait: &WaitOptions<'_>,
        tell: &mut dyn FnMut(ServerEvent) -> Result<(), CliError>,
    ) -> Result<M::Result, CliError> {
        let started = Instant::now();
        let mut spinner = wait.spinner.map(Spinner::new);
        // Why it was told to end, and when.
        let mut ending: Option<(CliError, Instant)> = None;
        loop {
            for events in self.events.drain(..) {
                if let Some(spinner) = &mut spinner {
                    spinner.clear();
                }
                tell(events)?;
            }
            if let Some(response) = self.responses.remove(id) {
                let answer = response.result::<M>().map_err(|error| {
                    CliError::connection(format!("the answer to `{}` is not understood: {error}", M::NAME))
                })?;
                return answer.map_err(|error| stopped(error, ending.map(|(why, _)| why)));
            }
            if self.closed {
                return Err(self.connection_lost());
            }
            match (wait.expired(started), &ending) {
                // Once more.
                (Some(error), Some(_)) if error.kind() == CliErrorKind::Interrupted => {
                    return Err(error);
                }
                (Some(error), None) => {
                    self.start(&Cancel::new(id.clone()))?;
                    ending = Some((error, Instant::now()));
                }
                _ => {}
            }
            if let Some((error, since)) = &ending
                && since.elapsed() > CANCEL_TIMEOUT
            {
                return Err(error.clone());
            }
            self.read_message(POLL_INTERVAL);
            if let Some(spinner) = &mut spinner {
                spinner.tick();
            }
        }
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn call<M: Method>(&mut self, method: &M) -> Result<M::Result, CliError> {
        let id = self.start(method)?;
        let wait = WaitOptions { timeout: Some(transport::HANDSHAKE_TIMEOUT), ..WaitOptions::default() };
        let mut kept = Vec::new();
        let answer = self.finish::<M>(&id, &wait, &mut |events| {
            kept.push(events);
            Ok(())
        });
        self.events.extend(kept);
        answer
    }

    /// Waits only a moment for what the program has locked, for as long as the session lasts: a screen would stand still.
    pub(crate) fn wait_little_for_locks(&mut self) {
        self.wait_for_locks("50ms");
    }

    /// Waits for them as long as that.
    pub(crate) fn wait_for_locks(&mut self, time: &str) {
        // It can be done without.
        let _ = self.call(&Eval::new(format!("set(\"lock_wait\", \"{time}\");")));
    }

    /// What has come unasked; waits for it for `time` at most.
    pub(crate) fn events(&mut self, time: Duration) -> Result<Vec<ServerEvent>, CliError> {
        if self.events.is_empty() && !self.closed {
            self.read_message(time);
        }
        self.read_all_messages(Duration::ZERO);
        if self.closed && self.events.is_empty() {
            return Err(self.connection_lost());
        }
        Ok(std::mem::take(&mut self.events))
    }

    /// Takes in what comes until nothing has come for `time`.
    fn read_all_messages(&mut self, time: Duration) {
        let mut left = MAX_MESSAGES_AT_ONCE;
        while left > 0 && !self.closed && self.read_message(time) {
            left -= 1;
        }
    }

    /// Takes one message in; answers whether one came within `time`.
    fn read_message(&mut self, time: Duration) -> bool {
        let line = match self.lines.recv_timeout(time) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => {
                self.closed = true;
                return false;
            }
        };
        match parse_server_line(&line) {
            Ok(ServerMessage::Response(response)) => {
                self.responses.insert(response.id.clone(), response);
            }
            Ok(ServerMessage::Notification(notification)) => {
                let events = match notification.method.as_str() {
                    Print::NAME => notification.params().map(ServerEvent::Print),
                    Changed::NAME => notification.params().map(ServerEvent::Changed),
                    // A later server may tell more.
                    _ => return true,
                };
                self.events.extend(events);
            }
            // What is no message is said by the server at its end: why it ends.
            Ok(ServerMessage::Batch(_)) | Err(_) => {
                if !line.trim().is_empty() {
                    self.close_message = line.trim().to_owned();
                }
            }
        }
        true
    }

    /// The failure for a connection that has ended.
    fn connection_lost(&mut self) -> CliError {
        self.read_all_messages(Duration::from_millis(20));
        self.closed = true;
        let why =
            self.process.last_stderr_line().map_or_else(|| self.close_reason(), |said| format!(": {said}"));
        CliError::connection(format!("the connection to {} has ended{why}", self.label))
    }
}

/// What it means that a request was answered by an error, where the client had told it to end.
fn stopped(error: Error, why: Option<CliError>) -> CliError {
    match why {
        Some(why) if error.kind() == ErrorKind::Cancelled && why.kind() == CliErrorKind::Timeout => why,
        // What the server says of it, and the status that it has here.
        Some(why) if error.kind() == ErrorKind::Cancelled => CliError::from(error).of(why.kind()),
        _ => error.into(),
    }
}
