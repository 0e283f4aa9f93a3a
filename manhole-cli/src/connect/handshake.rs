//! How a session begins: what a server says up to its first message, which is the answer to who it is.

use std::io::{BufRead, BufReader, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Instant;

use manhole_protocol::VERSION;
use manhole_protocol::message::{Request, ServerMessage, parse_server_line};
use manhole_protocol::methods::{Info, Method, ServerInfo};
use serde::{Deserialize, Serialize};

use super::target::ResolvedTarget;
use super::transport::{self, ConnectOptions, TransportProcess};
use super::wait::POLL_INTERVAL;
use crate::error::{CliError, CliErrorKind};

/// How much may come before the first message. A manhole says a few lines; who says more is something else.
const MAX_BANNER_BYTES: usize = 64 * 1024;

/// The longest line that is read from then on.
const MAX_LINE_BYTES: u64 = 64 * 1024 * 1024;

/// How many lines may have come that nobody has looked at.
const MAX_QUEUED_LINES: usize = 64 * 1024;

/// A session that has begun.
pub(crate) struct Handshake {
    /// What the server has said before the first prompt.
    pub(crate) banner: String,
    pub(crate) info: ServerInfo,
    pub(crate) lines: Receiver<String>,
    pub(crate) writer: Box<dyn Write + Send>,
    pub(crate) process: TransportProcess,
}

/// Connects to the program that was found, and asks who it is, unless that is given up.
pub(crate) fn begin(
    found: &ResolvedTarget,
    options: &ConnectOptions,
    abandoned: &AtomicBool,
) -> Result<Handshake, CliError> {
    let mut duplex = transport::connect(&found.endpoint, options)?;
    let (sender, lines) = mpsc::sync_channel(MAX_QUEUED_LINES);
    thread::spawn(move || read(duplex.reader, &sender));
    let first = Request::new(0, &Info::new()).map_err(|error| CliError::connection(error.to_string()))?;
    // A server that has refused to talk may not even read it; what it said instead is still to be read.
    let _ = duplex.writer.write_all(first.to_line().as_bytes());
    let _ = duplex.writer.flush();
    let read_hello = read_hello(&lines, &found.label, &duplex.process, abandoned)?;
    let info = info(&read_hello.answer, &found.label)?;
    Ok(Handshake { banner: read_hello.banner, info, lines, writer: duplex.writer, process: duplex.process })
}

/// The failure for a program that says nothing.
pub(crate) fn no_answer_error(label: &str) -> CliError {
    CliError::connection(format!("{label} does not answer"))
        .help("it may not be a manhole, or be stopped in a debugger")
}

/// Hands on whole lines until there are no more.
fn read(reader: Box<dyn Read + Send>, lines: &SyncSender<String>) {
    let mut reader = BufReader::new(reader);
    let mut longest = MAX_BANNER_BYTES as u64;
    loop {
        if reader.fill_buf().is_ok_and(|begin| begin.starts_with(b"{")) {
            longest = MAX_LINE_BYTES;
        }
        let mut line = Vec::new();
        match reader.by_ref().take(longest).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                if lines.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    return;
                }
            }
        }
    }
}

struct ServerHello {
    banner: String,
    answer: String,
}

/// Reads what a server says up to its first message.
fn read_hello(
    lines: &Receiver<String>,
    label: &str,
    process: &TransportProcess,
    abandoned: &AtomicBool,
) -> Result<ServerHello, CliError> {
    let started = Instant::now();
    let mut said = String::new();
    while started.elapsed() < transport::HANDSHAKE_TIMEOUT && !abandoned.load(Ordering::SeqCst) {
        match lines.recv_timeout(POLL_INTERVAL) {
            Ok(line) if line.starts_with('{') => {
                // The prompt ends where the first message begins.
                let end = said.trim_end_matches('\n').rfind('\n').map_or(0, |end| end + 1);
                said.truncate(end);
                return Ok(ServerHello { banner: said, answer: line });
            }
            Ok(line) => said += &line,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(refusal(&said, label, process)),
        }
        if said.len() >= MAX_BANNER_BYTES {
            let begin: String = said.lines().next().unwrap_or_default().chars().take(40).collect();
            return Err(CliError::connection(format!(
                "{label} is not a manhole: it says {begin:?} and more, without an end"
            )));
        }
    }
    Err(no_answer_error(label))
}

/// What it means that a server has ended the connection.
fn refusal(said: &str, label: &str, process: &TransportProcess) -> CliError {
    const REFUSALS: [&str; 5] =
        ["may not connect", "the token is wrong", "no token came", "too many", "before a token came"];
    let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    if last.contains("token") {
        return CliError::new(CliErrorKind::Denied, format!("{label}: {last}"))
            .help("the environment variable MANHOLE_TOKEN has the token of a manhole that asks for one");
    }
    if REFUSALS.iter().any(|refusal| last.contains(refusal)) {
        return CliError::new(CliErrorKind::Denied, format!("{label}: {last}"));
    }
    if !last.is_empty() {
        return CliError::connection(format!("{label} is not a manhole: it says {last:?}"));
    }
    let error = CliError::connection(match process.last_stderr_line() {
        Some(said) => format!("{label} is not reached: {said}"),
        None => format!("{label} has closed the connection without a word"),
    });
    match &process.help {
        Some(help) => error.help(help),
        None => error,
    }
}

/// The first answer, as far as every version has it.
#[derive(Serialize, Deserialize)]
struct InfoRequest {}

#[derive(Serialize, Deserialize)]
struct VersionInfo {
    version: String,
    protocol: u32,
}

impl Method for InfoRequest {
    const NAME: &'static str = Info::NAME;
    type Result = VersionInfo;
}

fn info(answer: &str, label: &str) -> Result<ServerInfo, CliError> {
    let strange =
        || CliError::connection(format!("{label} is not a manhole: it says {:?}", answer.trim_end()));
    let Ok(ServerMessage::Response(response)) = parse_server_line(answer) else { return Err(strange()) };
    let versions = response.result::<InfoRequest>().map_err(|_| strange())??;
    let VersionInfo { version, protocol } = versions;
    if protocol > VERSION {
        return Err(CliError::connection(format!(
            "{label} speaks version {protocol} of the protocol (manhole {version}), and this client only version {VERSION}"
        ))
        .help("update it: cargo install manhole-cli"));
    }
    if protocol < VERSION {
        return Err(CliError::connection(format!(
            "{label} speaks version {protocol} of the protocol (manhole {version}), which is too old for this client"
        ))
        .help("update manhole in the program, or talk to it by nc -U"));
    }
    response.result::<Info>().map_err(|_| strange())?.map_err(CliError::from)
}
