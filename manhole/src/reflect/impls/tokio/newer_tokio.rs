//! What newer versions of tokio than the oldest supported one have. Each item here stands in for an item of theirs, and where tokio has
//! it, that one is used: a method of a type comes before one of a trait, and an import in a block before an item around it.

use std::marker::PhantomData;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, SemaphorePermit, broadcast, mpsc, oneshot};

use crate::reflect::impls::pointer::weak;
use crate::reflect::impls::reported::Reported;

/// A value that only newer versions of tokio tell.
pub(super) type IfKnown<T> = Reported<T>;

/// Declares methods for types that may not have them. Without them, their values are unknown for a reason.
macro_rules! missing_methods {
    ($reason:literal: $($name:ident for [$($generics:tt)*] $ty:ty {
        $($method:ident $(($arg:ident: $arg_ty:ty))? -> $value:ty),+ $(,)?
    })+) => {$(
        #[allow(dead_code)]
        pub(super) trait $name {
            $(fn $method(&self $(, $arg: $arg_ty)?) -> IfKnown<$value> {
                $(let _ = $arg;)?
                IfKnown::unknown($reason)
            })+
        }

        impl<$($generics)*> $name for $ty {}
    )+};
}

missing_methods! { "needs a newer tokio":
    NewerReceiver for [T] mpsc::Receiver<T> {
        len -> usize, capacity -> usize, max_capacity -> usize, is_closed -> bool
    }
    NewerUnboundedReceiver for [T] mpsc::UnboundedReceiver<T> { len -> usize, is_closed -> bool }
    NewerBroadcastReceiver for [T] broadcast::Receiver<T> { is_closed -> bool }
    NewerOneshotReceiver for [T] oneshot::Receiver<T> { is_empty -> bool, is_terminated -> bool }
    NewerPermit for ['a] SemaphorePermit<'a> { num_permits -> usize }
    NewerOwnedPermit for [] OwnedSemaphorePermit { num_permits -> usize }
    // `runtime::RuntimeMetrics`, or where there is none, `Metrics`.
    NewerMetrics for [T] T {
        num_workers -> usize,
        num_alive_tasks -> usize,
        global_queue_depth -> usize,
        worker_total_busy_duration(worker: usize) -> Duration,
        worker_park_unpark_count(worker: usize) -> u64,
    }
}

missing_methods! { "needs an application that is built with `--cfg tokio_unstable`":
    UnstableMetrics for [T] T {
        num_blocking_threads -> usize,
        num_idle_blocking_threads -> usize,
        blocking_queue_depth -> usize,
        io_driver_fd_registered_count -> u64,
        io_driver_fd_deregistered_count -> u64,
        io_driver_ready_count -> u64,
        worker_local_queue_depth(worker: usize) -> usize,
        worker_poll_count(worker: usize) -> u64,
        worker_steal_count(worker: usize) -> u64,
    }
}

/// Stands for `runtime::RuntimeMetrics` where that does not exist.
pub(super) struct Metrics;

/// Methods of `runtime::Handle`.
#[allow(dead_code)]
pub(super) trait NewerHandle {
    fn metrics(&self) -> Metrics {
        Metrics
    }
}

impl NewerHandle for Handle {}

/// `broadcast::WeakSender`.
#[allow(dead_code)]
struct WeakSender<T>(PhantomData<fn() -> T>);

#[allow(dead_code)]
impl<T> WeakSender<T> {
    fn upgrade(&self) -> Option<broadcast::Sender<T>> {
        None
    }
}

const _: () = {
    #[allow(unused_imports)]
    use tokio::sync::broadcast::*;

    weak!([T] WeakSender<T> => Sender<T>, "WeakSender");
};
