//! The ends of channels: how full they are and whether anybody is at the other one. Nothing is sent, received or woken.

use tokio::sync::{broadcast, mpsc, oneshot};

use crate::reflect::impls::computed_fields::computed_fields;

computed_fields!([T] mpsc::Sender<T>, "Sender", "", |this| {
    capacity: usize = this.capacity(), "How many values can be sent now without waiting.";
    max_capacity: usize = this.max_capacity(), "How many values it holds at most.";
    closed: bool = this.is_closed(), "Whether nobody receives any more.";
});

computed_fields!([T] mpsc::Receiver<T>, "Receiver", "", |this| {
    len: usize = this.len(), "How many values wait to be received.";
    capacity: usize = this.capacity(), "How many values can be sent now without waiting.";
    max_capacity: usize = this.max_capacity(), "How many values it holds at most.";
    closed: bool = this.is_closed(), "Whether nobody can send any more.";
});

computed_fields!([T] mpsc::UnboundedSender<T>, "UnboundedSender", "", |this| {
    closed: bool = this.is_closed(), "Whether nobody receives any more.";
});

computed_fields!([T] mpsc::UnboundedReceiver<T>, "UnboundedReceiver", "", |this| {
    len: usize = this.len(), "How many values wait to be received.";
    closed: bool = this.is_closed(), "Whether nobody can send any more.";
});

// The length of a broadcast channel is read under a lock inside of tokio that cannot be tried. It is held for as long as it takes
// to put one value in or to count.
computed_fields!([T] broadcast::Sender<T>, "Sender", "", |this| {
    len: usize = this.len(), "How many values some receiver has not seen yet.";
    receivers: usize = this.receiver_count(), "How many receivers there are.";
});

computed_fields!([T] broadcast::Receiver<T>, "Receiver", "", |this| {
    len: usize = this.len(), "How many values it has not seen yet, those that it has missed included.";
    closed: bool = this.is_closed(), "Whether nobody can send any more.";
});

computed_fields!([T] oneshot::Sender<T>, "Sender", "", |this| {
    closed: bool = this.is_closed(), "Whether nobody receives any more.";
});

computed_fields!([T] oneshot::Receiver<T>, "Receiver", "", |this| {
    empty: bool = this.is_empty(), "Whether there is no value to receive.";
    terminated: bool = this.is_terminated(), "Whether the value has been received, or never will be.";
});
