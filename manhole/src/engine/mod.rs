//! The script engine: the only place that names `rhai`.
//!
//! An [`EngineTemplate`] is built once from a namespace and shared by all sessions; an [`Evaluator`] is one session's own state. A
//! script never holds a value of the application: it holds a [`Handle`](live::handle::Handle), which is a root and a path, and each
//! use of it walks the path again.

mod builtins;
mod compile;
mod complete;
mod evaluator;
mod live;
mod query;
mod requests;
mod run;
mod show;
mod state;
mod survey;
mod value;

pub(crate) use builtins::watch::MIN_WATCH_INTERVAL;
pub(crate) use compile::{Continuation, InputScanner};
pub(crate) use complete::Completer;
pub(crate) use evaluator::check_name::NamespaceError;
pub(crate) use evaluator::command_handle::{AbandonedCommand, CommandHandle};
pub(crate) use evaluator::engine_template::{DEFAULT_MEMORY_BYTES, EngineOptions, EngineTemplate};
pub(crate) use evaluator::{CheckOutcome, CommandResult, Evaluator, RunOptions, SessionOptions};
pub(crate) use requests::operations::{CallRequest, RenderedResult, ResultFields};
pub(crate) use run::abandoned_threads::MAX_ABANDONED;
#[cfg(feature = "tokio")]
pub(crate) use run::async_call::Runtime;
pub use run::change_report::ChangeKind;
pub(crate) use run::change_report::without_keys;
pub use run::limits::Limits;
pub(crate) use run::session_level::SessionLevel;
pub(crate) use run::{ChangeListener, ClientIo, StopReason};
pub(crate) use state::shared_variables::SharedVariables;
pub(crate) use value::diagnostic::Diagnostic;
pub(crate) use value::script_error::ScriptErrorKind;

/// Parses a path, for tests and fuzzing.
#[cfg(any(test, fuzzing))]
pub(crate) fn path(text: &str) {
    let _ = live::path_parser::parse(text);
}
