//! The tasks that the application names: futures that tell the console when they are polled and woken.

mod record;
mod task;
mod task_view;
mod trees;

pub use task::{Aborted, Task, task};

pub(crate) use task_view::TasksView;
pub(crate) use trees::TreeSource;
