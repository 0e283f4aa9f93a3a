//! What a command may use, and what stops it. Uses `value`.

pub(crate) mod abandoned;
pub(crate) mod async_call;
pub(crate) mod cpu_throttle;
pub(crate) mod limits;
pub(crate) mod process_memory;
pub(crate) mod session_level;
pub(crate) mod session_limits;
pub(crate) mod watchdog;
