//! tokio's locks, channels, tasks and runtime. None of it needs to be on a thread of the runtime.

mod channel;
mod lock;
mod task;
mod watch;
