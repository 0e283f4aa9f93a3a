//! Long answers, page by page: by the pager that the user has chosen, or by one of ours.

use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ratatui::crossterm::terminal;
use rustix::process::Signal;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::builtin_pager::{self, StyledSpans};
use crate::child_processes::{children_of, signal_tree};
use crate::error::CliError;
use crate::terminal::signals::Termination;

/// How often it is looked whether the pager has been left.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// How long a pager may take to give the terminal back.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);

/// Prints a text; page by page if it does not fit on the screen.
pub(super) fn page(spans: &StyledSpans, termination: &Termination) -> Result<(), CliError> {
    let (width, height) = terminal::size().unwrap_or((80, 24));
    if builtin_pager::lines(spans, width.into()).len() < usize::from(height) {
        return print(spans);
    }
    match std::env::var("PAGER") {
        Ok(pager) if !pager.trim().is_empty() => through(&pager, painted(spans), termination),
        _ => builtin_pager::show(spans, termination),
    }
}

/// Prints a text as a whole.
pub(super) fn print(spans: &StyledSpans) -> Result<(), CliError> {
    Ok(io::stdout().write_all(painted(spans).as_bytes())?)
}

fn painted(spans: &StyledSpans) -> String {
    spans.iter().map(|(style, text)| style.paint(text).to_string()).collect()
}

fn through(pager: &str, text: String, termination: &Termination) -> Result<(), CliError> {
    let terminal = tcgetattr(io::stdin()).ok();
    let child = Command::new("sh").arg("-c").arg(pager).env("LESS", "FRX").stdin(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| CliError::from(error).help(format!("PAGER is {pager:?}")))?;
    if let Some(mut stdin) = child.stdin.take() {
        // Not here: it may read on only when somebody turns the page. It may be left before it has read everything.
        thread::spawn(move || stdin.write_all(text.as_bytes()));
    }
    while child.try_wait()?.is_none() {
        if termination.is_requested() {
            end(&mut child)?;
            if let Some(terminal) = &terminal {
                let _ = tcsetattr(io::stdin(), OptionalActions::Now, terminal);
            }
            break;
        }
        thread::sleep(POLL_INTERVAL);
    }
    Ok(())
}

/// Ends a pager, which knows best what it has done to the terminal.
fn end(child: &mut Child) -> io::Result<()> {
    let asked = Instant::now();
    // The shell that runs it ends when it has.
    match &children_of(child.id())[..] {
        [] => signal_tree(child.id(), Signal::TERM),
        below => below.iter().for_each(|pid| signal_tree(*pid, Signal::TERM)),
    }
    while child.try_wait()?.is_none() {
        if asked.elapsed() > STOP_TIMEOUT {
            signal_tree(child.id(), Signal::KILL);
        }
        thread::sleep(POLL_INTERVAL);
    }
    Ok(())
}
