//! Types that threads and tasks share. No lock surrounds them, so each field is as accessible as its type.

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, LazyLock, OnceLock, Weak};
use std::thread;

use arc_swap::ArcSwap;
use dashmap::DashMap;
use manhole::Manhole;
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// One field for each shared type.
#[derive(Manhole)]
pub(crate) struct Guarded {
    counter: AtomicU64,
    flag: AtomicBool,
    mutex: std::sync::Mutex<Inner>,
    rwlock: std::sync::RwLock<Inner>,
    poisoned: std::sync::Mutex<Inner>,
    parking: parking_lot::Mutex<Inner>,
    parking_rwlock: parking_lot::RwLock<Inner>,
    newer: parking_lot_013::Mutex<Inner>,
    tokio: tokio::sync::Mutex<Inner>,
    tokio_rwlock: tokio::sync::RwLock<Inner>,
    shared: Arc<parking_lot::Mutex<Inner>>,
    gone: Weak<Inner>,
    node: Arc<Node>,
    once: OnceLock<Inner>,
    lazy: LazyLock<Inner>,
    cell: tokio::sync::OnceCell<Inner>,
    swap: ArcSwap<Inner>,
    map: DashMap<String, Inner>,
    setting: watch::Sender<Inner>,
    settings: watch::Receiver<Inner>,
    queue: mpsc::Sender<Inner>,
    queued: mpsc::Receiver<Inner>,
    permits: Semaphore,
    notify: Notify,
    task: JoinHandle<()>,
    cancel: CancellationToken,
}

/// The content of each.
#[derive(Manhole, Default)]
pub(crate) struct Inner {
    /// A value to read and write.
    value: u64,
}

/// One end of a cycle.
#[derive(Manhole)]
pub(crate) struct Node {
    name: &'static str,
    itself: Weak<Node>,
}

impl Guarded {
    /// Returns one of each, in its initial state. Needs the context of a runtime, for the task.
    pub(crate) fn new() -> Self {
        let (setting, settings) = watch::channel(Inner { value: 1 });
        let (queue, queued) = mpsc::channel(8);
        queue.try_send(Inner::default()).unwrap_or_default();
        Self {
            counter: AtomicU64::new(1),
            flag: AtomicBool::new(false),
            mutex: Inner { value: 1 }.into(),
            rwlock: Inner { value: 1 }.into(),
            poisoned: poisoned(),
            parking: Inner { value: 1 }.into(),
            parking_rwlock: Inner { value: 1 }.into(),
            newer: Inner { value: 1 }.into(),
            tokio: Inner { value: 1 }.into(),
            tokio_rwlock: Inner { value: 1 }.into(),
            shared: Arc::new(Inner { value: 1 }.into()),
            gone: Weak::new(),
            node: Arc::new_cyclic(|itself| Node { name: "node", itself: Weak::clone(itself) }),
            once: Inner { value: 1 }.into(),
            lazy: LazyLock::new(|| Inner { value: 1 }),
            cell: tokio::sync::OnceCell::new(),
            swap: ArcSwap::from_pointee(Inner { value: 1 }),
            map: [("a".to_owned(), Inner { value: 1 })].into_iter().collect(),
            setting,
            settings,
            queue,
            queued,
            permits: Semaphore::new(3),
            notify: Notify::new(),
            task: tokio::spawn(std::future::pending()),
            cancel: CancellationToken::new(),
        }
    }
}

/// Returns a poisoned lock, and prints no panic message.
fn poisoned() -> std::sync::Mutex<Inner> {
    let mutex = std::sync::Mutex::new(Inner { value: 1 });
    thread::scope(|scope| {
        let held = || {
            let _held = mutex.lock();
            std::panic::resume_unwind(Box::new(()));
        };
        scope.spawn(held).join().unwrap_err();
    });
    mutex
}
