//! Tasks, the runtime they are on, and its clock.

use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::reflect::impls::computed_fields::computed_fields;
use crate::reflect::model::{Manhole, Node, NodeMut, Shape, TypeInfo, TypeKind, Value, ValueError};

computed_fields!([T] JoinHandle<T>, "JoinHandle", "", |this| {
    finished: bool = this.is_finished(), "Whether the task has come to its end.";
}, {
    abort() = this.abort(), "Ends the task where it awaits something next.";
});

computed_fields!([] AbortHandle, "AbortHandle", "", |this| {
    finished: bool = this.is_finished(), "Whether the task has come to its end.";
}, {
    abort() = this.abort(), "Ends the task where it awaits something next.";
});

computed_fields!([T] JoinSet<T>, "JoinSet", "", |this| {
    len: usize = this.len(), "How many tasks are in it, finished ones included.";
});

computed_fields!([] Handle, "Handle", "", |this| {
    workers: usize = this.metrics().num_workers(), "How many threads run tasks.";
    alive_tasks: usize = this.metrics().num_alive_tasks(), "How many tasks there are.";
    global_queue_depth: usize = this.metrics().global_queue_depth(),
        "How many tasks wait for any of the threads to run them.";
});

/// Seen as its age, as the standard library's is.
impl Manhole for Instant {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("Instant", TypeKind::Leaf) }
    }

    fn reflect(&self) -> Node<'_> {
        // Not by tokio's own clock: a test may have stopped it, for its own threads.
        Node::new::<Self>(Shape::Leaf(Value::Duration(self.into_std().elapsed())))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::leaf::<Self>()
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        Self::from_value(value).map(|_| ())
    }

    fn from_value(_value: Value<'_>) -> Result<Self, ValueError> {
        Err(ValueError::new("an Instant is shown as its age and cannot be set"))
    }
}
