//! Pages long output: with the user's `PAGER`, or with the built-in pager.

use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use manhole_client::cli_support::{children_of, signal_tree};
use ratatui::crossterm::terminal;
use rustix::process::Signal;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::builtin_pager::{self, StyledSpans};
use super::typed_ahead::TypedAhead;
use crate::error::CliError;
use crate::terminal::colors::Colors;
use crate::terminal::keyboard::PromptKeyboard;
use crate::terminal::signals::Termination;

/// How often the client checks whether the pager has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// How long a pager may take to end after SIGTERM.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);

/// What a pager needs.
pub(super) struct PagerTerminal<'a> {
    pub(super) typed: &'a TypedAhead,
    /// Given back while another program has the terminal.
    pub(super) keyboard: &'a mut Option<PromptKeyboard>,
    pub(super) termination: &'a Termination,
    pub(super) colors: Colors,
}

/// Prints a text, or pages it if it does not fit the screen.
pub(super) fn page(spans: &StyledSpans, terminal: &mut PagerTerminal<'_>) -> Result<(), CliError> {
    let (width, height) = terminal::size().unwrap_or((80, 24));
    if builtin_pager::lines(spans, width.into()).len() < usize::from(height) {
        return print(spans);
    }
    // They were pressed for the next prompt.
    terminal.typed.read()?;
    match std::env::var("PAGER") {
        Ok(pager) if !pager.trim().is_empty() => {
            let had_keyboard = terminal.keyboard.take().is_some();
            let result = run_pager(&pager, painted(spans), terminal.termination);
            *terminal.keyboard = had_keyboard.then(PromptKeyboard::take);
            result
        }
        _ => builtin_pager::show(spans, terminal.termination, terminal.colors),
    }
}

/// Prints a text as a whole.
pub(super) fn print(spans: &StyledSpans) -> Result<(), CliError> {
    Ok(io::stdout().write_all(painted(spans).as_bytes())?)
}

fn painted(spans: &StyledSpans) -> String {
    spans.iter().map(|(style, text)| style.paint(text).to_string()).collect()
}

fn run_pager(pager: &str, text: String, termination: &Termination) -> Result<(), CliError> {
    let saved = tcgetattr(io::stdin()).ok();
    let child = Command::new("sh").arg("-c").arg(pager).env("LESS", "FRX").stdin(Stdio::piped()).spawn();
    let mut child = child
        .map_err(|error| CliError::Start { command: format!("PAGER={pager}"), reason: error.to_string() })?;
    if let Some(mut stdin) = child.stdin.take() {
        // On another thread: the pager may read only as the user turns pages, and may end before it has read all.
        thread::spawn(move || stdin.write_all(text.as_bytes()));
    }
    while child.try_wait()?.is_none() {
        if termination.is_requested() {
            stop(&mut child)?;
            if let Some(saved) = &saved {
                let _ = tcsetattr(io::stdin(), OptionalActions::Now, saved);
            }
            break;
        }
        thread::sleep(POLL_INTERVAL);
    }
    Ok(())
}

/// Stops a pager with SIGTERM, so that it can restore the terminal, and then with SIGKILL.
fn stop(child: &mut Child) -> io::Result<()> {
    let started = Instant::now();
    // The shell around the pager ends with it.
    match &children_of(child.id())[..] {
        [] => signal_tree(child.id(), Signal::TERM),
        children => children.iter().for_each(|pid| signal_tree(*pid, Signal::TERM)),
    }
    while child.try_wait()?.is_none() {
        if started.elapsed() > STOP_TIMEOUT {
            signal_tree(child.id(), Signal::KILL);
        }
        thread::sleep(POLL_INTERVAL);
    }
    Ok(())
}
