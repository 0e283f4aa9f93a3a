//! What can be asked, with its parameters, and by what it is answered.

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
    /// What it is called.
    const NAME: &'static str;
    /// What is answered.
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
    /// What it is called.
    const NAME: &'static str;
}

/// Declares parameters: with a function that makes them of those that must be there.
macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident = $method:literal -> $answer:ty {
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
            /// The parameters that must be there.
            #[allow(clippy::new_without_default, reason = "a method without parameters is nothing that has a default")]
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
            type Result = $answer;
        }
    )*};
}

methods! {
    /// Who is there. It answers while code runs, too.
    Info = "info" -> ServerInfo {}

    /// Runs code.
    Eval = "eval" -> Evaluation {
        /// What is run: one command, in as many lines as it likes.
        code: String,
        ;
        /// How long it may run, in milliseconds, if that is less than the session allows.
        timeout_ms: u64,
        /// What is wanted of its value; both the data and the text if nothing is said.
        format: Format,
    }

    /// Stops a request that runs, or that waits for its turn. It answers while code runs.
    Cancel = "cancel" -> Cancellation {
        /// The id of that request.
        id: Id,
    }

    /// What could be typed next. It answers while code runs, then from types alone.
    Complete = "complete" -> Completions {
        /// What was typed.
        code: String,
        /// After how many characters the cursor stands.
        cursor: usize,
    }

    /// Whether code is a whole command.
    Check = "check" -> CheckResult {
        /// The code.
        code: String,
    }

    /// What is known of a path's type: its fields, variants and methods with their documentation. Without a path, of the
    /// namespace.
    Describe = "describe" -> Description {
        ;
        /// `gizmo`, `gizmo.items[3]`, `gizmo.by_name["k"]`.
        path: String,
    }

    /// What is one step below a path, a page at a time. Without a path, the roots.
    Inspect = "inspect" -> Inspection {
        ;
        /// `gizmo`, `gizmo.items[3]`, `gizmo.by_name["k"]`.
        path: String,
        /// How many are passed over.
        offset: usize,
        /// How many are shown at most: 100 if nothing is said, and never more than 1,000.
        limit: usize,
    }

    /// Writes a value.
    Set = "set" -> Empty {
        /// Where.
        path: String,
        /// What.
        value: Data,
    }

    /// Calls a function of the namespace, or a method of what is at a path. What is async is awaited.
    Call = "call" -> Evaluation {
        /// The value that has the method, or the function.
        path: String,
        ;
        /// The method; none to call the function that the path names.
        method: String,
        /// The arguments.
        args: Vec<Data>,
    }

    /// Evaluates an expression again and again, and tells whenever its value is another one.
    Watch = "watch" -> WatchStarted {
        /// The expression.
        code: String,
        /// How long to wait between two looks, in milliseconds; 10 at least.
        interval_ms: u64,
    }

    /// Ends a watch.
    Unwatch = "unwatch" -> Empty {
        /// The number of the watch.
        watch: u64,
    }

    /// Ends the session. It is the last that is answered.
    Shutdown = "shutdown" -> Empty {}
}

/// What is wanted of a value.
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
    /// The text that a person at the prompt would see.
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
