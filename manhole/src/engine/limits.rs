//! What one command may take. Every limit is stated, because the engine's own defaults differ between debug and release.

use std::time::Duration;

use crate::reflect::Budget;

/// The limits of a session.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// How long a command may run.
    pub(crate) timeout: Duration,
    /// How long a command waits for one lock.
    pub(crate) lock_wait: Duration,
    /// How much of a value is shown.
    pub(crate) budget: Budget,
    /// How many bytes one command's text may have. Parsing cannot be interrupted; this much takes 30 ms.
    pub(crate) command: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            lock_wait: Duration::from_secs(1),
            budget: Budget::default(),
            command: 64 * 1024,
        }
    }
}

/// The longest text that is copied into a script; a longer one stays where it is, behind its handle.
pub(super) const LONGEST_TEXT: usize = 1024 * 1024;

/// How deep scripts may nest, and how much they may hold. These held against every script that was tried on a stack of
/// [`STACK`](crate::server::STACK) bytes, in debug and in release.
pub(super) fn apply(engine: &mut rhai::Engine) {
    engine
        .set_max_call_levels(48)
        .set_max_expr_depths(64, 32)
        .set_max_string_size(LONGEST_TEXT)
        .set_max_array_size(4_096)
        .set_max_map_size(4_096)
        .set_max_variables(256)
        .set_max_functions(256)
        .set_max_modules(0)
        // Counted by the monitor, which sees what this counter misses.
        .set_max_operations(0)
        // A script that calls itself through `eval` overflows the native stack whatever the limits.
        .disable_symbol("eval");
}
