//! Calls of the author's code: whether a command may make them, and how many of them may panic.
//!
//! The panic hook of the application prints a report of some kilobytes for each panic, on the command's own thread.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::reflect::model::ValueError;
use crate::reflect::text::{panic_message, placeholder};

/// How many calls of a command may panic.
#[cfg(feature = "console")]
pub(crate) const MAX_PANICS: u32 = 16;

/// Why nothing is called.
pub(crate) const FORBIDDEN: &str = "the console calls no code of the application";

/// What the command on this thread may do.
#[derive(Clone, Copy)]
struct Permission {
    may_call: bool,
    panics_left: u32,
}

thread_local! {
    static PERMISSION: Cell<Permission> =
        const { Cell::new(Permission { may_call: true, panics_left: u32::MAX }) };
}

/// Begins a command on this thread.
#[cfg(feature = "console")]
pub(crate) fn begin_command(may_call: bool) {
    PERMISSION.set(Permission { may_call, panics_left: MAX_PANICS });
}

/// Returns whether the command may call the author's code.
pub(crate) fn may_call() -> bool {
    PERMISSION.get().may_call
}

/// Returns whether too many calls have panicked.
pub(crate) fn has_too_many_panics() -> bool {
    PERMISSION.get().panics_left == 0
}

/// Counts a panic that is caught elsewhere.
pub(crate) fn count_panic() {
    let permission = PERMISSION.get();
    PERMISSION.set(Permission { panics_left: permission.panics_left.saturating_sub(1), ..permission });
}

/// Fails if the command must not call the author's code.
pub(crate) fn check() -> Result<(), ValueError> {
    if may_call() { Ok(()) } else { Err(ValueError::new(FORBIDDEN)) }
}

/// Runs a function of the author, and returns a placeholder if it panics or must not run: the other fields must still be shown.
pub(crate) fn run<R>(code: impl FnOnce() -> R) -> Result<R, String> {
    if !may_call() || has_too_many_panics() {
        return Err(placeholder::text(placeholder::NOT_CALLED));
    }
    catch_unwind(AssertUnwindSafe(code)).map_err(|panic| {
        count_panic();
        placeholder::panicked(panic_message(&*panic))
    })
}
