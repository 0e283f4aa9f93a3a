//! Serves sessions on the caller's event loop.
//!
//! Commands run on threads of their own in both ways. In one the loop goes on meanwhile; in the other its thread waits, so
//! that to the other tasks of a current-thread runtime a command is atomic: nothing of theirs happens between its beginning and
//! its end.

use std::future::poll_fn;
use std::io;
use std::os::fd::AsRawFd;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;

use rustix::net::RecvFlags;
use tokio::io::unix::AsyncFd;
use tokio::task::JoinSet;

use super::admission::QUESTION;
use super::connection::{Connection, Received, STALL};
use super::console::FAREWELL;
use super::listener::Claim;
use super::worker::{NoAnswer, Threads, Worker};
use super::{Error, Setup};
use crate::engine::{Client, MOST_STUCK, Stop};
use crate::session::{Next, Reply, Session};

/// What the event loop does while a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It goes on.
    Concurrent,
    /// It stands still.
    Inline,
}

/// Serves until `shutdown`.
pub(super) async fn serve(
    claims: Vec<Claim>,
    setup: Setup,
    mode: Mode,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    let watched: io::Result<Vec<_>> = claims.into_iter().map(watch).collect();
    let claims = watched.map_err(|source| Error::Start { source })?;
    let served =
        Served(Arc::new(Shared { setup, mode, threads: Threads::default(), open: Mutex::default() }));
    let shared = &served.0;
    let mut sessions = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&claims, &shared.setup) => accepted,
            Some(_) = sessions.join_next() => continue,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok(connection) => {
                if shared.setup.admit(connection.get_ref()) {
                    shared.remember(connection.get_ref());
                    sessions.spawn(Conversation { connection, shared: Arc::clone(shared) }.hold());
                }
            }
            // Out of descriptors, most likely: the client stays in the queue, and a pause keeps this from spinning.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
    shared.close();
    // What is still there stands at an `await`, and ends there.
    sessions.shutdown().await;
    shared.threads.wait(FAREWELL).await;
    Ok(())
}

/// Waits for the next client, wherever it comes in.
async fn accept(claims: &[AsyncFd<Claim>], setup: &Setup) -> io::Result<AsyncFd<Arc<Connection>>> {
    let longest_line = setup.config.limits.command;
    let connection = poll_fn(|context| {
        for claim in claims {
            while let Poll::Ready(ready) = claim.poll_read_ready(context) {
                if let Ok(accepted) = ready?.try_io(|claim| Connection::accept(claim.get_ref(), longest_line))
                {
                    return Poll::Ready(accepted);
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
struct Shared {
    setup: Setup,
    mode: Mode,
    threads: Threads,
    open: Mutex<Vec<Weak<Connection>>>,
}

impl Shared {
    fn remember(&self, connection: &Arc<Connection>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|connection| connection.strong_count() > 0);
        open.push(Arc::downgrade(connection));
    }

    /// Ends all conversations, with a word to each client. Commands that run are stopped by it.
    fn close(&self) {
        let open = std::mem::take(&mut *self.open.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in open.iter().filter_map(Weak::upgrade) {
            connection.close("the manhole is shutting down");
        }
    }
}

/// Ends all conversations when the future that serves them is dropped.
struct Served(Arc<Shared>);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.close();
    }
}

struct Conversation {
    connection: AsyncFd<Arc<Connection>>,
    shared: Arc<Shared>,
}

impl Conversation {
    /// Holds it until one side ends it.
    async fn hold(self) {
        if self.authenticate().await {
            self.serve().await;
        }
        self.connection().hang_up();
    }

    fn connection(&self) -> &Arc<Connection> {
        self.connection.get_ref()
    }

    /// Waits for the token of a client that has to send one; answers whether it did.
    async fn authenticate(&self) -> bool {
        let (connection, setup) = (self.connection(), &self.shared.setup);
        let Some(token) = connection.token() else { return true };
        let answer = async {
            if !self.send(QUESTION).await {
                return false;
            }
            loop {
                if let Some(input) = connection.next_input() {
                    return setup.judge(connection, token, Some(&input));
                }
                match self.receive().await {
                    Ok(Received::Open) => {}
                    Ok(Received::End) => {
                        return setup.judge(connection, token, connection.last_input().as_ref());
                    }
                    Err(_) => return false,
                }
            }
        };
        let answer = tokio::time::timeout(setup.authentication_timeout, answer).await;
        answer.unwrap_or_else(|_| setup.too_late(connection))
    }

    async fn serve(&self) {
        let mut worker = self.worker();
        let mut reply = match &worker {
            Some(worker) => self.ask(worker, Session::greeting).await,
            None => Ok(end()),
        };
        loop {
            let next = match reply {
                Ok(Reply { bytes, next }) if self.send(&bytes).await => next,
                Ok(_) | Err(NoAnswer::Gone) => Next::End,
                Err(NoAnswer::GivenUp(given_up)) => {
                    worker = match given_up.stop {
                        Stop::HangUp | Stop::Shutdown => None,
                        _ if given_up.stuck > MOST_STUCK => None,
                        _ => self.worker(),
                    };
                    reply = match &worker {
                        Some(worker) => {
                            let words = move |session: &mut Session| session.resumption(given_up);
                            let reply = self.ask(worker, words).await;
                            reply.map(|bytes| Reply { bytes, next: Next::Input })
                        }
                        None => Ok(end()),
                    };
                    continue;
                }
            };
            let (Some(worker), Next::Input) = (&worker, next) else { break };
            reply = if let Some(input) = self.connection().next_input() {
                self.ask(worker, move |session| session.input(input)).await
            } else {
                match self.receive().await {
                    Ok(Received::Open) => Ok(Reply { bytes: Vec::new(), next: Next::Input }),
                    Ok(Received::End) => {
                        let last = self.connection().last_input();
                        self.ask(worker, move |session| session.finish(last)).await
                    }
                    Err(_) => Ok(end()),
                }
            };
        }
    }

    /// A session for this client; none if the system has no thread left.
    fn worker(&self) -> Option<Worker> {
        let Setup { language, config, .. } = &self.shared.setup;
        let client: Arc<dyn Client> = Arc::clone(self.connection()) as _;
        let (language, config, identity) =
            (Arc::clone(language), config.clone(), self.connection().identity());
        let session = move || Session::new(language, config, client, identity);
        match Worker::start(session, &self.shared.threads) {
            Ok(worker) => Some(worker),
            Err(error) => {
                let reason = format!("error: the system has no thread left for this session: {error}");
                self.connection().close(&reason);
                None
            }
        }
    }

    async fn ask<R: Send + 'static>(
        &self,
        worker: &Worker,
        work: impl FnOnce(&mut Session) -> R + Send + 'static,
    ) -> Result<R, NoAnswer> {
        match self.shared.mode {
            Mode::Concurrent => worker.ask(work).await,
            Mode::Inline => worker.ask_standing(work),
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
            let Ok(Ok(mut ready)) = tokio::time::timeout(STALL, self.connection.writable()).await else {
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

fn end() -> Reply {
    Reply { bytes: Vec::new(), next: Next::End }
}
