//! The errors of this crate. Uses the protocol alone.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use manhole_protocol::Data;

/// An error, with a sentence for people and a [kind](Error::kind) for programs.
///
/// `{error}` is the sentence. `{error:?}`, which a test that fails prints, also has the [help](Error::help) and the position in the code.
///
/// ```
/// use manhole_client::{ErrorKind, Session};
///
/// let error = Session::connect("/run/nowhere.manhole").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Connection);
/// assert_eq!(error.to_string(), "cannot connect to /run/nowhere.manhole: no such file");
/// assert!(error.help().is_some());
/// ```
#[derive(Clone)]
pub struct Error(Box<Cause>);

/// The kind of an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The command failed in the application. [`Error::server`] has the details.
    Command,
    /// The session's access level is too low, or the system denies the connection.
    Denied,
    /// There was no response in time, or what a wait was for did not become true.
    Timeout,
    /// The caller cancelled the command.
    Cancelled,
    /// There is no such application, or the connection to it failed.
    Connection,
    /// The console has no place for another session at the moment.
    Busy,
    /// The console wants another token.
    Token,
    /// An argument is wrong: a target that means several applications, a command that is too long.
    Usage,
    /// A value does not fit the type that the caller asks for, or did not arrive whole.
    Value,
}

/// The case of an error, with its details.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Cause {
    /// An error that the server reported.
    #[error("{}", error.message)]
    Server {
        /// The error.
        error: Box<manhole_protocol::Error>,
        /// Its kind for this crate.
        kind: ErrorKind,
    },
    /// An error of the system.
    #[error(transparent)]
    Io(Arc<io::Error>),
    /// The caller cancelled the wait.
    #[error("cancelled")]
    Cancelled,

    // Arguments.
    /// A target does not parse.
    #[error("cannot use {text:?} as a target: {reason}")]
    InvalidTarget {
        /// The target.
        text: String,
        /// Why.
        reason: String,
    },
    /// A target means several applications.
    #[error("cannot choose a target: several applications match:{}", labels.iter().map(|label| format!("\n  {label}")).collect::<String>())]
    AmbiguousTarget {
        /// The labels of the applications.
        labels: Vec<String>,
    },
    /// A request is too long.
    #[error("cannot send a command of {bytes} bytes: the limit is {limit} bytes")]
    CommandTooLong {
        /// Its length.
        bytes: usize,
        /// The server's limit.
        limit: usize,
    },

    // The connection.
    /// A target means no application.
    #[error("cannot find {what}")]
    NotFound {
        /// What was looked for.
        what: String,
        /// The labels of the applications that run.
        running: Vec<String>,
    },
    /// A transport failed.
    #[error("cannot connect to {target}: {reason}")]
    Connect {
        /// The endpoint.
        target: String,
        /// Why.
        reason: String,
        /// Advice.
        help: Option<String>,
    },
    /// The system denies the connection.
    #[error("cannot connect to {target}: permission denied{cause}")]
    PermissionDenied {
        /// The path.
        target: String,
        /// Why, after a colon.
        cause: String,
        /// The user that may connect.
        owner: Option<String>,
    },
    /// A transport's command does not start.
    #[error("cannot start {command:?}: {reason}")]
    Start {
        /// The command.
        command: String,
        /// Why.
        reason: String,
    },
    /// The server sends nothing.
    #[error("cannot open a session with {label}: no answer")]
    NoResponse {
        /// The application's label.
        label: String,
    },
    /// The server is something else.
    #[error("cannot open a session with {label}: not a manhole: it sent {text}")]
    NotManhole {
        /// The application's label.
        label: String,
        /// What the server sent.
        text: String,
    },
    /// The console refuses the session.
    #[error("cannot open a session with {label}: {reason}")]
    Refused {
        /// The application's label.
        label: String,
        /// Why.
        reason: String,
    },
    /// The server closed the connection.
    #[error("cannot open a session with {label}: {reason}")]
    Closed {
        /// The application's label.
        label: String,
        /// Why.
        reason: String,
        /// Advice.
        help: Option<String>,
    },
    /// The server has another version of the protocol.
    #[error(
        "cannot open a session with {label}: expected version {} of the protocol, found {protocol} (manhole {version})",
        manhole_protocol::VERSION
    )]
    Version {
        /// The application's label.
        label: String,
        /// The server's version of the protocol.
        protocol: u32,
        /// The server's version of manhole.
        version: String,
    },
    /// A response does not parse.
    #[error("cannot parse the response to `{method}`: {reason}")]
    Response {
        /// The method of the request.
        method: &'static str,
        /// Why.
        reason: String,
    },
    /// The connection ended.
    #[error("the connection to {label} ended{reason}")]
    ConnectionLost {
        /// The application's label.
        label: String,
        /// Why, after a colon.
        reason: String,
    },

    // Timeouts.
    /// Connecting took too long.
    #[error("cannot connect to {label}: no answer in time")]
    ConnectTimeout {
        /// The application's label.
        label: String,
    },
    /// A response took too long.
    #[error("cannot finish the request: no response in time")]
    Timeout,
    /// What a wait was for did not become true.
    #[error("{expression} was not as expected within {time:?}; its last value was {last}")]
    NotReached {
        /// The expression.
        expression: String,
        /// How long the wait was.
        time: Duration,
        /// The last value as the prompt shows it.
        last: String,
        /// The last value.
        value: Data,
    },

    // Values.
    /// A value does not fit a type.
    #[error("cannot convert the value of {expression} to {to}: {reason}")]
    Value {
        /// The expression.
        expression: String,
        /// The Rust type.
        to: &'static str,
        /// Why.
        reason: String,
    },
    /// A value cannot be sent.
    #[error("cannot send the value for {path}: {reason}")]
    Unsendable {
        /// Where the value is for.
        path: String,
        /// Why.
        reason: String,
    },
    /// The server has sent a part of a value.
    #[error("cannot read the whole value of {expression}: it exceeds the limits of one response")]
    Cut {
        /// The expression.
        expression: String,
    },
}

impl Error {
    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Cause::Server { kind, .. } => *kind,
            Cause::Cancelled => ErrorKind::Cancelled,
            Cause::InvalidTarget { .. } | Cause::AmbiguousTarget { .. } | Cause::CommandTooLong { .. } => {
                ErrorKind::Usage
            }
            Cause::PermissionDenied { .. } => ErrorKind::Denied,
            Cause::Refused { reason, .. } => refusal_kind(reason),
            Cause::ConnectTimeout { .. } | Cause::Timeout | Cause::NotReached { .. } => ErrorKind::Timeout,
            Cause::Value { .. } | Cause::Unsendable { .. } | Cause::Cut { .. } => ErrorKind::Value,
            Cause::Io(_)
            | Cause::NotFound { .. }
            | Cause::Connect { .. }
            | Cause::Start { .. }
            | Cause::NoResponse { .. }
            | Cause::NotManhole { .. }
            | Cause::Closed { .. }
            | Cause::Version { .. }
            | Cause::Response { .. }
            | Cause::ConnectionLost { .. } => ErrorKind::Connection,
        }
    }

    /// Returns advice, if there is some.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match &*self.0 {
            Cause::Server { error, .. } => error.data.as_ref()?.help.clone(),
            Cause::AmbiguousTarget { .. } => Some("choose one by its process ID".to_owned()),
            Cause::NotFound { running, .. } if running.is_empty() => {
                Some("pass the path of its socket, such as /run/app.manhole".to_owned())
            }
            Cause::NotFound { running, .. } => Some(format!("choose one of these: {}", running.join(", "))),
            Cause::Connect { help, .. } | Cause::Closed { help, .. } => help.clone(),
            Cause::PermissionDenied { owner, .. } => Some(format!("run as {}", owner.as_ref()?)),
            Cause::NoResponse { .. } => {
                Some("check that the target is a manhole, and that no debugger has stopped it".to_owned())
            }
            Cause::Refused { reason, .. } => match refusal_kind(reason) {
                ErrorKind::Busy => Some(
                    "wait until another session ends; `console.sessions` in one of them lists all".to_owned(),
                ),
                ErrorKind::Token => {
                    Some("set the environment variable MANHOLE_TOKEN to the token of this console".to_owned())
                }
                _ => None,
            },
            Cause::Version { protocol, .. } if *protocol > manhole_protocol::VERSION => {
                Some("update manhole-client".to_owned())
            }
            Cause::Version { .. } => Some("update manhole in the application, or use nc -U".to_owned()),
            Cause::Cut { .. } => Some("evaluate a part of it".to_owned()),
            _ => None,
        }
    }

    /// Returns the error that the server reported, if it did: with the position in the code.
    #[must_use]
    pub fn server(&self) -> Option<&manhole_protocol::Error> {
        match &*self.0 {
            Cause::Server { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Returns the last value that a [wait](crate::Session::wait_until) saw before its time was over.
    #[must_use]
    pub fn last_value(&self) -> Option<&Data> {
        match &*self.0 {
            Cause::NotReached { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Returns the case, with its details.
    #[doc(hidden)]
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.0
    }
}

/// Returns the kind of a refusal. A client that is refused before it has sent a line gets only this text.
fn refusal_kind(reason: &str) -> ErrorKind {
    let has = |texts: &[&str]| texts.iter().any(|text| reason.contains(text));
    if has(&["token"]) {
        ErrorKind::Token
    } else if has(&["maximum of", "sessions are for", "too many"]) {
        ErrorKind::Busy
    } else if has(&["shutting down"]) {
        ErrorKind::Connection
    } else {
        ErrorKind::Denied
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&*self.0, self.help()) {
            (Cause::Server { error, .. }, _) => write!(f, "{error}"),
            (_, Some(help)) => write!(f, "{self}\nhelp: {help}"),
            (_, None) => write!(f, "{self}"),
        }
    }
}

impl std::error::Error for Error {}

#[doc(hidden)]
impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Self(Box::new(cause))
    }
}

impl From<manhole_protocol::Error> for Error {
    fn from(error: manhole_protocol::Error) -> Self {
        let kind = match error.kind() {
            manhole_protocol::ErrorKind::Denied => ErrorKind::Denied,
            manhole_protocol::ErrorKind::Timeout => ErrorKind::Timeout,
            manhole_protocol::ErrorKind::ShuttingDown => ErrorKind::Connection,
            _ => ErrorKind::Command,
        };
        Cause::Server { error: Box::new(error), kind }.into()
    }
}

#[doc(hidden)]
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Cause::Io(Arc::new(error)).into()
    }
}
