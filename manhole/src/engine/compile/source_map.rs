//! Compiles a text, and maps the engine's positions back to it.
//!
//! Two things happen to a text before compilation. Assignments to scalar roots are rewritten. And a text whose functions outlive
//! the command moves below those of earlier commands, so that each position in a session is unique: positions distinguish reads
//! from write-backs.

use std::sync::Arc;

use rhai::{AST, Engine, ParseError, Position, Scope};

use super::parse_guard::ParseGuard;
use super::root_assignment::RewrittenSource;
use crate::engine::live::Roots;

/// The engine counts lines with 16 bits.
pub(crate) const MAX_LINE: usize = 60_000;

/// A text, and its changes before compilation.
pub(crate) struct SourceMap {
    text: Arc<str>,
    /// The number of empty lines before it.
    line_offset: usize,
    rewritten: Option<RewrittenSource>,
}

/// Compiles texts for one session.
pub(crate) struct Compiler<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) guard: &'a ParseGuard,
    pub(crate) scope: &'a Scope<'a>,
    /// The scalar roots.
    pub(crate) roots: &'a Roots,
}

impl Compiler<'_> {
    /// Compiles `text` below `line_offset` empty lines.
    ///
    /// # Errors
    ///
    /// If `text` does not parse. The error has its position in `text`. Or if the command must stop: then the error means nothing.
    pub(crate) fn compile(&self, text: &str, line_offset: usize) -> Result<(SourceMap, AST), ParseError> {
        let mut source = SourceMap { text: text.into(), line_offset, rewritten: None };
        let moved = "\n".repeat(line_offset) + text;
        let compile = |source: &SourceMap, code: &str| {
            let compiled = self.guard.watch(|| self.engine.compile_with_scope(self.scope, code));
            compiled.map_err(|error| ParseError(error.0, source.original_position(error.1)))
        };
        let mut program = compile(&source, &moved)?;
        source.rewritten = RewrittenSource::new(&moved, &program, self.roots, self.scope);
        if let Some(rewritten) = &source.rewritten {
            program = compile(&source, &rewritten.code)?;
        }
        Ok((source, program))
    }
}

impl SourceMap {
    /// Creates the map of a text that does not compile.
    pub(crate) fn uncompiled(text: &str) -> Self {
        Self { text: text.into(), line_offset: 0, rewritten: None }
    }

    /// Returns the original text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the first line below the text.
    pub(crate) fn end_line(&self) -> usize {
        self.line_offset + self.text.split('\n').count()
    }

    /// Maps a position of the engine to one in the text.
    pub(crate) fn original_position(&self, position: Position) -> Position {
        let position = match &self.rewritten {
            Some(rewritten) => rewritten.map_back(position),
            None => position,
        };
        let line = position.line().and_then(|line| u16::try_from(line.checked_sub(self.line_offset)?).ok());
        let column = position.position().and_then(|column| u16::try_from(column).ok());
        match (line, column) {
            (Some(line), Some(column)) if line > 0 => Position::new(line, column),
            _ => Position::NONE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_map_back_to_the_original_text() {
        let engine = Engine::new_raw();
        let roots = Roots::default();
        let compiler =
            Compiler { engine: &engine, guard: &ParseGuard::default(), scope: &Scope::new(), roots: &roots };
        let (source, _) = compiler.compile("fn f() {\n  1\n}", 7).unwrap();
        assert_eq!(source.original_position(Position::new(9, 3)), Position::new(2, 3));
        assert_eq!(source.end_line(), 10);
        assert_eq!(
            compiler.compile("let x = 1;\nlet = 2", 7).map(|_| ()).unwrap_err().1,
            Position::new(2, 5)
        );
        assert_eq!(source.original_position(Position::NONE), Position::NONE);
    }
}
