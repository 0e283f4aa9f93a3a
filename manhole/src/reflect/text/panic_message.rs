//! Reads the message of a panic that the console has caught.

use std::any::Any;

/// Returns the message of a panic, or `None` if its payload is no string.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> Option<&str> {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str))
}
