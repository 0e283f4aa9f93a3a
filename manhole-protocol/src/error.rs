//! Errors of the protocol, for programs and for people.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The error of a response.
///
/// ```
/// use manhole_protocol::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::Denied, "cannot read gizmo.key: expected level admin, found observe");
/// assert_eq!(error.code, -32004);
/// assert_eq!(error.kind(), ErrorKind::Denied);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Error {
    /// The kind as a number: see [`ErrorKind::code`].
    pub code: i32,
    /// The message in one sentence.
    pub message: String,
    /// Details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<ErrorData>>,
}

/// The details of an error.
///
/// ```
/// use manhole_protocol::{Error, ErrorKind, SourceLocation};
///
/// let error = Error::new(ErrorKind::Runtime, "division by zero").with_location(Some(SourceLocation::new(1, 3)));
/// assert_eq!(error.data.and_then(|data| data.location).map(|location| location.column), Some(3));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ErrorData {
    /// The kind as a word.
    pub kind: ErrorKind,
    /// Advice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The position in the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<SourceLocation>,
    /// The whole report as a terminal shows it, in several lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A position in the code of a command.
///
/// ```
/// use manhole_protocol::SourceLocation;
///
/// let location: SourceLocation = serde_json::from_str(r#"{"line":1,"column":3}"#)?;
/// assert_eq!(location, SourceLocation::new(1, 3));
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
    /// The function of the session that ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The imported script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
}

impl SourceLocation {
    /// Returns a position in the code of the request.
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

/// The kind of an error.
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
    /// −32700: the line is not JSON.
    Parse,
    /// −32600: the line is JSON but not a request, or too long.
    InvalidRequest,
    /// −32601: the method does not exist.
    MethodNotFound,
    /// −32602: the parameters do not match the method.
    InvalidParams,
    /// −32603: a bug in manhole.
    Internal,
    /// −32000: the code does not parse.
    Syntax,
    /// −32001: the code failed.
    Runtime,
    /// −32002: the code exceeded its timeout.
    Timeout,
    /// −32003: the request was cancelled.
    Cancelled,
    /// −32004: the session's access level is too low.
    Denied,
    /// −32005: the code or its result exceeded a limit.
    Limit,
    /// −32006: the application holds the lock.
    Locked,
    /// −32007: the code is incomplete.
    Incomplete,
    /// −32008: the console is shutting down, or closes this session.
    ShuttingDown,
    /// A code that this version does not know.
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

    /// Returns the code of this kind, 0 for `Other`.
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
    /// Returns an error with a message.
    ///
    /// ```
    /// use manhole_protocol::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Timeout, "stopped: the command ran longer than 5s");
    /// assert_eq!(error.to_string(), "error: stopped: the command ran longer than 5s");
    /// ```
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let data = ErrorData { kind, help: None, location: None, text: None };
        Self { code: kind.code(), message: message.into(), data: Some(Box::new(data)) }
    }

    /// Sets the advice.
    ///
    /// ```
    /// use manhole_protocol::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Runtime, "Gizmo has no field `cuont`").with_help(Some("Gizmo has: count".to_owned()));
    /// assert!(error.to_string().ends_with("help: Gizmo has: count"));
    /// ```
    #[must_use]
    pub fn with_help(mut self, help: Option<String>) -> Self {
        self.data_mut().help = help;
        self
    }

    /// Sets the position.
    ///
    /// ```
    /// use manhole_protocol::{Error, ErrorKind, SourceLocation};
    ///
    /// let error = Error::new(ErrorKind::Syntax, "expecting a name").with_location(Some(SourceLocation::new(1, 5)));
    /// assert_eq!(error.data.unwrap().location, Some(SourceLocation::new(1, 5)));
    /// ```
    #[must_use]
    pub fn with_location(mut self, location: Option<SourceLocation>) -> Self {
        self.data_mut().location = location;
        self
    }

    /// Sets the whole report.
    ///
    /// ```
    /// use manhole_protocol::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Runtime, "division by zero").with_text("error: division by zero\n  | 1 / 0".to_owned());
    /// assert_eq!(error.to_string(), "error: division by zero\n  | 1 / 0");
    /// ```
    #[must_use]
    pub fn with_text(mut self, text: String) -> Self {
        self.data_mut().text = Some(text);
        self
    }

    fn data_mut(&mut self) -> &mut ErrorData {
        let kind = self.kind();
        self.data.get_or_insert_with(|| Box::new(ErrorData { kind, help: None, location: None, text: None }))
    }

    /// Returns the kind that has the error's code.
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
