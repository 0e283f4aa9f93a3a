//! The resources of a running command, its limits, and what stops it. Uses `value`.

pub(crate) mod abandoned_threads;
pub(crate) mod async_call;
pub(crate) mod change_report;
mod client_io;
mod console_memory;
mod cpu_throttle;
mod last_keys;
pub(crate) mod limits;
mod run_control;
mod seen_locks;
pub(crate) mod session_level;
pub(crate) mod session_limits;
mod stop_reason;
mod watchdog;

pub(crate) use abandoned_threads::AbandonedThreads;
pub(crate) use async_call::Runtime;
pub(crate) use change_report::{Change, ChangeKind, ChangeListener, ChangeReporter, SearchGuard};
pub(crate) use client_io::ClientIo;
pub(crate) use console_memory::{ConsoleMemory, open_memory_files};
pub(crate) use cpu_throttle::CpuThrottle;
pub(crate) use last_keys::{LastKeys, MAX_KEYS, MapKeys};
pub(crate) use limits::{Limits, MAX_TEXT_BYTES, MAX_VARIABLES};
pub(crate) use run_control::RunControl;
pub(crate) use seen_locks::{SeenLock, SeenLocks};
pub(crate) use session_level::SessionLevel;
pub(crate) use session_limits::{Limit, SessionLimits};
pub(crate) use stop_reason::StopReason;
pub(crate) use watchdog::Watchdog;
