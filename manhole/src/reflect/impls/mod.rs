//! [`Manhole`](super::Manhole) for the types of the standard library, of locks, and of what else programs are made of.

#[cfg(feature = "arc-swap")]
mod arc_swap;
mod atomic;
mod bytes;
#[cfg(any(feature = "chrono", feature = "jiff"))]
mod calendar;
#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "dashmap")]
mod dashmap;
#[cfg(feature = "dashmap")]
mod dashset;
mod facts;
#[cfg(feature = "jiff")]
mod jiff;
mod leaf;
mod list;
mod lock;
#[cfg(any(feature = "parking_lot", feature = "parking_lot_012"))]
mod lock_api;
mod map;
mod number;
mod option;
mod pointer;
mod range;
#[cfg(feature = "serde_json")]
mod serde_json;
mod set;
mod sync;
mod system_text;
mod text;
mod time;
#[cfg(feature = "tokio")]
mod tokio;
#[cfg(feature = "tokio-util")]
mod tokio_util;
mod tuple;
mod wrapper;
