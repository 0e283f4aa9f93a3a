//! A console inside a running Rust program.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod reflect;

#[cfg(feature = "console")]
mod engine;
#[cfg(feature = "console")]
mod namespace;
#[cfg(feature = "console")]
mod server;
#[cfg(feature = "console")]
mod session;

#[cfg(feature = "console")]
pub use namespace::{Function, Item, Namespace};
pub use reflect::Manhole;
#[cfg(feature = "console")]
pub use server::{Builder, Console, Error, spawn, unlink, unlink_stale};

#[cfg(feature = "derive")]
pub use manhole_derive::{Manhole, methods};
#[cfg(all(feature = "console", feature = "derive"))]
pub use manhole_derive::manhole;

/// What generated code names. Not part of the public interface: it changes without notice.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "console")]
    pub use crate::namespace::probe;
    pub use crate::reflect::*;
}
