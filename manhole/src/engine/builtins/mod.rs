//! What a script can call. Uses `show` and below, but not `compile`.

pub(crate) mod array_sort;
pub(crate) mod builtin_docs;
pub(crate) mod collection_methods;
pub(crate) mod help;
pub(crate) mod namespace_bindings;
pub(crate) mod output;
pub(crate) mod session;
pub(crate) mod strings;
