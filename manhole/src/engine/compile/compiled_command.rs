//! A command that is ready to run: compiled, with what has to be known of it beforehand.
//!
//! The last one is kept. A watch, a poll and a health check ask the same again and again, and to compile it takes longer than to
//! run it.

use std::sync::Arc;

use rhai::{AST, Engine, ParseError, Scope};

use super::source_map::SourceMap;
use super::variable_usage::VariableUsage;
use crate::engine::live::Roots;

/// How long a command may be that is kept: an idle session should take little.
const MAX_CACHED_BYTES: usize = 1_024;

/// A command that is ready to run.
pub(crate) struct CompiledCommand {
    pub(crate) source: Arc<SourceMap>,
    pub(crate) command: Arc<AST>,
    pub(crate) variables: VariableUsage,
    /// Whether it may ask for a picture of the session.
    pub(crate) needs_symbols: bool,
    /// Whether it may have closures.
    pub(crate) has_closures: bool,
}

impl CompiledCommand {
    /// Compiles `code`, below what stays of the commands before.
    ///
    /// # Errors
    ///
    /// The engine's, at its place in `code`.
    pub(crate) fn new(
        engine: &Engine,
        scope: &Scope<'_>,
        code: &str,
        line_offset: usize,
        roots: &Roots,
    ) -> Result<Self, ParseError> {
        let has_closures = code.contains('|');
        // Only functions and closures outlive the command, and need lines that no other command has.
        let line_offset = if has_closures || code.contains("fn ") { line_offset } else { 0 };
        let (source, command) = SourceMap::compile(engine, scope, code, line_offset, roots)?;
        let variables = VariableUsage::analyze(&command);
        Ok(Self {
            source: Arc::new(source),
            command: Arc::new(command),
            variables,
            needs_symbols: needs_symbols(code),
            has_closures,
        })
    }

    /// Whether it was made of `code`.
    pub(crate) fn matches(&self, code: &str) -> bool {
        self.source.text() == code
    }

    /// Whether it is the same wherever it is compiled: it leaves nothing behind, and nothing that it assigns to could be a root
    /// now and a variable then.
    pub(crate) fn is_cacheable(&self) -> bool {
        let is_short = self.source.text().len() <= MAX_CACHED_BYTES;
        is_short
            && !self.has_closures
            && !self.variables.changes
            && self.command.iter_functions().next().is_none()
    }
}

/// Whether a command may list variables and functions: `vars`, `functions`, `help`, `doc`.
pub(crate) fn needs_symbols(code: &str) -> bool {
    ["vars", "functions", "help", "doc"].iter().any(|name| code.contains(name))
}
