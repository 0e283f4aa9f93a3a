//! A session with a program: requests, their answers, and what comes unasked.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use manhole_protocol::VERSION;
use manhole_protocol::message::{Id, Incoming, Request, Response, incoming};
use manhole_protocol::method::{Cancel, Changed, Info, Information, Method, Notice, Print};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, FailureKind};
use crate::progress::Progress;
use crate::target::Found;
use crate::transport::{self, Helper, Way};

/// How often whoever waits looks whether it is to end.
const ROUND: Duration = Duration::from_millis(50);

/// How long a command may go on after it was told to end, before the client stops waiting for it.
const GRACE: Duration = Duration::from_secs(3);

/// The longest line that is read.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// What comes unasked.
pub(crate) enum News {
    Print(Print),
    Changed(Changed),
}

/// What may end a wait early.
#[derive(Default)]
pub(crate) struct Patience<'a> {
    /// Ctrl-C cancels what is waited for.
    pub(crate) interrupt: Option<&'a dyn Fn() -> bool>,
    pub(crate) timeout: Option<Duration>,
    /// What is shown of a wait that takes long.
    pub(crate) progress: Option<&'a str>,
}

/// A session.
pub(crate) struct Client {
    /// What the program goes by.
    pub(crate) label: String,
    /// What the server has said before the first prompt.
    pub(crate) banner: String,
    pub(crate) information: Information,
    writer: Box<dyn Write + Send>,
    lines: Receiver<String>,
    answers: HashMap<Id, Response>,
    news: Vec<News>,
    last: u64,
    closed: bool,
    /// What the server has said that is no message: why it ends.
    last_words: String,
    helper: Helper,
}

impl Client {
    /// Begins a session with the program that was found.
    pub(crate) fn connect(found: &Found, way: &Way) -> Result<Self, Failure> {
        let mut link = transport::connect(&found.place, way)?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || read(link.reader, &sender));
        let first = Request::new(0, &Info::new()).map_err(|error| Failure::connection(error.to_string()))?;
        // A server that has refused to talk may not even read it; what it said instead is still to be read.
        let _ = link.writer.write_all(first.to_line().as_bytes());
        let _ = link.writer.flush();
        let greeting = greeting(&lines, &found.label, &link.helper)?;
        let information = information(&greeting.answer, &found.label)?;
        Ok(Self {
            label: found.label.clone(),
            banner: greeting.banner,
            information,
            writer: link.writer,
            lines,
            answers: HashMap::new(),
            news: Vec::new(),
            last: 0,
            closed: false,
            last_words: String::new(),
            helper: link.helper,
        })
    }

    /// Whether the connection has ended. What has come meanwhile is taken in.
    pub(crate) fn is_closed(&mut self) -> bool {
        while !self.closed && self.take_in(Duration::ZERO) {}
        self.closed
    }

    /// What the server has said at the end of the connection.
    pub(crate) fn farewell(&self) -> String {
        if self.last_words.is_empty() { String::new() } else { format!(": {}", self.last_words) }
    }

    /// Sends a request, and answers its id.
    pub(crate) fn start<M: Method>(&mut self, method: &M) -> Result<Id, Failure> {
        self.last += 1;
        let id = Id::from(self.last);
        let request = Request::new(id.clone(), method).map_err(|error| Failure::usage(error.to_string()))?;
        let line = request.to_line();
        if line.len() > self.information.longest_message {
            let longest = self.information.longest_message / 1024;
            return Err(Failure::usage(format!("a command may have at most {longest} KiB")));
        }
        let sent = self.writer.write_all(line.as_bytes()).and_then(|()| self.writer.flush());
        sent.map_err(|_| self.gone())?;
        Ok(id)
    }

    /// Waits for the answer to a request, and hands what comes before it to `tell`.
    pub(crate) fn finish<M: Method>(
        &mut self,
        id: &Id,
        patience: &Patience<'_>,
        tell: &mut dyn FnMut(News) -> Result<(), Failure>,
    ) -> Result<M::Answer, Failure> {
        let began = Instant::now();
        let mut progress = patience.progress.map(Progress::new);
        // Why it was told to end, and when.
        let mut ending: Option<(Failure, Instant)> = None;
        loop {
            for news in self.news.drain(..) {
                if let Some(progress) = &mut progress {
                    progress.clear();
                }
                tell(news)?;
            }
            if let Some(response) = self.answers.remove(id) {
                let answer = response.answer::<M>().map_err(|error| {
                    Failure::connection(format!("the answer to `{}` is not understood: {error}", M::NAME))
                })?;
                return answer.map_err(Failure::from);
            }
            if self.closed {
                return Err(self.gone());
            }
            if patience.interrupt.is_some_and(|interrupt| interrupt()) {
                let interrupted = Failure::new(FailureKind::Interrupted, "interrupted");
                if ending.is_some() {
                    return Err(interrupted);
                }
                self.start(&Cancel::new(id.clone()))?;
                ending = Some((interrupted, Instant::now()));
            }
            if ending.is_none() && patience.timeout.is_some_and(|timeout| began.elapsed() > timeout) {
                self.start(&Cancel::new(id.clone()))?;
                let timeout = Failure::new(FailureKind::Timeout, "there was no answer in time");
                ending = Some((timeout, Instant::now()));
            }
            if let Some((failure, since)) = &ending
                && since.elapsed() > GRACE
            {
                return Err(failure.clone());
            }
            self.take_in(ROUND);
            if let Some(progress) = &mut progress {
                progress.tick();
            }
        }
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn call<M: Method>(&mut self, method: &M) -> Result<M::Answer, Failure> {
        let id = self.start(method)?;
        let patience = Patience { timeout: Some(transport::GREETING), ..Patience::default() };
        let mut kept = Vec::new();
        let answer = self.finish::<M>(&id, &patience, &mut |news| {
            kept.push(news);
            Ok(())
        });
        self.news.extend(kept);
        answer
    }

    /// What has come unasked; waits for it for `time` at most.
    pub(crate) fn news(&mut self, time: Duration) -> Result<Vec<News>, Failure> {
        if self.news.is_empty() && !self.closed {
            self.take_in(time);
        }
        while !self.closed && self.take_in(Duration::ZERO) {}
        if self.closed && self.news.is_empty() {
            return Err(self.gone());
        }
        Ok(std::mem::take(&mut self.news))
    }

    /// Takes one message in; answers whether one came within `time`.
    fn take_in(&mut self, time: Duration) -> bool {
        let line = match self.lines.recv_timeout(time) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => {
                self.closed = true;
                return false;
            }
        };
        match incoming(&line) {
            Ok(Incoming::Response(response)) => {
                self.answers.insert(response.id.clone(), response);
            }
            Ok(Incoming::Notification(notification)) => {
                let news = match notification.method.as_str() {
                    Print::NAME => notification.params().map(News::Print),
                    Changed::NAME => notification.params().map(News::Changed),
                    // A later server may tell more.
                    _ => return true,
                };
                self.news.extend(news);
            }
            // What is no message is said by the server at its end: why it ends.
            Ok(Incoming::Batch(_)) | Err(_) => {
                if !line.trim().is_empty() {
                    self.last_words = line.trim().to_owned();
                }
            }
        }
        true
    }

    /// The failure for a connection that has ended.
    fn gone(&mut self) -> Failure {
        while self.take_in(Duration::from_millis(20)) {}
        self.closed = true;
        let why = self.helper.said().map_or_else(|| self.farewell(), |said| format!(": {said}"));
        Failure::connection(format!("the connection to {} has ended{why}", self.label))
    }
}

/// Hands on whole lines until there are no more.
fn read(reader: Box<dyn Read + Send>, lines: &Sender<String>) {
    let mut reader = BufReader::new(reader);
    loop {
        let mut line = Vec::new();
        match reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
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
fn greeting(lines: &Receiver<String>, label: &str, helper: &Helper) -> Result<Greeting, Failure> {
    let (began, mut progress) = (Instant::now(), Progress::new(format!("connecting to {label}")));
    let mut said = String::new();
    loop {
        match lines.recv_timeout(ROUND) {
            Ok(line) if line.starts_with('{') => {
                // The prompt ends where the first message begins.
                let end = said.trim_end_matches('\n').rfind('\n').map_or(0, |end| end + 1);
                said.truncate(end);
                return Ok(Greeting { banner: said, answer: line });
            }
            Ok(line) => said += &line,
            Err(RecvTimeoutError::Timeout) if began.elapsed() < transport::GREETING => progress.tick(),
            Err(RecvTimeoutError::Timeout) => {
                return Err(Failure::connection(format!("{label} does not answer"))
                    .help("it may not be a manhole, or be stopped in a debugger"));
            }
            Err(RecvTimeoutError::Disconnected) => {
                progress.clear();
                return Err(refusal(&said, label, helper));
            }
        }
    }
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
    let why = match (last, helper.said()) {
        ("", Some(said)) => format!("{label} is not reached: {said}"),
        ("", None) => format!("{label} has closed the connection without a word"),
        (last, _) => format!("{label} is not a manhole: it says {last:?}"),
    };
    Failure::connection(why)
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
    type Answer = Versions;
}

fn information(answer: &str, label: &str) -> Result<Information, Failure> {
    let strange =
        || Failure::connection(format!("{label} is not a manhole: it says {:?}", answer.trim_end()));
    let Ok(Incoming::Response(response)) = incoming(answer) else { return Err(strange()) };
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
