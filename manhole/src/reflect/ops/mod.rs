//! Reads, writes, calls, edits, copies and previews the value at the end of a path: the methods of [`Target`](super::Target).
//! Uses `walk`, `model` and `text`.

mod call_method;
mod collection_edit;
#[cfg(feature = "console")]
mod iteration_place;
#[cfg(feature = "console")]
mod leaf_path;
mod pretty_print;
mod preview;
mod read_write;
mod remote_values;
#[cfg(feature = "console")]
mod removal;
mod snapshot;
#[cfg(feature = "console")]
mod survey;
mod visitor;

pub use call_method::AsyncCall;
pub use collection_edit::{CollectionEdit, Removed};
#[cfg(feature = "console")]
pub(crate) use leaf_path::LeafPath;
pub use pretty_print::pretty_print;
#[cfg(test)]
pub(crate) use pretty_print::shown;
#[cfg(feature = "serde")]
pub(crate) use preview::leaf_text;
pub use preview::{GroupStyle, Preview, PreviewLimits};
#[cfg(feature = "console")]
pub(crate) use preview::{leaf, preview_value, script_value_preview};
#[cfg(feature = "console")]
pub(crate) use read_write::{Leaf, classify};
pub use read_write::{Lookup, as_key};
#[cfg(feature = "console")]
pub(crate) use removal::Removal;
#[cfg(feature = "console")]
pub(crate) use snapshot::{MAX_COLLECTION_ITEMS, snapshot_value};
#[cfg(feature = "console")]
pub(crate) use survey::{Collection, Collector, Continuation, Place, Reason, Survey};
#[cfg(feature = "console")]
pub(crate) use visitor::{Entry, Group, GroupKind, Label};
