//! A command that is ready to run: compiled, with what has to be known of it beforehand.
//!
//! The last one is kept. A watch, a poll and a health check ask the same again and again, and to compile it takes longer than to
//! run it.

use std::sync::Arc;

use rhai::{AST, Engine, ParseError, Scope};

use super::scalar_root::Roots;
use super::source_map::Source;
use super::variable_usage::Variables;
use crate::engine::state::session_functions::Library;
use crate::engine::state::session_symbols::Picture;

/// How long a command may be that is kept: an idle session should take little.
const LONGEST_KEPT: usize = 1_024;

/// A command that is ready to run.
pub(crate) struct Prepared {
    pub(crate) source: Arc<Source>,
    pub(crate) command: Arc<AST>,
    pub(crate) variables: Variables,
    /// Whether it may ask for a picture of the session.
    pub(crate) asks_for_picture: bool,
    /// Whether it may have closures.
    pub(crate) has_closures: bool,
}

impl Prepared {
    /// Compiles `code`, below what stays of the commands before.
    ///
    /// # Errors
    ///
    /// The engine's, at its place in `code`.
    pub(crate) fn new(
        engine: &Engine,
        scope: &Scope<'_>,
        code: &str,
        library: &Library,
        roots: &Roots,
    ) -> Result<Self, ParseError> {
        let has_closures = code.contains('|');
        // Only what stays needs a place of its own.
        let above = if has_closures || code.contains("fn ") { library.end() } else { 0 };
        let (source, command) = Source::compile(engine, scope, code, above, roots)?;
        let variables = Variables::of(&command);
        Ok(Self {
            source: Arc::new(source),
            command: Arc::new(command),
            variables,
            asks_for_picture: Picture::is_asked_for(code),
            has_closures,
        })
    }

    /// Whether it was made of `code`.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.source.text() == code
    }

    /// Whether it is the same wherever it is compiled: it leaves nothing behind, and nothing that it assigns to could be a root
    /// now and a variable then.
    pub(crate) fn can_be_kept(&self) -> bool {
        let is_short = self.source.text().len() <= LONGEST_KEPT;
        is_short
            && !self.has_closures
            && !self.variables.changes
            && self.command.iter_functions().next().is_none()
    }
}
