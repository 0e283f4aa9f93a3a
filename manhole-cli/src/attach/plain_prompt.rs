//! A prompt for terminals that only print text, as in an editor's shell buffer: lines without keys, colors and menus.

use std::io::{self, Write};

use ratatui::crossterm::event::{Event, KeyCode};
use reedline::{Signal, ValidationResult};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::prompt::ApplicationPrompt;
use super::typed_ahead::TypedAhead;

/// How often a wait for a line checks whether the prompt ends.
const POLL_INTERVAL: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// What ends a prompt, and a command.
pub(super) struct PlainPrompt<'a> {
    pub(super) prompt: &'a ApplicationPrompt,
    pub(super) is_broken: &'a dyn Fn() -> bool,
    pub(super) is_interrupted: &'a dyn Fn() -> bool,
    pub(super) validate: &'a dyn Fn(&str) -> ValidationResult,
}

impl PlainPrompt<'_> {
    /// Reads a command of one or more lines, after what the user has typed before.
    pub(super) fn read(&self, typed: &TypedAhead) -> io::Result<Signal> {
        let mut code = String::new();
        print(&self.prompt.text())?;
        loop {
            let (early, is_line) = early_line(typed);
            print(&early)?;
            code += &early;
            if is_line {
                print("\n")?;
            } else {
                while poll(&mut [PollFd::new(&io::stdin(), PollFlags::IN)], Some(&POLL_INTERVAL)) != Ok(1) {
                    if (self.is_broken)() {
                        return Ok(Signal::ExternalBreak(code));
                    }
                    if (self.is_interrupted)() {
                        print("\n")?;
                        return Ok(Signal::CtrlC);
                    }
                }
                if io::stdin().read_line(&mut code)? == 0 {
                    return Ok(Signal::CtrlD);
                }
            }
            let line = code.trim_end_matches(['\n', '\r']);
            if matches!((self.validate)(line), ValidationResult::Complete) {
                return Ok(Signal::Success(line.to_owned()));
            }
            code = format!("{line}\n");
            print(&self.prompt.continuation())?;
        }
    }
}

fn print(text: &str) -> io::Result<()> {
    io::stdout().write_all(text.as_bytes())?;
    io::stdout().flush()
}

/// Returns the first line that the user has typed before, and whether it has ended.
fn early_line(typed: &TypedAhead) -> (String, bool) {
    let mut line = String::new();
    while let Some(event) = typed.pop() {
        match event {
            Event::Key(key) => match key.code {
                KeyCode::Enter => return (line, true),
                KeyCode::Backspace => drop(line.pop()),
                KeyCode::Char(char) => line.push(char),
                _ => {}
            },
            Event::Paste(text) => line += &text,
            _ => {}
        }
    }
    (line, false)
}
