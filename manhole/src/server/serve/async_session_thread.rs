//! A session on a thread of its own, for event loops: scripts need a stack that no event loop has.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tokio::sync::oneshot;

use super::detached_thread::DetachedThread;
use super::server_config::TOO_MANY_THREADS;
use crate::engine::{AbandonedCommand, CommandHandle};
use crate::session::Session;
use crate::sync::LockIgnoringPoison;

/// How often somebody who waits for an answer looks whether it still can come.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// How long an event loop stands still for something that is no command: the beginning of a session, and what is told of it.
const MAX_BLOCKED_TIME: Duration = Duration::from_secs(2);

type Job = Box<dyn FnOnce(&mut Session) + Send>;

/// The thread of one session. It ends when this is dropped and what it runs has come back.
pub(crate) struct SessionWorker {
    jobs: mpsc::Sender<Job>,
    /// Of the session, once its thread has made it.
    watch: Arc<OnceLock<CommandHandle>>,
}

/// All such threads, to be waited for at the end.
#[derive(Default)]
pub(crate) struct SessionThreads(Mutex<Vec<DetachedThread>>);

/// Why there is no answer.
pub(crate) enum WorkerError {
    /// The command did not come back.
    AbandonedCommand(AbandonedCommand),
    /// The thread is gone.
    Gone,
}

impl SessionWorker {
    /// What asks, and what is to run on a thread: it makes a session and does what it is asked with it.
    pub(crate) fn new(
        session: impl FnOnce() -> Session + Send + 'static,
    ) -> (Self, impl FnOnce() + Send + 'static) {
        let watch = Arc::<OnceLock<CommandHandle>>::default();
        let watched = Arc::clone(&watch);
        let (jobs, input_buffer) = mpsc::channel::<Job>();
        // The session is dropped there too: values of a script may nest deeper than other stacks allow.
        let work = move || {
            let mut session = session();
            let _ = watched.set(session.watch());
            input_buffer.iter().for_each(|job| job(&mut session));
        };
        (Self { jobs, watch }, work)
    }

    /// Has `work` done while this thread stands still; but not for long where it is no command that keeps it waiting: such code has
    /// no deadline.
    pub(crate) fn ask_blocking<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Session) -> R + Send + 'static,
    ) -> Result<R, WorkerError> {
        let (answer, answered) = mpsc::channel();
        self.hand_over(move |session| drop(answer.send(work(session))))?;
        let mut silent = Duration::ZERO;
        while silent < MAX_BLOCKED_TIME {
            match answered.recv_timeout(POLL_INTERVAL) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Timeout) => self.look()?,
                Err(RecvTimeoutError::Disconnected) => return Err(WorkerError::Gone),
            }
            let is_running = self.watch.get().is_some_and(CommandHandle::is_running);
            silent = if is_running { Duration::ZERO } else { silent + POLL_INTERVAL };
        }
        Err(WorkerError::Gone)
    }

    /// Has `work` done while the other tasks of the event loop go on.
    pub(crate) async fn ask<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Session) -> R + Send + 'static,
    ) -> Result<R, WorkerError> {
        let (answer, mut answered) = oneshot::channel();
        self.hand_over(move |session| drop(answer.send(work(session))))?;
        loop {
            match tokio::time::timeout(POLL_INTERVAL, &mut answered).await {
                Ok(answer) => return answer.map_err(|_| WorkerError::Gone),
                Err(_) => self.look()?,
            }
        }
    }

    fn hand_over(&self, job: impl FnOnce(&mut Session) + Send + 'static) -> Result<(), WorkerError> {
        self.jobs.send(Box::new(job)).map_err(|_| WorkerError::Gone)
    }

    fn look(&self) -> Result<(), WorkerError> {
        let given_up = self.watch.get().and_then(CommandHandle::give_up);
        given_up.map_or(Ok(()), |given_up| Err(WorkerError::AbandonedCommand(given_up)))
    }
}

impl SessionThreads {
    /// Starts one more, if there are fewer than `most`; the error says why not.
    pub(crate) fn start(&self, most: usize, work: impl FnOnce() + Send + 'static) -> Result<(), String> {
        let mut threads = self.0.lock_ignoring_poison();
        threads.retain(|thread| !thread.is_finished());
        if threads.len() >= most {
            return Err(TOO_MANY_THREADS.to_owned());
        }
        let thread = DetachedThread::spawn(work)
            .map_err(|error| format!("error: the system has no thread left for this session: {error}"))?;
        threads.push(thread);
        Ok(())
    }

    /// Waits until all threads have ended, for `time` at most. Those that are stuck in code of the program stay.
    pub(crate) async fn wait(&self, time: Duration) {
        let threads = std::mem::take(&mut *self.0.lock_ignoring_poison());
        let end = tokio::time::Instant::now() + time;
        for thread in threads {
            while !thread.is_finished() && tokio::time::Instant::now() < end {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
}
