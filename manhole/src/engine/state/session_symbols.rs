//! What a session has, for its own commands to look at. The engine shows a native function neither the variables nor the functions
//! of the script, so a picture of both is taken when a command begins that asks for it.

use rhai::{Dynamic, EvalAltResult, Scope};

use super::session_functions::SessionFunctions;
use super::session_state::CallContext;
use crate::engine::builtins::help::columns;
use crate::engine::query::query::Query;
use crate::engine::show::format_result;

/// The widest that a value is shown.
const WIDEST: usize = 60;

/// The variables and functions of a session.
#[derive(Clone, Default)]
pub(crate) struct SessionSymbols {
    variables: Vec<(String, Dynamic)>,
    functions: Vec<String>,
}

impl SessionSymbols {
    /// Whether a command may ask for one.
    pub(crate) fn needs_symbols(code: &str) -> bool {
        ["vars", "functions", "help", "doc"].iter().any(|name| code.contains(name))
    }

    pub(crate) fn new(scope: &Scope<'_>, library: &SessionFunctions) -> Self {
        let variables = scope.iter_raw().map(|(name, _, value)| (name.to_owned(), value.clone())).collect();
        Self { variables, functions: library.signatures() }
    }

    /// The variables with the beginnings of their values.
    pub(crate) fn vars(&self, context: &CallContext) -> Result<String, Box<EvalAltResult>> {
        let mut budget = context.0.settings.budget();
        (budget.depth, budget.items, budget.text, budget.bytes) = (2, 3, WIDEST, 4 * WIDEST);
        let mut rows = Vec::with_capacity(self.variables.len());
        for (name, value) in &self.variables {
            // Looking must not run anything, and one value that cannot be shown must not hide the others.
            let shown = if value.is::<Query>() {
                "a query".to_owned()
            } else {
                match format_result::show(value, context, budget) {
                    Ok(text) => text.unwrap_or_else(|| "()".to_owned()),
                    Err(_) if context.0.watchdog.stopped().is_none() => "<cannot be read now>".to_owned(),
                    Err(error) => return Err(error),
                }
            };
            let line: String = shown.split_whitespace().collect::<Vec<_>>().join(" ");
            let cut = line.chars().count() > WIDEST;
            let line = if cut { line.chars().take(WIDEST - 1).chain(['…']).collect() } else { line };
            rows.push((name.clone(), line));
        }
        rows.sort();
        Ok(columns(rows.iter().map(|(name, line)| (name.clone(), line.as_str()))))
    }

    /// The signatures of the session's functions called `name`.
    pub(crate) fn signatures(&self, name: &str) -> impl Iterator<Item = &String> {
        self.functions.iter().filter(move |signature| signature.split('(').next() == Some(name))
    }

    /// The functions of the session, and those of the program.
    #[expect(clippy::unnecessary_wraps, reason = "it is one of two that are called in the same way")]
    pub(crate) fn functions(&self, context: &CallContext) -> Result<String, Box<EvalAltResult>> {
        let mut own = self.functions.clone();
        own.sort();
        let own = own.into_iter().map(|signature| (signature, ""));
        let language = &context.0.language;
        let program = language.entries().filter(|(what, _)| what.contains('('));
        Ok(columns(own.chain(program.map(|(what, doc)| (what, doc.lines().next().unwrap_or_default())))))
    }
}
