//! What a runtime reports of itself, as far as its version of tokio does.

use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};

use super::newer_tokio::IfKnown;
#[allow(unused_imports, reason = "tokio may have their methods itself")]
use super::newer_tokio::{NewerHandle as _, NewerMetrics as _, UnstableMetrics as _};

/// The counts of a runtime.
#[derive(Clone)]
pub(crate) struct RuntimeCounts(Handle);

impl RuntimeCounts {
    pub(crate) fn new(runtime: Handle) -> Self {
        Self(runtime)
    }

    pub(crate) fn flavor(&self) -> &'static str {
        match self.0.runtime_flavor() {
            RuntimeFlavor::CurrentThread => "current thread",
            RuntimeFlavor::MultiThread => "multi thread",
            _ => "another",
        }
    }
}

/// Declares methods that return counts.
macro_rules! counts {
    ($($name:ident ($($worker:ident)?) -> $ty:ty = $method:ident;)+) => {
        impl RuntimeCounts {
            $(pub(crate) fn $name(&self $(, $worker: usize)?) -> IfKnown<$ty> {
                self.0.metrics().$method($($worker)?).into()
            })+
        }
    };
}

counts! {
    workers() -> usize = num_workers;
    alive_tasks() -> usize = num_alive_tasks;
    global_queue() -> usize = global_queue_depth;
    blocking_threads() -> usize = num_blocking_threads;
    idle_blocking_threads() -> usize = num_idle_blocking_threads;
    blocking_queue() -> usize = blocking_queue_depth;
    io_registered() -> u64 = io_driver_fd_registered_count;
    io_deregistered() -> u64 = io_driver_fd_deregistered_count;
    io_ready() -> u64 = io_driver_ready_count;
    busy(worker) -> Duration = worker_total_busy_duration;
    parks(worker) -> u64 = worker_park_unpark_count;
    local_queue(worker) -> usize = worker_local_queue_depth;
    polls(worker) -> u64 = worker_poll_count;
    steals(worker) -> u64 = worker_steal_count;
}
