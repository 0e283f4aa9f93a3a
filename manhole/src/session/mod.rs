//! One client's conversation: lines in, answers out. It knows no sockets.

mod audit;
mod banner;
mod inbox;
mod peer;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::{
    Client, Diagnosis, Evaluator, GivenUp, Language, Limits, MOST_STUCK, Outcome, Shared, Stop, Watch,
};
use crate::reflect::Level;

pub(crate) use audit::Audit;
pub use audit::{CommandOutcome, Event, EventKind};
pub(crate) use banner::Banner;
pub(crate) use inbox::{Inbox, Input};
pub use peer::Peer;

/// What is the same for all sessions of a manhole.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) banner: Banner,
    pub(crate) prompt: Cow<'static, str>,
    pub(crate) continuation: Cow<'static, str>,
    pub(crate) limits: Limits,
    pub(crate) ceiling: Limits,
    pub(crate) shared: Option<Arc<Shared>>,
    /// What is run before the first prompt.
    pub(crate) startup: Option<Cow<'static, str>>,
    pub(crate) audit: Audit,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            banner: Banner::Bytes(Cow::Borrowed(b"")),
            prompt: Cow::Borrowed(">>> "),
            continuation: Cow::Borrowed("... "),
            limits: Limits::default(),
            ceiling: Limits::ceiling(),
            shared: None,
            startup: None,
            audit: Audit::default(),
        }
    }
}

/// Whether `script` could be run in a session of `language`; otherwise what is wrong with it.
pub(crate) fn check(language: &Arc<Language>, script: &str) -> Result<(), String> {
    let Config { limits, ceiling, .. } = Config::default();
    let evaluator =
        Evaluator::new(Arc::clone(language), &limits, &ceiling, Arc::new(Nobody), Level::Observe, None);
    evaluator.check(script).map_err(|diagnosis| diagnosis.to_string())
}

/// A client that is sent nothing.
struct Nobody;

impl Client for Nobody {
    fn send(&self, bytes: &[u8]) -> Result<usize, Stop> {
        Ok(bytes.len())
    }

    fn poll(&self) -> Option<Stop> {
        None
    }
}

/// What a session answers to a piece of input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// What to send: the answer and the next prompt in one, so that a client that waits for the prompt is woken once.
    pub(crate) bytes: Vec<u8>,
    pub(crate) next: Next,
}

/// What comes after a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// More input.
    Input,
    /// The session is over.
    End,
    /// Nothing that is the business of this session: it was given up while its command ran, and its connection belongs to
    /// another one.
    GivenUp,
}

/// One client's conversation.
pub(crate) struct Session {
    evaluator: Evaluator,
    client: Arc<dyn Client>,
    config: Config,
    /// The lines of a command that is not finished yet.
    pending: String,
    /// Whether the last line of the unfinished command was blank.
    blank: bool,
    /// Whether no line has come yet.
    untouched: bool,
    identity: Identity,
    /// How many commands have run.
    commands: u64,
    begun: Instant,
}

/// Whose session it is.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// Counted from 1.
    pub(crate) session: u64,
    pub(crate) peer: Peer,
    pub(crate) level: Level,
}

impl Session {
    /// A conversation with `client`, which is sent what commands print while they run.
    pub(crate) fn new(
        language: Arc<Language>,
        config: Config,
        client: Arc<dyn Client>,
        mut identity: Identity,
    ) -> Self {
        identity.peer.name_user();
        let evaluator = Evaluator::new(
            language,
            &config.limits,
            &config.ceiling,
            Arc::clone(&client),
            identity.level,
            config.shared.clone(),
        );
        config.audit.tell(&identity.peer, identity.session, EventKind::Connected { level: identity.level });
        Self {
            evaluator,
            client,
            config,
            pending: String::new(),
            blank: false,
            untouched: true,
            identity,
            commands: 0,
            begun: Instant::now(),
        }
    }

    /// The way for another thread to look after the commands that run here.
    pub(crate) fn watch(&self) -> Watch {
        self.evaluator.watch()
    }

    /// The banner and the first prompt. What runs before that prompt sends what it prints itself, so the banner goes ahead of it.
    pub(crate) fn greeting(&mut self) -> Reply {
        let banner = self.config.banner.of(&self.identity.peer);
        let Some(startup) = self.startup() else {
            return Reply { bytes: [&*banner, self.config.prompt.as_bytes()].concat(), next: Next::Input };
        };
        let mut rest = &*banner;
        while let (false, Ok(sent)) = (rest.is_empty(), self.client.send(rest)) {
            rest = &rest[sent..];
        }
        self.command(startup, false)
    }

    /// What is to run before the first prompt: where variables are shared, only before that of the first session.
    fn startup(&self) -> Option<String> {
        let startup = self.config.startup.as_ref()?;
        let first = self.config.shared.as_ref().is_none_or(|shared| shared.begin());
        first.then(|| startup.clone().into_owned())
    }

    /// What is said instead of a greeting where the session of this client before had to be given up.
    pub(crate) fn resumption(&self, GivenUp { stop, stuck }: GivenUp) -> Vec<u8> {
        let error = format!(
            "error: {stop}, and has not come back from the program's code\n\
             help: its thread is left to it ({stuck} of {MOST_STUCK} at most), and the session's variables went with it\n"
        );
        [error.as_bytes(), self.config.prompt.as_bytes()].concat()
    }

    /// Takes one piece of input, and answers it.
    pub(crate) fn input(&mut self, input: Input) -> Reply {
        match input {
            Input::Line(line) => self.line(&line),
            Input::TooLong => self.refuse(&self.too_long()),
            Input::Interrupt => {
                self.drop_pending();
                self.prompt("\n")
            }
        }
    }

    /// Takes what stands in front of the end of the input, which may be a last line without an end. No prompt follows.
    pub(crate) fn finish(&mut self, last: Option<Input>) -> Reply {
        let mut reply = match last {
            Some(last) => self.input(last),
            None => Reply { bytes: Vec::new(), next: Next::Input },
        };
        if reply.next != Next::Input {
            return reply;
        }
        let prompt = if self.pending.is_empty() { &self.config.prompt } else { &self.config.continuation };
        if reply.bytes.ends_with(prompt.as_bytes()) {
            reply.bytes.truncate(reply.bytes.len() - prompt.len());
        }
        if !self.pending.is_empty() {
            let error = Diagnosis::new("the input ended in the middle of a command, which did not run");
            reply.bytes.extend_from_slice(format!("{error}\n").as_bytes());
        }
        reply.next = Next::End;
        reply
    }

    fn line(&mut self, line: &[u8]) -> Reply {
        let line = match std::str::from_utf8(line) {
            Ok(line) => line,
            Err(error) => {
                let start = error.valid_up_to();
                let byte = line.get(start).copied().unwrap_or_default();
                let message = format!("the line is not UTF-8: byte {byte:#04x} at position {}", start + 1);
                return self.refuse(&Diagnosis::new(message));
            }
        };
        if std::mem::take(&mut self.untouched) && is_http(line) {
            // A web page can make a browser send to any port of its machine, commands in the body of a request included.
            return Reply {
                bytes: b"error: this is a manhole, not a web server\n".to_vec(),
                next: Next::End,
            };
        }
        if self.pending.is_empty() && line.trim().is_empty() {
            return self.prompt("");
        }
        if self.pending.len() + line.len() >= self.config.limits.command {
            return self.refuse(&self.too_long());
        }
        if !self.pending.is_empty() {
            self.pending.push('\n');
        }
        self.pending.push_str(line);
        let code = std::mem::take(&mut self.pending);
        match code.trim() {
            "exit" | "quit" => Reply { bytes: Vec::new(), next: Next::End },
            // What everybody types first.
            "help" => self.command("help()".to_owned(), false),
            _ => self.command(code, line.trim().is_empty()),
        }
    }

    /// Runs `code`, if it is a whole command; `blank` says whether its last line is.
    fn command(&mut self, code: String, blank: bool) -> Reply {
        let before = std::mem::take(&mut self.blank);
        let (level, start) = (self.evaluator.level(), Instant::now());
        let outcome = self.evaluator.run(&code);
        self.tell(&code, level, &outcome, start.elapsed());
        match outcome {
            Outcome::Done(None) => self.prompt(""),
            Outcome::Done(Some(text)) => self.prompt(&(text + "\n")),
            Outcome::Failed(diagnosis) => self.prompt(&format!("{diagnosis}\n")),
            Outcome::Stopped(Stop::HangUp, _) | Outcome::Exit => Reply { bytes: Vec::new(), next: Next::End },
            Outcome::GivenUp => Reply { bytes: Vec::new(), next: Next::GivenUp },
            Outcome::Stopped(stop, None) => self.prompt(&format!("error: {stop}\n")),
            Outcome::Stopped(stop, Some(remark)) => self.prompt(&format!("error: {stop}\nhelp: {remark}\n")),
            Outcome::Incomplete if blank && before => {
                self.prompt("dropped: two blank lines before the command was complete\n")
            }
            Outcome::Incomplete => {
                self.pending = code;
                self.blank = blank;
                Reply { bytes: self.config.continuation.as_bytes().to_vec(), next: Next::Input }
            }
        }
    }

    /// Tells what came of a command.
    fn tell(&mut self, code: &str, level: Level, outcome: &Outcome, took: Duration) {
        if *outcome == Outcome::Incomplete {
            return;
        }
        self.commands += 1;
        let Config { audit, .. } = &self.config;
        if !audit.is_on() {
            return;
        }
        let why = match outcome {
            Outcome::Failed(diagnosis) => diagnosis.message.clone(),
            Outcome::Stopped(stop, _) => stop.to_string(),
            Outcome::GivenUp => "given up: it did not come back in time".to_owned(),
            Outcome::Done(_) | Outcome::Incomplete | Outcome::Exit => String::new(),
        };
        let denied = self.evaluator.was_denied();
        let told = match (outcome, &denied) {
            (_, Some(what)) => CommandOutcome::Denied(what),
            (Outcome::Failed(_), _) => CommandOutcome::Failed(&why),
            (Outcome::Stopped(..) | Outcome::GivenUp, _) => CommandOutcome::Stopped(&why),
            _ => CommandOutcome::Done,
        };
        let text = audit::told(code, self.evaluator.mentions_secret(code));
        let kind = EventKind::Command { level, text: &text, outcome: told, took };
        audit.tell(&self.identity.peer, self.identity.session, kind);
    }

    fn too_long(&self) -> Diagnosis {
        Diagnosis::new(format!(
            "a command may have at most {} KiB; it was dropped",
            self.config.limits.command / 1024
        ))
    }

    fn refuse(&mut self, diagnosis: &Diagnosis) -> Reply {
        self.drop_pending();
        self.prompt(&format!("{diagnosis}\n"))
    }

    fn drop_pending(&mut self) {
        self.pending = String::new();
        self.blank = false;
    }

    /// An answer, and the prompt for the next command.
    fn prompt(&self, answer: &str) -> Reply {
        Reply { bytes: [answer, &*self.config.prompt].concat().into_bytes(), next: Next::Input }
    }
}

/// Whether `line` is the first one of an HTTP request.
fn is_http(line: &str) -> bool {
    line.rsplit_once(' ').is_some_and(|(_, version)| version.starts_with("HTTP/"))
}

impl Drop for Session {
    fn drop(&mut self) {
        let kind = EventKind::Disconnected { commands: self.commands, lasted: self.begun.elapsed() };
        self.config.audit.tell(&self.identity.peer, self.identity.session, kind);
    }
}

#[cfg(test)]
mod tests;
