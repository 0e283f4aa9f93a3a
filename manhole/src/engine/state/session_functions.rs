//! The script functions that outlive the command that defined them.
//!
//! A closure is a name and captured values to the engine; its body is a function of the command it was written in. So the
//! functions of a command are kept for as long as something refers to them: a function by its name until it is defined again,
//! a closure while a variable holds it. Everything else goes with its command, or each closure would stay for ever.

use std::collections::HashSet;
use std::sync::Arc;

use rhai::{AST, Dynamic, FnPtr, Scope};

use super::closure_gc::SharedVariableGc;
use crate::engine::compile::{LAST_LINE, SourceMap, needs_symbols};
use crate::engine::live::{Query, children};
use crate::engine::value::Diagnostic;

/// How many functions and closures a session may keep.
const MOST_FUNCTIONS: usize = 256;
/// How long the text of the commands that define them may be, in all.
const LONGEST_SOURCE: usize = 1024 * 1024;

/// The functions of a session.
#[derive(Clone, Default)]
pub(crate) struct SessionFunctions {
    units: Vec<CommandFunctions>,
    /// All units in one.
    merged: AST,
}

/// The signature of a function that the session has defined.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FunctionSignature {
    pub(crate) name: String,
    pub(crate) arity: usize,
    /// The signature as the script has it: `twice(n)`.
    pub(crate) text: String,
}

/// The functions of one command.
#[derive(Clone)]
struct CommandFunctions {
    functions: AST,
    source: Arc<SourceMap>,
    names: Vec<String>,
}

impl CommandFunctions {
    fn defines(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}

impl SessionFunctions {
    /// Whether the functions of `command` can be kept besides those that are here.
    pub(crate) fn has_room(&self, command: &AST, source: &SourceMap) -> Result<(), Box<Diagnostic>> {
        if command.iter_functions().next().is_none() {
            return Ok(());
        }
        // Closures go with their command, most of them; those that a variable holds are counted with the next one.
        let named = command.iter_functions().filter(|function| !is_closure(function.name)).count();
        let known: usize = self.units.iter().map(|unit| unit.names.len()).sum();
        let text: usize = self.units.iter().map(|unit| unit.source.text().len()).sum();
        let fits = text + source.text().len() <= LONGEST_SOURCE && source.end() <= LAST_LINE;
        if known + named <= MOST_FUNCTIONS && fits {
            return Ok(());
        }
        let message = format!("a session may define {MOST_FUNCTIONS} functions, in 1 MiB of text");
        Err(Box::new(Diagnostic::new(message).with_help(Some("begin a new session".to_owned()))))
    }

    /// The first line below all texts whose functions are kept.
    pub(crate) fn end(&self) -> usize {
        self.units.iter().map(|unit| unit.source.end()).max().unwrap_or_default()
    }

    /// Keeps the functions of `command`, whose text is `source`, and answers the whole program that it is a part of.
    pub(crate) fn add(&mut self, command: &Arc<AST>, source: &Arc<SourceMap>) -> Arc<AST> {
        let names: Vec<_> = command.iter_functions().map(|function| function.name.to_owned()).collect();
        let program =
            if self.units.is_empty() { Arc::clone(command) } else { self.merged.merge(command).into() };
        if names.is_empty() {
            return program;
        }
        for unit in &mut self.units {
            unit.names.retain(|name| is_closure(name) || !names.contains(name));
        }
        let functions = command.clone_functions_only();
        self.merged = self.merged.merge(&functions);
        self.units.push(CommandFunctions { functions, source: Arc::clone(source), names });
        program
    }

    /// Lets go of what neither a name nor a variable refers to any more.
    pub(crate) fn forget_unused(&mut self, scope: &Scope<'_>, gc: &SharedVariableGc) {
        if self.units.iter().all(|unit| unit.names.iter().any(|name| !is_closure(name))) {
            return;
        }
        let mut held = HashSet::new();
        for (_, _, value) in scope.iter_raw() {
            collect_closures(value, &mut held);
        }
        gc.each(|value| collect_closures(value, &mut held));
        let before = self.units.len();
        self.units.retain(|unit| unit.names.iter().any(|name| !is_closure(name) || held.contains(name)));
        if self.units.len() != before {
            self.merged = AST::empty();
            for unit in &self.units {
                self.merged = self.merged.merge(&unit.functions);
            }
        }
    }

    /// Adds the units of `other` that are not here yet: those that were added to a copy of this.
    pub(crate) fn take_over(&mut self, other: &Self) {
        for unit in &other.units {
            if !self.units.iter().any(|known| Arc::ptr_eq(&known.source, &unit.source)) {
                for known in &mut self.units {
                    known.names.retain(|name| is_closure(name) || !unit.names.contains(name));
                }
                self.units.push(unit.clone());
                self.merged = self.merged.merge(&unit.functions);
            }
        }
    }

    /// The text of the command that defined `name`.
    pub(crate) fn source(&self, name: &str) -> Option<Arc<SourceMap>> {
        self.units.iter().rev().find(|unit| unit.defines(name)).map(|unit| Arc::clone(&unit.source))
    }

    /// Whether a function that stays may ask for a picture of the session.
    pub(crate) fn needs_symbols(&self) -> bool {
        self.units.iter().any(|unit| needs_symbols(unit.source.text()))
    }

    /// The signatures of all functions that have a name.
    pub(crate) fn signatures(&self) -> Vec<FunctionSignature> {
        let named = self.merged.iter_functions().filter(|function| !is_closure(function.name));
        let signatures = named.map(|function| FunctionSignature {
            name: function.name.to_owned(),
            arity: function.params.len(),
            text: function.to_string(),
        });
        signatures.collect()
    }
}

/// Whether `name` is one that the engine has given to a closure.
pub(crate) fn is_closure(name: &str) -> bool {
    name.starts_with("anon$")
}

/// Adds the names of all closures that `value` holds, without going into variables that closures share.
fn collect_closures(value: &Dynamic, held: &mut HashSet<String>) {
    if value.is_shared() {
        return;
    }
    let mut add = |function: &FnPtr| {
        held.insert(function.fn_name().to_owned());
    };
    if let Some(function) = value.read_lock::<FnPtr>() {
        add(&function);
    } else if let Some(query) = value.read_lock::<Query>() {
        query.functions().for_each(add);
    }
    children(value, &mut |part| {
        collect_closures(part, held);
        true
    });
}
