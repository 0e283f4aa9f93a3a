//! Calls of a script's functions, for the items of a query.
//!
//! Order of the files: `callback`, `effects`, `plan`, `item_callback`; each uses only those before it.

mod callback;
mod effects;
mod item_callback;
mod plan;

pub(crate) use callback::{Callback, CallbackContext};
pub(super) use item_callback::KnownItem;
pub(crate) use item_callback::{ItemCallback, ItemKey, Parameters};
