//! Implements [`Manhole`](super::Manhole) for types of the standard library, locks, and types of other crates. Uses
//! `model`, `text` and `support`.

#[cfg(feature = "arc-swap")]
mod arc_swap;
mod atomic;
mod bytes;
#[cfg(feature = "chrono")]
mod chrono;
mod computed;
pub(crate) mod computed_fields;
#[cfg(any(feature = "dashmap", feature = "dashmap_05"))]
mod dashmap;
#[cfg(any(feature = "chrono", feature = "jiff", feature = "jiff_02"))]
mod date_time_macros;
mod from_str;
#[cfg(any(feature = "http", feature = "http_02"))]
mod http;
#[cfg(any(feature = "jiff", feature = "jiff_02"))]
mod jiff;
mod lazy_lock;
mod leaf_macro;
mod list;
#[cfg(any(feature = "parking_lot", feature = "parking_lot_012"))]
mod lock_api;
mod lock_macros;
mod map;
mod newtype;
mod number;
#[cfg(feature = "once_cell")]
mod once_cell;
mod option;
mod os_string;
mod pointer;
mod range;
mod registry;
#[cfg(feature = "console")]
mod reported;
mod scalar;
#[cfg(feature = "serde_json")]
mod serde_json;
mod set;
mod shape_macro;
mod shared_map;
mod shown_text;
mod std_cell;
mod std_io;
mod std_lock;
mod std_net;
mod std_sync;
mod std_thread;
mod std_time;
#[cfg(feature = "tokio")]
mod tokio;
#[cfg(feature = "tokio-util")]
mod tokio_util;
mod tracked_locks;
mod tuple;
mod visits;

pub use computed::{Computed, computed};
pub use registry::{Registry, RegistryEntry};
#[cfg(feature = "console")]
pub(crate) use reported::Reported;
#[cfg(feature = "console")]
pub(crate) use shape_macro::listing_methods;
#[cfg(feature = "console")]
pub(crate) use shared_map::SharedMap;
#[cfg(feature = "tokio")]
pub(crate) use tokio::RuntimeCounts;
pub use tracked_locks::{TrackedGuard, TrackedMutex, TrackedRwLock};
#[cfg(feature = "tokio")]
pub(crate) use visits::serve_kept_values;
pub use visits::{MailboxError, Remote, VisitMessage, Visits, visits};
#[cfg(feature = "console")]
pub(crate) use visits::{ThreadLocal, keep_here};
