//! Reads, writes, calls, edits, copies and previews the value at the end of a path. Uses `walk`, `model` and `text`.

mod call_method;
mod collection_edit;
mod pretty_print;
mod preview;
mod read_write;
mod snapshot;

pub use call_method::{AsyncCall, call, prepare_async};
pub use collection_edit::{CollectionEdit, Removed, change};
pub use pretty_print::pretty_print;
#[cfg(feature = "serde")]
pub(crate) use preview::leaf_text;
pub use preview::{GroupStyle, Preview, PreviewLimits, preview};
#[cfg(feature = "console")]
pub(crate) use preview::{excerpt_text, leaf};
#[cfg(feature = "console")]
pub(crate) use read_write::classify;
pub use read_write::{Lookup, as_key, lookup, read, write};
pub use snapshot::snapshot;
#[cfg(feature = "console")]
pub(crate) use snapshot::{excerpt, of as snapshot_of};
