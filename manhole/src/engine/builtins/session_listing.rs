//! Listings of what a session has: `vars`, `functions`, `history`.

use rhai::{Module, NativeCallContext};

use crate::engine::live::Query;
use crate::engine::show::{Formatter, columns};
use crate::engine::state::{CallContext, SessionSymbols};
use crate::engine::value::{EvalResult, register};
use crate::reflect::{doc_summary, placeholder};

/// The maximum length of a value in `vars`.
const MAX_VALUE_CHARS: usize = 60;

type Call<'a> = NativeCallContext<'a>;

/// Adds the functions.
pub(crate) fn bind(module: &mut Module) {
    for (name, list) in [
        ("vars", variables as fn(&SessionSymbols, &CallContext) -> EvalResult<String>),
        ("functions", |symbols, context| Ok(functions(symbols, context))),
        ("history", |_, context| Ok(context.history().text())),
    ] {
        register(module, name, move |call: Call<'_>| -> EvalResult<()> {
            let context = CallContext::of(&call)?;
            context.run.print(&list(&context.symbols(), &context)?);
            Ok(())
        });
    }
}

/// Returns the list of the variables with the beginning of each value.
fn variables(symbols: &SessionSymbols, context: &CallContext) -> EvalResult<String> {
    let mut limits = context.run.limits.preview_limits();
    (limits.depth, limits.items, limits.text, limits.bytes) = (2, 3, MAX_VALUE_CHARS, 4 * MAX_VALUE_CHARS);
    let mut rows = Vec::with_capacity(symbols.variables.len());
    for (name, value) in &symbols.variables {
        // The list runs no query, and a value that cannot be shown must not hide the others.
        let text = if value.is::<Query>() {
            "a query".to_owned()
        } else {
            match Formatter::with_limits(context, limits).text(value) {
                Ok(text) => text,
                Err(_) if context.run.watchdog.stopped().is_none() => {
                    placeholder::text(placeholder::UNREADABLE)
                }
                Err(error) => return Err(error),
            }
        };
        let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_cut = line.chars().count() > MAX_VALUE_CHARS;
        let line =
            if is_cut { line.chars().take(MAX_VALUE_CHARS - 1).chain(['…']).collect() } else { line };
        rows.push((name.clone(), line));
    }
    rows.sort();
    Ok(columns(rows.into_iter()))
}

/// Returns the list of the functions of the session and of the application.
fn functions(symbols: &SessionSymbols, context: &CallContext) -> String {
    let mut own = symbols.functions.clone();
    own.sort();
    let own = own.into_iter().map(|function| (function.text, doc_summary(&function.doc)));
    let program = context.program();
    let application =
        program.function_infos().map(|function| (function.signature, doc_summary(function.doc)));
    columns(own.chain(application))
}
