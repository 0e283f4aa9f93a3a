//! How the console reads and writes a field: through the `Manhole` of its type, or as its attributes say.

use proc_macro2::Ident;
use syn::{Path, PathSegment};

use crate::attrs::Adapter;
use crate::attrs::AttrName;
use crate::attrs::Attrs;

/// The attributes that replace the `Manhole` of the field's type, of which a field takes one.
pub(crate) const ACCESS_ATTRS: &[AttrName] = &[
    AttrName::Debug,
    AttrName::Display,
    AttrName::Serde,
    AttrName::Get,
    AttrName::With,
    AttrName::Items,
    AttrName::Opaque,
];

/// How a field is read and written.
pub(crate) enum FieldAccess {
    /// Through the `Manhole` of its type; `validate` checks new values.
    Native { validate: Option<Path> },
    /// Read through `Debug`.
    Debug,
    /// Read through `Display`.
    Display,
    /// Through serde; `validate` checks new values.
    Serde { validate: Option<Path> },
    /// Read by one function, written by another.
    Function { get: Path, set: Option<Path> },
    /// Read through the iterator of a collection, whose keys and items may have adapters.
    /// `get` finds an item by its key.
    Items { keys: Option<Adapter>, values: Option<Adapter>, get: Option<Path> },
    /// Seen as a local description of its type says.
    Remote(Path),
    /// Shown by the name of its type.
    Opaque,
}

impl FieldAccess {
    /// Returns the access that the attributes specify. If they specify several, which is an error, the first in the order below.
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
        } else if [AttrName::Items, AttrName::Keys, AttrName::Values].iter().any(|name| attrs.has(*name)) {
            let adapter = |name| attrs.adapter(name).cloned();
            let get = attrs.path(AttrName::Items).cloned();
            Self::Items { keys: adapter(AttrName::Keys), values: adapter(AttrName::Values), get }
        } else if let Some(local) = attrs.path(AttrName::Remote) {
            Self::Remote(local.clone())
        } else if attrs.has(AttrName::Opaque) {
            Self::Opaque
        } else {
            Self::Native { validate }
        }
    }

    /// Returns whether the field can never be written.
    pub(crate) fn is_readonly(&self) -> bool {
        matches!(self, Self::Debug | Self::Display | Self::Opaque | Self::Function { set: None, .. })
    }
}

/// Returns `module::name` with the span of the module's name.
fn join(module: &Path, name: &str) -> Path {
    let mut path = module.clone();
    let span = path.segments.last().map_or_else(proc_macro2::Span::call_site, |last| last.ident.span());
    path.segments.push(PathSegment::from(Ident::new(name, span)));
    path
}
