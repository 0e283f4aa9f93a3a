//! How the console sees a field: by the `Manhole` of its type, or by what the attributes say instead.

use proc_macro2::Ident;
use syn::{Path, PathSegment};

use crate::attrs::AttrName;
use crate::attrs::Attrs;

/// The words that say how a field is seen, of which one can be given.
pub(crate) const ACCESS_ATTRS: &[AttrName] =
    &[AttrName::Debug, AttrName::Display, AttrName::Serde, AttrName::Get, AttrName::With];

/// How a field is seen, and what is done with a value for it.
pub(crate) enum FieldAccess {
    /// By the `Manhole` of its type; the function checks what is written.
    Native { validate: Option<Path> },
    /// By its `Debug`.
    Debug,
    /// By its `Display`.
    Display,
    /// As data, by serde; the function checks what is written.
    Serde { validate: Option<Path> },
    /// As the result of a function, and written by another.
    Function { get: Path, set: Option<Path> },
}

impl FieldAccess {
    /// What the attributes of a field say. Of two ways, which are an error, it is the first.
    pub(crate) fn of(attrs: &Attrs) -> Self {
        let validate = attrs.path(AttrName::Validate).cloned();
        if attrs.has(AttrName::Debug) {
            Self::Debug
        } else if attrs.has(AttrName::Display) {
            Self::Display
        } else if attrs.has(AttrName::Serde) {
            Self::Serde { validate }
        } else if let Some(get) = attrs.path(AttrName::Get) {
            Self::Function { get: get.clone(), set: attrs.path(AttrName::Set).cloned() }
        } else if let Some(module) = attrs.path(AttrName::With) {
            let set = (!attrs.has(AttrName::Readonly)).then(|| join(module, "set"));
            Self::Function { get: join(module, "get"), set }
        } else {
            Self::Native { validate }
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
