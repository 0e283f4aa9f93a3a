//! Compiles a text, and maps the engine's positions back to it: forms of Rust are translated before.

use std::borrow::Cow;
use std::sync::Arc;

use rhai::{AST, Dynamic, Engine, EvalAltResult, ParseError, Position, Scope};

use super::incomplete_input::is_incomplete;
use super::parse_guard::ParseGuard;
use super::rust_forms::{self, FormError, Names, PositionMap};
use crate::engine::live::Program;

/// A text, and its changes before compilation.
pub(crate) struct SourceMap {
    text: Arc<str>,
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
    /// Compiles `text`.
    ///
    /// # Errors
    ///
    /// If `text` does not parse. The error has its position in `text`. Or if the command must stop: then the error means nothing.
    pub(crate) fn compile(&self, text: &str) -> Result<(SourceMap, AST), CompileError> {
        let names = Names { scope: self.scope, program: self.program };
        let translated = rust_forms::translate(text, &names);
        let translated = translated.map_err(|error| CompileError::Form(Box::new(error)))?;
        let (code, forms) =
            translated.map_or((Cow::Borrowed(text), None), |(code, forms)| (code.into(), Some(forms)));
        let source = SourceMap { text: text.into(), forms };
        let compiled = self.guard.watch(|| self.engine.compile_with_scope(self.scope, &*code));
        match compiled {
            Ok(program) => Ok((source, program)),
            Err(ParseError(error, position)) => {
                Err(CompileError::Parse(ParseError(error, source.original_position(position))))
            }
        }
    }
}

impl SourceMap {
    /// Creates the map of a text that does not compile.
    pub(crate) fn uncompiled(text: &str) -> Self {
        Self { text: text.into(), forms: None }
    }

    /// Returns the original text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Maps a position of the engine to one in the text.
    pub(crate) fn original_position(&self, position: Position) -> Position {
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
        let (source, _) = compiler.compile("let x: u64 = &1;\n  let y: u8 = 2").unwrap();
        assert_eq!(source.original_position(Position::new(1, 10)), Position::new(1, 15));
        assert_eq!(source.original_position(Position::new(2, 12)), Position::new(2, 15));
        let Err(CompileError::Parse(error)) = compiler.compile("let x = 1;\nlet = 2") else { panic!() };
        assert_eq!(error.1, Position::new(2, 5));
        assert_eq!(source.original_position(Position::NONE), Position::NONE);
    }
}
