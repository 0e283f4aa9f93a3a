//! Why a command of the client could not be carried out, and its exit status.

use std::fmt;
use std::io;
use std::process::ExitCode;

use manhole_protocol::{Error, ErrorKind};

/// A failure, in words for a person, and in an exit status for a script.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    kind: FailureKind,
    /// In one or more lines, as it is shown: `error: …`.
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// What was to be run has failed.
    Command,
    /// The client was called wrongly.
    Usage,
    /// There is no connection, or no longer.
    Connection,
    /// It is not allowed.
    Denied,
    /// It took too long.
    Timeout,
    /// Whoever reads the output has gone.
    BrokenPipe,
    /// Ctrl-C.
    Interrupted,
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, message: impl fmt::Display) -> Self {
        Self { kind, text: format!("error: {message}") }
    }

    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self::new(FailureKind::Usage, message)
    }

    pub(crate) fn connection(message: impl fmt::Display) -> Self {
        Self::new(FailureKind::Connection, message)
    }

    /// Adds what to try.
    pub(crate) fn help(mut self, help: impl fmt::Display) -> Self {
        self.text += &format!("\nhelp: {help}");
        self
    }

    /// The same words for something of another kind.
    pub(crate) fn of(mut self, kind: FailureKind) -> Self {
        self.kind = kind;
        self
    }

    pub(crate) const fn kind(&self) -> FailureKind {
        self.kind
    }

    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.kind == FailureKind::BrokenPipe
    }

    /// The sentence alone.
    pub(crate) fn message(&self) -> &str {
        let line = self.text.lines().next().unwrap_or_default();
        line.strip_prefix("error: ").unwrap_or(line)
    }

    pub(crate) fn status(&self) -> u8 {
        match self.kind {
            FailureKind::BrokenPipe => 0,
            FailureKind::Command => 1,
            FailureKind::Usage => 2,
            FailureKind::Connection => 3,
            FailureKind::Denied => 4,
            FailureKind::Timeout => 5,
            // As a shell has it.
            FailureKind::Interrupted => 130,
        }
    }

    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(self.status())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Denied => FailureKind::Denied,
            ErrorKind::Timeout => FailureKind::Timeout,
            ErrorKind::ShuttingDown => FailureKind::Connection,
            _ => FailureKind::Command,
        };
        Self { kind, text: error.to_string() }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::BrokenPipe => FailureKind::BrokenPipe,
            _ => FailureKind::Command,
        };
        Self::new(kind, error)
    }
}
