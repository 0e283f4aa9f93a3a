//! Serves sessions on the caller's event loop.
//!
//! Commands run on threads of their own in both ways. In one the loop goes on meanwhile; in the other its thread waits, so
//! that to the other tasks of a current-thread runtime a command is atomic: nothing of theirs happens between its beginning and
//! its end.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use rustix::net::RecvFlags;
use tokio::io::Interest;
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

use super::connection::{Connection, Received, STALL};
use super::console::FAREWELL;
use super::socket::Claim;
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
    claim: Claim,
    setup: Setup,
    mode: Mode,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    let listening = claim.listener().try_clone().and_then(UnixListener::from_std);
    let listener = listening.map_err(|source| Error::Start { path: claim.path().to_owned(), source })?;
    let served =
        Served(Arc::new(Shared { setup, mode, threads: Threads::default(), open: Mutex::default() }));
    let shared = &served.0;
    let mut sessions = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = sessions.join_next() => continue,
            () = &mut shutdown => break,
        };
        match accepted.and_then(|(stream, _)| split(stream, &shared.setup)) {
            Ok((connection, _)) if sessions.len() >= shared.setup.sessions => {
                shared.setup.refuse(&connection, &shared.setup.too_many_sessions());
            }
            Ok((connection, stream)) => {
                if !shared.setup.identify(&connection) {
                    continue;
                }
                shared.remember(&connection);
                sessions.spawn(Conversation { connection, stream, shared: Arc::clone(shared) }.hold());
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

/// The two sides of a stream: one that waits without blocking, and one for the thread of the session.
fn split(stream: UnixStream, setup: &Setup) -> io::Result<(Arc<Connection>, UnixStream)> {
    let stream = stream.into_std()?;
    let connection = Connection::new(stream.try_clone()?, setup);
    Ok((Arc::new(connection), UnixStream::from_std(stream)?))
}

struct Conversation {
    connection: Arc<Connection>,
    stream: UnixStream,
    shared: Arc<Shared>,
}

impl Conversation {
    /// Holds it until one side ends it.
    async fn hold(self) {
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
            reply = if let Some(input) = self.connection.next_input() {
                self.ask(worker, move |session| session.input(input)).await
            } else {
                match self.receive().await {
                    Ok(Received::Open) => Ok(Reply { bytes: Vec::new(), next: Next::Input }),
                    Ok(Received::End) => {
                        let last = self.connection.last_input();
                        self.ask(worker, move |session| session.finish(last)).await
                    }
                    Err(_) => Ok(end()),
                }
            };
        }
        self.connection.hang_up();
    }

    /// A session for this client; none if the system has no thread left.
    fn worker(&self) -> Option<Worker> {
        let Setup { language, config, .. } = &self.shared.setup;
        let client: Arc<dyn Client> = Arc::clone(&self.connection) as _;
        let (language, config, identity) = (Arc::clone(language), config.clone(), self.connection.identity());
        let session = move || Session::new(language, config, client, identity);
        match Worker::start(session, &self.shared.threads) {
            Ok(worker) => Some(worker),
            Err(error) => {
                let reason = format!("error: the system has no thread left for this session: {error}");
                self.connection.close(&reason);
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
        let readable = self.stream.readable();
        match self.shared.setup.idle_timeout {
            Some(idle) => match tokio::time::timeout(idle, readable).await {
                Ok(ready) => ready?,
                Err(_) => {
                    self.connection.close(&format!("closed after {idle:?} without a command"));
                    return Err(io::ErrorKind::TimedOut.into());
                }
            },
            None => readable.await?,
        }
        let received = self.stream.try_io(Interest::READABLE, || {
            match self.connection.try_receive(RecvFlags::DONTWAIT)? {
                Some(received) => Ok(received),
                None => Err(io::ErrorKind::WouldBlock.into()),
            }
        });
        match received {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Received::Open),
            received => received,
        }
    }

    /// Sends `bytes`, and answers whether the client is still there: not if it takes nothing for a while.
    async fn send(&self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        while !rest.is_empty() {
            if !matches!(tokio::time::timeout(STALL, self.stream.writable()).await, Ok(Ok(()))) {
                return false;
            }
            let sent = self.stream.try_io(Interest::WRITABLE, || match self.connection.try_send(rest)? {
                Some(sent) => Ok(sent),
                None => Err(io::ErrorKind::WouldBlock.into()),
            });
            match sent {
                Ok(sent) => rest = &rest[sent..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return false,
            }
        }
        true
    }
}

fn end() -> Reply {
    Reply { bytes: Vec::new(), next: Next::End }
}
