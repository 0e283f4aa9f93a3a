//! Searches of everything below a value: what is large, where a text is, which locks are held. Uses `show` and below.

mod grep;
mod locks;
mod rows;
mod sizes;
mod walk;

pub(crate) use grep::grep;
pub(crate) use locks::locks;
pub(crate) use sizes::sizes;

use crate::reflect::{Manhole, TypeInfo};

/// Returns the type of the items in the result of the function `name`.
pub(crate) fn item_type(name: &str) -> Option<&'static TypeInfo> {
    match name {
        "sizes" => Some(sizes::CollectionSize::type_info()),
        "grep" => Some(grep::Found::type_info()),
        "locks" => Some(locks::HeldLock::type_info()),
        _ => None,
    }
}
