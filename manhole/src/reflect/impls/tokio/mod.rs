//! Tokio's locks, channels, tasks and runtime. None of it needs to run on a thread of the runtime.

mod channel;
mod lock;
mod newer_tokio;
mod task;
mod watch;
