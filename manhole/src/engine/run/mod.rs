//! Everything that a command may use, and all that stops it. Uses `value`.

pub(crate) mod abandoned;
pub(crate) mod async_call;
mod cpu_throttle;
pub(crate) mod limits;
mod process_memory;
mod run_control;
pub(crate) mod session_level;
pub(crate) mod session_limits;
pub(crate) mod watchdog;

pub(crate) use abandoned::AbandonedThreads;
pub(crate) use async_call::Runtime;
pub(crate) use limits::{Limits, MAX_ITEMS, MAX_TEXT_BYTES, MAX_VARIABLES};
pub(crate) use run_control::RunControl;
pub(crate) use session_level::SessionLevel;
pub(crate) use session_limits::{Limit, LimitValue, SessionLimits};
pub(crate) use watchdog::{ClientIo, StopReason, Watchdog};
