//! Tests that the application survives scripts, clients and a full system.

mod abandoned_commands;
mod author_code;
mod compiling;
mod hostile_scripts;
mod limits;
mod memory;
mod random_input;
mod resource_exhaustion;
mod stopping;
