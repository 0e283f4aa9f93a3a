//! The types that the roots of a namespace reach, with the names of their fields and methods.

use std::collections::{HashMap, HashSet};

use crate::reflect::{MethodInfo, StructStyle, TypeInfo, TypeKind};

/// The types of a namespace, with the names of their fields and methods.
#[derive(Default)]
pub(crate) struct SymbolTable {
    known: HashSet<usize>,
    types: Vec<&'static TypeInfo>,
    /// How many of them the application's roots reach; they are the first.
    own: usize,
    pub(crate) fields: HashSet<&'static str>,
    /// The names of all secret fields, and the words in the keys of secrets.
    pub(crate) secrets: HashSet<&'static str>,
    pub(crate) methods: HashMap<&'static str, Vec<(&'static TypeInfo, &'static MethodInfo)>>,
}

impl SymbolTable {
    /// Collects the types that roots of the types `own` reach, and then those of the roots that every console has.
    pub(crate) fn new(
        own: impl Iterator<Item = &'static TypeInfo>,
        builtin: impl Iterator<Item = &'static TypeInfo>,
    ) -> Self {
        let mut symbols = Self::default();
        own.for_each(|info| symbols.add_type(info));
        symbols.own = symbols.types.len();
        builtin.for_each(|info| symbols.add_type(info));
        symbols
    }

    /// Returns the types of the application, and apart from them those of the roots that every console has.
    pub(crate) fn own_and_builtin_types(&self) -> (&[&'static TypeInfo], &[&'static TypeInfo]) {
        self.types.split_at(self.own)
    }

    /// Returns all types that have fields, variants or methods.
    pub(crate) fn types(&self) -> impl Iterator<Item = &'static TypeInfo> {
        self.types.iter().copied()
    }

    /// Adds `info` and all types inside it.
    fn add_type(&mut self, info: &'static TypeInfo) {
        let mut open = vec![info];
        while let Some(info) = open.pop() {
            if !self.known.insert(std::ptr::from_ref(info).addr()) {
                continue;
            }
            if matches!(info.kind, TypeKind::Struct(..) | TypeKind::Enum(_)) || !info.methods.is_empty() {
                self.types.push(info);
            }
            self.fields.extend(info.own_fields().map(|field| field.name));
            self.secrets.extend(info.own_secrets());
            for method in info.methods {
                self.methods.entry(method.name).or_default().push((info, method));
            }
            open.extend(info.inner());
        }
    }

    /// Returns the names of all methods.
    pub(crate) fn method_names(&self) -> impl Iterator<Item = &'static str> {
        self.methods.keys().copied()
    }

    /// Returns whether a variant or a struct without fields is called `name`.
    pub(crate) fn has_variant(&self, name: &str) -> bool {
        self.types().any(|info| match info.kind {
            TypeKind::Enum(variants) => variants.iter().any(|variant| variant.name == name),
            TypeKind::Struct(StructStyle::Unit, _) => info.name == name,
            _ => false,
        })
    }

    /// Returns whether a type has a method called `name`.
    pub(crate) fn has_method(&self, name: &str) -> bool {
        self.methods.contains_key(name)
    }
}
