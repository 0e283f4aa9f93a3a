//! `manhole attach`: a prompt in an application; uses `connect` and `terminal`.

mod builtin_pager;
mod completion_menu;
mod editor;
mod history;
mod leave;
mod output_buffer;
mod pager;
mod plain_prompt;
mod prompt;
mod recording;
mod suggestions;
mod typed_ahead;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use manhole_client::ConnectOptions;
use manhole_client::cli_support::Cause;
use manhole_client::cli_support::LockIgnoringPoison;
use manhole_client::cli_support::reconnect::{Reconnect, Reconnected};
use manhole_client::cli_support::rpc_client::{RpcClient, ServerEvent};
use manhole_client::cli_support::target::Target;
use manhole_client::cli_support::wait::WaitOptions;
use manhole_protocol::methods::{Eval, Evaluation, Format, Info, Shutdown};
use manhole_protocol::text::{self, clean};
use nu_ansi_term::Style;
use ratatui::crossterm::terminal;
use reedline::Signal;

use crate::args::AttachArgs;
use crate::connect::configured::{self, ConfiguredTarget};
use crate::error::{CliError, CliErrorKind};
use crate::terminal::capabilities;
use crate::terminal::colors::{self, Colors};
use crate::terminal::format::format_uptime;
use crate::terminal::highlight;
use crate::terminal::keyboard::PromptKeyboard;
use crate::terminal::output;
use crate::terminal::signals::{CtrlC, Termination};
use crate::terminal::spinner::Spinner;
use crate::terminal::wait::wait_options;
use editor::{Editor, HistoryKind, SharedClient};
use output_buffer::{Buffering, OutputBuffer};
use pager::PagerTerminal;
use prompt::ApplicationPrompt;
use recording::Recording;
use typed_ahead::TypedAhead;

/// How long the connection may take to end after the answer to a command that calls `exit`.
const EXIT_TIMEOUT: Duration = Duration::from_millis(500);

pub(crate) fn attach(args: &AttachArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(CliError::NoTerminal {
            command: "attach",
            help: "to run standard input as a command, use `manhole eval TARGET`",
        });
    }
    let target = choose(args.target.as_ref())?;
    let ctrl_c = CtrlC::watch()?;
    let take_ctrl_c = || ctrl_c.take();
    let wait = WaitOptions { cancelled: Some(&take_ctrl_c), ..wait_options() };
    let client = RpcClient::connect(&target.target, options, &wait)?;
    let colors = colors::output();
    let termination = Termination::watch()?;
    let history = if args.no_history { HistoryKind::Memory } else { HistoryKind::File };
    let editor = Editor::new(&client, colors, history, termination.clone())?;
    let record = |file| Recording::create(file, &client.info, editor.secret());
    let mut session = AttachSession {
        recording: args.record.as_deref().map(record).transpose()?,
        editor,
        typed: TypedAhead::default(),
        keyboard: None,
        client: Arc::new(Mutex::new(client)),
        target,
        options,
        ctrl_c,
        termination,
        colors,
        buffering: if args.no_pager || capabilities::is_dumb() { Buffering::Off } else { Buffering::Brief },
    };
    let result = session.run();
    let termination = session.termination.clone();
    // Restores the terminal.
    drop(session);
    termination.re_raise();
    result
}

/// Finds the target. If several applications match, asks the user which one.
fn choose(target: Option<&Target>) -> Result<ConfiguredTarget, CliError> {
    match configured::find(target, "attach") {
        Err(error) if matches!(error.cause(), Some(Cause::AmbiguousTarget { .. })) => {
            let mut targets = match target {
                Some(target) => configured::find_all(target, "attach")?,
                None => configured::all_live(),
            };
            for (number, target) in targets.iter().enumerate() {
                output::print(&format!("{:3}  {}\n", number + 1, target.target.label))?;
            }
            output::print("Which one? ")?;
            let mut line = String::new();
            io::stdin().read_line(&mut line)?;
            let index = line.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            match index.filter(|index| *index < targets.len()) {
                Some(index) => Ok(targets.swap_remove(index)),
                None => Err(error),
            }
        }
        found => found,
    }
}

/// Returns the columns of the terminal.
fn columns() -> usize {
    terminal::size().map_or(80, |(columns, _)| columns.into())
}

/// Breaks a text between words.
fn wrapped(text: &str) -> String {
    text::wrap(text, columns())
}

struct AttachSession<'a> {
    editor: Editor,
    typed: TypedAhead,
    /// `None` while another program may need the keyboard: ssh asks for passwords.
    keyboard: Option<PromptKeyboard>,
    client: SharedClient,
    target: ConfiguredTarget,
    options: &'a ConnectOptions,
    ctrl_c: CtrlC,
    termination: Termination,
    colors: Colors,
    buffering: Buffering,
    recording: Option<Recording>,
}

/// What follows a command.
#[derive(PartialEq, Eq)]
enum AfterCommand {
    Continue,
    /// The command has ended the session, as `exit` does.
    Leave,
}

impl AttachSession<'_> {
    fn run(&mut self) -> Result<ExitCode, CliError> {
        self.greet()?;
        self.editor.set_client(&self.client);
        self.update_prompt();
        self.keyboard = Some(PromptKeyboard::take());
        let code = loop {
            self.record(|recording| recording.prompt(self.editor.prompt()));
            match self.read()? {
                Signal::Success(code) => {
                    self.record(|recording| recording.command(self.editor.prompt(), &code));
                    if let Some(code) = leave::exit_code(&code) {
                        break code;
                    }
                    if !code.trim().is_empty() && self.command(&code)? == AfterCommand::Leave {
                        break ExitCode::SUCCESS;
                    }
                }
                // The editor has dropped the line; there is nothing to stop.
                Signal::CtrlC => {
                    self.ctrl_c.take();
                    self.record(Recording::dropped_line);
                }
                Signal::CtrlD => break ExitCode::SUCCESS,
                Signal::ExternalBreak(_) if self.termination.is_requested() => break ExitCode::SUCCESS,
                Signal::ExternalBreak(_) => {
                    // The editor keeps the line.
                    writeln!(io::stdout())?;
                    self.reconnect()?;
                }
                _ => {}
            }
        };
        // Ignores errors: the session also ends with the connection.
        let _ = self.client.lock_ignoring_poison().call(&Shutdown::new());
        Ok(code)
    }

    fn read(&mut self) -> Result<Signal, CliError> {
        if !capabilities::is_dumb() {
            return self.editor.read(&self.typed);
        }
        // The terminal echoes and edits the line.
        self.keyboard = None;
        let signal = self.editor.read_plain(&self.typed, &self.ctrl_c);
        self.keyboard = Some(PromptKeyboard::take());
        signal
    }

    fn update_prompt(&mut self) {
        let client = self.client.lock_ignoring_poison();
        self.editor.set_prompt(ApplicationPrompt::new(&self.target, &client.info));
    }

    fn record(&self, what: impl FnOnce(&Recording)) {
        if let Some(recording) = &self.recording {
            what(recording);
        }
    }

    fn greet(&self) -> Result<(), CliError> {
        let client = self.client.lock_ignoring_poison();
        if !client.banner.is_empty() {
            let banner = format!("{}\n", client.banner.trim_end());
            self.record(|recording| recording.output(&clean(&banner)));
            output::print(&banner)?;
        }
        let info = &client.info;
        let line = format!(
            "{} (process {}, up {}, level {}); help lists the names, Ctrl-D exits",
            info.application,
            info.pid,
            format_uptime(info.uptime_ms),
            info.level
        );
        let line = wrapped(&line);
        self.record(|recording| recording.output(&format!("{}\n", clean(&line))));
        writeln!(io::stdout(), "{}", self.colors.faint(&line))?;
        Ok(())
    }

    fn command(&mut self, code: &str) -> Result<AfterCommand, CliError> {
        let buffer = OutputBuffer::new(self.buffering);
        let result = self.evaluate(code, &buffer);
        let mut spans = vec![(Style::new(), buffer.into_rest())];
        if let Ok(Evaluation { text: Some(text), .. }) = &result {
            spans.extend(highlight::value(text, self.colors));
            spans.push((Style::new(), "\n".to_owned()));
            // What it has printed is recorded already.
            self.record(|recording| recording.styled(&spans[1..]));
        }
        match self.buffering {
            Buffering::Brief => pager::page(
                &spans,
                &mut PagerTerminal {
                    typed: &self.typed,
                    keyboard: &mut self.keyboard,
                    termination: &self.termination,
                    colors: self.colors,
                },
            )?,
            Buffering::Off => pager::print(&spans)?,
        }
        if code.contains("level") {
            // A command can lower it.
            let mut client = self.client.lock_ignoring_poison();
            if let Ok(info) = client.call(&Info::new()) {
                client.info = info;
            }
            drop(client);
            self.update_prompt();
        }
        if leave::may_leave(code) && self.has_left(result.is_ok()) {
            return Ok(AfterCommand::Leave);
        }
        if let Err(error) = result {
            self.print_report(&error.report())?;
            if error.kind() == CliErrorKind::Connection {
                self.print_report("note: the command may or may not have run")?;
                self.reconnect()?;
            }
        }
        self.ctrl_c.take();
        Ok(AfterCommand::Continue)
    }

    /// Returns whether the session has ended without a reason, as `exit` ends it.
    fn has_left(&self, has_answer: bool) -> bool {
        let mut client = self.client.lock_ignoring_poison();
        // The connection ends after the answer.
        let is_closed = if has_answer { client.events(EXIT_TIMEOUT).is_err() } else { client.is_closed() };
        is_closed && client.close_reason().is_empty()
    }

    fn print_report(&self, text: &str) -> io::Result<()> {
        // The other lines show code, with a mark below.
        let is_text = |line: &str| ["error:", "help:", "note:"].iter().any(|label| line.starts_with(label));
        let lines = text.lines().map(|line| if is_text(line) { wrapped(line) } else { line.to_owned() });
        let report = lines.collect::<Vec<_>>().join("\n");
        self.record(|recording| recording.report(&report, self.colors));
        writeln!(io::stdout(), "{}", self.colors.error(&report))
    }

    fn evaluate(&self, code: &str, buffer: &OutputBuffer) -> Result<Evaluation, CliError> {
        self.ctrl_c.take();
        let mut client = self.client.lock_ignoring_poison();
        let request = Eval::new(code).format(Format::Text).columns(columns());
        let id = client.start(&request)?;
        let should_stop = || {
            // Ignores errors: a later write fails too, and reports it.
            let _ = buffer.flush_if_due();
            // Without a terminal no more keys come.
            let has_ctrl_c = self.typed.read().unwrap_or_default() || self.ctrl_c.take();
            has_ctrl_c || self.termination.is_requested()
        };
        let wait = WaitOptions { cancelled: Some(&should_stop), text: Some("running"), ..wait_options() };
        client.finish::<Eval, CliError>(&id, &wait, &mut |event| {
            if let ServerEvent::Print(print) = event {
                let text = clean(&print.text);
                self.record(|recording| recording.output(&text));
                buffer.print(&text)?;
            }
            Ok(())
        })
    }

    /// Waits until the application is back, and opens a new session.
    fn reconnect(&mut self) -> Result<(), CliError> {
        self.keyboard = None;
        let (label, reason, old_pid) = {
            let mut client = self.client.lock_ignoring_poison();
            client.is_closed();
            (client.info.application.clone(), client.close_reason(), client.info.pid)
        };
        self.print_report(&format!("note: the connection has ended{reason}"))?;
        self.ctrl_c.take();
        let mut spinner = Spinner::new(format!("waiting for {label} to restart; Ctrl-C exits"));
        let reconnect = Reconnect::new(&self.target.target, self.options, old_pid);
        let should_stop = || self.ctrl_c.take() || self.termination.is_requested();
        let wait = WaitOptions { cancelled: Some(&should_stop), ..wait_options() };
        let reconnected = reconnect.wait(&wait, || spinner.tick());
        spinner.clear();
        let Some(Reconnected { client, target, note }) = reconnected else {
            return Err(CliError::NotReconnected { label });
        };
        self.print_report(&format!("note: {note}; the session's variables are lost"))?;
        *self.client.lock_ignoring_poison() = client;
        self.target.target = target;
        self.update_prompt();
        self.keyboard = Some(PromptKeyboard::take());
        Ok(())
    }
}
