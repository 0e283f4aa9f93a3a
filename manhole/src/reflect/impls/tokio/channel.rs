//! The ends of channels: their capacity, and whether the other ends exist. Nothing is sent, received or woken.

use tokio::sync::{broadcast, mpsc, oneshot};

use crate::reflect::impls::computed_fields::computed_fields;

computed_fields!([T] mpsc::Sender<T>, "Sender", "", |this| {
    capacity: usize = this.capacity(), "The number of values that can be sent without waiting.";
    max_capacity: usize = this.max_capacity(), "The most values that the channel holds.";
    closed: bool = this.is_closed(), "Whether the receivers are gone.";
});

computed_fields!([T] mpsc::Receiver<T>, "Receiver", "", |this| {
    len: usize = this.len(), "The number of values waiting to be received.";
    capacity: usize = this.capacity(), "The number of values that can be sent without waiting.";
    max_capacity: usize = this.max_capacity(), "The most values that the channel holds.";
    closed: bool = this.is_closed(), "Whether the senders are gone.";
});

computed_fields!([T] mpsc::UnboundedSender<T>, "UnboundedSender", "", |this| {
    closed: bool = this.is_closed(), "Whether the receivers are gone.";
});

computed_fields!([T] mpsc::UnboundedReceiver<T>, "UnboundedReceiver", "", |this| {
    len: usize = this.len(), "The number of values waiting to be received.";
    closed: bool = this.is_closed(), "Whether the senders are gone.";
});

// `len` of a broadcast channel takes a lock inside tokio that has no `try_lock`. Tokio holds it only while it stores one
// value or counts.
computed_fields!([T] broadcast::Sender<T>, "Sender", "", |this| {
    len: usize = this.len(), "The number of values that some receiver has not received yet.";
    receivers: usize = this.receiver_count(), "The number of receivers.";
});

computed_fields!([T] broadcast::Receiver<T>, "Receiver", "", |this| {
    len: usize = this.len(), "The number of values not received yet, missed ones included.";
    closed: bool = this.is_closed(), "Whether the senders are gone.";
});

computed_fields!([T] oneshot::Sender<T>, "Sender", "", |this| {
    closed: bool = this.is_closed(), "Whether the receivers are gone.";
});

computed_fields!([T] oneshot::Receiver<T>, "Receiver", "", |this| {
    empty: bool = this.is_empty(), "Whether there is no value to receive.";
    terminated: bool = this.is_terminated(), "Whether the value was received, or never will be.";
});
