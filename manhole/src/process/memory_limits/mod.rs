//! The memory of the process, and the limits on it that commands respect.

mod host_limits;
mod process_memory;

pub(crate) use host_limits::{host_limits, with_room_for};
#[cfg(all(test, target_os = "linux"))]
pub(crate) use process_memory::MEASURING;
pub(crate) use process_memory::{ProcessMemory, process_memory, touched_by_thread};
