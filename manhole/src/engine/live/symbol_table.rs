//! The names of all types that the roots of a namespace reach, and of their fields and methods.

use std::collections::{BTreeMap, BTreeSet};

use crate::namespace::{ItemKind, Namespace, NamespaceItem};
use crate::reflect::{MethodInfo, TypeInfo, TypeKind};

/// The names that the types of a namespace use.
#[derive(Default)]
pub(crate) struct SymbolTable {
    known: BTreeSet<usize>,
    types: Vec<&'static TypeInfo>,
    pub(crate) fields: BTreeSet<&'static str>,
    pub(crate) methods: BTreeMap<&'static str, Vec<(&'static TypeInfo, &'static MethodInfo)>>,
}

impl SymbolTable {
    /// The names that can be reached from the roots of `namespace`.
    pub(crate) fn of(namespace: &Namespace) -> Self {
        let mut symbols = Self::default();
        for entry in namespace.entries() {
            if let NamespaceItem(ItemKind::Root { info, .. }) = &entry.item {
                symbols.add_type(info);
            }
        }
        symbols
    }

    /// All types that have fields, variants or methods.
    pub(crate) fn types(&self) -> impl Iterator<Item = &'static TypeInfo> {
        self.types.iter().copied()
    }

    /// Adds the names of `info` and of all types below it.
    fn add_type(&mut self, info: &'static TypeInfo) {
        let mut open = vec![info];
        while let Some(info) = open.pop() {
            if !self.known.insert(std::ptr::from_ref(info).addr()) {
                continue;
            }
            if matches!(info.kind, TypeKind::Struct(..) | TypeKind::Enum(_)) || !info.methods.is_empty() {
                self.types.push(info);
            }
            self.fields.extend(info.fields().iter().map(|field| field.name));
            if let TypeKind::Enum(variants) = info.kind {
                self.fields
                    .extend(variants.iter().flat_map(|variant| variant.fields).map(|field| field.name));
            }
            for method in info.methods {
                self.methods.entry(method.name).or_default().push((info, method));
            }
            open.extend(info.inner());
        }
    }

    /// The names of all fields that are secret.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &'static str> {
        let fields = self.types().flat_map(|info| {
            let variants = if let TypeKind::Enum(variants) = info.kind { variants } else { &[] };
            info.fields().iter().chain(variants.iter().flat_map(|variant| variant.fields))
        });
        fields.filter(|field| field.secret).map(|field| field.name)
    }

    /// The names of all methods.
    pub(crate) fn method_names(&self) -> impl Iterator<Item = &'static str> {
        self.methods.keys().copied()
    }

    /// Whether a type has a method called `name`.
    pub(crate) fn has_method(&self, name: &str) -> bool {
        self.methods.contains_key(name)
    }
}
