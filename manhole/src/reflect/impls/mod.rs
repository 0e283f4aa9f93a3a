//! [`Manhole`](super::Manhole) for the types of the standard library and of locks.

mod atomic;
mod leaf;
mod list;
mod lock;
#[cfg(any(feature = "parking_lot", feature = "parking_lot_012"))]
mod lock_api;
mod map;
mod number;
mod option;
mod pointer;
mod set;
mod text;
mod time;
mod tuple;
