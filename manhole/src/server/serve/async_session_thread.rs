//! The thread of a session that an event loop drives: scripts need a larger stack than event loops have.

use std::sync::mpsc::{self, TryRecvError};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::server_config::TOO_MANY_THREADS;
use super::session_machine::SessionCall;
use crate::engine::{AbandonedCommand, CommandHandle};
use crate::reflect::serve_kept_values;
use crate::server::socket::DetachedThread;
use crate::session::{Reply, Session};
use crate::sync::LockIgnoringPoison;

/// How often a caller that waits for a reply checks whether the command has to be abandoned.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// How long an event loop waits while no command runs: for the start of a session, and for the audit callback.
const BLOCKING_CALL_TIMEOUT: Duration = Duration::from_secs(2);

type Job = Box<dyn FnOnce(&mut Session) + Send>;

/// The thread of one session. It ends when this is dropped and its job has returned.
pub(crate) struct SessionWorker {
    jobs: mpsc::Sender<Job>,
    /// Set when there is a session.
    command_handle: Arc<OnceLock<CommandHandle>>,
}

/// The threads of all sessions.
#[derive(Default)]
pub(crate) struct SessionThreads(Mutex<Vec<DetachedThread>>);

/// Why there is no reply.
pub(crate) enum WorkerError {
    /// The command has not returned.
    Abandoned(AbandonedCommand),
    /// The thread has ended.
    Gone,
}

impl SessionWorker {
    /// Returns a worker, and the work for its thread: to make a session, and run the calls of the worker on it.
    pub(crate) fn new(
        session: impl FnOnce() -> Session + Send + 'static,
    ) -> (Self, impl FnOnce() + Send + 'static) {
        let command_handle = Arc::<OnceLock<CommandHandle>>::default();
        let handle = Arc::clone(&command_handle);
        let (jobs, queue) = mpsc::channel::<Job>();
        // The session is dropped there too: values of a script may nest deeper than other stacks allow.
        let work = move || {
            let mut session = session();
            let _ = handle.set(session.command_handle());
            queue.iter().for_each(|job| job(&mut session));
        };
        (Self { jobs, command_handle }, work)
    }

    /// Runs a call while the current thread waits, and serves the values that it keeps: up to the command's own timeout, or for
    /// [`BLOCKING_CALL_TIMEOUT`] if no command runs, since such code has no timeout.
    pub(crate) fn call_blocking(&self, call: SessionCall) -> Result<Reply, WorkerError> {
        let (sender, receiver) = mpsc::channel();
        let caller = std::thread::current();
        self.submit(move |session| {
            // The caller may have given up.
            let _ = sender.send(call.run(session));
            caller.unpark();
        })?;
        let mut last_running = Instant::now();
        while last_running.elapsed() < BLOCKING_CALL_TIMEOUT {
            match receiver.try_recv() {
                Ok(reply) => return Ok(reply),
                Err(TryRecvError::Empty) => self.check_abandoned()?,
                Err(TryRecvError::Disconnected) => return Err(WorkerError::Gone),
            }
            if self.command_handle.get().is_some_and(CommandHandle::is_running) {
                last_running = Instant::now();
            }
            serve_kept_values();
            std::thread::park_timeout(POLL_INTERVAL);
        }
        Err(WorkerError::Gone)
    }

    /// Runs a call while the event loop runs other tasks.
    pub(crate) async fn call(&self, call: SessionCall) -> Result<Reply, WorkerError> {
        let (sender, mut receiver) = oneshot::channel();
        self.submit(move |session| drop(sender.send(call.run(session))))?;
        loop {
            match tokio::time::timeout(POLL_INTERVAL, &mut receiver).await {
                Ok(reply) => return reply.map_err(|_| WorkerError::Gone),
                Err(_) => self.check_abandoned()?,
            }
        }
    }

    fn submit(&self, job: impl FnOnce(&mut Session) + Send + 'static) -> Result<(), WorkerError> {
        self.jobs.send(Box::new(job)).map_err(|_| WorkerError::Gone)
    }

    fn check_abandoned(&self) -> Result<(), WorkerError> {
        let abandoned = self.command_handle.get().and_then(CommandHandle::abandon);
        abandoned.map_or(Ok(()), |abandoned| Err(WorkerError::Abandoned(abandoned)))
    }
}

impl SessionThreads {
    /// Starts one more thread if there are fewer than `max`; the error is the reason to report to the client.
    pub(crate) fn start(&self, max: usize, work: impl FnOnce() + Send + 'static) -> Result<(), String> {
        let mut threads = self.0.lock_ignoring_poison();
        threads.retain(|thread| !thread.is_finished());
        if threads.len() >= max {
            return Err(TOO_MANY_THREADS.to_owned());
        }
        threads.push(DetachedThread::spawn(work)?);
        Ok(())
    }

    /// Waits until all threads have ended, but not beyond `end`. Abandoned ones may never end.
    pub(crate) async fn wait_until(&self, end: tokio::time::Instant) {
        let threads = std::mem::take(&mut *self.0.lock_ignoring_poison());
        for thread in threads {
            while !thread.is_finished() && tokio::time::Instant::now() < end {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
}
