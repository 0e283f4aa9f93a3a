//! What the operating system reports of this process: the roots `process`, `threads` and `descriptors`, and the limits that commands
//! respect. Uses `reflect`.
//!
//! Everything is read when it is looked at. What another system than Linux does not report is shown as a placeholder.

mod context_switches;
mod control_groups;
mod cpu_samples;
#[cfg(feature = "deadlock_detection")]
mod deadlocks;
mod descriptors;
mod group_directories;
mod listed_map;
mod memory;
mod memory_limits;
mod numbered_map;
mod panics;
mod proc_files;
mod process_view;
mod samples;
mod system_calls;
mod thread_view;

pub(crate) use cpu_samples::{cpu_time_of_console, share_of_console};
#[cfg(feature = "deadlock_detection")]
pub(crate) use deadlocks::{Deadlock, list as list_deadlocks};
pub(crate) use descriptors::{Descriptors, list as list_descriptors};
#[cfg(all(test, target_os = "linux"))]
pub(crate) use memory_limits::MEASURING;
pub(crate) use memory_limits::{
    ProcessMemory, host_limits, process_memory, touched_by_thread, with_room_for,
};
pub(crate) use numbered_map::{Numbered, NumberedMap};
pub(crate) use panics::{PanicsView, count_panics};
pub(crate) use proc_files::open_files;
pub(crate) use process_view::{BuildInfo, ProcessView};
#[cfg(feature = "tokio")]
pub(crate) use samples::Samples;
pub(crate) use thread_view::{Threads, list as list_threads};
