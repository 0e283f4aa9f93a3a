//! What went wrong, for programs and for people.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The error of a response.
///
/// ```
/// use manhole_protocol::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::Denied, "gizmo.key takes the level admin, and this session is at observe");
/// assert_eq!(error.code, -32004);
/// assert_eq!(error.kind(), ErrorKind::Denied);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Error {
    /// The kind as a number: see [`ErrorKind::code`].
    pub code: i32,
    /// One sentence.
    pub message: String,
    /// What more is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<ErrorData>>,
}

/// What more is known of an error.
///
/// ```
/// use manhole_protocol::{Error, ErrorKind, SourceLocation};
///
/// let error = Error::new(ErrorKind::Runtime, "division by zero").with_place(Some(SourceLocation::new(1, 3)));
/// assert_eq!(error.data.and_then(|data| data.place).map(|place| place.column), Some(3));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ErrorData {
    /// The kind as a word.
    pub kind: ErrorKind,
    /// What to try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where in the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<SourceLocation>,
    /// All of it as a person reads it in a terminal, in several lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A place in the code of a command.
///
/// ```
/// use manhole_protocol::SourceLocation;
///
/// let place: SourceLocation = serde_json::from_str(r#"{"line":1,"column":3}"#)?;
/// assert_eq!(place, SourceLocation::new(1, 3));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SourceLocation {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted in characters from 1.
    pub column: usize,
    /// The function of the session that was running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The run-book that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
}

impl SourceLocation {
    /// A place in the code that was sent.
    ///
    /// ```
    /// use manhole_protocol::SourceLocation;
    ///
    /// assert_eq!(SourceLocation::new(2, 7).line, 2);
    /// ```
    #[must_use]
    pub const fn new(line: usize, column: usize) -> Self {
        Self { line, column, function: None, script: None }
    }
}

/// What kind of thing went wrong.
///
/// ```
/// use manhole_protocol::ErrorKind;
///
/// assert_eq!(ErrorKind::Denied.code(), -32004);
/// assert!(ErrorKind::ALL.contains(&ErrorKind::Denied));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// −32700: the line is no JSON.
    Parse,
    /// −32600: it is JSON, but no request, or is too long.
    InvalidRequest,
    /// −32601: there is no such method.
    MethodNotFound,
    /// −32602: the method takes other parameters.
    InvalidParams,
    /// −32603: a fault of the manhole.
    Internal,
    /// −32000: the code cannot be read.
    Syntax,
    /// −32001: the code failed while it ran.
    Runtime,
    /// −32002: it ran longer than it may.
    Timeout,
    /// −32003: it was cancelled.
    Cancelled,
    /// −32004: the session's level does not allow it.
    Denied,
    /// −32005: it took more than it may, or there is more than can be shown.
    Limit,
    /// −32006: the program holds the lock.
    Locked,
    /// −32007: the code is the beginning of a command.
    Incomplete,
    /// −32008: the manhole is shutting down.
    ShuttingDown,
    /// Any code that is not known here.
    #[serde(other)]
    Other,
}

impl ErrorKind {
    /// All kinds that have a code.
    ///
    /// ```
    /// use manhole_protocol::ErrorKind;
    ///
    /// assert!(ErrorKind::ALL.iter().all(|kind| kind.code() <= -32_000));
    /// ```
    pub const ALL: [Self; 14] = [
        Self::Parse,
        Self::InvalidRequest,
        Self::MethodNotFound,
        Self::InvalidParams,
        Self::Internal,
        Self::Syntax,
        Self::Runtime,
        Self::Timeout,
        Self::Cancelled,
        Self::Denied,
        Self::Limit,
        Self::Locked,
        Self::Incomplete,
        Self::ShuttingDown,
    ];

    /// The code of an error of this kind; 0 for one that is not known.
    ///
    /// ```
    /// use manhole_protocol::ErrorKind;
    ///
    /// assert_eq!(ErrorKind::MethodNotFound.code(), -32_601);
    /// ```
    #[must_use]
    pub const fn code(self) -> i32 {
        match self {
            Self::Parse => -32_700,
            Self::InvalidRequest => -32_600,
            Self::MethodNotFound => -32_601,
            Self::InvalidParams => -32_602,
            Self::Internal => -32_603,
            Self::Syntax => -32_000,
            Self::Runtime => -32_001,
            Self::Timeout => -32_002,
            Self::Cancelled => -32_003,
            Self::Denied => -32_004,
            Self::Limit => -32_005,
            Self::Locked => -32_006,
            Self::Incomplete => -32_007,
            Self::ShuttingDown => -32_008,
            Self::Other => 0,
        }
    }
}

impl Error {
    /// An error of a kind, with a sentence.
    ///
    /// ```
    /// use manhole_protocol::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Timeout, "stopped: the command ran longer than 5s");
    /// assert_eq!(error.to_string(), "error: stopped: the command ran longer than 5s");
    /// ```
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let data = ErrorData { kind, help: None, place: None, text: None };
        Self { code: kind.code(), message: message.into(), data: Some(Box::new(data)) }
    }

    /// Adds what to try.
    ///
    /// ```
    /// use manhole_protocol::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Runtime, "Gizmo has no field `cuont`").with_help(Some("Gizmo has: count".to_owned()));
    /// assert!(error.to_string().ends_with("help: Gizmo has: count"));
    /// ```
    #[must_use]
    pub fn with_help(mut self, help: Option<String>) -> Self {
        self.data().help = help;
        self
    }

    /// Adds where it is.
    ///
    /// ```
    /// use manhole_protocol::{Error, ErrorKind, SourceLocation};
    ///
    /// let error = Error::new(ErrorKind::Syntax, "expecting a name").with_place(Some(SourceLocation::new(1, 5)));
    /// assert_eq!(error.data.unwrap().place, Some(SourceLocation::new(1, 5)));
    /// ```
    #[must_use]
    pub fn with_place(mut self, place: Option<SourceLocation>) -> Self {
        self.data().place = place;
        self
    }

    /// Adds how it is shown in a terminal.
    ///
    /// ```
    /// use manhole_protocol::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Runtime, "division by zero").with_text("error: division by zero\n  | 1 / 0".to_owned());
    /// assert_eq!(error.to_string(), "error: division by zero\n  | 1 / 0");
    /// ```
    #[must_use]
    pub fn with_text(mut self, text: String) -> Self {
        self.data().text = Some(text);
        self
    }

    fn data(&mut self) -> &mut ErrorData {
        let kind = self.kind();
        self.data.get_or_insert_with(|| Box::new(ErrorData { kind, help: None, place: None, text: None }))
    }

    /// Its kind, by its code.
    ///
    /// ```
    /// use manhole_protocol::{Error, ErrorKind};
    ///
    /// let error: Error = serde_json::from_str(r#"{"code":-32002,"message":"too long"}"#)?;
    /// assert_eq!(error.kind(), ErrorKind::Timeout);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::ALL.into_iter().find(|kind| kind.code() == self.code).unwrap_or(ErrorKind::Other)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.data.as_ref().and_then(|data| data.text.as_ref()) {
            Some(text) => f.write_str(text),
            None => {
                write!(f, "error: {}", self.message)?;
                let help = self.data.as_ref().and_then(|data| data.help.as_ref());
                help.map_or(Ok(()), |help| write!(f, "\nhelp: {help}"))
            }
        }
    }
}

impl std::error::Error for Error {}
