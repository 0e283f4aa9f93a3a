//! The session of one client: input in, replies out, for people and for programs.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use manhole_protocol::ErrorKind;
use manhole_protocol::message::looks_like_message;

use super::audit::CommandOutcome;
use super::client_connection::ClientConnection;
use super::config::SessionConfig;
use super::input_buffer::{Input, LinePart};
use super::pending_input::{NextStep, PendingInput};
use super::reply::{AfterReply, Reply};
use super::rpc::{Dialect, Watches};
use super::session_info::SessionInfo;
use crate::engine::{
    AbandonedCommand, ClientIo, CommandHandle, CommandResult, Continuation, Diagnostic, EngineTemplate,
    Evaluator, SessionOptions, StopReason,
};

/// The reply to a browser.
const BROWSER_REFUSAL: &[u8] = b"error: this is a console, not a web server\n";

/// The reply to a second blank line in an incomplete command.
const DROPPED: &str = "dropped: two blank lines before the command was complete\n";

/// The note at the first prompt for a further line.
const WAY_OUT: &str = "note: the command goes on; two blank lines drop it\n";

/// How long a client may take to read the banner before the startup script runs.
const BANNER_TIMEOUT: Duration = Duration::from_secs(1);

/// The session of one client.
pub(crate) struct Session {
    pub(super) evaluator: Evaluator,
    pub(super) client: Arc<dyn ClientConnection>,
    pub(super) config: Arc<SessionConfig>,
    pending: PendingInput,
    /// Whether the next line is the first.
    is_first_line: bool,
    /// Whether the client knows how to drop an incomplete command.
    has_shown_way_out: bool,
    pub(super) session_info: SessionInfo,
    pub(super) watches: Watches,
    /// Whether the session was abandoned: another one has its client.
    pub(super) is_abandoned: Cell<bool>,
}

impl Session {
    /// Makes the session of `client`, which gets the output of commands while they run.
    pub(crate) fn new(
        template: &Arc<EngineTemplate>,
        config: Arc<SessionConfig>,
        client: &Arc<impl ClientConnection + 'static>,
        session_info: SessionInfo,
    ) -> Self {
        let options = SessionOptions {
            limits: &config.limits,
            ceiling: &config.ceiling,
            client: Arc::clone(client) as Arc<dyn ClientIo>,
            level: session_info.session_level().clone(),
            changes: Arc::new(session_info.clone()),
            shared: config.shared.clone(),
        };
        let evaluator = Evaluator::new(template, options);
        Self {
            evaluator,
            client: Arc::clone(client) as Arc<dyn ClientConnection>,
            config,
            pending: PendingInput::default(),
            is_first_line: true,
            has_shown_way_out: false,
            session_info,
            watches: Watches::default(),
            is_abandoned: Cell::new(false),
        }
    }

    /// Returns the handle by which another thread abandons a command of this session.
    pub(crate) fn command_handle(&self) -> CommandHandle {
        self.evaluator.watch()
    }

    /// Begins the session: the banner, the startup script, the first prompt. The banner is sent before the script, which sends its own
    /// output.
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

    /// Returns the startup script, if it runs in this session: where variables are shared, only in the first one.
    fn startup(&self) -> Option<String> {
        let startup = self.config.startup.as_ref()?;
        let first = self.config.shared.as_ref().is_none_or(|shared| shared.begin());
        first.then(|| startup.clone().into_owned())
    }

    /// Begins the session of a client whose previous session was abandoned.
    pub(crate) fn resume(&self, abandoned: AbandonedCommand) -> Reply {
        self.session_info.abandon_command();
        if self.client.rpc_state().is_enabled() {
            return self.resume_rpc(abandoned);
        }
        let error = format!("error: {}\nhelp: {}\n", abandoned.message(), abandoned.help());
        self.reply_with_prompt(&error)
    }

    /// Replies to a piece of input.
    pub(crate) fn input(&mut self, input: Input) -> Reply {
        let is_text = matches!(&input, Input::Line(line) if std::str::from_utf8(line).is_ok());
        if self.session_info.take_may_be_browser() && !is_text {
            // A web page can make a browser begin an encrypted connection to any port of its machine.
            return Reply::new(BROWSER_REFUSAL.to_vec(), AfterReply::End);
        }
        match input {
            Input::Line(line) => self.line(&line),
            Input::LongLine(part) => self.long_line(&part),
            Input::Interrupt if self.client.rpc_state().is_enabled() => {
                self.rpc_reply(None, AfterReply::Input)
            }
            Input::Interrupt => {
                self.pending = PendingInput::default();
                self.reply_with_prompt("\n")
            }
        }
    }

    /// Replies to a part of a line that is too long: to the first with the error, to the last with the prompt.
    fn long_line(&mut self, part: &LinePart) -> Reply {
        self.begin_input(&part.bytes);
        if self.client.rpc_state().is_enabled() {
            if !part.is_first {
                return self.rpc_reply(None, AfterReply::Input);
            }
            let max_kib = self.config.limits.command / 1024;
            return self.refuse_message(
                ErrorKind::InvalidRequest,
                &format!("cannot read the message: expected at most {max_kib} KiB"),
            );
        }
        let mut output = String::new();
        if part.is_first {
            output = self.refuse_long_command();
            self.pending.begin_line();
        }
        self.pending.add(&String::from_utf8_lossy(&part.bytes));
        if part.is_last { self.end_line(&output, false) } else { Reply::text(&output, "", AfterReply::Input) }
    }

    /// Finds out from the first input whether the client speaks JSON-RPC. Returns whether this is the first input.
    fn begin_input(&mut self, line: &[u8]) -> bool {
        let first = std::mem::take(&mut self.is_first_line);
        if first {
            let dialect = if looks_like_message(line) { Dialect::JsonRpc } else { Dialect::Text };
            self.client.rpc_state().set_dialect(dialect);
        }
        first
    }

    /// Replies to the end of the input, after a last line without a line end. No prompt follows.
    pub(crate) fn finish(&mut self, last: Option<Input>) -> Reply {
        // No further line can follow.
        self.has_shown_way_out = true;
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
        let prompt = self.prompt();
        if reply.bytes.ends_with(prompt.as_bytes()) {
            reply.bytes.truncate(reply.bytes.len() - prompt.len());
        }
        if !self.pending.is_empty() && !self.pending.is_refused() {
            let error = Diagnostic::new("cannot run the command: the input ended before it was complete");
            reply.bytes.extend_from_slice(format!("{error}\n").as_bytes());
        }
        reply.next = AfterReply::End;
        reply
    }

    fn line(&mut self, line: &[u8]) -> Reply {
        let line = match std::str::from_utf8(line) {
            Ok(line) => line,
            Err(error) if self.client.rpc_state().is_enabled() => {
                return self.refuse_message(ErrorKind::Parse, &format!("cannot read the message: {error}"));
            }
            Err(error) => {
                let start = error.valid_up_to();
                let byte = line.get(start).copied().unwrap_or_default();
                let message = format!(
                    "cannot read the line: expected UTF-8, found byte {byte:#04x} at position {}",
                    start + 1
                );
                return self.refuse(&Diagnostic::new(message));
            }
        };
        let first = self.begin_input(line.as_bytes());
        if self.client.rpc_state().is_enabled() {
            return self.message(line);
        }
        if first && is_http(line) {
            // A web page can make a browser send a request to any port of its machine, with commands in its body.
            return Reply::new(BROWSER_REFUSAL.to_vec(), AfterReply::End);
        }
        if self.pending.is_empty() && line.trim().is_empty() {
            return self.reply_with_prompt("");
        }
        let is_too_long = self.pending.len() + line.len() >= self.config.limits.command;
        let output = if is_too_long { self.refuse_long_command() } else { String::new() };
        self.pending.begin_line();
        self.pending.add(line);
        self.end_line(&output, line.trim().is_empty())
    }

    /// Refuses the command, since it is too long. Returns the error, unless the client has it already.
    fn refuse_long_command(&mut self) -> String {
        if self.pending.is_refused() {
            return String::new();
        }
        self.pending.refuse();
        format!("{}\n", self.too_long())
    }

    /// Ends a line: runs the command if it may be complete. A refused one gets `output`.
    fn end_line(&mut self, output: &str, is_blank: bool) -> Reply {
        match self.pending.end_line(is_blank) {
            NextStep::Continue => self.reply_with_continuation(output),
            NextStep::Run { code, .. } if self.is_continued() => {
                self.pending.keep(code);
                self.reply_with_prompt(output)
            }
            NextStep::Run { code, ends_in_blank_lines } => match expand_shortcut(&code) {
                Some(expanded) if expanded == code => self.command(code, ends_in_blank_lines),
                Some(expanded) => self.command(expanded.to_owned(), false),
                None => Reply::end(),
            },
            NextStep::Drop => self.drop_pending(DROPPED),
            NextStep::Forget => self.drop_pending(output),
        }
    }

    /// Returns whether the next line, which has arrived with this one, continues its command.
    fn is_continued(&self) -> bool {
        self.client.next_line().is_some_and(|line| Continuation::of(&line).is_some())
    }

    /// Runs `code` if it is a complete command. If it is not, and `ends_in_blank_lines`, it is dropped.
    fn command(&mut self, code: String, ends_in_blank_lines: bool) -> Reply {
        self.session_info.begin_command(&code, || self.evaluator.redacted(&code));
        let outcome = self.evaluator.run(&code);
        self.audit_outcome(&outcome);
        if outcome == CommandResult::Incomplete {
            return if ends_in_blank_lines {
                self.drop_pending(DROPPED)
            } else if self.pending.put_back(code) {
                self.reply_with_continuation("")
            } else {
                self.refuse(&Diagnostic::new("cannot run the command: it is not complete"))
            };
        }
        self.pending = PendingInput::default();
        match outcome {
            CommandResult::Done(None) | CommandResult::Incomplete | CommandResult::WatchEnded => {
                self.reply_with_prompt("")
            }
            CommandResult::Done(Some(text)) => self.reply_with_prompt(&(text + "\n")),
            CommandResult::Failed(diagnostic) => self.reply_with_prompt(&format!("{diagnostic}\n")),
            CommandResult::Stopped(StopReason::HangUp, _) | CommandResult::Exit => Reply::end(),
            CommandResult::Abandoned => Reply::new(Vec::new(), AfterReply::Abandoned),
            CommandResult::Stopped(stop, None) => self.reply_with_prompt(&format!("error: {stop}\n")),
            CommandResult::Stopped(stop, Some(stop_hint)) => {
                self.reply_with_prompt(&format!("error: {stop}\nhelp: {stop_hint}\n"))
            }
        }
    }

    /// Records the outcome of a command. Ends the process if the command has called `process::exit`.
    pub(super) fn audit_outcome<T>(&mut self, outcome: &CommandResult<T>) {
        let why = match outcome {
            CommandResult::Incomplete => return self.session_info.forget_command(),
            // It was recorded when it was abandoned.
            CommandResult::Abandoned => {
                self.is_abandoned.set(true);
                return;
            }
            CommandResult::Failed(diagnostic) => diagnostic.error.message.clone(),
            CommandResult::Stopped(stop, _) => stop.to_string(),
            CommandResult::Done(_) | CommandResult::WatchEnded | CommandResult::Exit => String::new(),
        };
        let denied = self.evaluator.was_denied();
        let recorded = match (outcome, &denied) {
            (_, Some(what)) => CommandOutcome::Denied(what),
            (CommandResult::Failed(_), _) => CommandOutcome::Failed(&why),
            (CommandResult::Stopped(StopReason::ProcessExit(_), _), _) => CommandOutcome::Done,
            (CommandResult::Stopped(..), _) => CommandOutcome::Stopped(&why),
            _ => CommandOutcome::Done,
        };
        self.session_info.end_command(recorded);
        if let CommandResult::Stopped(StopReason::ProcessExit(status), _) = outcome {
            std::process::exit(*status);
        }
    }

    pub(super) fn too_long(&self) -> Diagnostic {
        Diagnostic::new(format!(
            "cannot run the command: expected at most {} KiB",
            self.config.limits.command / 1024
        ))
    }

    fn refuse(&mut self, diagnostic: &Diagnostic) -> Reply {
        self.drop_pending(&format!("{diagnostic}\n"))
    }

    /// Drops the incomplete command. Returns a reply with `output`.
    fn drop_pending(&mut self, output: &str) -> Reply {
        self.pending = PendingInput::default();
        self.reply_with_prompt(output)
    }

    /// Returns a reply with `output` and the prompt for the next line of a command. The first one says how to drop it, where the client
    /// waits for it.
    fn reply_with_continuation(&mut self, output: &str) -> Reply {
        if self.has_shown_way_out || self.pending.is_refused() || self.client.next_line().is_some() {
            return self.reply_with_prompt(output);
        }
        self.has_shown_way_out = true;
        self.reply_with_prompt(&format!("{output}{WAY_OUT}"))
    }

    /// Returns a reply with `output` and the prompt for the next line.
    fn reply_with_prompt(&self, output: &str) -> Reply {
        Reply::text(output, self.prompt(), AfterReply::Input)
    }

    /// Returns the prompt for the next line.
    fn prompt(&self) -> &str {
        if self.pending.is_empty() { &self.config.prompt } else { &self.config.continuation }
    }
}

/// Expands what people type first, `help`; returns `None` for `exit` and `quit`.
pub(super) fn expand_shortcut(code: &str) -> Option<&str> {
    match code.trim() {
        "exit" | "quit" => None,
        "help" => Some("help()"),
        _ => Some(code),
    }
}

/// Returns whether `line` is the first one of an HTTP request.
fn is_http(line: &str) -> bool {
    line.rsplit_once(' ').is_some_and(|(_, version)| version.starts_with("HTTP/"))
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.is_abandoned.get() {
            self.session_info.end();
        }
    }
}
