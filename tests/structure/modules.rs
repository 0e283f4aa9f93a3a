//! The modules of a crate: their files, the names that they define and import, and the paths in their code.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, ImplItem, Item, Visibility};

use super::paths::{self, Reference, UsedPath};

/// A crate as its files write it.
pub(crate) struct Crate {
    /// Relative to the workspace.
    pub(crate) files: Vec<PathBuf>,
    /// The first is the root.
    pub(crate) modules: Vec<Module>,
    /// Every `super::super::`, as `file:line`.
    pub(crate) repeated_supers: Vec<String>,
}

/// A module, in a separate file or inline.
#[derive(Default)]
pub(crate) struct Module {
    pub(crate) parent: Option<usize>,
    /// Index of the file.
    pub(crate) file: usize,
    pub(crate) modules: HashMap<String, usize>,
    /// Names of the other items, and the files that define them.
    pub(crate) items: HashMap<String, usize>,
    /// Imported names, with their paths.
    pub(crate) imports: HashMap<String, Vec<Vec<String>>>,
    /// Paths of the modules that are imported by `*`.
    pub(crate) globs: Vec<Vec<String>>,
    /// Paths that make this file depend on others.
    pub(crate) references: Vec<Reference>,
}

/// Lists the files with which a crate begins: those that cargo finds by their place, and those that a manifest names.
pub(crate) fn crate_roots(root: &Path, files: &[PathBuf]) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let members = manifest.lines().find_map(|line| line.strip_prefix("members = "));
    let members = members.ok_or("the workspace's Cargo.toml has no line `members = […]`")?;
    let mut roots = Vec::new();
    for member in members.split('"').skip(1).step_by(2) {
        let manifest = fs::read_to_string(root.join(member).join("Cargo.toml"))?;
        let paths = manifest.lines().filter_map(|line| line.strip_prefix("path = \"")?.strip_suffix('"'));
        roots.extend(paths.filter(|path| path.ends_with(".rs")).map(|path| Path::new(member).join(path)));
        let own = files.iter().filter(|file| file.strip_prefix(member).is_ok_and(is_root_by_place));
        roots.extend(own.cloned());
    }
    roots.sort();
    roots.dedup();
    Ok(roots)
}

/// Returns whether cargo takes a file of a package for the beginning of a crate.
fn is_root_by_place(file: &Path) -> bool {
    let parts: Vec<_> = file.iter().filter_map(|part| part.to_str()).collect();
    match parts[..] {
        ["src", "lib.rs" | "main.rs"] | ["build.rs"] => true,
        ["src", "bin", file] | ["examples" | "tests" | "benches", file] => file.ends_with(".rs"),
        ["src", "bin", _, "main.rs"] | ["examples" | "tests" | "benches", _, "main.rs"] => true,
        _ => false,
    }
}

/// Reads a crate from its root file, without test-only code.
pub(crate) fn load(root: &Path, crate_root: &Path) -> Result<Crate, Box<dyn Error>> {
    let krate = Crate { files: Vec::new(), modules: Vec::new(), repeated_supers: Vec::new() };
    let mut loader = Loader { root, krate };
    let folder = crate_root.parent().unwrap_or(Path::new("")).to_owned();
    loader.load_file(crate_root, &folder, None)?;
    Ok(loader.krate)
}

struct Loader<'a> {
    root: &'a Path,
    krate: Crate,
}

impl Loader<'_> {
    /// Loads a module from its file; `folder` is the one in which its submodules have their files.
    fn load_file(
        &mut self,
        file: &Path,
        folder: &Path,
        parent: Option<usize>,
    ) -> Result<usize, Box<dyn Error>> {
        let text = fs::read_to_string(self.root.join(file))?;
        let parsed = syn::parse_file(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        self.krate.files.push(file.to_owned());
        let lines = paths::repeated_supers(&parsed.to_token_stream());
        self.krate.repeated_supers.extend(lines.iter().map(|line| format!("{}:{line}", file.display())));
        let file = self.krate.files.len() - 1;
        self.load_items(parsed.items, Module { parent, file, ..Module::default() }, folder)
    }

    fn load_items(
        &mut self,
        items: Vec<Item>,
        module: Module,
        folder: &Path,
    ) -> Result<usize, Box<dyn Error>> {
        let (index, file) = (self.krate.modules.len(), module.file);
        self.krate.modules.push(module);
        for mut item in items {
            if is_for_tests(attributes(&item)) {
                continue;
            }
            match &mut item {
                Item::Mod(child) => {
                    let name = plain(&child.ident);
                    let child_folder = folder.join(&name);
                    let child = match child.content.take() {
                        Some((_, items)) => {
                            let inline = Module { parent: Some(index), file, ..Module::default() };
                            self.load_items(items, inline, &child_folder)?
                        }
                        None => {
                            let path = self.file_of(&child.attrs, &name, folder, file);
                            let folder = match path.file_name() {
                                Some(file) if file == "mod.rs" => path.parent().unwrap_or(folder).to_owned(),
                                _ => child_folder,
                            };
                            self.load_file(&path, &folder, Some(index))?
                        }
                    };
                    self.krate.modules[index].modules.insert(name, child);
                    continue;
                }
                Item::Impl(block) => {
                    block.items.retain(|item| match item {
                        ImplItem::Fn(function) => !is_for_tests(&function.attrs),
                        _ => true,
                    });
                }
                _ => {}
            }
            // A macro that is exported has its name in the root of the crate.
            let is_exported =
                attributes(&item).iter().any(|attribute| attribute.path().is_ident("macro_export"));
            let owner = if is_exported { 0 } else { index };
            if let Some(name) = name(&item) {
                self.krate.modules[owner].items.insert(name, file);
            }
            let module = &mut self.krate.modules[index];
            match &item {
                Item::Use(item) => {
                    let is_export = !matches!(item.vis, Visibility::Inherited);
                    paths::of_use(item).into_iter().for_each(|path| add_path(module, path, is_export));
                }
                item => {
                    let found = paths::of_tokens(&item.to_token_stream());
                    module.references.extend(found.references);
                    found.imports.into_iter().for_each(|path| add_path(module, path, false));
                }
            }
        }
        Ok(index)
    }

    /// Returns the file of a module: as `#[path]` says, `name.rs` or `name/mod.rs`.
    fn file_of(&self, attributes: &[Attribute], name: &str, folder: &Path, file: usize) -> PathBuf {
        for attribute in attributes {
            if let syn::Meta::NameValue(meta) = &attribute.meta
                && meta.path.is_ident("path")
                && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) = &meta.value
            {
                return self.krate.files[file].with_file_name(path.value());
            }
        }
        let beside = folder.join(format!("{name}.rs"));
        if self.root.join(&beside).exists() { beside } else { folder.join(name).join("mod.rs") }
    }
}

/// Records what a `use` imports. A re-export makes no dependency: its users do.
fn add_path(module: &mut Module, used: UsedPath, is_export: bool) {
    let UsedPath { name, reference } = used;
    if !is_export {
        module.references.push(reference.clone());
    }
    match name {
        Some(name) => module.imports.entry(name).or_default().push(reference.path),
        None => module.globs.push(reference.path),
    }
}

/// Returns an identifier without `r#`.
fn plain(ident: &syn::Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(plain(ident))
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Returns whether `#[cfg(test)]` is among the attributes, also in `all(…)`, and `#[test]`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) => list.path.is_ident("cfg") && mentions_test(list.tokens.clone()),
        syn::Meta::NameValue(_) => false,
    })
}

fn mentions_test(tokens: TokenStream) -> bool {
    let mut is_negated = false;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) if ident == "test" => return true,
            TokenTree::Group(group) if !is_negated && mentions_test(group.stream()) => return true,
            TokenTree::Ident(ident) => is_negated = ident == "not" || ident == "any",
            _ => is_negated = false,
        }
    }
    false
}
