//! Streams of `tokio-stream`. Nothing here polls one.

use std::marker::PhantomData;
use std::time::Duration;

use tokio_stream::StreamMap;
use tokio_stream::wrappers::{IntervalStream, ReceiverStream, UnboundedReceiverStream};

use super::newer_tokio::IfKnown;
#[allow(unused_imports, reason = "tokio may have their methods itself")]
use super::newer_tokio::{NewerReceiver as _, NewerUnboundedReceiver as _};
use crate::reflect::impls::computed_fields::{computed_fields, parameter};
use crate::reflect::impls::shown_text::shown;
use crate::reflect::model::{
    Manhole, Map, Node, NodeMut, Shape, TypeInfo, TypeKind, Value, ValueMut, ValueRef,
};
use crate::reflect::ops::as_key;
use crate::reflect::support::convert_key;

computed_fields!([T] ReceiverStream<T>, "ReceiverStream", "", |this| {
    len: IfKnown<usize> = this.as_ref().len().into(), "The number of values waiting to be received.";
    capacity: IfKnown<usize> = this.as_ref().capacity().into(), "The number of values that can be sent without waiting.";
    max_capacity: IfKnown<usize> = this.as_ref().max_capacity().into(), "The most values that the channel holds.";
    closed: IfKnown<bool> = this.as_ref().is_closed().into(), "Whether the senders are gone.";
});

computed_fields!([T] UnboundedReceiverStream<T>, "UnboundedReceiverStream", "", |this| {
    len: IfKnown<usize> = this.as_ref().len().into(), "The number of values waiting to be received.";
    closed: IfKnown<bool> = this.as_ref().is_closed().into(), "Whether the senders are gone.";
});

computed_fields!([] IntervalStream, "IntervalStream", "", |this| {
    period: Duration = this.as_ref().period(), "The time between two ticks.";
}, mut {
    reset() = this.as_mut().reset(), "Lets the next tick come one period from now.";
});

/// A stream, shown by its type.
struct Stream<V>(PhantomData<fn() -> V>);

shown!([V] Stream<V>, parameter::<V>(), |_this| Shape::Opaque);

impl<K: Manhole + Eq, V> Manhole for StreamMap<K, V> {
    fn type_info() -> &'static TypeInfo {
        const {
            &TypeInfo::new("StreamMap", TypeKind::Map(K::type_info, parameter::<V>))
                .with_params(&[K::type_info, parameter::<V>])
        }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Map(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::shared(self)
    }
}

impl<K: Manhole + Eq, V> Map for StreamMap<K, V> {
    fn len(&self) -> usize {
        self.len()
    }

    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>> {
        let wanted = convert_key::<K>(key.clone()).ok();
        let is_wanted = |known: &K| match &wanted {
            Some(wanted) => known == wanted,
            None => as_key(known).as_ref() == Some(key),
        };
        self.keys().any(is_wanted).then(|| ValueRef::owned(Stream::<V>(PhantomData)))
    }

    fn get_mut(&mut self, _key: &Value<'_>) -> Option<ValueMut<'_>> {
        None
    }

    fn entries(&self, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        let _ = self.keys().all(|key| visit(key, &Stream::<V>(PhantomData)));
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::reflect::ops::shown;

    #[test]
    fn streams_are_shown_and_not_polled() {
        let (sender, receiver) = mpsc::channel(4);
        let (log, lines) = mpsc::unbounded_channel();
        sender.try_send(1_u8).unwrap();
        log.send(2_u8).unwrap();
        let mut receiver = ReceiverStream::new(receiver);
        assert_eq!(
            shown(&receiver),
            "ReceiverStream { len: 1, capacity: 3, max_capacity: 4, closed: false }"
        );
        let lines = UnboundedReceiverStream::new(lines);
        assert_eq!(shown(&lines), "UnboundedReceiverStream { len: 1, closed: false }");
        assert_eq!(receiver.as_mut().try_recv(), Ok(1));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let ticks =
            runtime.block_on(async { IntervalStream::new(tokio::time::interval(Duration::from_secs(5))) });
        assert_eq!(shown(&ticks), "IntervalStream { period: 5s }");
    }

    #[test]
    fn the_streams_of_a_map_are_shown_by_their_keys() {
        let mut streams = StreamMap::new();
        streams.insert("a", tokio_stream::empty::<u8>());
        assert_eq!(shown(&streams), r#"{"a": Empty<u8>}"#);
        assert!(Map::get(&streams, &Value::from("a")).is_some());
        assert!(Map::get(&streams, &Value::from("b")).is_none());
        let mut numbers = StreamMap::new();
        numbers.insert(7, tokio_stream::empty::<u8>());
        assert!(Map::get(&numbers, &Value::from("7")).is_some(), "a script's own maps have string keys");
    }
}
