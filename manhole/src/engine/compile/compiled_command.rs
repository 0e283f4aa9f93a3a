//! A compiled command, with the facts about it that its run needs.
//!
//! A session caches the last one: a watch, a poll or a health check repeats one command, and compiling it takes longer than running
//! it.

use std::sync::Arc;

use rhai::AST;

use super::source_map::{CompileError, Compiler, SourceMap};
use super::variable_usage::VariableUsage;

/// The longest command that is cached, in bytes: an idle session should take little memory.
const MAX_CACHED_BYTES: usize = 1_024;

/// A compiled command.
pub(crate) struct CompiledCommand {
    pub(crate) source: Arc<SourceMap>,
    pub(crate) command: Arc<AST>,
    pub(crate) variables: VariableUsage,
    /// Whether it may list variables and functions.
    pub(crate) needs_symbols: bool,
    /// Whether it may have closures.
    pub(crate) has_closures: bool,
}

impl CompiledCommand {
    /// Compiles `code`.
    ///
    /// # Errors
    ///
    /// If `code` does not parse. The error has its position in `code`.
    pub(crate) fn new(compiler: &Compiler<'_>, code: &str) -> Result<Self, CompileError> {
        let has_closures = code.contains('|');
        let (source, command) = compiler.compile(code)?;
        let variables = VariableUsage::analyze(&command);
        Ok(Self {
            source: Arc::new(source),
            command: Arc::new(command),
            variables,
            needs_symbols: needs_symbols(code),
            has_closures,
        })
    }

    /// Returns whether `code` compiles to this.
    pub(crate) fn matches(&self, code: &str) -> bool {
        self.source.text() == code
    }

    /// Returns whether a later run can use it again. It must define nothing, and must assign to no name, which could be
    /// a root now and a variable later.
    pub(crate) fn is_cacheable(&self) -> bool {
        self.source.text().len() <= MAX_CACHED_BYTES
            && !self.has_closures
            && !self.variables.changes
            && self.command.iter_functions().next().is_none()
    }
}

/// Returns whether a command may list variables and functions: `vars`, `functions`, `help`, `doc`.
pub(crate) fn needs_symbols(code: &str) -> bool {
    ["vars", "functions", "help", "doc"].iter().any(|name| code.contains(name))
}
