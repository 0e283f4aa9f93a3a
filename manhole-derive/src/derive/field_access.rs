//! How the console sees a field: by the `Manhole` of its type, or by what the attributes say instead.

use proc_macro2::Ident;
use syn::{Path, PathSegment};

use crate::attrs::Attrs;
use crate::attrs::Key;

/// The words that say how a field is seen, of which one can be given.
pub(crate) const WAYS: &[Key] = &[Key::Debug, Key::Display, Key::Serde, Key::Get, Key::With];

/// How a field is seen, and what is done with a value for it.
pub(crate) enum Way {
    /// By the `Manhole` of its type; the function checks what is written.
    Own { check: Option<Path> },
    /// By its `Debug`.
    Debug,
    /// By its `Display`.
    Display,
    /// As data, by serde; the function checks what is written.
    Serde { check: Option<Path> },
    /// As the result of a function, and written by another.
    Function { get: Path, set: Option<Path> },
}

impl Way {
    /// What the attributes of a field say. Of two ways, which are an error, it is the first.
    pub(crate) fn of(attrs: &Attrs) -> Self {
        let check = attrs.path(Key::Validate).cloned();
        if attrs.has(Key::Debug) {
            Self::Debug
        } else if attrs.has(Key::Display) {
            Self::Display
        } else if attrs.has(Key::Serde) {
            Self::Serde { check }
        } else if let Some(get) = attrs.path(Key::Get) {
            Self::Function { get: get.clone(), set: attrs.path(Key::Set).cloned() }
        } else if let Some(module) = attrs.path(Key::With) {
            let set = (!attrs.has(Key::Readonly)).then(|| join(module, "set"));
            Self::Function { get: join(module, "get"), set }
        } else {
            Self::Own { check }
        }
    }

    /// Whether nothing is ever written.
    pub(crate) fn is_readonly(&self) -> bool {
        matches!(self, Self::Debug | Self::Display | Self::Function { set: None, .. })
    }
}

/// `module::name`, at the place of the module's own name.
fn join(module: &Path, name: &str) -> Path {
    let mut path = module.clone();
    let span = path.segments.last().map_or_else(proc_macro2::Span::call_site, |last| last.ident.span());
    path.segments.push(PathSegment::from(Ident::new(name, span)));
    path
}
