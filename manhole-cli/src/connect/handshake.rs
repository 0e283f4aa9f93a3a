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

use super::target::Found;
use super::transport::{self, Helper, Way};
use super::wait::ROUND;
use crate::error::{Failure, FailureKind};

/// How much may come before the first message. A manhole says a few lines; who says more is something else.
const LONGEST_BANNER: usize = 64 * 1024;

/// The longest line that is read from then on.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// How many lines may have come that nobody has looked at.
const MOST_LINES: usize = 64 * 1024;

/// A session that has begun.
pub(crate) struct Greeted {
    /// What the server has said before the first prompt.
    pub(crate) banner: String,
    pub(crate) information: ServerInfo,
    pub(crate) lines: Receiver<String>,
    pub(crate) writer: Box<dyn Write + Send>,
    pub(crate) helper: Helper,
}

/// Connects to the program that was found, and asks who it is, unless that is given up.
pub(crate) fn begin(found: &Found, way: &Way, given_up: &AtomicBool) -> Result<Greeted, Failure> {
    let mut link = transport::connect(&found.place, way)?;
    let (sender, lines) = mpsc::sync_channel(MOST_LINES);
    thread::spawn(move || read(link.reader, &sender));
    let first = Request::new(0, &Info::new()).map_err(|error| Failure::connection(error.to_string()))?;
    // A server that has refused to talk may not even read it; what it said instead is still to be read.
    let _ = link.writer.write_all(first.to_line().as_bytes());
    let _ = link.writer.flush();
    let greeting = greeting(&lines, &found.label, &link.helper, given_up)?;
    let information = information(&greeting.answer, &found.label)?;
    Ok(Greeted { banner: greeting.banner, information, lines, writer: link.writer, helper: link.helper })
}

/// The failure for a program that says nothing.
pub(crate) fn silent(label: &str) -> Failure {
    Failure::connection(format!("{label} does not answer"))
        .help("it may not be a manhole, or be stopped in a debugger")
}

/// Hands on whole lines until there are no more.
fn read(reader: Box<dyn Read + Send>, lines: &SyncSender<String>) {
    let mut reader = BufReader::new(reader);
    let mut longest = LONGEST_BANNER as u64;
    loop {
        if reader.fill_buf().is_ok_and(|begin| begin.starts_with(b"{")) {
            longest = LONGEST_LINE;
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

struct Greeting {
    banner: String,
    answer: String,
}

/// Reads what a server says up to its first message.
fn greeting(
    lines: &Receiver<String>,
    label: &str,
    helper: &Helper,
    given_up: &AtomicBool,
) -> Result<Greeting, Failure> {
    let began = Instant::now();
    let mut said = String::new();
    while began.elapsed() < transport::GREETING && !given_up.load(Ordering::SeqCst) {
        match lines.recv_timeout(ROUND) {
            Ok(line) if line.starts_with('{') => {
                // The prompt ends where the first message begins.
                let end = said.trim_end_matches('\n').rfind('\n').map_or(0, |end| end + 1);
                said.truncate(end);
                return Ok(Greeting { banner: said, answer: line });
            }
            Ok(line) => said += &line,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(refusal(&said, label, helper)),
        }
        if said.len() >= LONGEST_BANNER {
            let begin: String = said.lines().next().unwrap_or_default().chars().take(40).collect();
            return Err(Failure::connection(format!(
                "{label} is not a manhole: it says {begin:?} and more, without an end"
            )));
        }
    }
    Err(silent(label))
}

/// What it means that a server has ended the connection.
fn refusal(said: &str, label: &str, helper: &Helper) -> Failure {
    const REFUSALS: [&str; 5] =
        ["may not connect", "the token is wrong", "no token came", "too many", "before a token came"];
    let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    if last.contains("token") {
        return Failure::new(FailureKind::Denied, format!("{label}: {last}"))
            .help("the environment variable MANHOLE_TOKEN has the token of a manhole that asks for one");
    }
    if REFUSALS.iter().any(|refusal| last.contains(refusal)) {
        return Failure::new(FailureKind::Denied, format!("{label}: {last}"));
    }
    if !last.is_empty() {
        return Failure::connection(format!("{label} is not a manhole: it says {last:?}"));
    }
    let failure = Failure::connection(match helper.said() {
        Some(said) => format!("{label} is not reached: {said}"),
        None => format!("{label} has closed the connection without a word"),
    });
    match &helper.help {
        Some(help) => failure.help(help),
        None => failure,
    }
}

/// The first answer, as far as every version has it.
#[derive(Serialize, Deserialize)]
struct Hello {}

#[derive(Serialize, Deserialize)]
struct Versions {
    version: String,
    protocol: u32,
}

impl Method for Hello {
    const NAME: &'static str = Info::NAME;
    type Result = Versions;
}

fn information(answer: &str, label: &str) -> Result<ServerInfo, Failure> {
    let strange =
        || Failure::connection(format!("{label} is not a manhole: it says {:?}", answer.trim_end()));
    let Ok(ServerMessage::Response(response)) = parse_server_line(answer) else { return Err(strange()) };
    let versions = response.answer::<Hello>().map_err(|_| strange())??;
    let Versions { version, protocol } = versions;
    if protocol > VERSION {
        return Err(Failure::connection(format!(
            "{label} speaks version {protocol} of the protocol (manhole {version}), and this client only version {VERSION}"
        ))
        .help("update it: cargo install manhole-cli"));
    }
    if protocol < VERSION {
        return Err(Failure::connection(format!(
            "{label} speaks version {protocol} of the protocol (manhole {version}), which is too old for this client"
        ))
        .help("update manhole in the program, or talk to it by nc -U"));
    }
    response.answer::<Info>().map_err(|_| strange())?.map_err(Failure::from)
}
