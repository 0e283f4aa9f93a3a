//! Drives a connection as a task of the caller's event loop.
//!
//! Commands run on a thread of the session. The loop goes on while one runs, or its thread waits for it. Then a command is atomic to
//! the other tasks of a current-thread runtime: they do nothing between its beginning and its end.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use rustix::net::RecvFlags;
use tokio::io::unix::AsyncFd;
use tokio::sync::oneshot;

use super::async_session_thread::{SessionThreads, SessionWorker, WorkerError};
use super::server_config::{ServerConfig, read_event};
use super::session_machine::{Action, Decision, Event, SessionCall, SessionMachine};
use crate::server::socket::{Connection, LastWord, WRITE_TIMEOUT};

/// What the event loop does while a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommandMode {
    /// It runs other tasks.
    Concurrent,
    /// It waits.
    Inline,
}

/// What all sessions of a server run with.
pub(crate) struct SessionRunner {
    pub(crate) config: ServerConfig,
    pub(crate) mode: CommandMode,
    pub(crate) threads: SessionThreads,
}

/// The driver of a connection.
pub(crate) struct AsyncSessionLoop {
    connection: AsyncFd<Arc<Connection>>,
    runner: Arc<SessionRunner>,
    /// The thread of the session, when there is one.
    worker: Option<SessionWorker>,
}

impl AsyncSessionLoop {
    pub(crate) const fn new(connection: AsyncFd<Arc<Connection>>, runner: Arc<SessionRunner>) -> Self {
        Self { connection, runner, worker: None }
    }

    /// Runs from the first event until the connection ends.
    pub(crate) async fn run(mut self, first: Event) {
        let mut machine = SessionMachine::new(self.runner.config.timeouts(self.connection()));
        let mut event = first;
        loop {
            event = match machine.next(event, Instant::now) {
                Action::Decide(decision) => self.decide(decision).await,
                Action::Run(call) => self.call(call).await,
                Action::Send(bytes) => self.send(&bytes).await,
                Action::Receive { deadline } => self.receive(deadline).await,
                Action::Close(reason) => return self.connection().end(LastWord::Closed(reason)),
                Action::HangUp | Action::Leave => return self.connection().end(LastWord::Nothing),
            };
        }
    }

    fn connection(&self) -> &Arc<Connection> {
        self.connection.get_ref()
    }

    /// Takes a decision on another thread, since it may call the application.
    async fn decide(&self, decision: Decision) -> Event {
        let (runner, connection) = (Arc::clone(&self.runner), Arc::clone(self.connection()));
        let (sender, receiver) = oneshot::channel();
        // The receiver is gone if the connection has ended.
        let work = move || drop(sender.send(runner.config.decide(&connection, decision)));
        match self.start_thread(work) {
            Ok(()) => receiver.await.unwrap_or(Event::Failed),
            Err(reason) => {
                self.runner.config.turn_away(self.connection(), &reason);
                Event::Failed
            }
        }
    }

    /// Runs a call on the session's thread, which the first call starts.
    async fn call(&mut self, call: SessionCall) -> Event {
        let worker = match self.worker.take() {
            Some(worker) => worker,
            None => {
                let (runner, connection) = (Arc::clone(&self.runner), Arc::clone(self.connection()));
                let (worker, work) = SessionWorker::new(move || runner.config.new_session(&connection));
                if let Err(reason) = self.start_thread(work) {
                    self.connection().end(LastWord::Refused(reason));
                    return Event::Failed;
                }
                worker
            }
        };
        let reply = match self.runner.mode {
            CommandMode::Concurrent => worker.call(call).await,
            CommandMode::Inline => worker.call_blocking(call),
        };
        match reply {
            Ok(reply) => {
                self.worker = Some(worker);
                Event::Replied(reply)
            }
            Err(WorkerError::Abandoned(abandoned)) => Event::Abandoned(abandoned),
            Err(WorkerError::Gone) => {
                let reason = "the session ends: its thread does not respond".to_owned();
                self.connection().end(LastWord::Failed(reason));
                Event::Failed
            }
        }
    }

    /// Starts a thread for this client; the error is the reason why there is none.
    fn start_thread(&self, work: impl FnOnce() + Send + 'static) -> Result<(), String> {
        let SessionRunner { threads, config, .. } = &*self.runner;
        threads.start(config.max_threads(), work)
    }

    async fn receive(&self, deadline: Option<Instant>) -> Event {
        if self.connection().last_word().is_some() {
            return Event::Failed;
        }
        if let Some(input) = self.connection().next_input() {
            return Event::Input(input);
        }
        let readable = self.connection.readable();
        let ready = match deadline {
            Some(deadline) => match tokio::time::timeout_at(deadline.into(), readable).await {
                Ok(ready) => ready,
                Err(_) => return Event::TimedOut,
            },
            None => readable.await,
        };
        let Ok(mut ready) = ready else { return Event::Failed };
        let received = ready.try_io(|connection| {
            let received = connection.get_ref().try_receive(RecvFlags::DONTWAIT)?;
            received.ok_or_else(|| io::ErrorKind::WouldBlock.into())
        });
        match received {
            Ok(received) => read_event(self.connection(), &received),
            Err(_) => Event::Received,
        }
    }

    /// Sends `bytes`; fails if the client takes nothing for [`WRITE_TIMEOUT`].
    async fn send(&self, bytes: &[u8]) -> Event {
        let mut reply = self.connection().begin_reply(bytes);
        while !self.connection().is_sent(&reply) {
            let Ok(ready) = tokio::time::timeout(WRITE_TIMEOUT, self.connection.writable()).await else {
                self.connection().end_unread();
                return Event::Failed;
            };
            let Ok(mut ready) = ready else { return Event::Failed };
            let sent = ready.try_io(|connection| match connection.get_ref().try_send_reply(&mut reply)? {
                0 => Err(io::ErrorKind::WouldBlock.into()),
                sent => Ok(sent),
            });
            if matches!(sent, Ok(Err(_))) || self.connection().last_word().is_some() {
                return Event::Failed;
            }
        }
        Event::Sent
    }
}
