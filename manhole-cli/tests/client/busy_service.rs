//! A service with something in each root that every console has: a busy thread, a runtime, tasks and open spans.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use manhole::{Builder, Console, Manhole, Namespace, manhole};
use parking_lot::{Mutex, MutexGuard};
use tracing_subscriber::layer::SubscriberExt;

/// What the service knows.
#[derive(Manhole)]
struct Store {
    /// Grows.
    lines: Vec<String>,
    small: Vec<u8>,
}

/// Tasks, spans and threads are those of the process: there is one service at a time.
static ONLY: Mutex<()> = Mutex::new(());

/// The root `spans` shows the layer that was made last.
static SUBSCRIBER: Once = Once::new();

/// It runs until it is dropped.
pub(crate) struct BusyService {
    console: Console,
    _runtime: tokio::runtime::Runtime,
    _span: tracing::Span,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<u64>>,
    _only: MutexGuard<'static, ()>,
}

impl BusyService {
    pub(crate) fn start(path: &Path) -> Self {
        Self::with(path, |builder| builder)
    }

    pub(crate) fn with(path: &Path, setup: impl FnOnce(Builder) -> Builder) -> Self {
        let only = ONLY.lock();
        SUBSCRIBER.call_once(|| {
            let subscriber = tracing_subscriber::registry().with(manhole::tracing_layer());
            tracing::subscriber::set_global_default(subscriber).unwrap();
        });
        let is_over = Arc::<AtomicBool>::default();
        let until = Arc::clone(&is_over);
        let thread =
            thread::Builder::new().name("cruncher".to_owned()).spawn(move || crunch(&until)).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("worker")
            .enable_time()
            .build()
            .unwrap();
        runtime
            .spawn(manhole::task("refill", async { tokio::time::sleep(Duration::from_secs(1_000)).await }));
        runtime.spawn(manhole::task("poller", async {
            loop {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }));
        let span = tracing::info_span!("request", path = "/orders", user = 7);
        let lines = (0..5_000).map(|number| format!("line {number}")).collect();
        let namespace: Namespace = manhole! {
            store => Arc::new(Mutex::new(Store { lines, small: vec![1, 2, 3] })),
        };
        let builder = Builder::new(namespace).name("busy").version("1.2.3").runtime(runtime.handle().clone());
        let console = setup(builder).spawn(path).unwrap();
        Self { console, _runtime: runtime, _span: span, is_over, thread: Some(thread), _only: only }
    }
}

/// Keeps a processor busy. Not inlined, so that stacks and profiles show it.
#[inline(never)]
fn crunch(is_over: &AtomicBool) -> u64 {
    let mut sum = 0_u64;
    while !is_over.load(Ordering::Relaxed) {
        sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(7));
    }
    sum
}

impl Drop for BusyService {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.console.shutdown();
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
