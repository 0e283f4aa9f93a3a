//! One client's conversation: lines in, answers out, for people and for programs.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use manhole_protocol::ErrorKind;
use manhole_protocol::message::looks_like_message;

use super::audit::CommandOutcome;
use super::client::ClientConnection;
use super::config::SessionConfig;
use super::input_buffer::Input;
use super::reply::{AfterReply, Reply};
use super::rpc::Watches;
use super::session_info::SessionInfo;
use crate::engine::{
    AbandonedCommand, ClientIo, CommandHandle, Diagnostic, EngineTemplate, Evaluator, MAX_ABANDONED, Outcome,
    StopReason,
};

/// What is said to a browser.
const NOT_FOR_THE_WEB: &[u8] = b"error: this is a manhole, not a web server\n";

/// How long a client may take to read a banner that something runs after.
const BANNER_TIMEOUT: Duration = Duration::from_secs(1);

/// One client's conversation.
pub(crate) struct Session {
    pub(super) evaluator: Evaluator,
    pub(super) client: Arc<dyn ClientConnection>,
    pub(super) config: SessionConfig,
    /// The lines of a command that is not finished yet.
    pending: String,
    /// Whether the last line of the unfinished command was blank.
    blank: bool,
    /// Whether no line has come yet.
    is_first_line: bool,
    pub(super) session_info: SessionInfo,
    pub(super) watches: Watches,
    /// Whether its client is served by another thread, because a command here has not come back in time.
    pub(super) given_up: Cell<bool>,
}

impl Session {
    /// A conversation with `client`, which is sent what commands print while they run.
    pub(crate) fn new(
        language: &EngineTemplate,
        config: SessionConfig,
        client: Arc<dyn ClientConnection>,
        session_info: SessionInfo,
    ) -> Self {
        let evaluator = Evaluator::new(
            language,
            &config.limits,
            &config.ceiling,
            Arc::clone(&client) as Arc<dyn ClientIo>,
            session_info.session_level().clone(),
            config.shared.clone(),
        );
        Self {
            evaluator,
            client,
            config,
            pending: String::new(),
            blank: false,
            is_first_line: true,
            session_info,
            watches: Watches::default(),
            given_up: Cell::new(false),
        }
    }

    /// The way for another thread to look after the commands that run here.
    pub(crate) fn command_handle(&self) -> CommandHandle {
        self.evaluator.watch()
    }

    /// The banner and the first prompt. What runs before that prompt sends what it prints itself, so the banner goes ahead of it.
    pub(crate) fn greet(&mut self) -> Reply {
        self.session_info.begin();
        let banner = self.config.banner.text_for(self.session_info.peer());
        let Some(startup) = self.startup() else {
            return Reply::new([&*banner, self.config.prompt.as_bytes()].concat(), AfterReply::Input);
        };
        let (mut rest, end) = (&*banner, Instant::now() + BANNER_TIMEOUT);
        while !rest.is_empty() && Instant::now() < end {
            match self.client.send(rest) {
                Ok(sent) => rest = &rest[sent..],
                Err(_) => return Reply::end(),
            }
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
    pub(crate) fn resume(&self, given_up: AbandonedCommand) -> Reply {
        self.session_info.abandon_command();
        if self.client.rpc_state().is_enabled() {
            return self.message_of_resumption(given_up);
        }
        let AbandonedCommand { stop, stuck } = given_up;
        let error = format!(
            "error: {stop}, and has not come back from the program's code\n\
             help: its thread is left to it ({stuck} of {MAX_ABANDONED} at most), and the session's variables went with it\n"
        );
        self.prompt(&error)
    }

    /// Takes one piece of input, and answers it.
    pub(crate) fn input(&mut self, input: Input) -> Reply {
        let is_text = matches!(&input, Input::Line(line) if std::str::from_utf8(line).is_ok());
        if self.session_info.take_may_be_browser() && !is_text {
            // What a web page can make a browser send to a port in the beginning of an encrypted connection.
            return Reply::new(NOT_FOR_THE_WEB.to_vec(), AfterReply::End);
        }
        if let Input::TooLong { is_message } = input
            && std::mem::take(&mut self.is_first_line)
            && is_message
            && !self.client.rpc_state().is_enabled()
        {
            self.client.rpc_state().enable();
        }
        match input {
            Input::Line(line) => self.line(&line),
            Input::TooLong { .. } if self.client.rpc_state().is_enabled() => {
                let longest = self.config.limits.command / 1024;
                self.refuse_message(
                    ErrorKind::InvalidRequest,
                    &format!("a message may have at most {longest} KiB"),
                )
            }
            Input::Interrupt if self.client.rpc_state().is_enabled() => self.told(None, AfterReply::Input),
            Input::TooLong { .. } => self.refuse(&self.too_long()),
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
            None => Reply::nothing(None),
        };
        if reply.next != AfterReply::Input {
            return reply;
        }
        if self.client.rpc_state().is_enabled() {
            reply.next = AfterReply::End;
            return reply;
        }
        let prompt = if self.pending.is_empty() { &self.config.prompt } else { &self.config.continuation };
        if reply.bytes.ends_with(prompt.as_bytes()) {
            reply.bytes.truncate(reply.bytes.len() - prompt.len());
        }
        if !self.pending.is_empty() {
            let error = Diagnostic::new("the input ended in the middle of a command, which did not run");
            reply.bytes.extend_from_slice(format!("{error}\n").as_bytes());
        }
        reply.next = AfterReply::End;
        reply
    }

    fn line(&mut self, line: &[u8]) -> Reply {
        let line = match std::str::from_utf8(line) {
            Ok(line) => line,
            Err(error) if self.client.rpc_state().is_enabled() => {
                return self.refuse_message(ErrorKind::Parse, &format!("the line is not UTF-8: {error}"));
            }
            Err(error) => {
                let start = error.valid_up_to();
                let byte = line.get(start).copied().unwrap_or_default();
                let message = format!("the line is not UTF-8: byte {byte:#04x} at position {}", start + 1);
                return self.refuse(&Diagnostic::new(message));
            }
        };
        let first = std::mem::take(&mut self.is_first_line);
        if first && looks_like_message(line.as_bytes()) && !self.client.rpc_state().is_enabled() {
            self.client.rpc_state().enable();
        }
        if self.client.rpc_state().is_enabled() {
            return self.message(line);
        }
        if first && is_http(line) {
            // A web page can make a browser send to any port of its machine, commands in the body of a request included.
            return Reply::new(NOT_FOR_THE_WEB.to_vec(), AfterReply::End);
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
        match expand_shortcut(&code) {
            Some(expand_shortcut) if expand_shortcut == code => self.command(code, line.trim().is_empty()),
            Some(expand_shortcut) => self.command(expand_shortcut.to_owned(), false),
            None => Reply::end(),
        }
    }

    /// Runs `code`, if it is a whole command; `blank` says whether its last line is.
    fn command(&mut self, code: String, blank: bool) -> Reply {
        let before = std::mem::take(&mut self.blank);
        self.session_info.begin_command(&code, || self.evaluator.redacted(&code));
        let outcome = self.evaluator.run(&code);
        self.audit_outcome(&outcome);
        match outcome {
            Outcome::Done(None) | Outcome::WatchEnded => self.prompt(""),
            Outcome::Done(Some(text)) => self.prompt(&(text + "\n")),
            Outcome::Failed(diagnosis) => self.prompt(&format!("{diagnosis}\n")),
            Outcome::Stopped(StopReason::HangUp, _) | Outcome::Exit => Reply::end(),
            Outcome::Abandoned => Reply::new(Vec::new(), AfterReply::AbandonedCommand),
            Outcome::Stopped(stop, None) => self.prompt(&format!("error: {stop}\n")),
            Outcome::Stopped(stop, Some(remark)) => self.prompt(&format!("error: {stop}\nhelp: {remark}\n")),
            Outcome::Incomplete if blank && before => {
                self.prompt("dropped: two blank lines before the command was complete\n")
            }
            Outcome::Incomplete => {
                self.pending = code;
                self.blank = blank;
                Reply::new(self.config.continuation.as_bytes().to_vec(), AfterReply::Input)
            }
        }
    }

    /// Tells what came of a command. One that asked for the end of the program has it now.
    pub(super) fn audit_outcome<T>(&mut self, outcome: &Outcome<T>) {
        let why = match outcome {
            Outcome::Incomplete => return self.session_info.forget_command(),
            // Told when it was.
            Outcome::Abandoned => {
                self.given_up.set(true);
                return;
            }
            Outcome::Failed(diagnosis) => diagnosis.message.clone(),
            Outcome::Stopped(stop, _) => stop.to_string(),
            Outcome::Done(_) | Outcome::WatchEnded | Outcome::Exit => String::new(),
        };
        let denied = self.evaluator.was_denied();
        let told = match (outcome, &denied) {
            (_, Some(what)) => CommandOutcome::Denied(what),
            (Outcome::Failed(_), _) => CommandOutcome::Failed(&why),
            (Outcome::Stopped(StopReason::ProcessExit(_), _), _) => CommandOutcome::Done,
            (Outcome::Stopped(..), _) => CommandOutcome::Stopped(&why),
            _ => CommandOutcome::Done,
        };
        self.session_info.end_command(told);
        if let Outcome::Stopped(StopReason::ProcessExit(status), _) = outcome {
            std::process::exit(*status);
        }
    }

    pub(super) fn too_long(&self) -> Diagnostic {
        Diagnostic::new(format!(
            "a command may have at most {} KiB; it was dropped",
            self.config.limits.command / 1024
        ))
    }

    fn refuse(&mut self, diagnosis: &Diagnostic) -> Reply {
        self.drop_pending();
        self.prompt(&format!("{diagnosis}\n"))
    }

    fn drop_pending(&mut self) {
        self.pending = String::new();
        self.blank = false;
    }

    /// An answer, and the prompt for the next command.
    fn prompt(&self, answer: &str) -> Reply {
        Reply::new([answer, &*self.config.prompt].concat().into_bytes(), AfterReply::Input)
    }
}

/// What is meant by `code`; `None` for the end of the session.
pub(super) fn expand_shortcut(code: &str) -> Option<&str> {
    match code.trim() {
        "exit" | "quit" => None,
        // What everybody types first.
        "help" => Some("help()"),
        _ => Some(code),
    }
}

/// Whether `line` is the first one of an HTTP request.
fn is_http(line: &str) -> bool {
    line.rsplit_once(' ').is_some_and(|(_, version)| version.starts_with("HTTP/"))
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.given_up.get() {
            self.session_info.end();
        }
    }
}
