//! Compiles the text of a command, and maps positions back to it. Uses `live` and below.

pub(crate) mod audit_redaction;
mod compiled_command;
mod continuation;
mod incomplete_input;
mod input_scanner;
mod parse_guard;
mod rhai_feature_checks;
mod rust_forms;
mod source_map;
mod text;
mod variable_usage;

pub(crate) use compiled_command::{CompiledCommand, needs_symbols};
pub(crate) use continuation::Continuation;
pub(crate) use input_scanner::{CharClass, CharClasses, InputScanner};
pub(crate) use parse_guard::ParseGuard;
pub(crate) use rust_forms::{ENTRY, PAIR};
pub(crate) use source_map::{CompileError, Compiler, NOT_COMPLETE, SourceMap};
pub(crate) use variable_usage::VariableUsage;
