//! Shows collections of other crates through their iterators: `#[manhole(items)]`, `#[manhole(keys(…))]`, `#[manhole(values(…))]`.
//!
//! A collection is a map if its iterator yields pairs, otherwise a list. Nothing is copied: each look iterates again.

mod exclusive;
mod parts;
mod removal;
mod shared;
mod views;

pub use exclusive::{FixedItems, ItemsMut, ItemsViewer, NoItemsMut};
pub use parts::{AsDebug, AsDisplay, AsOpaque, AsRemote, AsResult, Native};
pub use shared::Items;
pub use views::{ItemsProbe, PairsProbe, SinglesProbe};
