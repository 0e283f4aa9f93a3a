//! The names that a translation must know.

use rhai::{Dynamic, Scope};

use crate::engine::live::{BUILTIN_ROOT, Program};

/// The names outside of the translated text.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) scope: &'a Scope<'a>,
    pub(crate) program: &'a Program,
    /// Whether `it` is the value of the command before.
    pub(crate) has_last_value: bool,
    /// Returns whether collections have a method of this name, for this number of arguments.
    pub(crate) is_collection_method: fn(&str, usize) -> bool,
}

impl Names<'_> {
    /// Returns whether the session has a variable called `name`, or the application a root or function.
    pub(super) fn is_known(&self, name: &str) -> bool {
        self.scope.contains(name) || self.program.knows(name)
    }

    /// Returns whether the application has a root or function called `name`.
    pub(super) fn is_entry(&self, name: &str) -> bool {
        self.program.knows(name)
    }

    /// Returns whether the application has a root called `name`.
    pub(super) fn is_root(&self, name: &str) -> bool {
        self.program.roots().get(name).is_some()
    }

    /// Returns whether the application has a root called `name` that is a single value.
    pub(super) fn is_scalar_root(&self, name: &str) -> bool {
        self.program.scalar_roots().contains_key(name)
    }

    /// Returns whether `path` is one of a root that every console has: `manhole::process`.
    pub(super) fn is_builtin_path(&self, path: &str) -> bool {
        let Some((root, _)) = path.split_once("::") else { return false };
        root == BUILTIN_ROOT && !self.scope.contains(root) && self.program.knows(root)
    }

    /// Returns whether the session has a variable called `name`.
    pub(super) fn is_variable(&self, name: &str) -> bool {
        self.scope.contains(name)
    }

    /// Returns whether the session has a variable called `name` that holds a closure.
    pub(super) fn is_closure(&self, name: &str) -> bool {
        self.scope.get(name).is_some_and(Dynamic::is_fnptr)
    }

    /// Returns whether a type of the application has a variant called `name`.
    pub(super) fn is_variant(&self, name: &str) -> bool {
        self.program.symbols().has_variant(name)
    }

    /// Returns whether a type of the application has a field called `name`.
    pub(super) fn is_field(&self, name: &str) -> bool {
        self.program.symbols().fields.contains(name)
    }

    /// Returns whether a type of the application has a method called `name`.
    pub(super) fn is_method(&self, name: &str) -> bool {
        self.program.symbols().has_method(name)
    }
}
