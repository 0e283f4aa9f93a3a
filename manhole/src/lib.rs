//! A console inside a running Rust program.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod reflect;

#[cfg(feature = "console")]
mod engine;
mod namespace;
#[cfg(feature = "console")]
mod server;
#[cfg(feature = "console")]
mod session;

pub use namespace::{Function, Item, Namespace};
pub use reflect::Manhole;
#[cfg(feature = "console")]
pub use server::{Builder, Console, Error, spawn, unlink, unlink_stale};

#[cfg(feature = "derive")]
pub use manhole_derive::{Manhole, manhole, methods};

/// What generated code names. Not part of the public interface: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::namespace::probe;
    pub use crate::reflect::*;
}
