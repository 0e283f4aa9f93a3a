//! Awaits the application's futures on its own runtime, while the command waits.
//!
//! The command's thread neither polls a future nor blocks on a runtime, which may be blocked, stopped, or driven by no thread. The
//! runtime gets the future, and the command waits for the result in intervals in which it can be stopped. A command that ends
//! first cancels its future.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::task::{Context, Poll};
use std::time::Duration;

use super::watchdog::Watchdog;
use crate::engine::value::{ScriptError, ScriptResult, panicked};
use crate::reflect::{CallError, CallFuture, CallOutput};

/// The interval between two checks whether the command must stop.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// A runtime that runs futures.
pub(crate) trait Spawner: Send + Sync {
    /// Spawns `task`, and returns a function that aborts it.
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) -> AbortTask;
}

/// Drops a spawned task as soon as its runtime can.
pub(crate) type AbortTask = Box<dyn Fn()>;

/// The application's runtime, as the console may use it.
#[derive(Clone, Default)]
pub(crate) enum Runtime {
    /// The console knows none.
    #[default]
    Unknown,
    /// Its only thread waits for the command.
    #[cfg(feature = "tokio")]
    Waiting,
    #[cfg_attr(not(feature = "tokio"), expect(dead_code, reason = "tokio's is the only one yet"))]
    Running(Arc<dyn Spawner>),
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "Unknown",
            #[cfg(feature = "tokio")]
            Self::Waiting => "Waiting",
            Self::Running(_) => "Running",
        })
    }
}

/// Cancels its task if the command ends first.
struct AbortOnDrop(AbortTask);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl Runtime {
    /// Runs `future` and waits for its result.
    pub(crate) fn wait(
        &self,
        future: CallFuture<'static>,
        watchdog: &Watchdog,
    ) -> ScriptResult<Result<CallOutput, CallError>> {
        let runtime = match self {
            Self::Running(runtime) => runtime,
            #[cfg(feature = "tokio")]
            Self::Waiting => {
                let message = "cannot await the call: the event loop waits for this command";
                return Err(ScriptError::new(message)
                    .with_help("in the application, use Builder::serve in place of serve_inline"));
            }
            Self::Unknown => {
                return Err(ScriptError::new("cannot await the call: the console has no runtime")
                    .with_help(NO_RUNTIME));
            }
        };
        let polled = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = mpsc::sync_channel(1);
        let watched = CatchPanicFuture { future, polled: Arc::clone(&polled) };
        let _running = AbortOnDrop(runtime.spawn(Box::pin(async move {
            // The command may have ended.
            let _ = sender.send(watched.await);
        })));
        watchdog.idle(|| loop {
            match receiver.recv_timeout(POLL_INTERVAL) {
                // Not on the runtime's thread, which runs no command.
                Ok(result) => return result.map_err(|panic| panicked(&*panic)),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(ScriptError::new(
                        "cannot await the call: the application's runtime is shutting down",
                    ));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Err(stop) = watchdog.check() {
                if !polled.load(Ordering::Relaxed) {
                    watchdog.set_stop_hint(
                        "check the application's runtime: it has not started the call, so it is blocked or stopped",
                    );
                }
                return Err(stop.into());
            }
        })
    }
}

const NO_RUNTIME: &str = if cfg!(feature = "tokio") {
    "in the application, start the console inside the runtime, or pass the runtime to Builder::runtime"
} else {
    "in the application, enable manhole's feature `tokio`, and start the console inside the runtime"
};

/// A future that returns the payload of a panic as an error, and records its first poll.
struct CatchPanicFuture {
    future: CallFuture<'static>,
    polled: Arc<AtomicBool>,
}

impl Future for CatchPanicFuture {
    type Output = Result<Result<CallOutput, CallError>, Box<dyn Any + Send>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.polled.store(true, Ordering::Relaxed);
        match catch_unwind(AssertUnwindSafe(|| self.future.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

#[cfg(feature = "tokio")]
impl Spawner for tokio::runtime::Handle {
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) -> AbortTask {
        let task = self.spawn(task).abort_handle();
        Box::new(move || task.abort())
    }
}
