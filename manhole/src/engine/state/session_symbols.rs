//! What a session has, for its own commands to look at. The engine shows a native function neither the variables nor the functions
//! of the script, so a picture of both is taken when a command begins that asks for it.

use rhai::{Dynamic, Scope};

use super::session_functions::{FunctionSignature, SessionFunctions};

/// The variables and functions of a session.
#[derive(Clone, Default)]
pub(crate) struct SessionSymbols {
    pub(crate) variables: Vec<(String, Dynamic)>,
    pub(crate) functions: Vec<FunctionSignature>,
}

impl SessionSymbols {
    pub(crate) fn new(scope: &Scope<'_>, library: &SessionFunctions) -> Self {
        let variables = scope.iter_raw().map(|(name, _, value)| (name.to_owned(), value.clone())).collect();
        Self { variables, functions: library.signatures() }
    }
}
