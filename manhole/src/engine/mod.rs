//! The script engine: the only place that names `rhai`.
//!
//! A [`EngineTemplate`] is built once from a namespace and shared by all sessions; an [`Evaluator`] is one session's own state. A
//! script never holds a value of the application: it holds a [`Handle`](handle::Handle), which is a root and a path, and each
//! use of it walks the path anew.

mod arity;
mod awaiting;
mod binding;
mod builtin;
mod callback;
mod cells;
mod collection;
mod completion;
mod context;
mod convert;
mod data;
mod describe;
mod diagnosis;
mod evaluator;
mod explain;
mod fault;
mod feedback;
mod fuse;
mod gather;
mod handle;
mod help;
mod history;
mod holdings;
mod input;
mod inspect;
mod integer;
mod items;
mod json;
mod language;
mod leaf_root;
mod library;
mod limits;
mod literal;
mod locate;
mod manual;
mod mask;
mod monitor;
mod names;
mod pace;
mod picture;
mod prepared;
mod query;
mod requests;
mod requires;
mod reserved;
mod scripts;
mod settings;
mod shared;
mod show;
mod size;
mod sorting;
mod source;
mod standing;
mod static_type;
mod stuck;
mod table;
mod text;
mod tree;
mod views;
mod wording;

#[cfg(feature = "tokio")]
pub(crate) use awaiting::Runtime;
pub(crate) use completion::Completer;
pub(crate) use diagnosis::Diagnostic;
pub(crate) use evaluator::{Evaluator, Outcome, RunOptions};
pub(crate) use fault::ScriptErrorKind;
pub(crate) use language::{EngineOptions, EngineTemplate, NamespaceError};
pub use limits::Limits;
pub(crate) use monitor::{ClientIo, StopReason};
pub(crate) use requests::{RenderedResult, ResultFields};
pub(crate) use shared::Shared;
pub(crate) use standing::SessionLevel;
pub(crate) use stuck::{AbandonedCommand, CommandHandle, MAX_ABANDONED};

/// Reads a path as programs write it.
#[cfg(any(test, fuzzing))]
pub(crate) fn path(text: &str) {
    let _ = locate::parse(text);
}
