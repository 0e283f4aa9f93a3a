//! Functions and methods that scripts can call. Uses `show` and below, but not `compile`.

mod assignments;
pub(crate) mod builtin_docs;
pub(crate) mod collections;
mod example_names;
mod help;
mod namespace_bindings;
mod output;
mod replacements;
mod rust_functions;
mod rust_macros;
pub(crate) mod session_control;
mod session_listing;
mod surveys;
mod values;
pub(crate) mod watch;

pub(crate) use builtin_docs::{BUILTIN_DOCS, BuiltinDoc, BuiltinKind};
pub(crate) use example_names::ExampleNames;
pub(crate) use namespace_bindings::NamedFunction;
use rhai::{Module, Shared};
pub(crate) use values::install_comparisons;

use crate::engine::live::Program;
use crate::engine::value::wide_integer;

/// Returns the modules whose functions are called by a path, with their names. `process::exit` ends the application if
/// `allow_exit` is set.
pub(crate) fn qualified_modules(allow_exit: bool) -> Vec<(&'static str, Shared<Module>)> {
    let process = ("process", session_control::process(allow_exit).into());
    let times = values::CONSTRUCTORS.map(|(name, bind)| {
        let mut module = Module::new();
        bind(&mut module);
        (name, module.into())
    });
    std::iter::once(process).chain(times).collect()
}

/// Returns the functions for the sessions of `program`, without those of the script language itself.
pub(crate) fn module(program: &Program) -> Module {
    let mut module = namespace_bindings::module(program);
    assignments::bind(&mut module);
    help::bind(&mut module);
    session_control::bind(&mut module);
    session_listing::bind(&mut module);
    values::bind(&mut module);
    output::bind(&mut module);
    rust_functions::bind(&mut module);
    rust_macros::bind(&mut module);
    replacements::bind(&mut module);
    surveys::bind(&mut module, program);
    watch::bind(&mut module);
    wide_integer::bind(&mut module);
    module
}
