//! Opens a session: reads the banner up to the server's first message, which is the response to `info`, and checks the version. The name
//! of the client follows `info` without waiting for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Instant;

use manhole_protocol::VERSION;
use manhole_protocol::message::{Id, Request, ServerMessage, parse_server_line};
use manhole_protocol::methods::{Closed, Identify, Info, Method, Notification, ServerInfo};
use serde::{Deserialize, Serialize};

use super::options::{ConnectOptions, HANDSHAKE_TIMEOUT};
use super::target::ResolvedTarget;
use super::transport::{self, TransportProcess, last_line};
use super::wait::POLL_INTERVAL;
use crate::error::{Cause, Error};

/// The maximum size of a banner. A console sends a few lines; a server that sends more is something else.
const MAX_BANNER_BYTES: usize = 64 * 1024;

/// The maximum size of a line after the banner.
const MAX_LINE_BYTES: u64 = 64 * 1024 * 1024;

/// How many received lines may wait for the client. Their places take memory from the start, in each of hundreds of sessions.
const MAX_QUEUED_LINES: usize = 1024;

/// How many characters of an unknown server's output an error message quotes.
const MAX_QUOTED_CHARS: usize = 40;

/// The help for a command that asks for a terminal, such as `docker exec -it`.
const NO_TERMINAL: &str = "use -i without -t: the protocol needs no terminal";

/// An open session.
pub(super) struct Handshake {
    /// The text before the first prompt.
    pub(super) banner: String,
    pub(super) info: ServerInfo,
    pub(super) lines: Receiver<String>,
    pub(super) writer: Box<dyn Write + Send>,
    pub(super) process: TransportProcess,
}

/// Connects and sends `info`, until `abandoned` is set.
pub(super) fn begin(
    target: &ResolvedTarget,
    options: &ConnectOptions,
    abandoned: &AtomicBool,
) -> Result<Handshake, Error> {
    let label = &target.label;
    let mut duplex = transport::connect(&target.endpoint, options)?;
    let (sender, lines) = mpsc::sync_channel(MAX_QUEUED_LINES);
    thread::spawn(move || read_lines(duplex.reader, &sender));
    let request = request_line(&Info::new(), Some(Id::from(0)))?;
    let name = request_line(&Identify::new(options.client.as_str()), None)?;
    // A server that refuses the session may not read the request. Its refusal is still there to read.
    let _ = duplex.writer.write_all((request.clone() + &name).as_bytes());
    let _ = duplex.writer.flush();
    let mut received = String::new();
    let response = match read_hello(&lines, &mut received, abandoned) {
        Ok(response) => response,
        Err(HelloError::Timeout) => return Err(no_response_error(label)),
        Err(HelloError::Closed) => return Err(refusal(&received, label, &duplex.process)),
        Err(HelloError::TooLong) => {
            let begin = received.lines().next().unwrap_or_default().chars().take(MAX_QUOTED_CHARS);
            let text = format!("{:?} and more, without an end", begin.collect::<String>());
            return Err(Cause::NotManhole { label: label.clone(), text }.into());
        }
    };
    if response.trim_end() == request.trim_end() {
        let reason = "its command runs in a terminal, which repeats the input".to_owned();
        let help = Some(NO_TERMINAL.to_owned());
        return Err(Cause::Closed { label: label.clone(), reason, help }.into());
    }
    let info = parse_info(&response, label)?;
    // The last line is the prompt; the server ends it before its first message.
    let end = received.trim_end_matches('\n').rfind('\n').map_or(0, |end| end + 1);
    received.truncate(end);
    Ok(Handshake { banner: received, info, lines, writer: duplex.writer, process: duplex.process })
}

/// Returns the line of a request. Without an id it is a notification: an older server ignores one of a method that it does not know.
fn request_line<M: Method>(method: &M, id: Option<Id>) -> Result<String, Error> {
    let mut request = Request::new(0, method)
        .map_err(|error| Cause::Response { method: M::NAME, reason: error.to_string() })?;
    request.id = id;
    Ok(request.to_line())
}

/// Creates the error for a server that sends nothing.
pub(super) fn no_response_error(label: &str) -> Error {
    Cause::NoResponse { label: label.to_owned() }.into()
}

/// Sends lines until the connection ends.
fn read_lines(reader: Box<dyn Read + Send>, lines: &SyncSender<String>) {
    let mut reader = BufReader::new(reader);
    let mut max_bytes = MAX_BANNER_BYTES as u64;
    loop {
        if reader.fill_buf().is_ok_and(|begin| begin.starts_with(b"{")) {
            max_bytes = MAX_LINE_BYTES;
        }
        let mut line = Vec::new();
        match reader.by_ref().take(max_bytes).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                if lines.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    return;
                }
            }
        }
    }
}

enum HelloError {
    Timeout,
    Closed,
    TooLong,
}

/// Returns the first message, and collects what precedes it in `received`.
fn read_hello(
    lines: &Receiver<String>,
    received: &mut String,
    abandoned: &AtomicBool,
) -> Result<String, HelloError> {
    let started = Instant::now();
    while started.elapsed() < HANDSHAKE_TIMEOUT && !abandoned.load(Ordering::SeqCst) {
        match lines.recv_timeout(POLL_INTERVAL) {
            Ok(line) if line.starts_with('{') => return Ok(line),
            Ok(line) => *received += &line,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(HelloError::Closed),
        }
        if received.len() >= MAX_BANNER_BYTES {
            return Err(HelloError::TooLong);
        }
    }
    Err(HelloError::Timeout)
}

/// The beginning of the reason for which a console refuses a session.
const REFUSAL: &str = "cannot open a session: ";

/// Explains why the server has closed the connection.
fn refusal(received: &str, label: &str, process: &TransportProcess) -> Error {
    /// The last line of a console that shuts down.
    const SHUTDOWN: &str = "the console is shutting down";
    let label = label.to_owned();
    if let Some(last) = last_line(received) {
        let refusal = last.strip_prefix("error: ").and_then(|error| error.strip_prefix(REFUSAL));
        if let Some(reason) = refusal.or((last == SHUTDOWN).then_some(last)) {
            return Cause::Refused { label, reason: reason.to_owned() }.into();
        }
        return Cause::NotManhole { label, text: format!("{last:?}") }.into();
    }
    let reason = process.last_stderr_line();
    let reason = reason.unwrap_or_else(|| "the server closed the connection without a message".to_owned());
    // As docker and podman say it.
    let is_terminal_missing = ["TTY", "tty"].iter().any(|word| reason.contains(word));
    let help = if is_terminal_missing { Some(NO_TERMINAL.to_owned()) } else { process.help.clone() };
    Cause::Closed { label, reason, help }.into()
}

/// The part of the response to `info` that every version of the protocol has.
#[derive(Serialize, Deserialize)]
struct VersionInfo {
    version: String,
    protocol: u32,
}

/// `info`, with only that part in its result.
#[derive(Serialize, Deserialize)]
struct InfoRequest {}

impl Method for InfoRequest {
    const NAME: &'static str = Info::NAME;
    type Result = VersionInfo;
}

fn parse_info(line: &str, label: &str) -> Result<ServerInfo, Error> {
    let label = label.to_owned();
    let unknown =
        || Error::from(Cause::NotManhole { label: label.clone(), text: format!("{:?}", line.trim_end()) });
    let response = match parse_server_line(line) {
        Ok(ServerMessage::Response(response)) => response,
        Ok(ServerMessage::Notification(notification)) if notification.method == Closed::NAME => {
            let Closed { reason } = notification.params().map_err(|_| unknown())?;
            let reason = reason.strip_prefix(REFUSAL).unwrap_or(&reason).to_owned();
            return Err(Cause::Refused { label, reason }.into());
        }
        _ => return Err(unknown()),
    };
    let VersionInfo { version, protocol } = response.result::<InfoRequest>().map_err(|_| unknown())??;
    if protocol != VERSION {
        return Err(Cause::Version { label, protocol, version }.into());
    }
    Ok(response.result::<Info>().map_err(|_| unknown())??)
}
