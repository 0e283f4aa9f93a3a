//! The results of methods, and the parameters of notifications.

use serde::{Deserialize, Serialize};

use crate::id::Id;
use crate::{Data, Error};

/// Declares results and notifications.
macro_rules! results {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident: $ty:ty,)*
        $(; $($(#[$optional_doc:meta])* $optional:ident: $optional_ty:ty,)*)?
    })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $ty,)*
            $($($(#[$optional_doc])*
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub $optional: Option<$optional_ty>,)*)?
        }
    )*};
}

results! {
    /// Information about the application and the session.
    ServerInfo {
        /// The name of the application.
        application: String,
        /// The process ID of the application.
        pid: u32,
        /// The version of manhole.
        version: String,
        /// The version of the protocol.
        protocol: u32,
        /// The time since the console was created, in milliseconds.
        uptime_ms: u64,
        /// The session's access level: `observe`, `operate` or `admin`.
        level: String,
        /// The number of the session, counted from 1.
        session: u64,
        /// The limits of the session.
        limits: Vec<LimitInfo>,
        /// The maximum size of a message in bytes.
        max_message_bytes: usize,
    }

    /// One limit of a session.
    LimitInfo {
        /// The name.
        name: String,
        /// The current value, with its unit: `5s`, `64 KiB`, `20`.
        value: String,
        /// The highest value that the session can set.
        ceiling: String,
        /// Its documentation.
        doc: String,
    }

    /// The outcome of a command.
    Evaluation {
        /// The running time in microseconds.
        elapsed_us: u64,
        /// Whether the value is truncated.
        cut: bool,
        ;
        /// The value as data. `null` or missing for `()`.
        value: Data,
        /// The value as the prompt shows it. Missing for `()`.
        text: String,
        /// The type of the value; the Rust type for a value of the application.
        r#type: String,
    }

    /// The outcome of a cancellation.
    CancelResult {
        /// Whether the request existed. Its response is then an error, unless it had just finished.
        cancelled: bool,
    }

    /// Completions.
    Completions {
        /// The number of characters before the completed word. A candidate replaces the characters from there to the cursor.
        start: usize,
        /// The candidates, the best first.
        candidates: Vec<Candidate>,
        ;
        /// The number of candidates that are left out. Keys that were not compared count, so it is the highest number of them.
        more: usize,
    }

    /// A completion candidate.
    Candidate {
        /// The replacement.
        text: String,
        /// The kind of candidate.
        kind: CandidateKind,
        ;
        /// Its type, or its signature.
        r#type: String,
        /// The first line of its documentation.
        doc: String,
    }

    /// The outcome of a check.
    CheckResult {
        /// Whether the code is complete.
        state: Completeness,
        ;
        /// The error in invalid code.
        error: Error,
        /// `true` if the code mentions a secret field. A client leaves such a command out of its history.
        secret: bool,
    }

    /// The description of a type.
    Description {
        /// The path of the request.
        path: String,
        /// The Rust type.
        r#type: String,
        /// The kind of type.
        kind: ValueKind,
        /// Its documentation.
        doc: String,
        /// Its fields, or the roots of a namespace.
        fields: Vec<FieldInfo>,
        /// The variants of an enum.
        variants: Vec<VariantInfo>,
        /// Its methods, or the functions of a namespace.
        methods: Vec<MethodInfo>,
    }

    /// A field of a type.
    FieldInfo {
        /// The name.
        name: String,
        /// Its type.
        r#type: String,
        /// Its documentation.
        doc: String,
        /// Whether the field is read-only.
        readonly: bool,
        /// Whether the field's value is never shown.
        secret: bool,
        /// The access level that the field requires.
        level: String,
    }

    /// A variant of an enum.
    VariantInfo {
        /// The name.
        name: String,
        /// Its documentation.
        doc: String,
        /// Its fields.
        fields: Vec<FieldInfo>,
    }

    /// A method of a type, or a function.
    MethodInfo {
        /// The name.
        name: String,
        /// The signature: `reset() -> u64`.
        signature: String,
        /// Its documentation.
        doc: String,
        /// The access level that the call requires.
        level: String,
    }

    /// The value at a path and its children.
    Inspection {
        /// The path of the request.
        path: String,
        /// The Rust type of the value.
        r#type: String,
        /// The kind of value.
        kind: ValueKind,
        /// The value in one line.
        text: String,
        /// The children from the offset on.
        children: Vec<ChildEntry>,
        /// The total number of children.
        total: usize,
    }

    /// A child of a value.
    ChildEntry {
        /// The name of a field or root, the position in a list, the key of a map.
        label: String,
        /// The value in one line.
        text: String,
        /// Its type.
        r#type: String,
        /// The kind of value.
        kind: ValueKind,
        /// Whether the child has children.
        inside: bool,
        ;
        /// The path of the child. Missing if there is none, as for an item of a set.
        path: String,
    }

    /// An empty result.
    Empty {}

    /// A new watch.
    WatchStarted {
        /// The number of the watch, for its notifications and for `unwatch`.
        watch: u64,
    }

    /// Output of a request or a watch.
    Print {
        /// The text.
        text: String,
        ;
        /// The id of the request.
        id: Id,
        /// The number of the watch.
        watch: u64,
    }

    /// A change of a watched expression.
    Changed {
        /// The number of the watch.
        watch: u64,
        /// Whether the watch has ended, since the expression exceeds its timeout.
        ended: bool,
        ;
        /// The new value.
        value: Evaluation,
        /// The error of the expression.
        error: Error,
    }

    /// The end of the session, other than by the client's own request. No message follows.
    Closed {
        /// The reason in one sentence.
        reason: String,
    }
}

/// The kind of a candidate.
///
/// ```
/// use manhole_protocol::methods::CandidateKind;
///
/// assert_eq!(serde_json::from_str::<CandidateKind>("\"from a later server\"")?, CandidateKind::Other);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CandidateKind {
    /// A root of the namespace.
    Root,
    /// A function of the application or the session.
    Function,
    /// A variable of the session.
    Variable,
    /// A field.
    Field,
    /// A method.
    Method,
    /// The key of a map.
    Key,
    /// A variant of an enum.
    Variant,
    /// A name before `::`: of an enum, or of an imported script.
    Type,
    /// A function of the console.
    Builtin,
    /// A keyword.
    Keyword,
    /// A string argument, such as the name of a limit.
    Text,
    /// A kind that this version does not know.
    #[serde(other)]
    Other,
}

/// Whether code is a complete command.
///
/// ```
/// use manhole_protocol::methods::Completeness;
///
/// assert_eq!(serde_json::to_string(&Completeness::Incomplete)?, "\"incomplete\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Completeness {
    /// The code is a command.
    Complete,
    /// More lines can complete the code.
    Incomplete,
    /// The code has an error that more lines cannot repair.
    Invalid,
}

/// The kind of a value or type.
///
/// ```
/// use manhole_protocol::methods::ValueKind;
///
/// assert_eq!(serde_json::from_str::<ValueKind>("\"list\"")?, ValueKind::List);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ValueKind {
    /// The namespace.
    Namespace,
    /// A value without children.
    Leaf,
    /// A struct.
    Struct,
    /// An enum.
    Enum,
    /// An `Option`.
    Option,
    /// A list.
    List,
    /// A map.
    Map,
    /// A set.
    Set,
    /// An opaque type.
    Opaque,
    /// A kind that this version does not know.
    #[serde(other)]
    Other,
}

impl Description {
    /// Returns a description without fields, variants and methods.
    ///
    /// ```
    /// use manhole_protocol::methods::{Description, ValueKind};
    ///
    /// let none = Description::new("gizmo".to_owned(), "Gizmo".to_owned(), ValueKind::Struct, String::new());
    /// assert!(none.fields.is_empty());
    /// ```
    #[must_use]
    pub const fn new(path: String, r#type: String, kind: ValueKind, doc: String) -> Self {
        Self { path, r#type, kind, doc, fields: Vec::new(), variants: Vec::new(), methods: Vec::new() }
    }
}
