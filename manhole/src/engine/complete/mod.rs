//! Completing a command. It runs no code: most candidates follow from types, and the keys of a map are read only while no command
//! runs. Uses `builtins` and below.

mod candidate;
mod completer;
mod cursor_context;
mod expected_value;
mod inferred_type;
mod live_values;
mod matching;
mod members;

pub(crate) use completer::{Completer, SessionNames};
