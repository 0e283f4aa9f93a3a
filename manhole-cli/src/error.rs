//! The errors of the command line, with their texts and exit statuses. Those of sessions come from `manhole_client`.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use manhole_client::cli_support::Cause;
use manhole_client::{Error, ErrorKind};

/// An error with a message for people and an exit status for scripts.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum CliError {
    /// An error of a session, or of the way to it.
    #[error("{error}")]
    Client {
        error: Error,
        kind: CliErrorKind,
        /// Advice that replaces that of the error.
        help: Option<String>,
    },
    #[error(transparent)]
    Io(Arc<io::Error>),
    #[error("interrupted")]
    Interrupted,
    #[error("cannot inspect {path}: {reason}")]
    Inspect { path: String, reason: String },

    // Usage.
    #[error("cannot choose a target: several applications match; --all takes all of them")]
    AmbiguousRow,
    #[error("cannot {command}: {}", no_terminal())]
    NoTerminal { command: &'static str, help: &'static str },
    #[error("cannot use {name:?} of the configuration: {reason}")]
    Configured { name: String, reason: String },
    #[error(
        "cannot run the command in group {group}: it needs more than the level observe, and --yes is missing"
    )]
    NotConfirmed { group: String },
    #[error("cannot evaluate: no command")]
    NoCommand,
    #[error("cannot read {file}: {reason}")]
    Read { file: String, reason: String },
    #[error("cannot write to {path}: {reason}")]
    Write { path: String, reason: String },
    #[error("cannot remove the socket {}: {reason}", path.display())]
    Remove { path: PathBuf, reason: String },
    #[error("cannot export {text:?}: {reason}")]
    Metric { text: String, reason: String },
    #[error("cannot listen on {address}: {reason}")]
    Listen { address: std::net::SocketAddr, reason: String },
    #[error("cannot watch every {0:?}: the interval is at least {1:?}")]
    Interval(std::time::Duration, std::time::Duration),

    // Programs that look into a process.
    #[error("cannot look into {label} from here: its process is not on this machine")]
    OtherMachine { label: String, help: String },
    #[error("cannot {action}: found no {tools}")]
    NoTool { action: &'static str, tools: String, help: String },
    #[error("cannot {action} with {tool}: {reason}")]
    Tool { action: &'static str, tool: &'static str, reason: String, help: String },

    #[error("cannot find {what}")]
    NotFound { what: String, help: String },
    #[error("cannot start {command:?}: {reason}")]
    Start { command: String, reason: String },
    #[error("cannot reconnect to {label}: interrupted")]
    NotReconnected { label: String },

    #[error("cannot finish the request: no response in time")]
    Timeout,
    #[error("{expression} was not true within {time:?}")]
    NotTrue { expression: String, time: std::time::Duration },
}

/// Returns what is missing for a screen.
fn no_terminal() -> &'static str {
    let is_dumb = io::stdout().is_terminal() && std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if is_dumb {
        "the terminal cannot move its cursor (TERM=dumb)"
    } else {
        "standard input and output are not a terminal"
    }
}

/// The class of an error, which decides the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CliErrorKind {
    /// The command failed.
    Command,
    /// The client was called with wrong arguments.
    Usage,
    /// The client cannot connect, or lost the connection.
    Connection,
    /// Permission was denied.
    Denied,
    Timeout,
    /// The console has no place for another session at the moment.
    Busy,
    /// The console wants another token.
    Token,
    /// The reader of the client's output has closed it.
    BrokenPipe,
    /// Ctrl-C.
    Interrupted,
}

impl CliError {
    /// Gives an error of a session another kind.
    pub(crate) fn with_kind(mut self, new: CliErrorKind) -> Self {
        if let Self::Client { kind, .. } = &mut self {
            *kind = new;
        }
        self
    }

    pub(crate) fn kind(&self) -> CliErrorKind {
        match self {
            Self::Client { kind, .. } => *kind,
            Self::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => CliErrorKind::BrokenPipe,
            Self::Io(_)
            | Self::Remove { .. }
            | Self::Inspect { .. }
            | Self::NoTool { .. }
            | Self::Tool { .. } => CliErrorKind::Command,
            Self::Interrupted => CliErrorKind::Interrupted,
            Self::AmbiguousRow
            | Self::Configured { .. }
            | Self::NoTerminal { .. }
            | Self::OtherMachine { .. }
            | Self::NoCommand
            | Self::Read { .. }
            | Self::Write { .. }
            | Self::Interval(..)
            | Self::Metric { .. }
            | Self::Listen { .. } => CliErrorKind::Usage,
            Self::NotConfirmed { .. } => CliErrorKind::Denied,
            Self::Timeout | Self::NotTrue { .. } => CliErrorKind::Timeout,
            Self::NotFound { .. } | Self::Start { .. } | Self::NotReconnected { .. } => {
                CliErrorKind::Connection
            }
        }
    }

    /// Returns the case of a session's error.
    pub(crate) fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Client { error, .. } => Some(error.cause()),
            _ => None,
        }
    }

    /// Returns the error that the server reported, if it did.
    pub(crate) fn server(&self) -> Option<&manhole_protocol::Error> {
        match self {
            Self::Client { error, .. } => error.server(),
            _ => None,
        }
    }

    /// Returns the advice that follows the message.
    fn help(&self) -> Option<String> {
        match self {
            Self::Client { error, help, .. } => match (help, error.cause()) {
                (Some(help), _) => Some(help.clone()),
                (None, Cause::PermissionDenied { owner: Some(owner), .. }) => {
                    Some(format!("run the client as {owner}: sudo -u {owner} manhole …"))
                }
                (None, Cause::Version { protocol, .. }) if *protocol > manhole_protocol::VERSION => {
                    Some("update the client: cargo install manhole-cli".to_owned())
                }
                _ => error.help(),
            },
            Self::NoTerminal { help, .. } => Some((*help).to_owned()),
            Self::NoCommand => {
                Some("pass a command, a file or standard input: manhole eval app 'gizmo.count'".to_owned())
            }
            Self::NotFound { help, .. }
            | Self::OtherMachine { help, .. }
            | Self::NoTool { help, .. }
            | Self::Tool { help, .. } => Some(help.clone()),
            _ => None,
        }
    }

    /// Returns the message in one line.
    pub(crate) fn message(&self) -> String {
        self.to_string().lines().next().unwrap_or_default().to_owned()
    }

    /// Returns the whole text, in lines that begin with `error:` and `help:`.
    pub(crate) fn report(&self) -> String {
        match (self.server(), self.help()) {
            (Some(error), _) => error.to_string(),
            (None, Some(help)) => format!("error: {self}\nhelp: {help}"),
            (None, None) => format!("error: {self}"),
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.kind() {
            CliErrorKind::BrokenPipe => 0,
            CliErrorKind::Command => 1,
            CliErrorKind::Usage => 2,
            CliErrorKind::Connection => 3,
            CliErrorKind::Denied => 4,
            CliErrorKind::Timeout => 5,
            CliErrorKind::Busy => 6,
            CliErrorKind::Token => 7,
            // The status that shells use for SIGINT.
            CliErrorKind::Interrupted => 130,
        })
    }
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        match error.cause() {
            Cause::Io(error) => return Self::Io(Arc::clone(error)),
            Cause::Cancelled => return Self::Interrupted,
            _ => {}
        }
        let kind = match error.kind() {
            ErrorKind::Denied => CliErrorKind::Denied,
            ErrorKind::Timeout => CliErrorKind::Timeout,
            ErrorKind::Cancelled => CliErrorKind::Interrupted,
            ErrorKind::Connection => CliErrorKind::Connection,
            ErrorKind::Busy => CliErrorKind::Busy,
            ErrorKind::Token => CliErrorKind::Token,
            ErrorKind::Usage => CliErrorKind::Usage,
            _ => CliErrorKind::Command,
        };
        Self::Client { error, kind, help: None }
    }
}

impl From<manhole_protocol::Error> for CliError {
    fn from(error: manhole_protocol::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<Cause> for CliError {
    fn from(cause: Cause) -> Self {
        Error::from(cause).into()
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}
