//! Tokio's locks, channels, tasks and runtime. None of it needs to run on a thread of the runtime.

mod channel;
mod lock;
mod newer_tokio;
#[cfg(feature = "tokio-process")]
mod process;
mod runtime_metrics;
#[cfg(feature = "tokio-stream")]
mod stream;
mod task;
mod watch;

pub(crate) use runtime_metrics::RuntimeCounts;
