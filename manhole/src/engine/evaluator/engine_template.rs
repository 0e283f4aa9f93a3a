//! What all sessions of a manhole share: the namespace and everything that is bound for it, made once.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, OnceLock};

use rhai::packages::{Package, StandardPackage};
use rhai::{Module, Shared};

use crate::engine::builtins::namespace_bindings::SymbolTable;
use crate::engine::builtins::{namespace_bindings, session};
use crate::engine::compile::scalar_root::{Roots, is_scalar};
use crate::engine::live::handle::Handle;
use crate::engine::live::reserved_names::BUILTINS;
use crate::engine::run::abandoned::AbandonedThreads;
use crate::engine::run::async_call::Runtime;
use crate::engine::value::wide_integer;
use crate::namespace::{FunctionItem, ItemKind, Namespace, NamespaceItem};
use crate::reflect::{Level, TypeInfo};

/// What the author adds to the script engine.
pub(crate) type Extension = Arc<dyn Fn(&mut rhai::Engine) + Send + Sync>;

/// The author's choices about the language.
#[derive(Clone, Default)]
pub(crate) struct EngineOptions {
    /// Whether `process::exit` ends the application.
    pub(crate) allow_exit: bool,
    /// Where async methods and functions are awaited.
    pub(crate) runtime: Runtime,
    /// What the application is called.
    pub(crate) name: Option<String>,
    /// Whether a `watch` keeps the application waiting, so that it must end like any other command.
    pub(crate) inline: bool,
    /// The directory of scripts, with all links resolved.
    pub(crate) scripts_dir: Option<PathBuf>,
    /// What is added to the engine of each session.
    pub(crate) extension: Option<Extension>,
}

/// The language of one manhole.
pub(crate) struct EngineTemplate {
    /// Made for the first session: a manhole that nobody looks into costs little.
    bound: OnceLock<Bindings>,
    allow_exit: bool,
    pub(crate) runtime: Runtime,
    pub(crate) abandoned: AbandonedThreads,
    /// What the application is called.
    pub(crate) name: String,
    /// Whether the program stands still while a command runs.
    pub(crate) inline: bool,
    pub(crate) scripts_dir: Option<PathBuf>,
    pub(crate) extension: Option<Extension>,
    namespace: Namespace,
}

/// What is made of the namespace.
struct Bindings {
    /// The roots with an inside.
    roots: Roots,
    scalar_roots: Roots,
    symbols: SymbolTable,
    modules: EngineModules,
}

/// What is taught to the engine of each session.
pub(crate) struct EngineModules {
    pub(crate) bindings: Shared<Module>,
    pub(crate) process: Shared<Module>,
}

/// The script language's own functions; 200 KB, so there is one for the whole process.
pub(crate) static STANDARD: LazyLock<Shared<Module>> =
    LazyLock::new(|| StandardPackage::new().as_shared_module());

/// Why a namespace cannot be bound.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub(crate) enum NamespaceError {
    /// The name is no identifier.
    NotAName(String),
    /// The name is a keyword of the script language.
    Keyword(String),
    /// The name is one of the console's own.
    Builtin(String),
}

impl fmt::Display for NamespaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAName(name) => {
                write!(f, "{name:?} cannot be a name in the console: use letters, digits and `_`")
            }
            Self::Keyword(name) => {
                write!(f, "`{name}` is a keyword of the console's language; choose another name")
            }
            Self::Builtin(name) => write!(f, "`{name}` is a builtin of the console; choose another name"),
        }
    }
}

impl EngineTemplate {
    /// Binds `namespace`.
    pub(crate) fn new(namespace: Namespace, options: &EngineOptions) -> Result<Arc<Self>, NamespaceError> {
        namespace.names().try_for_each(check_name)?;
        Ok(Arc::new(Self {
            bound: OnceLock::new(),
            allow_exit: options.allow_exit,
            runtime: options.runtime.clone(),
            abandoned: AbandonedThreads::default(),
            name: options.name.clone().unwrap_or_else(program),
            inline: options.inline,
            scripts_dir: options.scripts_dir.clone(),
            extension: options.extension.clone(),
            namespace,
        }))
    }

    fn bound(&self) -> &Bindings {
        self.bound.get_or_init(|| {
            let (roots, scalar_roots) = (roots(&self.namespace, false), roots(&self.namespace, true));
            let symbols = SymbolTable::of(&self.namespace);
            let mut bindings = namespace_bindings::module(&self.namespace, &symbols, &scalar_roots);
            session::bind(&mut bindings);
            wide_integer::bind(&mut bindings);
            let modules = EngineModules {
                bindings: bindings.into(),
                process: session::process(self.allow_exit).into(),
            };
            Bindings { roots, scalar_roots, symbols, modules }
        })
    }

    /// What the engines of all sessions have in common.
    pub(crate) fn modules(&self) -> &EngineModules {
        &self.bound().modules
    }

    /// The roots with an inside.
    pub(crate) fn roots(&self) -> &Roots {
        &self.bound().roots
    }

    /// The roots that are a single value.
    pub(crate) fn scalar_roots(&self) -> &Roots {
        &self.bound().scalar_roots
    }

    /// Whether `name` stands for something of the application.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.namespace.names().any(|known| known == name)
    }

    /// All names of the application.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.namespace.names()
    }

    /// All names with their help: the type of a root or the signature of a function, and the doc comment.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (String, &str)> {
        self.namespace.entries().iter().map(|entry| {
            let what = match &entry.item {
                NamespaceItem(ItemKind::Root { info, .. }) => format!("{}: {info}", entry.name),
                NamespaceItem(ItemKind::Function(function)) => function.signature(&entry.name),
            };
            (what, &*entry.doc)
        })
    }

    /// The signature of the function `name`.
    pub(crate) fn function(&self, name: &str) -> Option<String> {
        self.namespace.entries().iter().find(|entry| entry.name == name).and_then(|entry| match &entry.item {
            NamespaceItem(ItemKind::Function(function)) => Some(function.signature(name)),
            NamespaceItem(ItemKind::Root { .. }) => None,
        })
    }

    /// The type of the root `name`.
    pub(crate) fn root_type(&self, name: &str) -> Option<&'static TypeInfo> {
        self.namespace.entries().iter().find(|entry| entry.name == name).and_then(|entry| match &entry.item {
            NamespaceItem(ItemKind::Root { info, .. }) => Some(*info),
            NamespaceItem(ItemKind::Function(_)) => None,
        })
    }

    /// What leads to the root `name`.
    pub(crate) fn root(&self, name: &str) -> Option<&Handle> {
        self.roots().get(name).or_else(|| self.scalar_roots().get(name))
    }

    /// All roots with their types, the levels that they take and their doc comments.
    pub(crate) fn described_roots(&self) -> impl Iterator<Item = (&str, &'static TypeInfo, Level, &str)> {
        self.namespace.entries().iter().filter_map(|entry| match &entry.item {
            NamespaceItem(ItemKind::Root { info, level, .. }) => {
                Some((&*entry.name, *info, *level, &*entry.doc))
            }
            NamespaceItem(ItemKind::Function(_)) => None,
        })
    }

    /// All functions with their signatures, the levels that they take and their doc comments.
    pub(crate) fn described_functions(&self) -> impl Iterator<Item = (&str, String, Level, &str)> {
        self.namespace.entries().iter().filter_map(|entry| match &entry.item {
            NamespaceItem(ItemKind::Function(function)) => {
                Some((&*entry.name, function.signature(&entry.name), function.level(), &*entry.doc))
            }
            NamespaceItem(ItemKind::Root { .. }) => None,
        })
    }

    /// The function `name` of the application.
    pub(crate) fn function_item(&self, name: &str) -> Option<&FunctionItem> {
        self.namespace.entries().iter().find(|entry| entry.name == name).and_then(|entry| match &entry.item {
            NamespaceItem(ItemKind::Function(function)) => Some(function),
            NamespaceItem(ItemKind::Root { .. }) => None,
        })
    }

    /// What the types of the namespace are called, and what they have.
    pub(crate) fn symbols(&self) -> &SymbolTable {
        &self.bound().symbols
    }

    /// The signatures of all methods called `name`, with their types: `Gizmo::reset() -> u64`.
    pub(crate) fn methods(&self, name: &str) -> Vec<String> {
        self.symbols().signatures(name)
    }
}

/// The name of the program's file.
fn program() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    path.file_stem().map_or_else(|| "the program".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The roots that are a single value, or those that are not.
fn roots(namespace: &Namespace, leaves: bool) -> Roots {
    let roots = namespace.entries().iter().filter_map(|entry| match &entry.item {
        NamespaceItem(ItemKind::Root { value, info, level }) if is_scalar(info) == leaves => {
            Some((entry.name.to_string(), Handle::root(&entry.name, Arc::clone(value), *level)))
        }
        _ => None,
    });
    Arc::new(roots.collect())
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

/// Whether the engine takes `name` for a variable, and lets it be one. It does so with `global`, which names a module too.
///
/// What may name a function may name a variable. To ask the parser would be more direct, and bring a MiB of its code into the
/// memory of a program whose manhole nobody looks into.
fn is_variable(name: &str) -> bool {
    name != "global" && rhai::FnPtr::new(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the parser takes `name` for a variable, and lets it be one.
    fn is_parsed_as_variable(name: &str) -> bool {
        let engine = rhai::Engine::new_raw();
        let is_read = engine.compile_expression(name).is_ok_and(|read| {
            let statement = read.statements().first().cloned();
            matches!(statement, Some(rhai::Stmt::Expr(value)) if matches!(*value, rhai::Expr::Variable(..)))
        });
        is_read && engine.compile(format!("let {name} = 1")).is_ok()
    }

    #[test]
    fn a_name_is_what_the_parser_takes_for_a_variable() {
        // All that the language has or reserves, and more.
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
