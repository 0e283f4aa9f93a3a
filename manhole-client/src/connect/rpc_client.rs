//! An RPC session with an application: requests, responses, and the server's notifications.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use manhole_protocol::message::{Id, Request, Response, ServerMessage, parse_server_line};
use manhole_protocol::methods::{
    Cancel, Changed, Closed, Eval, Evaluation, Method, Notification, Print, ServerInfo,
};

use super::handshake::{self, Handshake};
use super::level::Level;
use super::options::{ConnectOptions, HANDSHAKE_TIMEOUT};
use super::target::ResolvedTarget;
use super::transport::{self, TransportProcess};
use super::wait::{POLL_INTERVAL, WaitOptions};
use crate::error::{Cause, Error, ErrorKind};

/// How long the client waits for a command that it has cancelled.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(3);

/// How long the last messages of a server may take after the connection has failed.
const LAST_MESSAGES_TIMEOUT: Duration = Duration::from_millis(20);

/// How many messages are read before they are handled, since some servers never pause.
const MAX_MESSAGES_AT_ONCE: usize = 10_000;

/// How long the server waits for a lock of the application while a full screen is shown, which would freeze.
const SCREEN_LOCK_WAIT: &str = "50ms";

/// A notification of the server.
pub enum ServerEvent {
    /// Output of a command.
    Print(Print),
    /// A change of a watched expression.
    Changed(Changed),
}

/// A session.
pub struct RpcClient {
    /// The application's label.
    pub label: String,
    /// The text before the first prompt.
    pub banner: String,
    /// What the server has said of itself.
    pub info: ServerInfo,
    writer: Box<dyn Write + Send>,
    lines: Receiver<String>,
    responses: HashMap<Id, Response>,
    events: Vec<ServerEvent>,
    last_id: u64,
    closed: bool,
    /// The last line that was not a message: why the server ended the session.
    close_message: String,
    process: TransportProcess,
}

impl RpcClient {
    /// Opens a session.
    pub fn connect(
        target: &ResolvedTarget,
        options: &ConnectOptions,
        wait: &WaitOptions<'_>,
    ) -> Result<Self, Error> {
        let (sender, outcome) = mpsc::sync_channel(1);
        let abandoned = Arc::new(AtomicBool::new(false));
        let (to, by, is_abandoned) = (target.clone(), options.clone(), Arc::clone(&abandoned));
        // On another thread: this one could not check `wait` while the kernel connects.
        thread::spawn(move || drop(sender.send(Self::open(&to, &by, &is_abandoned))));
        let (started, label) = (Instant::now(), &target.label);
        let mut indicator = wait.show(Some(&format!("connecting to {label}")));
        let error = loop {
            match outcome.recv_timeout(POLL_INTERVAL) {
                Ok(outcome) => return outcome,
                Err(RecvTimeoutError::Disconnected) => break handshake::no_response_error(label),
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(indicator) = &mut indicator {
                        indicator.tick();
                    }
                }
            }
            match wait.expired(started) {
                Some(error) if matches!(error.cause(), Cause::Timeout) => {
                    break Cause::ConnectTimeout { label: label.clone() }.into();
                }
                Some(error) => break error,
                None if started.elapsed() > transport::handshake_timeout(&target.endpoint) => {
                    break handshake::no_response_error(label);
                }
                None => {}
            }
        };
        abandoned.store(true, Ordering::SeqCst);
        // Gives the other thread time to end its transport process.
        let _ = outcome.recv_timeout(POLL_INTERVAL * 4);
        Err(error)
    }

    fn open(
        target: &ResolvedTarget,
        options: &ConnectOptions,
        abandoned: &AtomicBool,
    ) -> Result<Self, Error> {
        let Handshake { banner, info, lines, writer, process } =
            handshake::begin(target, options, abandoned)?;
        let mut client = Self {
            label: target.label.clone(),
            banner,
            info,
            writer,
            lines,
            responses: HashMap::new(),
            events: Vec::new(),
            last_id: 0,
            closed: false,
            close_message: String::new(),
            process,
        };
        if let Some(level) = options.level.into_iter().chain(target.level).min() {
            client.lower_level(level)?;
        }
        Ok(client)
    }

    /// Lowers the level of the session, if it is above `level`.
    fn lower_level(&mut self, level: Level) -> Result<(), Error> {
        // A level that this client does not know may be above.
        if self.info.level.parse::<Level>().map_or(true, |current| current > level) {
            self.call(&Eval::new(format!("level(\"{}\");", level.name())))?;
            self.info.level = level.name().to_owned();
        }
        Ok(())
    }

    /// Reads the messages that have arrived, and returns whether the connection has ended.
    pub fn is_closed(&mut self) -> bool {
        self.read_all_messages(Duration::ZERO);
        self.closed
    }

    /// Returns why the server ended the connection, after a colon. Empty if the server gave no reason.
    pub fn close_reason(&self) -> String {
        if self.close_message.is_empty() { String::new() } else { format!(": {}", self.close_message) }
    }

    /// Sends a request and returns its id.
    pub fn start<M: Method>(&mut self, method: &M) -> Result<Id, Error> {
        self.last_id += 1;
        let id = Id::from(self.last_id);
        let request = Request::new(id.clone(), method)
            .map_err(|error| Cause::Response { method: M::NAME, reason: error.to_string() })?;
        let (line, limit) = (request.to_line(), self.info.max_message_bytes);
        if line.len() > limit {
            return Err(Cause::CommandTooLong { bytes: line.len(), limit }.into());
        }
        let sent = self.writer.write_all(line.as_bytes()).and_then(|()| self.writer.flush());
        sent.map_err(|_| self.connection_lost())?;
        Ok(id)
    }

    /// Waits for the response to a request. Passes each notification that precedes it to `handle`.
    ///
    /// # Errors
    ///
    /// If the server reports one, the wait expires, the connection ends, or `handle` returns one.
    pub fn finish<M: Method, E: From<Error>>(
        &mut self,
        id: &Id,
        wait: &WaitOptions<'_>,
        handle: &mut dyn FnMut(ServerEvent) -> Result<(), E>,
    ) -> Result<M::Result, E> {
        let started = Instant::now();
        let mut indicator = wait.show(wait.text);
        // Why and when the request was cancelled.
        let mut cancelled: Option<(Error, Instant)> = None;
        loop {
            for event in self.events.drain(..) {
                if let Some(indicator) = &mut indicator {
                    indicator.clear();
                }
                handle(event)?;
            }
            if let Some(response) = self.responses.remove(id) {
                let result = response.result::<M>().map_err(|error| {
                    Error::from(Cause::Response { method: M::NAME, reason: error.to_string() })
                })?;
                return result
                    .map_err(|error| response_error(error, cancelled.map(|(cause, _)| cause)).into());
            }
            if self.closed {
                return Err(self.connection_lost().into());
            }
            match (wait.expired(started), &cancelled) {
                // The second Ctrl-C.
                (Some(error), Some(_)) if error.kind() == ErrorKind::Cancelled => return Err(error.into()),
                (Some(error), None) => {
                    self.start(&Cancel::new(id.clone()))?;
                    cancelled = Some((error, Instant::now()));
                }
                _ => {}
            }
            if let Some((error, _)) = cancelled.take_if(|(_, since)| since.elapsed() > CANCEL_TIMEOUT) {
                return Err(error.into());
            }
            self.read_message(POLL_INTERVAL);
            if let Some(indicator) = &mut indicator {
                indicator.tick();
            }
        }
    }

    /// Runs a command. Returns what it prints, and its value.
    pub fn evaluate(
        &mut self,
        command: &Eval,
        wait: &WaitOptions<'_>,
    ) -> Result<(String, Evaluation), Error> {
        let id = self.start(command)?;
        let mut printed = String::new();
        let evaluation = self.finish::<Eval, Error>(&id, wait, &mut |event| {
            if let ServerEvent::Print(print) = event {
                printed += &print.text;
            }
            Ok(())
        })?;
        Ok((printed, evaluation))
    }

    /// Sends a request and waits for its response. Keeps notifications for [`events`](Self::events).
    pub fn call<M: Method>(&mut self, method: &M) -> Result<M::Result, Error> {
        let id = self.start(method)?;
        let wait = WaitOptions { timeout: Some(HANDSHAKE_TIMEOUT), ..WaitOptions::default() };
        let mut events = Vec::new();
        let result = self.finish::<M, Error>(&id, &wait, &mut |event| {
            events.push(event);
            Ok(())
        });
        self.events.extend(events);
        result
    }

    /// Shortens the lock wait of this session for a full screen.
    pub fn shorten_lock_wait(&mut self) {
        self.set_lock_wait(SCREEN_LOCK_WAIT);
    }

    /// Sets how long this session waits for the application's locks.
    pub fn set_lock_wait(&mut self, time: &str) {
        // Screens also work without, only less smoothly.
        let _ = self.call(&Eval::new(format!("set(\"lock_wait\", \"{time}\");")));
    }

    /// Sets how long a command of this session may run.
    pub fn set_timeout(&mut self, time: &str) {
        let _ = self.call(&Eval::new(format!("set(\"timeout\", \"{time}\");")));
    }

    /// Returns the notifications that have arrived. Waits up to `time` for the first one.
    pub fn events(&mut self, time: Duration) -> Result<Vec<ServerEvent>, Error> {
        if self.events.is_empty() && !self.closed {
            self.read_message(time);
        }
        self.read_all_messages(Duration::ZERO);
        if self.closed && self.events.is_empty() {
            return Err(self.connection_lost());
        }
        Ok(std::mem::take(&mut self.events))
    }

    /// Reads messages until none arrives within `time`.
    fn read_all_messages(&mut self, time: Duration) {
        let mut left = MAX_MESSAGES_AT_ONCE;
        while left > 0 && !self.closed && self.read_message(time) {
            left -= 1;
        }
    }

    /// Reads one message. Returns whether one arrived within `time`.
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
                let event = match notification.method.as_str() {
                    Print::NAME => notification.params().map(ServerEvent::Print),
                    Changed::NAME => notification.params().map(ServerEvent::Changed),
                    Closed::NAME => {
                        let closed = notification.params::<Closed>();
                        self.close_message = closed.map(|closed| closed.reason).unwrap_or_default();
                        return true;
                    }
                    // A later server may have more.
                    _ => return true,
                };
                self.events.extend(event);
            }
            // Plain text is from a program between client and server, such as ssh.
            Ok(ServerMessage::Batch(_)) | Err(_) => {
                if !line.trim().is_empty() {
                    self.close_message = line.trim().to_owned();
                }
            }
        }
        true
    }

    /// Marks the connection as closed, and returns the error for it.
    fn connection_lost(&mut self) -> Error {
        self.read_all_messages(LAST_MESSAGES_TIMEOUT);
        self.closed = true;
        let stderr = self.process.last_stderr_line().map(|line| format!(": {line}"));
        let reason = stderr.unwrap_or_else(|| self.close_reason());
        Cause::ConnectionLost { label: self.label.clone(), reason }.into()
    }
}

/// Returns the error of a response, with the exit status of the cause if the client has cancelled the request.
fn response_error(error: manhole_protocol::Error, cause: Option<Error>) -> Error {
    match cause {
        Some(cause) if error.kind() == manhole_protocol::ErrorKind::Cancelled => match cause.kind() {
            ErrorKind::Cancelled => {
                Cause::Server { error: Box::new(error), kind: ErrorKind::Cancelled }.into()
            }
            _ => cause,
        },
        _ => error.into(),
    }
}
