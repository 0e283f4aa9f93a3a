//! Compiles a text, and maps the engine's positions back to it.
//!
//! Three things happen to a text before compilation. Forms of Rust are translated. Assignments to scalar roots are rewritten. And a text whose functions outlive
//! the command moves below those of earlier commands, so that each position in a session is unique: positions distinguish reads
//! from write-backs.

use std::borrow::Cow;
use std::sync::Arc;

use rhai::{AST, Dynamic, Engine, EvalAltResult, ParseError, Position, Scope};

use super::incomplete_input::is_incomplete;
use super::parse_guard::ParseGuard;
use super::root_assignment::RewrittenSource;
use super::rust_forms::{self, FormError, Names, PositionMap};
use crate::engine::live::Program;

/// The engine counts lines with 16 bits.
pub(crate) const MAX_LINE: usize = 60_000;

/// A text, and its changes before compilation.
pub(crate) struct SourceMap {
    text: Arc<str>,
    /// The number of empty lines before it.
    line_offset: usize,
    rewritten: Option<RewrittenSource>,
    /// The positions of its forms of Rust.
    forms: Option<PositionMap>,
}

/// A text that does not compile.
#[derive(Debug)]
pub(crate) enum CompileError {
    /// The parser does not accept it.
    Parse(ParseError),
    /// It has a wrong form of Rust.
    Form(Box<FormError>),
}

impl CompileError {
    /// Returns whether more lines could complete `code`.
    pub(crate) fn is_incomplete(&self, code: &str) -> bool {
        matches!(self, Self::Parse(error) if is_incomplete(code, error))
    }
}

impl From<CompileError> for Box<EvalAltResult> {
    fn from(error: CompileError) -> Self {
        match error {
            CompileError::Parse(error) => error.into(),
            CompileError::Form(form) => {
                EvalAltResult::ErrorRuntime(Dynamic::from(form.error), form.position).into()
            }
        }
    }
}

/// Compiles texts for one session.
pub(crate) struct Compiler<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) guard: &'a ParseGuard,
    pub(crate) scope: &'a Scope<'a>,
    pub(crate) program: &'a Program,
}

impl Compiler<'_> {
    /// Compiles `text` below `line_offset` empty lines.
    ///
    /// # Errors
    ///
    /// If `text` does not parse. The error has its position in `text`. Or if the command must stop: then the error means nothing.
    pub(crate) fn compile(&self, text: &str, line_offset: usize) -> Result<(SourceMap, AST), CompileError> {
        let names = Names { scope: self.scope, program: self.program };
        let translated =
            rust_forms::translate(text, &names).map_err(|error| CompileError::Form(Box::new(error)))?;
        let (code, forms) =
            translated.map_or((Cow::Borrowed(text), None), |(code, forms)| (code.into(), Some(forms)));
        let mut source = SourceMap { text: text.into(), line_offset, rewritten: None, forms };
        let moved = "\n".repeat(line_offset) + &code;
        let compile = |source: &SourceMap, code: &str| {
            let compiled = self.guard.watch(|| self.engine.compile_with_scope(self.scope, code));
            compiled
                .map_err(|error| CompileError::Parse(ParseError(error.0, source.original_position(error.1))))
        };
        let mut program = compile(&source, &moved)?;
        source.rewritten = RewrittenSource::new(&moved, &program, self.program.scalar_roots(), self.scope);
        if let Some(rewritten) = &source.rewritten {
            program = compile(&source, &rewritten.code)?;
        }
        Ok((source, program))
    }
}

impl SourceMap {
    /// Creates the map of a text that does not compile.
    pub(crate) fn uncompiled(text: &str) -> Self {
        Self { text: text.into(), line_offset: 0, rewritten: None, forms: None }
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
        let position = match (line, column) {
            (Some(line), Some(column)) if line > 0 => Position::new(line, column),
            _ => return Position::NONE,
        };
        self.forms.as_ref().map_or(position, |forms| forms.original(position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::namespace::Namespace;

    #[test]
    fn positions_map_back_to_the_original_text() {
        let engine = Engine::new_raw();
        let program = Program::new(Namespace::new(), String::new(), false, None);
        let compiler = Compiler {
            engine: &engine,
            guard: &ParseGuard::default(),
            scope: &Scope::new(),
            program: &program,
        };
        let (source, _) = compiler.compile("fn f() {\n  1\n}", 7).unwrap();
        assert_eq!(source.original_position(Position::new(9, 3)), Position::new(2, 3));
        assert_eq!(source.end_line(), 10);
        let Err(CompileError::Parse(error)) = compiler.compile("let x = 1;\nlet = 2", 7) else { panic!() };
        assert_eq!(error.1, Position::new(2, 5));
        assert_eq!(source.original_position(Position::NONE), Position::NONE);
    }
}
