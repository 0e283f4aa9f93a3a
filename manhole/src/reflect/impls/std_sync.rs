//! Channels, synchronization and other types of the standard library without a value of their own. Nothing here blocks, wakes a thread, or receives a message.

use std::hash::{DefaultHasher, RandomState};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, SyncSender};
use std::sync::{Barrier, Condvar, Once};
use std::task::Waker;

use super::computed_fields::{computed_fields, opaque};

computed_fields!([] Once, "Once", "", |this| {
    completed: bool = this.is_completed(), "Whether it has run.";
});

// Only receiving would show whether a message is there. The arguments and variables of a command may be secrets.
opaque! {
    [] Command, "Command";
    [] DefaultHasher, "DefaultHasher";
    [] RandomState, "RandomState";
    [] Waker, "Waker";
    [] Barrier, "Barrier";
    [] Condvar, "Condvar";
    [T] Receiver<T>, "mpsc::Receiver";
    [T] Sender<T>, "mpsc::Sender";
    [T] SyncSender<T>, "mpsc::SyncSender";
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use crate::reflect::ops::shown;

    #[test]
    fn reading_a_channel_receives_nothing() {
        let (sender, receiver) = mpsc::channel();
        sender.send(1).unwrap();
        assert_eq!(shown(&receiver), "mpsc::Receiver<i32>");
        assert_eq!(shown(&sender), "mpsc::Sender<i32>");
        assert_eq!(receiver.recv(), Ok(1));
        let once = std::sync::Once::new();
        assert_eq!(shown(&once), "Once { completed: false }");
        once.call_once(|| ());
        assert_eq!(shown(&once), "Once { completed: true }");
    }
}
