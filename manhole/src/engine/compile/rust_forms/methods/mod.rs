//! Calls of methods.

mod calls;
mod collected;
mod entries;
