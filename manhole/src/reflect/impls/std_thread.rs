//! Threads and synchronization. Nothing here blocks, wakes a thread, or receives a message.

use std::sync::mpsc::{Receiver, Sender, SyncSender};
use std::sync::{Barrier, Condvar, Once};
use std::thread::{JoinHandle, ThreadId};

use super::computed_fields::computed_fields;
use super::computed_fields::opaque;
use crate::reflect::model::{Manhole, Node, NodeMut, Shape, TypeInfo, TypeKind};

computed_fields!([] Once, "Once", "", |this| {
    completed: bool = this.is_completed(), "Whether it has run.";
});

computed_fields!([T] JoinHandle<T>, "JoinHandle", "", |this| {
    finished: bool = this.is_finished(), "Whether the thread has finished.";
});

// Only receiving would show whether a message is there.
opaque! {
    [] Barrier, "Barrier";
    [] Condvar, "Condvar";
    [T] Receiver<T>, "Receiver";
    [T] Sender<T>, "Sender";
    [T] SyncSender<T>, "SyncSender";
}

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

    #[test]
    fn reading_a_channel_receives_nothing() {
        let (sender, receiver) = mpsc::channel();
        sender.send(1).unwrap();
        assert_eq!(shown(&receiver), "Receiver");
        assert_eq!(shown(&sender), "Sender");
        assert_eq!(receiver.recv(), Ok(1));
        let once = std::sync::Once::new();
        assert_eq!(shown(&once), "Once { completed: false }");
        once.call_once(|| ());
        assert_eq!(shown(&once), "Once { completed: true }");
    }
}
