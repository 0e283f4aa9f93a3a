//! Searches of everything below a value: what is large, where a text is, which locks are held. Uses `show` and below.

mod grep;
mod locks;
mod rows;
mod sizes;
mod walk;

pub(crate) use grep::grep;
pub(crate) use locks::locks;
pub(crate) use sizes::sizes;
