//! Threads of the standard library. Nothing here waits for a thread.

use std::thread::{JoinHandle, ThreadId};

use super::computed_fields::computed_fields;
use crate::reflect::model::{Manhole, Node, NodeMut, Shape, TypeInfo, TypeKind};

computed_fields!([T] JoinHandle<T>, "JoinHandle", "", |this| {
    finished: bool = this.is_finished(), "Whether the thread has finished.";
});

impl Manhole for ThreadId {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("ThreadId", TypeKind::Opaque) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::formatted(format_args!("{self:?}")))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::shared(self)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use crate::reflect::ops::shown;

    #[test]
    fn threads_are_not_waited_for() {
        let (go, wait) = mpsc::channel::<()>();
        let thread = thread::spawn(move || wait.recv());
        assert_eq!(shown(&thread), "JoinHandle { finished: false }");
        go.send(()).unwrap();
        while !thread.is_finished() {
            thread::yield_now();
        }
        assert_eq!(shown(&thread), "JoinHandle { finished: true }");
        assert!(shown(&thread.thread().id()).starts_with("ThreadId("));
    }
}
