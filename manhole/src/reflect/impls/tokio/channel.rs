//! The ends of channels: their capacity, and whether the other ends exist. Nothing is sent, received or woken. A weak sender is shown as
//! the sender, and keeps the channel open only during the read.

use tokio::sync::{broadcast, mpsc, oneshot};

use super::newer_tokio::IfKnown;
#[allow(unused_imports, reason = "tokio may have their methods itself")]
use super::newer_tokio::{
    NewerBroadcastReceiver as _, NewerOneshotReceiver as _, NewerReceiver as _, NewerUnboundedReceiver as _,
};
use crate::reflect::impls::computed_fields::computed_fields;
use crate::reflect::impls::pointer::weak;

computed_fields!([T] mpsc::Sender<T>, "mpsc::Sender", "", |this| {
    capacity: usize = this.capacity(), "The number of values that can be sent without waiting.";
    max_capacity: usize = this.max_capacity(), "The most values that the channel holds.";
    closed: bool = this.is_closed(), "Whether the receivers are gone.";
});

computed_fields!([T] mpsc::Receiver<T>, "mpsc::Receiver", "", |this| {
    len: IfKnown<usize> = this.len().into(), "The number of values waiting to be received.";
    capacity: IfKnown<usize> = this.capacity().into(), "The number of values that can be sent without waiting.";
    max_capacity: IfKnown<usize> = this.max_capacity().into(), "The most values that the channel holds.";
    closed: IfKnown<bool> = this.is_closed().into(), "Whether the senders are gone.";
});

computed_fields!([T] mpsc::UnboundedSender<T>, "mpsc::UnboundedSender", "", |this| {
    closed: bool = this.is_closed(), "Whether the receivers are gone.";
});

computed_fields!([T] mpsc::UnboundedReceiver<T>, "mpsc::UnboundedReceiver", "", |this| {
    len: IfKnown<usize> = this.len().into(), "The number of values waiting to be received.";
    closed: IfKnown<bool> = this.is_closed().into(), "Whether the senders are gone.";
});

// `len` of a broadcast channel takes a lock inside tokio that has no `try_lock`. Tokio holds it only while it stores one
// value or counts.
computed_fields!([T] broadcast::Sender<T>, "broadcast::Sender", "", |this| {
    len: usize = this.len(), "The number of values that some receiver has not received yet.";
    receivers: usize = this.receiver_count(), "The number of receivers.";
});

computed_fields!([T] broadcast::Receiver<T>, "broadcast::Receiver", "", |this| {
    len: usize = this.len(), "The number of values not received yet, missed ones included.";
    closed: IfKnown<bool> = this.is_closed().into(), "Whether the senders are gone.";
});

computed_fields!([T] oneshot::Sender<T>, "oneshot::Sender", "", |this| {
    closed: bool = this.is_closed(), "Whether the receivers are gone.";
});

computed_fields!([T] oneshot::Receiver<T>, "oneshot::Receiver", "", |this| {
    empty: IfKnown<bool> = this.is_empty().into(), "Whether there is no value to receive.";
    terminated: IfKnown<bool> = this.is_terminated().into(), "Whether the value was received, or never will be.";
});

weak!([T] mpsc::WeakSender<T> => mpsc::Sender<T>, "mpsc::WeakSender");
weak!([T] mpsc::WeakUnboundedSender<T> => mpsc::UnboundedSender<T>, "mpsc::WeakUnboundedSender");
