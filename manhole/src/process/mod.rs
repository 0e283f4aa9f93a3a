//! What the operating system reports of this process: the roots `process`, `threads` and `descriptors`, and the limits that commands
//! respect. Uses `reflect`.
//!
//! Everything is read when it is looked at. What another system than Linux does not report is shown as a placeholder.

mod context_switches;
mod cpu_samples;
mod descriptors;
mod host_limits;
mod memory;
mod numbered_map;
mod panics;
mod proc_files;
mod process_memory;
mod process_view;
mod samples;
mod system_calls;
mod thread_view;

pub(crate) use descriptors::{Descriptors, list as list_descriptors};
pub(crate) use host_limits::{host_limits, with_room_for};
pub(crate) use numbered_map::{Numbered, NumberedMap};
pub(crate) use panics::{PanicsView, count_panics};
pub(crate) use proc_files::open_files;
#[cfg(all(test, target_os = "linux"))]
pub(crate) use process_memory::MEASURING;
pub(crate) use process_memory::{ProcessMemory, process_memory, touched_by_thread};
pub(crate) use process_view::{BuildInfo, ProcessView};
#[cfg(feature = "tokio")]
pub(crate) use samples::Samples;
pub(crate) use thread_view::{Threads, list as list_threads};
