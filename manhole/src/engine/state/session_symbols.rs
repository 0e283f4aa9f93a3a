//! A copy of a session's variables and function signatures, for commands that list them. The engine gives a native function access
//! to neither, so such a command takes the copy before it runs.

use rhai::{Dynamic, Scope};

use super::session_functions::{FunctionSignature, SessionFunctions};

/// The variables and functions of a session.
#[derive(Clone, Default)]
pub(crate) struct SessionSymbols {
    pub(crate) variables: Vec<(String, Dynamic)>,
    pub(crate) functions: Vec<FunctionSignature>,
}

impl SessionSymbols {
    pub(crate) fn new(scope: &Scope<'_>, functions: &SessionFunctions) -> Self {
        let variables = scope.iter_raw().map(|(name, _, value)| (name.to_owned(), value.clone())).collect();
        Self { variables, functions: functions.signatures() }
    }
}
