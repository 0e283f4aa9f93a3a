//! What is answered to requests, and told without one.

use serde::{Deserialize, Serialize};

use crate::id::Id;
use crate::{Data, Error};

/// Declares what is answered or told.
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
    /// Who is there.
    ServerInfo {
        /// What the application calls itself.
        application: String,
        /// Its process.
        pid: u32,
        /// The version of the manhole.
        version: String,
        /// The version of the protocol.
        protocol: u32,
        /// How long the manhole has been there, in milliseconds.
        uptime_ms: u64,
        /// How far the session may go: `observe`, `operate` or `admin`.
        level: String,
        /// The session, counted from 1.
        session: u64,
        /// What the session may take.
        limits: Vec<LimitInfo>,
        /// How long one message may be, in bytes.
        longest_message: usize,
    }

    /// One limit of a session.
    LimitInfo {
        /// What it is called.
        name: String,
        /// What it is now, as a person writes it: `5s`, `64 KiB`, `20`.
        value: String,
        /// How far the session can set it.
        ceiling: String,
        /// What it limits.
        doc: String,
    }

    /// What came of code that ran to its end.
    Evaluation {
        /// How long it took, in microseconds.
        elapsed_us: u64,
        /// Whether more is there than is told here.
        cut: bool,
        ;
        /// The value as data. Nothing is `null`, or not there at all.
        value: Data,
        /// The value as a person at the prompt would see it; not there for nothing.
        text: String,
        /// The type of the value, as Rust calls it where it is the application's.
        r#type: String,
    }

    /// What came of the wish to stop a request.
    Cancellation {
        /// Whether there was such a request. It then is answered as cancelled, unless it was done that moment.
        cancelled: bool,
    }

    /// What could be typed.
    Completions {
        /// After how many characters of the code what is completed begins: a candidate takes the place of everything from
        /// there to the cursor.
        start: usize,
        /// What could stand there.
        candidates: Vec<Candidate>,
    }

    /// One thing that could be typed.
    Candidate {
        /// What to type.
        text: String,
        /// What it is.
        kind: CandidateKind,
        ;
        /// Its type, or its signature.
        r#type: String,
        /// The first line of its documentation.
        doc: String,
    }

    /// Whether code is a whole command.
    CheckResult {
        /// What it is.
        state: Completeness,
        ;
        /// What is wrong with it.
        error: Error,
    }

    /// What is known of a type.
    Description {
        /// What was asked for.
        path: String,
        /// The type, as Rust calls it.
        r#type: String,
        /// What kind of type it is.
        kind: ValueKind,
        /// Its documentation.
        doc: String,
        /// Its fields; the roots of a namespace.
        fields: Vec<FieldInfo>,
        /// The variants of an enum.
        variants: Vec<VariantInfo>,
        /// Its methods; the functions of a namespace.
        methods: Vec<MethodInfo>,
    }

    /// A field of a type.
    FieldInfo {
        /// What it is called.
        name: String,
        /// Its type.
        r#type: String,
        /// Its documentation.
        doc: String,
        /// Whether it can only be read.
        readonly: bool,
        /// Whether it is never shown.
        secret: bool,
        /// The level that it takes to see it.
        level: String,
    }

    /// A variant of an enum.
    VariantInfo {
        /// What it is called.
        name: String,
        /// Its documentation.
        doc: String,
        /// Its fields.
        fields: Vec<FieldInfo>,
    }

    /// A method of a type, or a function.
    MethodInfo {
        /// What it is called.
        name: String,
        /// How it is called: `reset() -> u64`.
        signature: String,
        /// Its documentation.
        doc: String,
        /// The level that it takes to call it.
        level: String,
    }

    /// What is at a path, and one step below.
    Inspection {
        /// What was asked for.
        path: String,
        /// The type of what is there, as Rust calls it.
        r#type: String,
        /// What kind of value it is.
        kind: ValueKind,
        /// The value in one line.
        text: String,
        /// What is below, from the offset on.
        children: Vec<ChildEntry>,
        /// How many are below in all.
        total: usize,
    }

    /// What is one step below a path.
    ChildEntry {
        /// The name of a field or root, the position in a list, the key of a map.
        label: String,
        /// The value in one line.
        text: String,
        /// Its type.
        r#type: String,
        /// What kind of value it is.
        kind: ValueKind,
        /// Whether there is something below it.
        inside: bool,
        ;
        /// The path that leads there; not there for what no path leads to, such as the item of a set.
        path: String,
    }

    /// That it was done.
    Empty {}

    /// The watch that was begun.
    WatchStarted {
        /// Its number, by which it is told of and ended.
        watch: u64,
    }

    /// What a request, or a watch, has printed.
    Print {
        /// What was printed, as it would stand in a terminal.
        text: String,
        ;
        /// The id of the request that runs.
        id: Id,
        /// The watch, if it is one that runs.
        watch: u64,
    }

    /// What a watch has seen.
    Changed {
        /// The number of the watch.
        watch: u64,
        /// Whether it is over: it cannot be evaluated in time.
        ended: bool,
        ;
        /// What came of the expression.
        value: Evaluation,
        /// Why nothing came of it.
        error: Error,
    }
}

/// What a candidate is.
///
/// ```
/// use manhole_protocol::methods::CandidateKind;
///
/// assert_eq!(serde_json::from_str::<CandidateKind>("\"of a later server\"")?, CandidateKind::Other);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CandidateKind {
    /// A value of the application.
    Root,
    /// A function of the application, or of the session.
    Function,
    /// A variable of the session.
    Variable,
    /// A field.
    Field,
    /// A method.
    Method,
    /// The key of a map.
    Key,
    /// A function of the console.
    Builtin,
    /// A word of the language.
    Keyword,
    /// The name of a limit or another text that is an argument.
    Text,
    /// What a later server may have.
    #[serde(other)]
    Other,
}

/// Whether code is a whole command.
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
    /// It can be run.
    Complete,
    /// It is the beginning of a command.
    Incomplete,
    /// No more text makes a command of it.
    Invalid,
}

/// What kind of value or type something is.
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
    /// The names of the application.
    Namespace,
    /// One value.
    Leaf,
    /// Fields.
    Struct,
    /// One of several variants.
    Enum,
    /// One value or none.
    Option,
    /// Items by position.
    List,
    /// Items by key.
    Map,
    /// Items by themselves.
    Set,
    /// It shows nothing of its inside.
    Opaque,
    /// What a later server may have.
    #[serde(other)]
    Other,
}

impl Description {
    /// What is known of nothing yet.
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
