//! Everything that a script can call. Uses `show` and below, but not `compile`.

mod array_sort;
pub(crate) mod builtin_docs;
mod collection_methods;
mod help;
mod namespace_bindings;
mod options;
mod output;
pub(crate) mod scalar_roots;
pub(crate) mod session_control;
mod session_listing;
mod strings;
mod times;

pub(crate) use builtin_docs::BUILTIN_DOCS;
pub(crate) use namespace_bindings::run_function;
use rhai::Module;

use crate::engine::live::Program;
use crate::engine::value::wide_integer;

/// Everything that the sessions of `program` can call, but for what the script language has itself.
pub(crate) fn module(program: &Program) -> Module {
    let mut module = namespace_bindings::module(program);
    options::bind(&mut module);
    times::bind(&mut module);
    help::bind(&mut module);
    session_control::bind(&mut module);
    session_listing::bind(&mut module);
    array_sort::bind(&mut module);
    strings::bind(&mut module);
    output::bind(&mut module);
    wide_integer::bind(&mut module);
    module
}
