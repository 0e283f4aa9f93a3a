//! The part of the script engine that all sessions of a console share.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, OnceLock};

use rhai::packages::{Package, StandardPackage};
use rhai::{Module, Shared};

use crate::engine::builtins;
use crate::engine::live::{BUILTINS, Program};
use crate::engine::run::{AbandonedThreads, ConsoleMemory, Runtime, open_memory_files};
use crate::engine::state::KeptMemory;
use crate::namespace::Namespace;
use crate::reflect::author_code;

/// The application's additions to the script engine.
pub(crate) type Extension = Arc<dyn Fn(&mut rhai::Engine) + Send + Sync>;

/// The application's options for the script engine.
#[derive(Clone, Default)]
pub(crate) struct EngineOptions {
    /// Whether `process::exit` ends the application.
    pub(crate) allow_exit: bool,
    /// Whether commands must not call the author's code.
    pub(crate) forbid_calls: bool,
    /// Whether the messages of panics are left out.
    pub(crate) hide_panics: bool,
    /// The runtime for async methods and functions.
    pub(crate) runtime: Runtime,
    /// The name of the application.
    pub(crate) name: Option<String>,
    /// Whether the application waits for each command, so that a `watch` must end like any other.
    pub(crate) inline: bool,
    /// The directory of scripts, with all links resolved.
    pub(crate) scripts_dir: Option<PathBuf>,
    /// The additions to the engine of each session.
    pub(crate) extension: Option<Extension>,
    /// The bytes that all sessions may use together, if that is not [`DEFAULT_MEMORY_BYTES`].
    pub(crate) memory: Option<usize>,
}

/// What all sessions of a console may use together.
pub(crate) const DEFAULT_MEMORY_BYTES: usize = 128 * 1024 * 1024;

/// The engine of one console, of which each session gets an instance.
pub(crate) struct EngineTemplate {
    pub(super) program: Arc<Program>,
    pub(super) runtime: Runtime,
    pub(super) abandoned: Arc<AbandonedThreads>,
    pub(super) extension: Option<Extension>,
    pub(super) author_code: author_code::Rules,
    pub(super) memory: Arc<ConsoleMemory>,
    pub(super) kept: Arc<KeptMemory>,
    allow_exit: bool,
    /// Created for the first session, so that an unused console costs little.
    modules: OnceLock<EngineModules>,
}

/// The modules of every session's engine.
pub(crate) struct EngineModules {
    pub(crate) bindings: Shared<Module>,
    /// The modules whose functions are called by a path, such as `process::exit`, with their names.
    pub(crate) qualified: Vec<(&'static str, Shared<Module>)>,
}

/// The script language's own functions; 200 KB, so there is one for the whole process.
pub(crate) static STANDARD: LazyLock<Shared<Module>> =
    LazyLock::new(|| StandardPackage::new().as_shared_module());

/// The reason why a namespace cannot be bound.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub(crate) enum NamespaceError {
    /// The name is not an identifier.
    NotAName(String),
    /// The name is a keyword of the script language.
    Keyword(String),
    /// The name is a builtin of the console.
    Builtin(String),
}

impl fmt::Display for NamespaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAName(name) => {
                write!(f, "cannot use {name:?} as a name: expected letters, digits and `_`")
            }
            Self::Keyword(name) => {
                write!(f, "cannot use `{name}` as a name: it is a keyword of the console's language")
            }
            Self::Builtin(name) => write!(f, "cannot use `{name}` as a name: it is a builtin of the console"),
        }
    }
}

impl EngineTemplate {
    /// Checks the names of `namespace`.
    pub(crate) fn new(namespace: Namespace, options: &EngineOptions) -> Result<Arc<Self>, NamespaceError> {
        namespace.names().try_for_each(check_name)?;
        let name = options.name.clone().unwrap_or_else(executable_name);
        let program = Program::new(namespace, name, options.inline, options.scripts_dir.clone());
        let budget = options.memory.unwrap_or(DEFAULT_MEMORY_BYTES);
        // Later there may be no file descriptor left.
        open_memory_files();
        Ok(Arc::new(Self {
            memory: Arc::new(ConsoleMemory::new(budget)),
            kept: Arc::new(KeptMemory::new(budget)),
            program: Arc::new(program),
            runtime: options.runtime.clone(),
            abandoned: Arc::default(),
            extension: options.extension.clone(),
            author_code: author_code::Rules {
                may_call: !options.forbid_calls,
                hides_panics: options.hide_panics,
            },
            allow_exit: options.allow_exit,
            modules: OnceLock::new(),
        }))
    }

    /// Returns the modules of every session's engine.
    pub(super) fn modules(&self) -> &EngineModules {
        self.modules.get_or_init(|| EngineModules {
            bindings: builtins::module(&self.program).into(),
            qualified: builtins::qualified_modules(self.allow_exit),
        })
    }
}

/// Returns the name of the application's executable.
fn executable_name() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    path.file_stem().map_or_else(|| "the application".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn check_name(name: &str) -> Result<(), NamespaceError> {
    let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
    if !name.chars().all(is_name)
        || !name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
    {
        return Err(NamespaceError::NotAName(name.to_owned()));
    }
    if BUILTINS.contains(&name) {
        return Err(NamespaceError::Builtin(name.to_owned()));
    }
    if !is_variable(name) {
        return Err(NamespaceError::Keyword(name.to_owned()));
    }
    Ok(())
}

/// Returns whether the engine accepts `name` as a variable. It also accepts `global`, which names a module too.
///
/// A name of a function can be the name of a variable. A call of the parser would be more direct, but would load a MiB of its code
/// into an application whose console is unused.
fn is_variable(name: &str) -> bool {
    name != "global" && rhai::FnPtr::new(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns whether the parser accepts `name` as a variable.
    fn is_parsed_as_variable(name: &str) -> bool {
        let engine = rhai::Engine::new_raw();
        let is_read = engine.compile_expression(name).is_ok_and(|read| {
            let statement = read.statements().first().cloned();
            matches!(statement, Some(rhai::Stmt::Expr(value)) if matches!(*value, rhai::Expr::Variable(..)))
        });
        is_read && engine.compile(format!("let {name} = 1")).is_ok()
    }

    #[test]
    fn a_name_is_accepted_if_the_parser_accepts_it_as_a_variable() {
        // All keywords and reserved words of the language, and more.
        let words = "true false let const if else do while until unless loop for in continue break return throw try catch switch \
            case default match fn private import export as with global this super static shared thread go sync async await yield \
            new use module package var void null nil spawn exit is def is_def_var is_def_fn is_shared type_of print debug eval Fn \
            call curry goto each then public protected static void sleep count gizmo x _x x_ x1 _1 __ _ 1x help set watch level \
            limits history vars parse_json timestamp range len push map filter self crate Self struct impl mut ref where";
        for word in words.split_whitespace() {
            assert_eq!(is_variable(word), word != "global" && is_parsed_as_variable(word), "{word}");
        }
        assert!(is_variable("gizmo") && !is_variable("while") && !is_variable("match"));
    }
}
