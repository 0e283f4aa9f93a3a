//! Why a command of the client could not be carried out, and its exit status.

use std::fmt;
use std::io;
use std::process::ExitCode;

use manhole_protocol::{Error, ErrorKind};

/// A failure, in words for a person, and in an exit status for a script.
#[derive(Debug, Clone)]
pub(crate) struct CliError {
    kind: CliErrorKind,
    /// In one or more lines, as it is shown: `error: …`.
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CliErrorKind {
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

impl CliError {
    pub(crate) fn new(kind: CliErrorKind, message: impl fmt::Display) -> Self {
        Self { kind, text: format!("error: {message}") }
    }

    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self::new(CliErrorKind::Usage, message)
    }

    pub(crate) fn connection(message: impl fmt::Display) -> Self {
        Self::new(CliErrorKind::Connection, message)
    }

    /// Adds what to try.
    pub(crate) fn help(mut self, help: impl fmt::Display) -> Self {
        self.text += &format!("\nhelp: {help}");
        self
    }

    /// The same words for something of another kind.
    pub(crate) fn of(mut self, kind: CliErrorKind) -> Self {
        self.kind = kind;
        self
    }

    pub(crate) const fn kind(&self) -> CliErrorKind {
        self.kind
    }

    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.kind == CliErrorKind::BrokenPipe
    }

    /// The sentence alone.
    pub(crate) fn message(&self) -> &str {
        let line = self.text.lines().next().unwrap_or_default();
        line.strip_prefix("error: ").unwrap_or(line)
    }

    pub(crate) fn exit_status(&self) -> u8 {
        match self.kind {
            CliErrorKind::BrokenPipe => 0,
            CliErrorKind::Command => 1,
            CliErrorKind::Usage => 2,
            CliErrorKind::Connection => 3,
            CliErrorKind::Denied => 4,
            CliErrorKind::Timeout => 5,
            // As a shell has it.
            CliErrorKind::Interrupted => 130,
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit_status())
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for CliError {}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Denied => CliErrorKind::Denied,
            ErrorKind::Timeout => CliErrorKind::Timeout,
            ErrorKind::ShuttingDown => CliErrorKind::Connection,
            _ => CliErrorKind::Command,
        };
        Self { kind, text: error.to_string() }
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::BrokenPipe => CliErrorKind::BrokenPipe,
            _ => CliErrorKind::Command,
        };
        Self::new(kind, error)
    }
}
