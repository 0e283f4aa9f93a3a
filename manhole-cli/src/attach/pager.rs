//! Long answers, page by page: by the pager that the user has chosen, or by one of ours.

use std::io::{self, Write};
use std::process::{Command, Stdio};

use minus::hooks::Hook;
use minus::{Pager, page_all};
use ratatui::crossterm::terminal;

use crate::failure::Failure;

/// Prints `text`; page by page if it does not fit on the screen.
pub(super) fn page(text: &str) -> Result<(), Failure> {
    let (width, height) = terminal::size().unwrap_or((80, 24));
    if lines(text, width.into()) < usize::from(height) {
        return Ok(io::stdout().write_all(text.as_bytes())?);
    }
    match std::env::var("PAGER") {
        Ok(pager) if !pager.trim().is_empty() => through(&pager, text),
        _ => {
            let failed = |error: minus::MinusError| Failure::from(io::Error::other(error));
            let pager = Pager::new();
            pager.set_text(text).map_err(failed)?;
            pager.set_prompt("q goes back to the prompt, / searches").map_err(failed)?;
            // The one that ends the process.
            pager.remove_hook(Hook::PostPagerExit, 1).map_err(failed)?;
            page_all(pager).map_err(failed)
        }
    }
}

/// How many lines a text has on a screen of this width.
fn lines(text: &str, width: usize) -> usize {
    text.lines().map(|line| line.chars().count().div_ceil(width.max(1)).max(1)).sum()
}

fn through(pager: &str, text: &str) -> Result<(), Failure> {
    let child = Command::new("sh").arg("-c").arg(pager).env("LESS", "FRX").stdin(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| Failure::from(error).help(format!("PAGER is {pager:?}")))?;
    if let Some(mut stdin) = child.stdin.take() {
        // It may have been left before it has read everything.
        let _ = stdin.write_all(text.as_bytes());
    }
    child.wait()?;
    Ok(())
}
