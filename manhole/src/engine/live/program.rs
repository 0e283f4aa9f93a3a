//! The application's namespace: its roots, its functions and the names of its types.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use super::handle::Handle;
use super::static_type::strip_wrappers;
use super::symbol_table::SymbolTable;
use crate::engine::value::{ScriptError, unknown_name};
use crate::namespace::{FunctionItem, ItemKind, Namespace, NamespaceItem, Root};
use crate::reflect::{FieldInfo, Level, Step, TypeInfo, TypeKind};

/// Roots by name.
pub(crate) type Roots = HashMap<String, Handle>;

/// The namespace of one console, and its settings for scripts.
pub(crate) struct Program {
    /// The name of the application.
    pub(crate) name: String,
    /// Whether the application waits while a command runs.
    pub(crate) inline: bool,
    /// The directory of scripts, with all links resolved.
    pub(crate) scripts_dir: Option<PathBuf>,
    pub(crate) namespace: Namespace,
    /// The root that every console has.
    builtin: Option<Root>,
    /// Built for the first session, so that an unused console costs little.
    names: OnceLock<Names>,
}

struct Names {
    /// The roots with fields, items or methods.
    roots: Roots,
    /// The roots that are one value.
    scalar_roots: Roots,
    symbols: SymbolTable,
}

/// A root as help and clients describe it.
pub(crate) struct RootInfo<'a> {
    pub(crate) name: &'a str,
    pub(crate) info: &'static TypeInfo,
    pub(crate) level: Level,
    pub(crate) doc: &'a str,
}

/// A function as help and clients describe it.
pub(crate) struct FunctionInfo<'a> {
    pub(crate) name: &'a str,
    pub(crate) signature: String,
    pub(crate) arity: usize,
    pub(crate) level: Level,
    pub(crate) doc: &'a str,
}

/// A name as help describes it.
pub(crate) struct EntryInfo<'a> {
    pub(crate) name: &'a str,
    /// A root with its type, or the signature of a function.
    pub(crate) declaration: String,
    pub(crate) doc: &'a str,
}

/// The name of the root that every console has. Its fields are roots too, as far as the application has no such name.
pub(crate) const BUILTIN_ROOT: &str = "manhole";

impl Program {
    pub(crate) fn new(
        namespace: Namespace,
        name: String,
        inline: bool,
        scripts_dir: Option<PathBuf>,
        builtin: Option<Root>,
    ) -> Self {
        Self { name, inline, scripts_dir, namespace, builtin, names: OnceLock::new() }
    }

    fn reachable_names(&self) -> &Names {
        self.names.get_or_init(|| {
            let (mut roots, mut scalar_roots) = (Roots::new(), Roots::new());
            for entry in self.namespace.entries() {
                if let NamespaceItem(ItemKind::Root(Root { value, info, level, .. })) = &entry.item {
                    let roots = if is_scalar(info) { &mut scalar_roots } else { &mut roots };
                    let handle = Handle::root(&entry.name, value.clone(), *level);
                    roots.insert(entry.name.to_string(), handle);
                }
            }
            if let Some(Root { value, info, level, .. }) = &self.builtin {
                let handle = Handle::root(BUILTIN_ROOT, value.clone(), *level);
                for field in info.fields().iter().filter(|field| !self.has(field.name)) {
                    roots.insert(field.name.to_owned(), handle.join(Step::Name(field.name.into())));
                }
                roots.insert(BUILTIN_ROOT.to_owned(), handle);
            }
            let own = self.root_infos().map(|root| root.info);
            let symbols = SymbolTable::new(own, self.builtin_root_infos().map(|root| root.info));
            Names { roots, scalar_roots, symbols }
        })
    }

    /// Returns the roots with fields, items or methods.
    pub(crate) fn roots(&self) -> &Roots {
        &self.reachable_names().roots
    }

    /// Returns the roots that are one value.
    pub(crate) fn scalar_roots(&self) -> &Roots {
        &self.reachable_names().scalar_roots
    }

    /// Returns the names of the types that the roots reach, and of their members.
    pub(crate) fn symbols(&self) -> &SymbolTable {
        &self.reachable_names().symbols
    }

    /// Returns whether the namespace has `name`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }

    /// Returns whether `name` is one of the namespace, or a root that every console has.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.has(name) || self.builtin_root_infos().any(|root| root.name == name)
    }

    /// Returns all names of the namespace.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.namespace.names()
    }

    /// Creates the error for `name`, which neither the application nor, with the names `others`, the session has.
    pub(crate) fn unknown_name<'a>(
        &'a self,
        name: &str,
        others: impl IntoIterator<Item = &'a str>,
    ) -> ScriptError {
        let names: Vec<_> = self.names().collect();
        let builtin = self.builtin_root_infos().map(|root| root.name);
        let known = others.into_iter().chain(names.iter().copied()).chain(builtin);
        let help = (!names.is_empty()).then(|| format!("use one of {}", names.join(", ")));
        ScriptError::new(unknown_name("name", name, known)).with_optional_help(help)
    }

    /// Returns the handle of the root `name`.
    pub(crate) fn root(&self, name: &str) -> Option<&Handle> {
        self.roots().get(name).or_else(|| self.scalar_roots().get(name))
    }

    /// Returns the type of the root `name`.
    pub(crate) fn root_type(&self, name: &str) -> Option<&'static TypeInfo> {
        let mut roots = self.root_infos().chain(self.builtin_root_infos());
        roots.find(|root| root.name == name).map(|root| root.info)
    }

    /// Returns the roots that every console has: one, and those of its fields whose names the application does not use.
    pub(crate) fn builtin_root_infos(&self) -> impl Iterator<Item = RootInfo<'_>> {
        self.builtin.iter().flat_map(|Root { info, level, .. }| {
            let whole = RootInfo { name: BUILTIN_ROOT, info, level: *level, doc: info.doc };
            let fields = info.fields().iter().filter(|field| !self.has(field.name));
            let part = |field: &'static FieldInfo| RootInfo {
                name: field.name,
                info: (field.ty)(),
                level: field.level,
                doc: field.doc,
            };
            std::iter::once(whole).chain(fields.map(part))
        })
    }

    /// Returns the function `name` of the application.
    pub(crate) fn function_item(&self, name: &str) -> Option<&FunctionItem> {
        self.namespace.entries().iter().find(|entry| entry.name == name).and_then(|entry| match &entry.item {
            NamespaceItem(ItemKind::Function(function)) => Some(function),
            NamespaceItem(ItemKind::Root(_)) => None,
        })
    }

    /// Returns all roots of the application.
    pub(crate) fn root_infos(&self) -> impl Iterator<Item = RootInfo<'_>> {
        self.namespace.entries().iter().filter_map(|entry| match &entry.item {
            NamespaceItem(ItemKind::Root(Root { info, level, .. })) => {
                Some(RootInfo { name: &entry.name, info, level: *level, doc: &entry.doc })
            }
            NamespaceItem(ItemKind::Function(_)) => None,
        })
    }

    /// Returns all functions.
    pub(crate) fn function_infos(&self) -> impl Iterator<Item = FunctionInfo<'_>> {
        self.namespace.entries().iter().filter_map(|entry| match &entry.item {
            NamespaceItem(ItemKind::Function(function)) => Some(FunctionInfo {
                name: &entry.name,
                signature: function.signature(&entry.name),
                arity: function.arity(),
                level: function.level(),
                doc: &entry.doc,
            }),
            NamespaceItem(ItemKind::Root(_)) => None,
        })
    }

    /// Returns all names, in the author's order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = EntryInfo<'_>> {
        self.namespace.entries().iter().map(|entry| {
            let declaration = match &entry.item {
                NamespaceItem(ItemKind::Root(Root { info, .. })) => format!("{}: {info}", entry.name),
                NamespaceItem(ItemKind::Function(function)) => function.signature(&entry.name),
            };
            EntryInfo { name: &entry.name, declaration, doc: &entry.doc }
        })
    }
}

/// Returns whether a root of this type is one value.
fn is_scalar(info: &'static TypeInfo) -> bool {
    matches!(strip_wrappers(info).kind, TypeKind::Leaf)
}
