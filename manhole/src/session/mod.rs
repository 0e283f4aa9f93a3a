//! One client's conversation: lines in, answers out. It knows no sockets.

mod inbox;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::{Client, Diagnosis, Evaluator, Language, Limits, Outcome, Shared, Stop};

pub(crate) use inbox::{Inbox, Input};

/// What is the same for all sessions of a manhole.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) banner: Cow<'static, [u8]>,
    pub(crate) prompt: Cow<'static, str>,
    pub(crate) continuation: Cow<'static, str>,
    pub(crate) limits: Limits,
    pub(crate) shared: Option<Arc<Shared>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            banner: Cow::Borrowed(b""),
            prompt: Cow::Borrowed(">>> "),
            continuation: Cow::Borrowed("... "),
            limits: Limits::default(),
            shared: None,
        }
    }
}

/// Whether a session goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// More input is welcome.
    Continue,
    /// The session is over.
    End,
}

/// How long a client may read nothing of an answer before its session ends.
const STALL: Duration = Duration::from_secs(5);

/// One client's conversation.
pub(crate) struct Session {
    evaluator: Evaluator,
    client: Arc<dyn Client>,
    config: Config,
    /// The lines of a command that is not finished yet.
    pending: String,
    /// Whether the last line of the unfinished command was blank.
    blank: bool,
}

impl Session {
    /// A conversation with `client`, which has not been greeted yet.
    pub(crate) fn new(language: Arc<Language>, config: Config, client: Arc<dyn Client>) -> Self {
        let evaluator =
            Evaluator::new(language, config.limits.clone(), Arc::clone(&client), config.shared.clone());
        Self { evaluator, client, config, pending: String::new(), blank: false }
    }

    /// Sends the banner and the first prompt.
    pub(crate) fn greet(&self) -> Flow {
        let mut greeting = self.config.banner.to_vec();
        greeting.extend_from_slice(self.config.prompt.as_bytes());
        self.send(&greeting)
    }

    /// Takes one piece of input, and answers it.
    pub(crate) fn input(&mut self, input: Input) -> Flow {
        match input {
            Input::Line(line) => self.line(&line, true),
            Input::TooLong => self.refuse(&self.too_long()),
            Input::Interrupt => {
                self.drop_pending();
                self.send(format!("\n{}", self.config.prompt).as_bytes())
            }
        }
    }

    /// Takes what stands in front of the end of the input, which may be a last line without an end.
    pub(crate) fn finish(&mut self, last: Option<Input>) {
        match last {
            Some(Input::Line(line)) => {
                self.line(&line, false);
            }
            Some(input) => {
                self.input(input);
            }
            None => {}
        }
        if !self.pending.is_empty() {
            let error = Diagnosis::new("the input ended in the middle of a command, which did not run");
            self.send(format!("{error}\n").as_bytes());
        }
    }

    fn line(&mut self, line: &[u8], prompt: bool) -> Flow {
        let line = match std::str::from_utf8(line) {
            Ok(line) => line,
            Err(error) => {
                let byte = line.get(error.valid_up_to()).copied().unwrap_or_default();
                let message = format!(
                    "the line is not UTF-8: byte {byte:#04x} at position {}",
                    error.valid_up_to() + 1
                );
                return self.refuse(&Diagnosis::new(message));
            }
        };
        if self.pending.is_empty() && line.trim().is_empty() {
            return self.prompt(prompt);
        }
        if self.pending.len() + line.len() >= self.config.limits.command {
            return self.refuse(&self.too_long());
        }
        if !self.pending.is_empty() {
            self.pending.push('\n');
        }
        self.pending.push_str(line);
        self.command(line.trim().is_empty(), prompt)
    }

    /// Runs what is pending, if it is a whole command.
    fn command(&mut self, blank: bool, prompt: bool) -> Flow {
        if matches!(self.pending.trim(), "exit" | "quit") {
            return Flow::End;
        }
        let mut code = std::mem::take(&mut self.pending);
        if code.trim() == "help" {
            // What everybody types first.
            code = "help()".to_owned();
        }
        let answer = match self.evaluator.run(&code) {
            Outcome::Done(None) => String::new(),
            Outcome::Done(Some(text)) => text + "\n",
            Outcome::Failed(diagnosis) => format!("{diagnosis}\n"),
            Outcome::Stopped(Stop::HangUp) | Outcome::Exit => return Flow::End,
            Outcome::Stopped(stop) => format!("error: {stop}\n"),
            Outcome::Incomplete if blank && self.blank => {
                self.blank = false;
                "dropped: two blank lines before the command was complete\n".to_owned()
            }
            Outcome::Incomplete => {
                self.pending = code;
                self.blank = blank;
                return if prompt { self.send(self.config.continuation.as_bytes()) } else { Flow::Continue };
            }
        };
        self.blank = false;
        let prompt = if prompt { &*self.config.prompt } else { "" };
        // One write for both: a client that waits for the prompt is woken once.
        self.send((answer + prompt).as_bytes())
    }

    fn too_long(&self) -> Diagnosis {
        Diagnosis::new(format!(
            "a command may have at most {} KiB; it was dropped",
            self.config.limits.command / 1024
        ))
    }

    fn refuse(&mut self, diagnosis: &Diagnosis) -> Flow {
        self.drop_pending();
        self.send(format!("{diagnosis}\n{}", self.config.prompt).as_bytes())
    }

    fn drop_pending(&mut self) {
        self.pending = String::new();
        self.blank = false;
    }

    fn prompt(&self, wanted: bool) -> Flow {
        if wanted { self.send(self.config.prompt.as_bytes()) } else { Flow::Continue }
    }

    /// Sends `bytes`, and gives the client up if it takes nothing of them for a while.
    fn send(&self, bytes: &[u8]) -> Flow {
        let mut rest = bytes;
        let mut progress = Instant::now();
        while !rest.is_empty() {
            match self.client.send(rest) {
                Ok(0) if progress.elapsed() > STALL => return Flow::End,
                Ok(0) => {}
                Ok(sent) => {
                    rest = &rest[sent..];
                    progress = Instant::now();
                }
                Err(_) => return Flow::End,
            }
        }
        Flow::Continue
    }
}

#[cfg(test)]
mod tests;
