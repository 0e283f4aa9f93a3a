//! `manhole attach`: a prompt in an application; uses `connect` and `terminal`.

mod builtin_pager;
mod editor;
mod output_buffer;
mod pager;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use manhole_protocol::methods::{Eval, Evaluation, Format, Shutdown};
use manhole_protocol::text::clean;
use nu_ansi_term::Style;
use reedline::Signal;

use crate::args::AttachArgs;
use crate::connect::reconnect::{Reconnect, Reconnected};
use crate::connect::rpc_client::{RpcClient, ServerEvent};
use crate::connect::target::{ResolvedTarget, Target};
use crate::connect::transport::ConnectOptions;
use crate::connect::wait::WaitOptions;
use crate::error::{CliError, CliErrorKind};
use crate::sync::LockIgnoringPoison;
use crate::terminal::colors::{self, Colors};
use crate::terminal::format::format_uptime;
use crate::terminal::highlight;
use crate::terminal::output;
use crate::terminal::signals::{CtrlC, Termination};
use crate::terminal::spinner::Spinner;
use editor::{Editor, SharedClient};
use output_buffer::{Buffering, OutputBuffer};

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
    let wait = WaitOptions { ctrl_c: Some(&take_ctrl_c), ..WaitOptions::default() };
    let client = RpcClient::connect(&target, options, &wait)?;
    let colors = colors::output();
    let termination = Termination::watch()?;
    let mut session = AttachSession {
        editor: Editor::new(&client, colors, termination.clone())?,
        client: Arc::new(Mutex::new(client)),
        target,
        options,
        ctrl_c,
        termination,
        colors,
        buffering: if args.no_pager { Buffering::Off } else { Buffering::Brief },
    };
    let result = session.run();
    let termination = session.termination.clone();
    // Writes the history.
    drop(session);
    termination.re_raise();
    result.map(|()| ExitCode::SUCCESS)
}

/// Finds the target. If several applications match, asks the user which one.
fn choose(target: Option<&Target>) -> Result<ResolvedTarget, CliError> {
    match Target::find(target, "attach") {
        Err(error @ CliError::AmbiguousTarget { .. }) => {
            let mut targets = match target {
                Some(target) => target.find_all("attach")?,
                None => Target::all_live(),
            };
            for (number, target) in targets.iter().enumerate() {
                output::print(&format!("{:3}  {}\n", number + 1, target.label))?;
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

struct AttachSession<'a> {
    editor: Editor,
    client: SharedClient,
    target: ResolvedTarget,
    options: &'a ConnectOptions,
    ctrl_c: CtrlC,
    termination: Termination,
    colors: Colors,
    buffering: Buffering,
}

impl AttachSession<'_> {
    fn run(&mut self) -> Result<(), CliError> {
        self.greet()?;
        self.editor.set_client(&self.client);
        loop {
            match self.editor.read()? {
                Signal::Success(code) => match code.trim() {
                    "" => {}
                    "exit" | "quit" => break,
                    _ => self.command(&code)?,
                },
                // The editor has dropped the line; there is nothing to stop.
                Signal::CtrlC => drop(self.ctrl_c.take()),
                Signal::CtrlD => break,
                Signal::ExternalBreak(_) if self.termination.is_requested() => break,
                Signal::ExternalBreak(_) => {
                    // The editor keeps the line.
                    writeln!(io::stdout())?;
                    self.reconnect()?;
                }
                _ => {}
            }
        }
        // Ignores errors: the session also ends with the connection.
        let _ = self.client.lock_ignoring_poison().call(&Shutdown::new());
        Ok(())
    }

    fn greet(&self) -> Result<(), CliError> {
        let client = self.client.lock_ignoring_poison();
        if !client.banner.is_empty() {
            output::print(&format!("{}\n", client.banner.trim_end()))?;
        }
        let info = &client.info;
        let line = format!(
            "{} (process {}, up {}, level {}); help lists the names, Ctrl-D exits",
            info.application,
            info.pid,
            format_uptime(info.uptime_ms),
            info.level
        );
        writeln!(io::stdout(), "{}", self.colors.faint(&line))?;
        Ok(())
    }

    fn command(&mut self, code: &str) -> Result<(), CliError> {
        let buffer = OutputBuffer::new(self.buffering);
        let result = self.evaluate(code, &buffer);
        let mut spans = vec![(Style::new(), buffer.into_rest())];
        if let Ok(Evaluation { text: Some(text), .. }) = &result {
            spans.extend(highlight::value(text, self.colors));
            spans.push((Style::new(), "\n".to_owned()));
        }
        match self.buffering {
            Buffering::Brief => pager::page(&spans, &self.termination)?,
            Buffering::Off => pager::print(&spans)?,
        }
        if let Err(error) = result {
            self.print_report(&error.report())?;
            if error.kind() == CliErrorKind::Connection {
                self.print_report("note: the command may or may not have run")?;
                self.reconnect()?;
            }
        }
        self.ctrl_c.take();
        Ok(())
    }

    fn print_report(&self, text: &str) -> io::Result<()> {
        writeln!(io::stdout(), "{}", self.colors.error(text))
    }

    fn evaluate(&self, code: &str, buffer: &OutputBuffer) -> Result<Evaluation, CliError> {
        self.ctrl_c.take();
        let mut client = self.client.lock_ignoring_poison();
        let id = client.start(&Eval::new(code).format(Format::Text))?;
        let keyboard = self.ctrl_c.raw_keyboard();
        let should_stop = || {
            // Ignores errors: a later write fails too, and reports it.
            let _ = buffer.flush_if_due();
            keyboard.take_ctrl_c() || self.termination.is_requested()
        };
        let wait = WaitOptions {
            ctrl_c: Some(&should_stop),
            spinner: Some("running; Ctrl-C stops it"),
            ..WaitOptions::default()
        };
        client.finish::<Eval>(&id, &wait, &mut |event| {
            if let ServerEvent::Print(print) = event {
                buffer.print(&clean(&print.text))?;
            }
            Ok(())
        })
    }

    /// Waits until the application is back, and opens a new session.
    fn reconnect(&mut self) -> Result<(), CliError> {
        let (label, reason, old_pid) = {
            let mut client = self.client.lock_ignoring_poison();
            client.is_closed();
            (client.info.application.clone(), client.close_reason(), client.info.pid)
        };
        self.print_report(&format!("note: the connection has ended{reason}"))?;
        self.ctrl_c.take();
        let mut spinner = Spinner::new(format!("waiting for {label} to restart; Ctrl-C exits"));
        let reconnect = Reconnect::new(&self.target, self.options, old_pid);
        let should_stop = || self.ctrl_c.take() || self.termination.is_requested();
        let wait = WaitOptions { ctrl_c: Some(&should_stop), ..WaitOptions::default() };
        let reconnected = reconnect.wait(&wait, || spinner.tick());
        spinner.clear();
        let Some(Reconnected { client, target, note }) = reconnected else {
            return Err(CliError::NotReconnected { label });
        };
        self.print_report(&format!("note: {note}; the session's variables are lost"))?;
        *self.client.lock_ignoring_poison() = client;
        self.target = target;
        Ok(())
    }
}
