//! `manhole attach`: a prompt inside of a program.

mod builtin_pager;
mod editor;
mod output_buffer;
mod pager;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use manhole_protocol::methods::{Eval, Evaluation, Format, Shutdown};
use nu_ansi_term::Style;
use reedline::Signal;

use crate::args::AttachArgs;
use crate::connect::reconnect::{Reconnect, Reconnected};
use crate::connect::rpc_client::{RpcClient, ServerEvent};
use crate::connect::target::{ResolvedTarget, Target};
use crate::connect::transport::ConnectOptions;
use crate::connect::wait::WaitOptions;
use crate::error::{CliError, CliErrorKind};
use crate::terminal::colors::{self, Colors};
use crate::terminal::format::format_uptime;
use crate::terminal::highlight;
use crate::terminal::signals::{CtrlC, Termination};
use crate::terminal::spinner::Spinner;
use editor::Editor;
use output_buffer::OutputBuffer;

/// A client that the editor uses while a line is typed, and the loop between the lines.
pub(super) type SharedClient = Arc<Mutex<RpcClient>>;

pub(super) fn locked(client: &SharedClient) -> MutexGuard<'_, RpcClient> {
    client.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn attach(args: &AttachArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(CliError::usage("attach needs a terminal")
            .help("`manhole eval TARGET` runs what comes from the standard input"));
    }
    let found = choose(args.target.as_ref())?;
    let ctrl_c = CtrlC::watch()?;
    let interrupted = || ctrl_c.take();
    let wait = WaitOptions { ctrl_c: Some(&interrupted), ..WaitOptions::default() };
    let client = RpcClient::connect(&found, options, &wait)?;
    let colors = colors::output();
    let termination = Termination::watch()?;
    let mut prompt = AttachSession {
        editor: Editor::new(&client, colors, termination.clone())?,
        client: Arc::new(Mutex::new(client)),
        found,
        options,
        ctrl_c,
        termination,
        colors,
        paged: !args.no_pager,
    };
    let result = prompt.run();
    let termination = prompt.termination.clone();
    // The history is written by then.
    drop(prompt);
    termination.re_raise();
    result.map(|()| ExitCode::SUCCESS)
}

/// The program that is meant; where there are several, the one that is chosen.
fn choose(target: Option<&Target>) -> Result<ResolvedTarget, CliError> {
    match Target::find(target, "attach") {
        Err(error) if error.kind() == CliErrorKind::Usage => {
            let mut found = match target {
                Some(target) => target.find_all("attach")?,
                None => Target::all_live(),
            };
            let mut out = io::stdout();
            for (number, found) in found.iter().enumerate() {
                writeln!(out, "{:3}  {}", number + 1, found.label)?;
            }
            write!(out, "Which one? ")?;
            out.flush()?;
            let mut answer = String::new();
            io::stdin().read_line(&mut answer)?;
            let number = answer.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            match number.filter(|number| *number < found.len()) {
                Some(number) => Ok(found.swap_remove(number)),
                None => Err(error),
            }
        }
        found => found,
    }
}

struct AttachSession<'a> {
    editor: Editor,
    client: SharedClient,
    found: ResolvedTarget,
    options: &'a ConnectOptions,
    ctrl_c: CtrlC,
    termination: Termination,
    colors: Colors,
    paged: bool,
}

impl AttachSession<'_> {
    fn run(&mut self) -> Result<(), CliError> {
        self.greet()?;
        self.editor.serve(&self.client);
        loop {
            match self.editor.read()? {
                Signal::Success(code) => match code.trim() {
                    "" => {}
                    "exit" | "quit" => break,
                    _ => self.command(&code)?,
                },
                // What was typed is gone, and nothing else has happened.
                Signal::CtrlC => drop(self.ctrl_c.take()),
                Signal::CtrlD => break,
                Signal::ExternalBreak(_) if self.termination.is_requested() => break,
                Signal::ExternalBreak(_) => {
                    // What was typed stays in the editor.
                    writeln!(io::stdout())?;
                    self.reconnect()?;
                }
                _ => {}
            }
        }
        // It ends with the connection all the same.
        let _ = locked(&self.client).call(&Shutdown::new());
        Ok(())
    }

    fn greet(&self) -> Result<(), CliError> {
        let client = locked(&self.client);
        let mut out = io::stdout();
        if !client.banner.is_empty() {
            writeln!(out, "{}", colors::strip_control_chars(client.banner.trim_end()))?;
        }
        let info = &client.info;
        let line = format!(
            "{} (process {}, up {}, level {}); help tells the names, Ctrl-D leaves",
            info.application,
            info.pid,
            format_uptime(info.uptime_ms),
            info.level
        );
        writeln!(out, "{}", self.colors.faint(&line))?;
        Ok(())
    }

    fn command(&mut self, code: &str) -> Result<(), CliError> {
        let output_buffer = OutputBuffer::new(self.paged);
        let result = self.evaluate(code, &output_buffer);
        let mut spans = vec![(Style::new(), output_buffer.left())];
        if let Ok(Evaluation { text: Some(text), .. }) = &result {
            spans.extend(highlight::value(&colors::strip_control_chars(text), self.colors));
            spans.push((Style::new(), "\n".to_owned()));
        }
        let shown = if self.paged { pager::page(&spans, &self.termination) } else { pager::print(&spans) };
        shown?;
        let mut out = io::stdout();
        match result {
            Ok(_) => {}
            Err(error) if error.kind() == CliErrorKind::Connection => {
                writeln!(out, "{}", self.colors.error(&error.to_string()))?;
                writeln!(out, "{}", self.colors.error("note: whether the command has run is not known"))?;
                self.reconnect()?;
            }
            Err(error) => {
                writeln!(out, "{}", self.colors.error(&colors::strip_control_chars(&error.to_string())))?
            }
        }
        self.ctrl_c.take();
        Ok(())
    }

    fn evaluate(&self, code: &str, output_buffer: &OutputBuffer) -> Result<Evaluation, CliError> {
        self.ctrl_c.take();
        let mut client = locked(&self.client);
        let id = client.start(&Eval::new(code).format(Format::Text))?;
        let keyboard = self.ctrl_c.raw_keyboard();
        let interrupted = || {
            // What cannot be written now cannot be later either.
            let _ = output_buffer.look();
            keyboard.take_ctrl_c() || self.termination.is_requested()
        };
        let wait = WaitOptions {
            ctrl_c: Some(&interrupted),
            spinner: Some("running; Ctrl-C stops it"),
            ..WaitOptions::default()
        };
        client.finish::<Eval>(&id, &wait, &mut |events| {
            if let ServerEvent::Print(print) = events {
                output_buffer.print(&colors::strip_control_chars(&print.text))?;
            }
            Ok(())
        })
    }

    /// Waits until the program is back, and begins a new session with it.
    fn reconnect(&mut self) -> Result<(), CliError> {
        let mut out = io::stdout();
        let label = locked(&self.client).info.application.clone();
        let (why, old) = {
            let mut client = locked(&self.client);
            client.is_closed();
            (client.close_reason(), client.info.pid)
        };
        writeln!(out, "{}", self.colors.error(&format!("note: the connection has ended{why}")))?;
        self.ctrl_c.take();
        let mut spinner = Spinner::new(format!("waiting for {label} to come back; Ctrl-C leaves"));
        let reconnect = Reconnect::of(&self.found, self.options, old);
        let leaves = || self.ctrl_c.take() || self.termination.is_requested();
        let wait = WaitOptions { ctrl_c: Some(&leaves), ..WaitOptions::default() };
        let back = reconnect.wait(&wait, || spinner.tick());
        spinner.clear();
        let Some(Reconnected { client, found, note }) = back else {
            return Err(CliError::connection(format!("{label} has not come back")));
        };
        let line = format!("note: {note}; the session's variables are gone");
        writeln!(out, "{}", self.colors.error(&line))?;
        *locked(&self.client) = client;
        self.found = found;
        Ok(())
    }
}
