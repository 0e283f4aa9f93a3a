//! Compiles a text, and maps the engine's positions back to it: forms of Rust are translated before.

use std::borrow::Cow;
use std::sync::Arc;

use rhai::{AST, Dynamic, Engine, EvalAltResult, ParseError, Position, Scope};

use super::incomplete_input::is_incomplete;
use super::parse_guard::ParseGuard;
use super::rust_forms::{self, FormError, Names, PositionMap, Translation};
use crate::engine::live::Program;
use crate::engine::value::ScriptError;

/// A text, and its changes before compilation.
pub(crate) struct SourceMap {
    text: Arc<str>,
    /// The positions of its forms of Rust.
    forms: Option<PositionMap>,
}

/// The message for a command that more lines could complete.
pub(crate) const NOT_COMPLETE: &str = "cannot run the command: it is not complete";

/// A text that does not compile.
#[derive(Debug)]
pub(crate) enum CompileError {
    /// The parser does not accept it.
    Parse(ParseError),
    /// It has a wrong form of Rust.
    Form(Box<FormError>),
    /// It has forms of Rust, and open brackets.
    Unfinished,
}

impl CompileError {
    /// Returns whether more lines could complete `code`.
    pub(crate) fn is_incomplete(&self, code: &str) -> bool {
        match self {
            Self::Parse(error) => is_incomplete(code, error),
            Self::Form(_) => false,
            Self::Unfinished => true,
        }
    }
}

impl From<CompileError> for Box<EvalAltResult> {
    fn from(error: CompileError) -> Self {
        match error {
            CompileError::Parse(error) => error.into(),
            CompileError::Form(form) => {
                EvalAltResult::ErrorRuntime(Dynamic::from(form.error), form.position).into()
            }
            CompileError::Unfinished => ScriptError::new(NOT_COMPLETE).into(),
        }
    }
}

/// Compiles texts for one session.
pub(crate) struct Compiler<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) guard: &'a ParseGuard,
    pub(crate) scope: &'a Scope<'a>,
    pub(crate) program: &'a Program,
    /// Whether `it` is the value of the command before.
    pub(crate) has_last_value: bool,
    /// Returns whether collections have a method of this name, for this number of arguments.
    pub(crate) is_collection_method: fn(&str, usize) -> bool,
}

impl Compiler<'_> {
    /// Compiles `text`.
    ///
    /// # Errors
    ///
    /// If `text` does not parse. The error has its position in `text`. Or if the command must stop: then the error means nothing.
    pub(crate) fn compile(&self, text: &str) -> Result<(SourceMap, AST), CompileError> {
        let names = Names {
            scope: self.scope,
            program: self.program,
            has_last_value: self.has_last_value,
            is_collection_method: self.is_collection_method,
        };
        let (code, forms) = match rust_forms::translate(text, &names) {
            Ok(Translation::Unchanged) => (Cow::Borrowed(text), None),
            Ok(Translation::Changed(code, forms)) => (code.into(), Some(forms)),
            Ok(Translation::Unclosed(completed)) => match self.check_unfinished(&completed, &names) {
                Some(error) => return Err(error),
                None => (Cow::Borrowed(text), None),
            },
            Err(error) => return Err(CompileError::Form(Box::new(error))),
        };
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

impl Compiler<'_> {
    /// Finds out whether more lines could complete a command with forms of Rust. `completed` is the command, with its brackets
    /// closed on the last line. Returns `None` for a command without such forms, which the parser can check.
    fn check_unfinished(&self, completed: &str, names: &Names<'_>) -> Option<CompileError> {
        let last_line = completed.split('\n').count();
        let is_beyond = |position: Position| position.line().is_none_or(|line| line >= last_line);
        let (code, forms) = match rust_forms::translate(completed, names) {
            Ok(Translation::Changed(code, forms)) => (code, forms),
            Ok(_) => return None,
            Err(error) if is_beyond(error.position) => return Some(CompileError::Unfinished),
            Err(error) => return Some(CompileError::Form(Box::new(error))),
        };
        let source = SourceMap { text: completed.into(), forms: Some(forms) };
        Some(match self.guard.watch(|| self.engine.compile_with_scope(self.scope, &code)) {
            Err(error) if !is_beyond(source.original_position(error.1)) => {
                CompileError::Parse(ParseError(error.0, source.original_position(error.1)))
            }
            _ => CompileError::Unfinished,
        })
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
        let program = Program::new(Namespace::new(), String::new(), false, None, None);
        let compiler = Compiler {
            engine: &engine,
            guard: &ParseGuard::default(),
            scope: &Scope::new(),
            program: &program,
            has_last_value: false,
            is_collection_method: |_, _| false,
        };
        let (source, _) = compiler.compile("let x: u64 = &1;\n  let y: u8 = 2").unwrap();
        assert_eq!(source.original_position(Position::new(1, 10)), Position::new(1, 15));
        assert_eq!(source.original_position(Position::new(2, 12)), Position::new(2, 15));
        let Err(CompileError::Parse(error)) = compiler.compile("let x = 1;\nlet = 2") else { panic!() };
        assert_eq!(error.1, Position::new(2, 5));
        assert_eq!(source.original_position(Position::NONE), Position::NONE);
    }
}
