//! The methods of the protocol, with their parameters and results.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Data;
use crate::id::Id;

pub use crate::results::*;

/// The parameters of a request.
///
/// ```
/// use manhole_protocol::methods::{Eval, Method};
///
/// assert_eq!(Eval::NAME, "eval");
/// ```
pub trait Method: Serialize + DeserializeOwned {
    /// The name on the wire.
    const NAME: &'static str;
    /// The result.
    type Result: Serialize + DeserializeOwned;
}

/// The parameters of a notification that a server sends.
///
/// ```
/// use manhole_protocol::methods::{Notification, Print};
///
/// assert_eq!(Print::NAME, "print");
/// ```
pub trait Notification: Serialize + DeserializeOwned {
    /// The name on the wire.
    const NAME: &'static str;
}

/// Declares the parameters of methods, with a constructor that takes the required ones.
macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident = $method:literal -> $result:ty {
        $($(#[$field_doc:meta])* $field:ident: $ty:ty,)*
        $(; $($(#[$optional_doc:meta])* $optional:ident: $optional_ty:ty,)*)?
    })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields, expecting = "parameters by name or by position")]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $ty,)*
            $($($(#[$optional_doc])*
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub $optional: Option<$optional_ty>,)*)?
        }

        impl $name {
            /// Returns the parameters, with the required ones set.
            #[allow(clippy::new_without_default, reason = "a method has no default, even without parameters")]
            pub fn new($($field: impl Into<$ty>),*) -> Self {
                Self { $($field: $field.into(),)* $($($optional: None,)*)? }
            }
            $($(
            $(#[$optional_doc])*
            #[must_use]
            pub fn $optional(mut self, value: impl Into<$optional_ty>) -> Self {
                self.$optional = Some(value.into());
                self
            })*)?
        }

        impl Method for $name {
            const NAME: &'static str = $method;
            type Result = $result;
        }
    )*};
}

methods! {
    /// Returns information about the application and the session. Answered while another request runs.
    Info = "info" -> ServerInfo {}

    /// Names the client, for the root `console` and for audit events. Sent as a notification, which an older server ignores.
    Identify = "identify" -> Empty {
        /// The program, perhaps with its version: `manhole attach 0.1.0`. At most 100 characters are kept. The first name counts.
        client: String,
    }

    /// Runs code.
    Eval = "eval" -> Evaluation {
        /// One command, in one or more lines.
        code: String,
        ;
        /// The timeout in milliseconds. The session's timeout applies if it is shorter.
        timeout_ms: u64,
        /// The form of the value in the result. Defaults to both data and text.
        format: Format,
        /// The columns of the terminal, for the value's text and for tables. Defaults to lines of 80 columns.
        columns: usize,
    }

    /// Cancels a request that runs or is queued. Answered while another request runs.
    Cancel = "cancel" -> CancelResult {
        /// The id of the request.
        id: Id,
    }

    /// Completes code at the cursor. Answered while another request runs, then from types alone.
    Complete = "complete" -> Completions {
        /// The code.
        code: String,
        /// The number of characters before the cursor.
        cursor: usize,
    }

    /// Checks whether code is a complete command.
    Check = "check" -> CheckResult {
        /// The code.
        code: String,
    }

    /// Describes the type at a path: fields, variants and methods, with their documentation. Without a path, describes the
    /// namespace.
    Describe = "describe" -> Description {
        ;
        /// `gizmo`, `gizmo.items[3]`, `gizmo.by_name["k"]`.
        path: String,
    }

    /// Returns a page of the children at a path. Without a path, the roots.
    Inspect = "inspect" -> Inspection {
        ;
        /// `gizmo`, `gizmo.items[3]`, `gizmo.by_name["k"]`.
        path: String,
        /// The number of children to skip.
        offset: usize,
        /// The maximum number of children. Defaults to 100, at most 1,000.
        limit: usize,
    }

    /// Writes a value.
    Set = "set" -> Empty {
        /// The path to write to.
        path: String,
        /// The new value.
        value: Data,
    }

    /// Calls a function of the namespace, or a method of the value at a path. Awaits async ones.
    Call = "call" -> Evaluation {
        /// The path of the value, or the name of the function.
        path: String,
        ;
        /// The method. Without it, `path` names a function.
        method: String,
        /// The arguments.
        args: Vec<Data>,
    }

    /// Evaluates an expression periodically, and sends a notification when its value changes.
    Watch = "watch" -> WatchStarted {
        /// The expression.
        code: String,
        /// The time between two evaluations in milliseconds, at least 10.
        interval_ms: u64,
    }

    /// Ends a watch.
    Unwatch = "unwatch" -> Empty {
        /// The number of the watch.
        watch: u64,
    }

    /// Ends the session. No later request is answered.
    Shutdown = "shutdown" -> Empty {}
}

/// The form of a value in a result.
///
/// ```
/// use manhole_protocol::methods::{Eval, Format};
///
/// let eval = Eval::new("gizmo").format(Format::Text);
/// assert_eq!(serde_json::to_string(&eval)?, r#"{"code":"gizmo","format":"text"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// The data.
    Value,
    /// The text that the prompt shows.
    Text,
    /// Both.
    #[default]
    Both,
}

impl Notification for Print {
    const NAME: &'static str = "print";
}

impl Notification for Changed {
    const NAME: &'static str = "changed";
}

impl Notification for Closed {
    const NAME: &'static str = "closed";
}
