//! The lines of a command that is not complete yet, or that is refused.

use crate::engine::InputScanner;

/// How often the parser may find a long command incomplete that the scanner takes for complete. Each time it reads the whole command.
const MAX_INCOMPLETE: usize = 16;

/// The lines of an incomplete command.
#[derive(Default)]
pub(super) struct PendingInput {
    code: String,
    scanner: InputScanner,
    is_last_blank: bool,
    /// The number of times that the parser found the command incomplete.
    incomplete: usize,
    /// Whether the command is refused. Its lines are dropped up to its end, so that none of them runs.
    is_refused: bool,
}

/// What follows a line.
pub(super) enum NextStep {
    /// The command needs more lines.
    Continue,
    /// The command may be complete. If it is not, two blank lines end it.
    Run { code: String, ends_in_blank_lines: bool },
    /// Two blank lines have ended the command.
    Drop,
    /// The refused command is over.
    Forget,
}

impl PendingInput {
    pub(super) fn is_empty(&self) -> bool {
        self.code.is_empty() && !self.is_refused
    }

    pub(super) fn is_refused(&self) -> bool {
        self.is_refused
    }

    /// Returns the number of bytes in the command.
    pub(super) fn len(&self) -> usize {
        self.code.len()
    }

    /// Refuses the command, and drops its text.
    pub(super) fn refuse(&mut self) {
        self.is_refused = true;
        self.code = String::new();
    }

    /// Begins a line.
    pub(super) fn begin_line(&mut self) {
        if !self.is_empty() {
            self.add("\n");
        }
    }

    /// Adds a part of a line.
    pub(super) fn add(&mut self, part: &str) {
        self.scanner.scan(part);
        if !self.is_refused {
            self.code.push_str(part);
        }
    }

    /// Ends a line, and decides what follows.
    pub(super) fn end_line(&mut self, is_blank: bool) -> NextStep {
        let ends_in_blank_lines = std::mem::replace(&mut self.is_last_blank, is_blank) && is_blank;
        let needs_more = if self.is_refused { self.scanner.is_open() } else { self.scanner.needs_more() };
        match needs_more {
            true if !ends_in_blank_lines => NextStep::Continue,
            _ if self.is_refused => NextStep::Forget,
            true => NextStep::Drop,
            false => NextStep::Run { code: std::mem::take(&mut self.code), ends_in_blank_lines },
        }
    }

    /// Keeps `code`, which the next line continues.
    pub(super) fn keep(&mut self, code: String) {
        self.code = code;
    }

    /// Keeps `code`, which the parser has found incomplete. Returns whether it may go on.
    pub(super) fn put_back(&mut self, code: String) -> bool {
        self.code = code;
        self.incomplete += usize::from(self.scanner.is_long());
        self.incomplete <= MAX_INCOMPLETE
    }
}
