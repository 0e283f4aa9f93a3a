//! Serves sessions on the caller's event loop.
//!
//! Commands run on threads of their own in both ways. In one the loop goes on meanwhile; in the other its thread waits, so
//! that to the other tasks of a current-thread runtime a command is atomic: nothing of theirs happens between its beginning and
//! its end.

use std::future::poll_fn;
use std::io;
use std::os::fd::AsRawFd;
use std::sync::{Arc, Mutex, Weak};
use std::task::Poll;
use std::time::{Duration, Instant};

use rustix::net::RecvFlags;
use tokio::io::unix::AsyncFd;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::async_session_thread::{SessionThreads, SessionWorker, WorkerError};
use super::connection::{Connection, Received, WRITE_TIMEOUT};
use super::server_config::{SHUTDOWN_TIMEOUT, ServerConfig, TOO_MANY_THREADS};
use crate::server::admit::TOKEN_PROMPT;
use crate::server::error::Error;
use crate::server::listen::{BoundListener, SpareFd};
use crate::session::{AfterReply, ClientConnection, Reply, Session};
use crate::sync::LockIgnoringPoison;

/// What the event loop does while a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommandMode {
    /// It goes on.
    Concurrent,
    /// It stands still.
    Inline,
}

/// Serves until `shutdown`.
pub(crate) async fn serve(
    listeners: Vec<BoundListener>,
    setup: ServerConfig,
    mode: CommandMode,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    let watched: io::Result<Vec<_>> = listeners.into_iter().map(watch).collect();
    let listeners = watched.map_err(|source| Error::Start { source })?;
    let spare_fd = SpareFd::new().map_err(|source| Error::Start { source })?;
    let served = CloseOnDrop(Arc::new(ServerState {
        setup,
        mode,
        threads: SessionThreads::default(),
        open: Mutex::default(),
    }));
    let shared = &served.0;
    let mut sessions = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listeners, &shared.setup, &spare_fd) => accepted,
            Some(_) = sessions.join_next() => continue,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok(connection) => {
                if sessions.len() >= shared.setup.max_threads() {
                    shared.setup.turn_away(connection.get_ref(), TOO_MANY_THREADS);
                    continue;
                }
                shared.remember(connection.get_ref());
                sessions.spawn(AsyncSessionLoop { connection, shared: Arc::clone(shared) }.run());
            }
            // The client stays in the queue, and a pause keeps this from spinning.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
    shared.close();
    // What is still there stands at an `await`, and ends there.
    sessions.shutdown().await;
    shared.threads.wait(SHUTDOWN_TIMEOUT).await;
    Ok(())
}

/// Waits for the next client, wherever it comes in.
async fn accept(
    listeners: &[AsyncFd<BoundListener>],
    setup: &ServerConfig,
    spare_fd: &SpareFd,
) -> io::Result<AsyncFd<Arc<Connection>>> {
    let max_line_bytes = setup.config.limits.command;
    let connection = poll_fn(|context| {
        for listener in listeners {
            while let Poll::Ready(ready) = listener.poll_read_ready(context) {
                if let Ok(accepted) =
                    ready?.try_io(|listener| Connection::accept(listener.get_ref(), max_line_bytes))
                {
                    match accepted {
                        Err(error) if spare_fd.turn_away(listener.get_ref(), &error) => {}
                        accepted => return Poll::Ready(accepted),
                    }
                }
            }
        }
        Poll::Pending
    });
    watch(Arc::new(connection.await?))
}

/// Lets the event loop tell when there is something to read or room to write.
#[allow(
    deprecated,
    reason = "its successor is unsafe, for types whose descriptor may change; ours own one for life"
)]
fn watch<T: AsRawFd>(socket: T) -> io::Result<AsyncFd<T>> {
    AsyncFd::new(socket)
}

/// What the tasks of a manhole share.
struct ServerState {
    setup: ServerConfig,
    mode: CommandMode,
    threads: SessionThreads,
    open: Mutex<Vec<Weak<Connection>>>,
}

impl ServerState {
    fn remember(&self, connection: &Arc<Connection>) {
        let mut open = self.open.lock_ignoring_poison();
        open.retain(|connection| connection.strong_count() > 0);
        open.push(Arc::downgrade(connection));
    }

    /// Ends all conversations, with a word to each client. Commands that run are stopped by it.
    fn close(&self) {
        let open = std::mem::take(&mut *self.open.lock_ignoring_poison());
        for connection in open.iter().filter_map(Weak::upgrade) {
            connection.close("the manhole is shutting down");
        }
    }
}

/// Ends all conversations when the future that serves them is dropped.
struct CloseOnDrop(Arc<ServerState>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close();
    }
}

struct AsyncSessionLoop {
    connection: AsyncFd<Arc<Connection>>,
    shared: Arc<ServerState>,
}

impl AsyncSessionLoop {
    /// Holds it until one side ends it.
    async fn run(self) {
        let admit = |setup: &ServerConfig, connection: &Arc<Connection>| setup.admit(connection);
        if self.run_on_thread(admit).await && self.authenticate().await {
            self.serve().await;
        }
        self.connection().hang_up();
    }

    fn connection(&self) -> &Arc<Connection> {
        self.connection.get_ref()
    }

    /// Decides something about the client on a thread where it may take its time: it may call the program.
    async fn run_on_thread(
        &self,
        decide: impl FnOnce(&ServerConfig, &Arc<Connection>) -> bool + Send + 'static,
    ) -> bool {
        let (shared, connection) = (Arc::clone(&self.shared), Arc::clone(self.connection()));
        let (answer, answered) = oneshot::channel();
        let work = move || {
            // A conversation that has ended asks no more.
            let _ = answer.send(decide(&shared.setup, &connection));
        };
        match self.start(work) {
            Ok(()) => answered.await.unwrap_or(false),
            Err(reason) => {
                self.shared.setup.turn_away(self.connection(), &reason);
                false
            }
        }
    }

    /// Starts a thread of this client's; the error says why there is none.
    fn start(&self, work: impl FnOnce() + Send + 'static) -> Result<(), String> {
        let ServerState { threads, setup, .. } = &*self.shared;
        threads.start(setup.max_threads(), work)
    }

    /// Waits for the token of a client that has to send one; answers whether it did.
    async fn authenticate(&self) -> bool {
        let connection = self.connection();
        let Some(token) = connection.token().cloned() else { return true };
        let sent = async {
            if !self.send(TOKEN_PROMPT).await {
                return None;
            }
            loop {
                if let Some(input) = connection.next_input() {
                    return Some(Some(input));
                }
                match self.receive().await {
                    Ok(Received::Open) => {}
                    Ok(Received::End) => return Some(connection.last_input()),
                    Err(_) => return None,
                }
            }
        };
        match tokio::time::timeout(self.shared.setup.authentication_timeout, sent).await {
            Ok(Some(sent)) => {
                self.run_on_thread(move |setup, connection| {
                    setup.check_token(connection, &token, sent.as_ref())
                })
                .await
            }
            Ok(None) => false,
            Err(_) => self.run_on_thread(|setup, connection| setup.refuse_late_token(connection)).await,
        }
    }

    async fn serve(&self) {
        let mut worker = self.worker();
        let mut reply = match &worker {
            Some(worker) => self.ask(worker, Session::greeting).await,
            None => Ok(Reply::end()),
        };
        loop {
            let (next, due) = match reply {
                Ok(Reply { bytes, next, due }) if self.send(&bytes).await => (next, due),
                Ok(_) | Err(WorkerError::Gone) => (AfterReply::End, None),
                Err(WorkerError::AbandonedCommand(given_up)) => {
                    let goes_on =
                        self.run_on_thread(move |_, connection| connection.continues_after(given_up)).await;
                    worker = if goes_on { self.worker() } else { None };
                    reply = match &worker {
                        Some(worker) => {
                            let words = move |session: &mut Session| session.resumption(given_up);
                            let reply = self.ask(worker, words).await;
                            reply.map(|bytes| Reply { bytes, next: AfterReply::Input, due: None })
                        }
                        None => Ok(Reply::end()),
                    };
                    continue;
                }
            };
            let (Some(worker), AfterReply::Input) = (&worker, next) else { break };
            reply = if let Some(input) = self.connection().next_input() {
                self.ask(worker, move |session| session.input(input)).await
            } else if let Some(time) = due.map(|due| due.saturating_duration_since(Instant::now()))
                && tokio::time::timeout(time, self.connection.readable()).await.is_err()
            {
                self.ask(worker, Session::poll_due_watch).await
            } else {
                match self.receive().await {
                    Ok(Received::Open) => Ok(Reply::nothing(due)),
                    Ok(Received::End) => {
                        let last = self.connection().last_input();
                        self.ask(worker, move |session| session.finish(last)).await
                    }
                    Err(_) => Ok(Reply::end()),
                }
            };
        }
    }

    /// A session for this client; none if there is no thread left.
    fn worker(&self) -> Option<SessionWorker> {
        let ServerConfig { language, config, .. } = &self.shared.setup;
        let client: Arc<dyn ClientConnection> = Arc::clone(self.connection()) as _;
        let (language, config, session_info) =
            (Arc::clone(language), config.clone(), self.connection().session_info());
        let (worker, work) = SessionWorker::new(move || Session::new(language, config, client, session_info));
        match self.start(work) {
            Ok(()) => Some(worker),
            Err(reason) => {
                self.connection().close(&reason);
                None
            }
        }
    }

    async fn ask<R: Send + 'static>(
        &self,
        worker: &SessionWorker,
        work: impl FnOnce(&mut Session) -> R + Send + 'static,
    ) -> Result<R, WorkerError> {
        match self.shared.mode {
            CommandMode::Concurrent => worker.ask(work).await,
            CommandMode::Inline => worker.ask_blocking(work),
        }
    }

    async fn receive(&self) -> io::Result<Received> {
        let readable = self.connection.readable();
        let mut ready = match self.shared.setup.idle_timeout {
            Some(idle) => match tokio::time::timeout(idle, readable).await {
                Ok(ready) => ready?,
                Err(_) => {
                    self.connection().close(&format!("closed after {idle:?} without a command"));
                    return Err(io::ErrorKind::TimedOut.into());
                }
            },
            None => readable.await?,
        };
        let received =
            ready.try_io(|connection| match connection.get_ref().try_receive(RecvFlags::DONTWAIT)? {
                Some(received) => Ok(received),
                None => Err(io::ErrorKind::WouldBlock.into()),
            });
        received.unwrap_or(Ok(Received::Open))
    }

    /// Sends `bytes`, and answers whether the client is still there: not if it takes nothing for a while.
    async fn send(&self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        while !rest.is_empty() {
            let Ok(Ok(mut ready)) = tokio::time::timeout(WRITE_TIMEOUT, self.connection.writable()).await
            else {
                return false;
            };
            let sent = ready.try_io(|connection| match connection.get_ref().try_send(rest)? {
                Some(sent) => Ok(sent),
                None => Err(io::ErrorKind::WouldBlock.into()),
            });
            match sent {
                Ok(Ok(sent)) => rest = &rest[sent..],
                Ok(Err(_)) => return false,
                // Not after all.
                Err(_) => {}
            }
        }
        true
    }
}
