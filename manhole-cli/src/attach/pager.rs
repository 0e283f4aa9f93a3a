//! Long answers, page by page: by the pager that the user has chosen, or by one of ours.

use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ratatui::crossterm::terminal;
use rustix::process::Signal;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::builtin_pager::{self, Parts};
use crate::child_processes::{signal_all, started_by};
use crate::error::Failure;
use crate::terminal::signals::Ending;

/// How often it is looked whether the pager has been left.
const ROUND: Duration = Duration::from_millis(10);

/// How long a pager may take to give the terminal back.
const GRACE: Duration = Duration::from_secs(1);

/// Prints a text; page by page if it does not fit on the screen.
pub(super) fn page(parts: &Parts, ending: &Ending) -> Result<(), Failure> {
    let (width, height) = terminal::size().unwrap_or((80, 24));
    if builtin_pager::lines(parts, width.into()).len() < usize::from(height) {
        return print(parts);
    }
    match std::env::var("PAGER") {
        Ok(pager) if !pager.trim().is_empty() => through(&pager, painted(parts), ending),
        _ => builtin_pager::show(parts, ending),
    }
}

/// Prints a text as a whole.
pub(super) fn print(parts: &Parts) -> Result<(), Failure> {
    Ok(io::stdout().write_all(painted(parts).as_bytes())?)
}

fn painted(parts: &Parts) -> String {
    parts.iter().map(|(style, text)| style.paint(text).to_string()).collect()
}

fn through(pager: &str, text: String, ending: &Ending) -> Result<(), Failure> {
    let terminal = tcgetattr(io::stdin()).ok();
    let child = Command::new("sh").arg("-c").arg(pager).env("LESS", "FRX").stdin(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| Failure::from(error).help(format!("PAGER is {pager:?}")))?;
    if let Some(mut stdin) = child.stdin.take() {
        // Not here: it may read on only when somebody turns the page. It may be left before it has read everything.
        thread::spawn(move || stdin.write_all(text.as_bytes()));
    }
    while child.try_wait()?.is_none() {
        if ending.is_asked_for() {
            end(&mut child)?;
            if let Some(terminal) = &terminal {
                let _ = tcsetattr(io::stdin(), OptionalActions::Now, terminal);
            }
            break;
        }
        thread::sleep(ROUND);
    }
    Ok(())
}

/// Ends a pager, which knows best what it has done to the terminal.
fn end(child: &mut Child) -> io::Result<()> {
    let asked = Instant::now();
    // The shell that runs it ends when it has.
    match &started_by(child.id())[..] {
        [] => signal_all(child.id(), Signal::TERM),
        below => below.iter().for_each(|pid| signal_all(*pid, Signal::TERM)),
    }
    while child.try_wait()?.is_none() {
        if asked.elapsed() > GRACE {
            signal_all(child.id(), Signal::KILL);
        }
        thread::sleep(ROUND);
    }
    Ok(())
}
