//! The client's errors, with their texts and exit statuses. Uses the protocol alone.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use manhole_protocol::{Error, ErrorKind};

/// An error with a message for people and an exit status for scripts.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum CliError {
    /// An error that the server reported.
    #[error("{}", error.message)]
    Server { error: Box<Error>, kind: CliErrorKind },
    #[error(transparent)]
    Io(Arc<io::Error>),
    #[error("interrupted")]
    Interrupted,
    #[error("cannot inspect {path}: {reason}")]
    Inspect { path: String, reason: String },

    // Usage.
    #[error("cannot choose a target: several applications match:{}", labels.iter().map(|label| format!("\n  {label}")).collect::<String>())]
    AmbiguousTarget { labels: Vec<String>, example: String, takes_all: bool },
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
    #[error("cannot send a command of {bytes} bytes: the limit is {limit} bytes")]
    CommandTooLong { bytes: usize, limit: usize },

    // Programs that look into a process.
    #[error("cannot look into {label} from here: its process is not on this machine")]
    OtherMachine { label: String, help: String },
    #[error("cannot {action}: found no {tools}")]
    NoTool { action: &'static str, tools: String, help: String },
    #[error("cannot {action} with {tool}: {reason}")]
    Tool { action: &'static str, tool: &'static str, reason: String, help: String },

    // The connection.
    #[error("cannot find {what}")]
    NotFound { what: String, help: String },
    #[error("cannot connect to {target}: {reason}")]
    Connect { target: String, reason: String, help: Option<String> },
    #[error("cannot connect to {target}: permission denied{cause}")]
    PermissionDenied { target: String, cause: String, owner: Option<String> },
    #[error("cannot start {command:?}: {reason}")]
    Start { command: String, reason: String },
    #[error("cannot open a session with {label}: no answer")]
    NoResponse { label: String },
    #[error("cannot open a session with {label}: not a manhole: it sent {text}")]
    NotManhole { label: String, text: String },
    #[error("cannot open a session with {label}: {reason}")]
    Refused { label: String, reason: String },
    #[error("cannot open a session with {label}: {reason}")]
    Closed { label: String, reason: String, help: Option<String> },
    #[error(
        "cannot open a session with {label}: expected version {} of the protocol, found {protocol} (manhole {version})",
        manhole_protocol::VERSION
    )]
    Version { label: String, protocol: u32, version: String },
    #[error("cannot parse the response to `{method}`: {reason}")]
    Response { method: &'static str, reason: String },
    #[error("the connection to {label} ended{reason}")]
    ConnectionLost { label: String, reason: String },
    #[error("cannot reconnect to {label}: interrupted")]
    NotReconnected { label: String },

    // Timeouts.
    #[error("cannot connect to {label}: no answer in time")]
    ConnectTimeout { label: String },
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
    /// Gives an error that the server reported another kind.
    pub(crate) fn with_kind(mut self, new: CliErrorKind) -> Self {
        if let Self::Server { kind, .. } = &mut self {
            *kind = new;
        }
        self
    }

    pub(crate) fn kind(&self) -> CliErrorKind {
        match self {
            Self::Server { kind, .. } => *kind,
            Self::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => CliErrorKind::BrokenPipe,
            Self::Io(_)
            | Self::Remove { .. }
            | Self::Inspect { .. }
            | Self::NoTool { .. }
            | Self::Tool { .. } => CliErrorKind::Command,
            Self::Interrupted => CliErrorKind::Interrupted,
            Self::AmbiguousTarget { .. }
            | Self::AmbiguousRow
            | Self::Configured { .. }
            | Self::NoTerminal { .. }
            | Self::OtherMachine { .. }
            | Self::NoCommand
            | Self::Read { .. }
            | Self::Write { .. }
            | Self::Interval(..)
            | Self::Metric { .. }
            | Self::Listen { .. }
            | Self::CommandTooLong { .. } => CliErrorKind::Usage,
            Self::PermissionDenied { .. } | Self::NotConfirmed { .. } => CliErrorKind::Denied,
            Self::Refused { reason, .. } => refusal_kind(reason),
            Self::ConnectTimeout { .. } | Self::Timeout | Self::NotTrue { .. } => CliErrorKind::Timeout,
            Self::NotFound { .. }
            | Self::Connect { .. }
            | Self::Start { .. }
            | Self::NoResponse { .. }
            | Self::NotManhole { .. }
            | Self::Closed { .. }
            | Self::Version { .. }
            | Self::Response { .. }
            | Self::ConnectionLost { .. }
            | Self::NotReconnected { .. } => CliErrorKind::Connection,
        }
    }

    /// Returns the advice that follows the message.
    fn help(&self) -> Option<String> {
        match self {
            Self::AmbiguousTarget { example, takes_all, .. } => {
                let all = if *takes_all { ", or take all of them with --all" } else { "" };
                Some(format!("choose one by its process ID: {example}{all}"))
            }
            Self::NoTerminal { help, .. } => Some((*help).to_owned()),
            Self::NoCommand => {
                Some("pass a command, a file or standard input: manhole eval app 'gizmo.count'".to_owned())
            }
            Self::NotFound { help, .. }
            | Self::OtherMachine { help, .. }
            | Self::NoTool { help, .. }
            | Self::Tool { help, .. } => Some(help.clone()),
            Self::Connect { help, .. } | Self::Closed { help, .. } => help.clone(),
            Self::PermissionDenied { owner, .. } => {
                owner.as_ref().map(|owner| format!("run the client as {owner}: sudo -u {owner} manhole …"))
            }
            Self::NoResponse { .. } => {
                Some("check that the target is a manhole, and that no debugger has stopped it".to_owned())
            }
            Self::Refused { reason, .. } if refusal_kind(reason) == CliErrorKind::Busy => Some(
                "wait until another session ends; `console.sessions` in one of them lists all".to_owned(),
            ),
            Self::Refused { reason, .. } if refusal_kind(reason) == CliErrorKind::Token => {
                Some("set the environment variable MANHOLE_TOKEN to the token of this console".to_owned())
            }
            Self::Version { protocol, .. } if *protocol > manhole_protocol::VERSION => {
                Some("update the client: cargo install manhole-cli".to_owned())
            }
            Self::Version { .. } => Some("update manhole in the application, or use nc -U".to_owned()),
            _ => None,
        }
    }

    /// Returns the message in one line.
    pub(crate) fn message(&self) -> String {
        self.to_string().lines().next().unwrap_or_default().to_owned()
    }

    /// Returns the whole text, in lines that begin with `error:` and `help:`.
    pub(crate) fn report(&self) -> String {
        match self {
            Self::Server { error, .. } => error.to_string(),
            _ => match self.help() {
                Some(help) => format!("error: {self}\nhelp: {help}"),
                None => format!("error: {self}"),
            },
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

/// Returns the kind of a refusal. A client that is refused before it has sent a line gets only this text.
fn refusal_kind(reason: &str) -> CliErrorKind {
    let has = |texts: &[&str]| texts.iter().any(|text| reason.contains(text));
    if has(&["token"]) {
        CliErrorKind::Token
    } else if has(&["maximum of", "sessions are for", "too many"]) {
        CliErrorKind::Busy
    } else if has(&["shutting down"]) {
        CliErrorKind::Connection
    } else {
        CliErrorKind::Denied
    }
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Denied => CliErrorKind::Denied,
            ErrorKind::Timeout => CliErrorKind::Timeout,
            ErrorKind::ShuttingDown => CliErrorKind::Connection,
            _ => CliErrorKind::Command,
        };
        Self::Server { error: Box::new(error), kind }
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}
