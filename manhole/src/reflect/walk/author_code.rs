//! Calls of the author's code: whether a command may make them, and how many of them may panic.
//!
//! The panic hook of the application prints a report of some kilobytes for each panic, on the command's own thread.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::reflect::model::ValueError;
use crate::reflect::text::placeholder;

/// How many calls of a command may panic.
#[cfg(feature = "console")]
pub(crate) const MAX_PANICS: u32 = 16;

/// Why nothing is called.
pub(crate) const FORBIDDEN: &str = "the console calls no code of the application";

/// What the commands of a console may do with the author's code.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) may_call: bool,
    /// Whether the message of a panic is left out.
    pub(crate) hides_panics: bool,
}

/// What the command on this thread may do.
#[derive(Clone, Copy)]
pub(crate) struct Permission {
    rules: Rules,
    panics_left: u32,
}

const OPEN: Rules = Rules { may_call: true, hides_panics: false };

thread_local! {
    static PERMISSION: Cell<Permission> =
        const { Cell::new(Permission { rules: OPEN, panics_left: u32::MAX }) };
}

/// Begins a command on this thread.
#[cfg(feature = "console")]
pub(crate) fn begin_command(rules: Rules) {
    PERMISSION.set(Permission { rules, panics_left: MAX_PANICS });
}

/// Returns what the command on this thread may do.
pub(crate) fn permission() -> Permission {
    PERMISSION.get()
}

/// Sets what the command on this thread may do.
pub(crate) fn set_permission(permission: Permission) {
    PERMISSION.set(permission);
}

/// Runs `code` on this thread for a command of another one. Returns what that command may do afterwards.
pub(crate) fn with_permission<R>(permission: Permission, code: impl FnOnce() -> R) -> (R, Permission) {
    /// Ends the permission, after a panic too.
    struct Restore(Permission);

    impl Drop for Restore {
        fn drop(&mut self) {
            PERMISSION.set(self.0);
        }
    }

    let _restore = Restore(PERMISSION.replace(permission));
    let result = code();
    (result, PERMISSION.get())
}

/// Returns whether the command may call the author's code.
pub(crate) fn may_call() -> bool {
    PERMISSION.get().rules.may_call
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

/// Returns the message of a panic that the console has caught, or `None` if its payload is no string.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> Option<&str> {
    if PERMISSION.get().rules.hides_panics {
        return Some("message hidden");
    }
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str))
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
