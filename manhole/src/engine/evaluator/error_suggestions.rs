//! What is said of a command that failed: with its place, and with what may have been meant.

use std::sync::Arc;

use rhai::EvalAltResult;

use super::command::Evaluator;
use crate::engine::builtins::builtin_docs;
use crate::engine::compile::SourceMap;
use crate::engine::state::is_closure;
use crate::engine::value::{Diagnostic, LocatedEngineError, error_messages, type_kinds};
use crate::reflect::did_you_mean;

impl Evaluator {
    /// Puts an error into words, with its place and what may help.
    pub(crate) fn to_diagnostic(&self, error: EvalAltResult, command: &Arc<SourceMap>) -> Diagnostic {
        let LocatedEngineError { error, position, function, script } = LocatedEngineError::new(error);
        let source = match (&script, &function) {
            (Some(script), _) => self.context.scripts.source(script),
            (None, Some(function)) => self.functions.source(function),
            (None, None) => Some(Arc::clone(command)),
        };
        // What the parser has found was told where it is in the text.
        let parsed = matches!(error, EvalAltResult::ErrorParsing(..));
        let position = match &source {
            Some(source) if !parsed => source.original_position(position),
            _ => position,
        };
        let function = function.filter(|name| !is_closure(name));
        let text = source.as_ref().map(|source| source.text());
        self.suggest(error).with_location(position, function, text).in_script(script)
    }

    /// The words for an error.
    pub(crate) fn suggest(&self, error: EvalAltResult) -> Diagnostic {
        match &error {
            EvalAltResult::ErrorVariableNotFound(name, _) => self.unknown_name(name),
            EvalAltResult::ErrorFunctionNotFound(signature, _) => self.unknown_function(signature),
            _ => error_messages::to_diagnostic(error),
        }
    }

    fn unknown_name(&self, name: &str) -> Diagnostic {
        if let Some(signature) = self.program().function_signature(name) {
            return Diagnostic::new(format!("`{name}` is a function"))
                .with_help(format!("call it: {signature}"));
        }
        if let Some(entry) = builtin_docs::find(name) {
            return Diagnostic::new(format!("`{name}` is a builtin"))
                .with_help(format!("call it: {}", entry.form));
        }
        let known = self.scope.iter_raw().map(|(name, ..)| name);
        self.program().unknown_name(name, known).into()
    }

    /// `signature` is the engine's: the name and the types it was called with.
    fn unknown_function(&self, signature: &str) -> Diagnostic {
        let (name, types) = signature.split_once(" (").unwrap_or((signature, ")"));
        let types = type_kinds(types.trim_end_matches(')'));
        let mut known: Vec<_> = self.program().function_signature(name).into_iter().collect();
        known.extend(self.program().symbols().signatures(name));
        known.extend(self.functions.signature(name));
        if !known.is_empty() {
            let message = format!("`{name}` cannot be called like this");
            return Diagnostic::new(message).with_help(known.join("; "));
        }
        if types == "()" || types.starts_with("(), ") {
            return Diagnostic::new(format!("`{name}` is called on None"));
        }
        let is_operator = !name.starts_with(|first: char| first.is_alphabetic() || first == '_');
        let builtin = builtin_docs::find(name).map(|entry| entry.form.to_owned());
        if is_operator || builtin.is_some() {
            return Diagnostic::new(format!("`{name}` is not defined for ({types})"))
                .with_optional_help(builtin);
        }
        let functions =
            self.program().names().filter(|name| self.program().function_signature(name).is_some());
        let known = functions
            .chain(self.program().symbols().method_names().map(|name| name as &str))
            .chain(builtin_docs::names());
        let suffix = did_you_mean(name, known)
            .or_else(|| (!types.is_empty()).then(|| format!(" for ({types})")))
            .unwrap_or_default();
        Diagnostic::new(format!("there is no function `{name}`{suffix}"))
    }
}
