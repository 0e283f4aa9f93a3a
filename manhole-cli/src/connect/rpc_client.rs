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

use super::handshake::{self, Greeted};
use super::target::Found;
use super::transport::{self, Helper, Way};
use super::wait::{Patience, ROUND};
use crate::error::{Failure, FailureKind};
use crate::terminal::spinner::Progress;

/// How long a command may go on after it was told to end, before the client stops waiting for it.
const GRACE: Duration = Duration::from_secs(3);

/// How much is taken in before it is looked at: whoever never stops talking could always have more.
const MOST_AT_ONCE: usize = 10_000;

/// What comes unasked.
pub(crate) enum News {
    Print(Print),
    Changed(Changed),
}

/// A session.
pub(crate) struct Client {
    /// What the program goes by.
    pub(crate) label: String,
    /// What the server has said before the first prompt.
    pub(crate) banner: String,
    pub(crate) information: ServerInfo,
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
    pub(crate) fn connect(found: &Found, way: &Way, patience: &Patience<'_>) -> Result<Self, Failure> {
        let (sender, greeted) = mpsc::sync_channel(1);
        let given_up = Arc::new(AtomicBool::new(false));
        let (there, by, is_given_up) = (found.clone(), way.clone(), Arc::clone(&given_up));
        // Not here: who waits in the kernel to be connected can look at nothing else.
        thread::spawn(move || drop(sender.send(Self::greeted(&there, &by, &is_given_up))));
        let (began, label) = (Instant::now(), &found.label);
        let mut progress = Progress::new(format!("connecting to {label}; Ctrl-C stops it"));
        let why = loop {
            match greeted.recv_timeout(ROUND) {
                Ok(greeted) => return greeted,
                Err(RecvTimeoutError::Disconnected) => break handshake::silent(label),
                Err(RecvTimeoutError::Timeout) => progress.tick(),
            }
            match patience.over(began) {
                Some(failure) if failure.kind() == FailureKind::Timeout => {
                    break Failure::new(FailureKind::Timeout, format!("{label} does not answer in time"));
                }
                Some(failure) => break failure,
                None if began.elapsed() > transport::patience(&found.place) => {
                    break handshake::silent(label);
                }
                None => {}
            }
        };
        given_up.store(true, Ordering::SeqCst);
        // What it goes through is ended there, if it goes through something.
        let _ = greeted.recv_timeout(ROUND * 4);
        Err(why)
    }

    fn greeted(found: &Found, way: &Way, given_up: &AtomicBool) -> Result<Self, Failure> {
        let Greeted { banner, information, lines, writer, helper } = handshake::begin(found, way, given_up)?;
        Ok(Self {
            label: found.label.clone(),
            banner,
            information,
            writer,
            lines,
            answers: HashMap::new(),
            news: Vec::new(),
            last: 0,
            closed: false,
            last_words: String::new(),
            helper,
        })
    }

    /// Whether the connection has ended. What has come meanwhile is taken in.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.take_all_in(Duration::ZERO);
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
    ) -> Result<M::Result, Failure> {
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
                return answer.map_err(|error| stopped(error, ending.map(|(why, _)| why)));
            }
            if self.closed {
                return Err(self.gone());
            }
            match (patience.over(began), &ending) {
                // Once more.
                (Some(failure), Some(_)) if failure.kind() == FailureKind::Interrupted => {
                    return Err(failure);
                }
                (Some(failure), None) => {
                    self.start(&Cancel::new(id.clone()))?;
                    ending = Some((failure, Instant::now()));
                }
                _ => {}
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
    pub(crate) fn call<M: Method>(&mut self, method: &M) -> Result<M::Result, Failure> {
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
    pub(crate) fn news(&mut self, time: Duration) -> Result<Vec<News>, Failure> {
        if self.news.is_empty() && !self.closed {
            self.take_in(time);
        }
        self.take_all_in(Duration::ZERO);
        if self.closed && self.news.is_empty() {
            return Err(self.gone());
        }
        Ok(std::mem::take(&mut self.news))
    }

    /// Takes in what comes until nothing has come for `time`.
    fn take_all_in(&mut self, time: Duration) {
        let mut left = MOST_AT_ONCE;
        while left > 0 && !self.closed && self.take_in(time) {
            left -= 1;
        }
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
        match parse_server_line(&line) {
            Ok(ServerMessage::Response(response)) => {
                self.answers.insert(response.id.clone(), response);
            }
            Ok(ServerMessage::Notification(notification)) => {
                let news = match notification.method.as_str() {
                    Print::NAME => notification.params().map(News::Print),
                    Changed::NAME => notification.params().map(News::Changed),
                    // A later server may tell more.
                    _ => return true,
                };
                self.news.extend(news);
            }
            // What is no message is said by the server at its end: why it ends.
            Ok(ServerMessage::Batch(_)) | Err(_) => {
                if !line.trim().is_empty() {
                    self.last_words = line.trim().to_owned();
                }
            }
        }
        true
    }

    /// The failure for a connection that has ended.
    fn gone(&mut self) -> Failure {
        self.take_all_in(Duration::from_millis(20));
        self.closed = true;
        let why = self.helper.said().map_or_else(|| self.farewell(), |said| format!(": {said}"));
        Failure::connection(format!("the connection to {} has ended{why}", self.label))
    }
}

/// What it means that a request was answered by an error, where the client had told it to end.
fn stopped(error: Error, why: Option<Failure>) -> Failure {
    match why {
        Some(why) if error.kind() == ErrorKind::Cancelled && why.kind() == FailureKind::Timeout => why,
        // What the server says of it, and the status that it has here.
        Some(why) if error.kind() == ErrorKind::Cancelled => Failure::from(error).of(why.kind()),
        _ => error.into(),
    }
}
