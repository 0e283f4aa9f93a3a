//! Awaiting the program's futures: on its own runtime, while the command waits.
//!
//! The command's thread never polls a future and never blocks on a runtime: it may be one that nobody drives, that is blocked,
//! or that is gone. The future is handed over, and what becomes of it is waited for in slices in which the command can be
//! stopped. A command that ends first cancels its future.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::task::{Context, Poll};
use std::time::Duration;

use super::watchdog::Watchdog;
use crate::engine::value::{ScriptError, panicked};
use crate::reflect::{CallError, CallFuture, CallOutput};

/// How long one wait lasts before it is asked whether the command must stop.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// What a future is handed over to.
pub(crate) trait Spawner: Send + Sync {
    /// Runs `task`, and returns what cancels it.
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) -> Box<dyn TaskHandle>;
}

/// A task that was handed over.
pub(crate) trait TaskHandle {
    /// Drops the task as soon as its runtime can.
    fn cancel(&self);
}

/// The program's runtime, if it has one that the console knows of.
#[derive(Clone, Default)]
pub(crate) struct Runtime(pub(crate) Option<Arc<dyn Spawner>>);

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Runtime").field(&self.0.is_some()).finish()
    }
}

/// Cancels its task when the command ends before it.
struct AbortOnDrop(Box<dyn TaskHandle>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Runtime {
    /// Waits for `future`.
    pub(crate) fn wait(
        &self,
        future: CallFuture<'static>,
        watchdog: &Watchdog,
    ) -> Result<Result<CallOutput, CallError>, ScriptError> {
        let Some(runtime) = &self.0 else {
            return Err(ScriptError::new(
                "this is async, and the manhole knows of no runtime to await it on",
            )
            .with_help(NO_RUNTIME));
        };
        let polled = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = mpsc::sync_channel(1);
        let watched = CatchPanicFuture { future, polled: Arc::clone(&polled) };
        let _running = AbortOnDrop(runtime.spawn(Box::pin(async move {
            // The command may have ended meanwhile.
            let _ = sender.send(watched.await);
        })));
        loop {
            match receiver.recv_timeout(POLL_INTERVAL) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(ScriptError::new("the program's runtime has dropped the call")
                        .with_help("the runtime is shutting down, or has been shut down"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(stop) = watchdog.check() {
                if !polled.load(Ordering::Relaxed) {
                    watchdog.set_stop_hint(
                        "the program's runtime has not begun to run the call: it is blocked or gone",
                    );
                }
                return Err(ScriptError::new(stop.to_string()));
            }
        }
    }
}

const NO_RUNTIME: &str = if cfg!(feature = "tokio") {
    "in the program, start the manhole inside of the runtime, or give it to Builder::runtime"
} else {
    "in the program, switch on manhole's feature `tokio`, and start the manhole inside of the runtime"
};

/// A future whose panic is its result, and that tells whether it has been run at all.
struct CatchPanicFuture {
    future: CallFuture<'static>,
    polled: Arc<AtomicBool>,
}

impl Future for CatchPanicFuture {
    type Output = Result<Result<CallOutput, CallError>, ScriptError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.polled.store(true, Ordering::Relaxed);
        match catch_unwind(AssertUnwindSafe(|| self.future.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panicked(&*panic))),
        }
    }
}

#[cfg(feature = "tokio")]
impl Spawner for tokio::runtime::Handle {
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) -> Box<dyn TaskHandle> {
        Box::new(self.spawn(task).abort_handle())
    }
}

#[cfg(feature = "tokio")]
impl TaskHandle for tokio::task::AbortHandle {
    fn cancel(&self) {
        self.abort();
    }
}
