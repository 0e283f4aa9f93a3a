//! Completion. Nothing runs for it: types tell most of it, and the keys of a map are read only while no command runs. Uses
//! `builtins` and below.

mod candidate;
mod completer;
mod cursor_context;
mod inferred_type;

pub(crate) use completer::Completer;
