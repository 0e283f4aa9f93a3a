//! Tests of starting, stopping and talking to a console.

mod inline_mode;
mod json_rpc;
mod open_close;
mod signals;
mod startup_conflicts;
mod text_session;
