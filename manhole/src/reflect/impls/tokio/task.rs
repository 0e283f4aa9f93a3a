//! Tasks, the runtime, and its clock.

use std::time::Duration;

use tokio::runtime::{Handle, Runtime};
use tokio::task::{AbortHandle, JoinHandle, JoinSet, LocalSet};
use tokio::time::{Instant, Interval, Sleep};

use super::newer_tokio::IfKnown;
#[allow(unused_imports, reason = "tokio may have their methods itself")]
use super::newer_tokio::{NewerHandle as _, NewerMetrics as _};
use crate::reflect::impls::computed_fields::{computed_fields, opaque};
use crate::reflect::model::{Manhole, Node, NodeMut, Shape, TypeInfo, TypeKind, Value, ValueError};

computed_fields!([T] JoinHandle<T>, "JoinHandle", "", |this| {
    finished: bool = this.is_finished(), "Whether the task has finished.";
}, {
    abort() = this.abort(), "Cancels the task at its next await.";
});

computed_fields!([] AbortHandle, "AbortHandle", "", |this| {
    finished: bool = this.is_finished(), "Whether the task has finished.";
}, {
    abort() = this.abort(), "Cancels the task at its next await.";
});

computed_fields!([T: 'static] JoinSet<T>, "JoinSet", "", |this| {
    len: usize = this.len(), "The number of tasks, finished ones included.";
}, mut {
    abort_all() = this.abort_all(), "Cancels all tasks at their next await.";
});

computed_fields!([] Handle, "Handle", "", |this| {
    workers: IfKnown<usize> = this.metrics().num_workers().into(), "The number of worker threads.";
    alive_tasks: IfKnown<usize> = this.metrics().num_alive_tasks().into(), "The number of tasks.";
    global_queue_depth: IfKnown<usize> = this.metrics().global_queue_depth().into(),
        "The number of tasks in the global queue.";
});

computed_fields!([] Runtime, "Runtime", "", |this| {
    workers: IfKnown<usize> = this.handle().metrics().num_workers().into(), "The number of worker threads.";
    alive_tasks: IfKnown<usize> = this.handle().metrics().num_alive_tasks().into(), "The number of tasks.";
    global_queue_depth: IfKnown<usize> = this.handle().metrics().global_queue_depth().into(),
        "The number of tasks in the global queue.";
});

opaque! {
    [] LocalSet, "LocalSet";
}

computed_fields!([] Interval, "Interval", "", |this| {
    period: Duration = this.period(), "The time between two ticks.";
}, mut {
    reset() = this.reset(), "Lets the next tick come one period from now.";
});

computed_fields!([] Sleep, "Sleep", "", |this| {
    deadline: Instant = this.deadline(), "The time at which it ends.";
    elapsed: bool = this.is_elapsed(), "Whether it has ended.";
});

/// Shown and written as that of the standard library.
impl Manhole for Instant {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("Instant", TypeKind::Leaf) }
    }

    fn reflect(&self) -> Node<'_> {
        // Not by tokio's clock: a test may have paused that, for its own threads.
        Node::new::<Self>(Shape::Leaf(Value::Instant(self.into_std())))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::leaf::<Self>()
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        *self = Self::from_value(value)?;
        Ok(())
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        std::time::Instant::from_value(value).map(Self::from_std)
    }
}
