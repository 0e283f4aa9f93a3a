//! The value of a `LazyLock` or `LazyCell` without its initialization, with compilers that have no function for that too.

use std::cell::LazyCell;
use std::sync::LazyLock;

/// Stands in for the function `get` of Rust 1.94. Where the standard library has that function, it is the one that is called.
trait GetIfInitialized<T> {
    #[allow(dead_code)]
    fn get(_this: &Self) -> Option<&T> {
        None
    }
}

impl<T, F> GetIfInitialized<T> for LazyLock<T, F> {}

impl<T, F> GetIfInitialized<T> for LazyCell<T, F> {}

/// Returns the value, if it is initialized and this compiler's standard library can tell.
#[allow(unstable_name_collisions, clippy::incompatible_msrv)]
pub(super) fn get<T, F>(lazy: &LazyLock<T, F>) -> Option<&T> {
    LazyLock::get(lazy)
}

/// Returns the value as [`get`] does.
#[allow(unstable_name_collisions, clippy::incompatible_msrv)]
pub(super) fn get_of_cell<T, F>(lazy: &LazyCell<T, F>) -> Option<&T> {
    LazyCell::get(lazy)
}

/// Returns why [`get`] returned `None`.
pub(super) fn why_empty() -> &'static str {
    let initialized: LazyLock<()> = LazyLock::new(|| ());
    LazyLock::force(&initialized);
    match get(&initialized) {
        Some(()) => "is not initialized yet",
        None => "can be read only in a program that is built with Rust 1.94 or newer",
    }
}
