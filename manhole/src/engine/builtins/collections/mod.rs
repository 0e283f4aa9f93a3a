//! The methods of collections: live ones, queries, a script's arrays and maps, and ranges.
//!
//! One table has those that all of them share, and each is one function for all kinds of collections. A method of the application has
//! precedence over one of the same name here.

mod copies;
mod entries;
mod list_edits;
mod list_methods;
mod live_methods;
mod option_methods;
mod query_methods;
mod raw_methods;
mod receiver;
mod script_methods;
mod sets;

pub(crate) use receiver::call_method;
use rhai::Module;

/// Adds all methods.
pub(crate) fn bind(module: &mut Module) {
    query_methods::bind(module);
    live_methods::bind(module);
    script_methods::bind(module);
    copies::bind(module);
    entries::bind(module);
    sets::bind(module);
    list_edits::bind(module);
}

/// Returns whether live values have a method of this name and number of arguments here.
pub(crate) fn is_known(name: &str, arity: usize) -> bool {
    arities(name).contains(&arity)
}

/// Returns the numbers of arguments that a method of collections takes.
pub(crate) fn arities(name: &str) -> Vec<usize> {
    let methods = query_methods::METHODS.iter().chain(live_methods::METHODS);
    let mut arities: Vec<_> =
        methods.filter(|method| method.name == name).map(|method| method.arity).collect();
    arities.sort_unstable();
    arities.dedup();
    arities
}

/// Returns the names of the methods that all collections have.
pub(crate) fn method_names() -> impl Iterator<Item = &'static str> {
    query_methods::METHODS.iter().map(|method| method.name)
}
