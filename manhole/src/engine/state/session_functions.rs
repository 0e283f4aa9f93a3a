//! The script functions that outlive the command that defined them.
//!
//! To the engine a closure is a name and captured values, and its body is a function of the command around it. So the functions of a
//! command stay as long as something refers to them: a function by its name until it is defined again, a closure while a variable
//! holds it. Without this, each closure would stay forever.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rhai::{AST, Dynamic, FnPtr, Position, Scope};

use super::closure_gc::SharedVariableGc;
use super::script_files::DocumentedFunction;
use crate::engine::compile::{SourceMap, VariableUsage, needs_symbols};
use crate::engine::live::{Query, children};
use crate::engine::value::{Diagnostic, ScriptError};

/// How many functions and closures a session may keep.
const MAX_FUNCTIONS: usize = 256;
/// The total length of the commands that define them, in bytes.
const MAX_SOURCE_BYTES: usize = 256 * 1024;
/// What one byte of text needs once it is compiled. Measured: 30 for `1;`, 64 for `x(1);`, 119 for `a.b=c+1;`.
pub(crate) const COMPILED_BYTES: usize = 128;

/// The functions of a session.
#[derive(Clone, Default)]
pub(crate) struct SessionFunctions {
    commands: Vec<CommandFunctions>,
    /// The functions of all commands.
    merged: AST,
}

/// The signature of a function that the session has defined.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FunctionSignature {
    pub(crate) name: String,
    pub(crate) arity: usize,
    /// The signature as the script has it: `twice(n)`.
    pub(crate) text: String,
    /// Its doc comment.
    pub(crate) doc: String,
}

/// The functions of one command.
#[derive(Clone)]
struct CommandFunctions {
    functions: AST,
    source: Arc<SourceMap>,
    names: Vec<FunctionKey>,
    /// The names that its functions use, closures aside, which capture variables.
    used_names: HashSet<String>,
}

/// The engine distinguishes functions by their name and their number of parameters.
#[derive(Clone, PartialEq, Eq)]
struct FunctionKey {
    name: String,
    arity: usize,
}

impl CommandFunctions {
    /// Returns whether all its functions are closures.
    fn has_only_closures(&self) -> bool {
        self.names.iter().all(|function| is_closure(&function.name))
    }
}

impl SessionFunctions {
    /// Returns an error if the session cannot keep the functions of `command` too.
    pub(crate) fn check_limits(&self, command: &AST, source: &SourceMap) -> Result<(), Box<Diagnostic>> {
        if command.iter_functions().next().is_none() {
            return Ok(());
        }
        // Most closures end with their command. Those that a variable holds are counted with the next one.
        let named = command.iter_functions().filter(|function| !is_closure(function.name)).count();
        let known: usize = self.commands.iter().map(|command| command.names.len()).sum();
        let fits = self.source_bytes() + source.text().len() <= MAX_SOURCE_BYTES;
        if known + named <= MAX_FUNCTIONS && fits {
            return Ok(());
        }
        let message = format!(
            "cannot define the function: a session has at most {MAX_FUNCTIONS} functions in 256 KiB of text"
        );
        Err(Box::new(ScriptError::new(message).with_help("start a new session").into()))
    }

    fn source_bytes(&self) -> usize {
        self.commands.iter().map(|command| command.source.text().len()).sum()
    }

    /// Estimates the memory of the functions in bytes.
    pub(crate) fn bytes(&self) -> usize {
        COMPILED_BYTES * self.source_bytes()
    }

    /// Adds the functions of `command`, whose text is `source`. Returns the program that consists of `command` and all functions.
    pub(crate) fn add(&mut self, command: &Arc<AST>, source: &Arc<SourceMap>) -> Arc<AST> {
        let names: Vec<_> = command
            .iter_functions()
            .map(|function| FunctionKey { name: function.name.to_owned(), arity: function.params.len() })
            .collect();
        let program =
            if self.commands.is_empty() { Arc::clone(command) } else { self.merged.merge(command).into() };
        if !names.is_empty() {
            let functions = command.clone_functions_only();
            let used_names = VariableUsage::used_in_functions(command, |name| !is_closure(name));
            self.push(CommandFunctions { functions, source: Arc::clone(source), names, used_names });
        }
        program
    }

    fn push(&mut self, command: CommandFunctions) {
        // The engine names a closure by its text, so that a command that is typed again defines the same one.
        for known in &mut self.commands {
            known.names.retain(|known| !command.names.contains(known));
        }
        self.commands.retain(|known| !known.names.is_empty());
        self.merged = self.merged.merge(&command.functions);
        self.commands.push(command);
    }

    /// Drops the functions that neither a name nor a variable refers to.
    pub(crate) fn drop_unused(&mut self, scope: &Scope<'_>, gc: &SharedVariableGc) {
        if !self.commands.iter().any(CommandFunctions::has_only_closures) {
            return;
        }
        let mut held = HashSet::new();
        for (_, _, value) in scope.iter_raw() {
            collect_closures(value, &mut held);
        }
        gc.for_each(|value| collect_closures(value, &mut held));
        let before = self.commands.len();
        self.commands.retain(|command| {
            !command.has_only_closures() || command.names.iter().any(|function| held.contains(&function.name))
        });
        if self.commands.len() != before {
            let merged =
                self.commands.iter().fold(AST::empty(), |all, command| all.merge(&command.functions));
            self.merged = merged;
        }
    }

    /// Adds the functions that `other`, which began as a copy of this, has and this has not.
    pub(crate) fn merge_from(&mut self, other: &Self) {
        for command in &other.commands {
            if !self.commands.iter().any(|known| Arc::ptr_eq(&known.source, &command.source)) {
                self.push(command.clone());
            }
        }
    }

    /// Returns the text of the command that defined the function `name` around `position`.
    pub(crate) fn source(&self, name: &str, position: Position) -> Option<Arc<SourceMap>> {
        let defines = |command: &&CommandFunctions| command.names.iter().any(|known| known.name == name);
        let mut commands = self.commands.iter().rev().filter(defines).peekable();
        let last = commands.peek().copied();
        // Several may define functions of this name, with different numbers of parameters.
        let around = commands.find(|command| !command.source.original_position(position).is_none());
        around.or(last).map(|command| Arc::clone(&command.source))
    }

    /// Returns the names that the functions of the session use, except closures.
    pub(crate) fn used_names(&self) -> impl Iterator<Item = &str> {
        self.commands.iter().flat_map(|command| &command.used_names).map(String::as_str)
    }

    /// Returns whether a function may list variables and functions.
    pub(crate) fn needs_symbols(&self) -> bool {
        self.commands.iter().any(|command| needs_symbols(command.source.text()))
    }

    /// Returns the signatures of all functions that have a name, in the order of their texts: the engine keeps none.
    pub(crate) fn signatures(&self) -> Vec<FunctionSignature> {
        let named = self.merged.iter_functions().filter(|function| !is_closure(function.name));
        let texts = self.commands.iter().map(|command| command.source.text());
        let documented = texts.flat_map(DocumentedFunction::all);
        let docs: HashMap<String, String> =
            documented.map(|function| (function.name, function.doc)).collect();
        let mut signatures: Vec<_> = named
            .map(|function| FunctionSignature {
                name: function.name.to_owned(),
                arity: function.params.len(),
                text: function.to_string(),
                doc: docs.get(function.name).cloned().unwrap_or_default(),
            })
            .collect();
        signatures.sort_by(|a, b| a.text.cmp(&b.text));
        signatures
    }
}

/// Returns whether the engine has given `name` to a closure.
pub(crate) fn is_closure(name: &str) -> bool {
    name.starts_with("anon$")
}

/// Adds the names of all closures in `value`, without those in variables that closures share.
fn collect_closures(value: &Dynamic, held: &mut HashSet<String>) {
    if value.is_shared() {
        return;
    }
    let mut add = |function: &FnPtr| {
        if is_closure(function.fn_name()) {
            held.insert(function.fn_name().to_owned());
        }
    };
    if let Some(function) = value.read_lock::<FnPtr>() {
        add(&function);
    } else if let Some(query) = value.read_lock::<Query>() {
        query.visit_functions(&mut add);
    }
    children(value, &mut |child| {
        collect_closures(child, held);
        true
    });
}
