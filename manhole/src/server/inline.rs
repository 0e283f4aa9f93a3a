//! Serves sessions on the caller's event loop, which stands still while a command runs.
//!
//! The loop's thread waits for the command instead of running it: scripts need a stack that no event loop has. To the
//! other tasks of a current-thread runtime that is the same: nothing of theirs happens between the beginning of a command
//! and its end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::RecvFlags;
use tokio::io::{AsyncWriteExt, Interest};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

use super::connection::{Connection, Received, STALL};
use super::socket::Claim;
use super::{Error, MOST_SESSIONS, STACK, too_many_sessions};
use crate::engine::{Client, Language};
use crate::session::{Config, Session};

/// Serves until `shutdown`.
pub(super) async fn serve(
    claim: Claim,
    language: Arc<Language>,
    config: Config,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    let listening = claim.listener().try_clone().and_then(UnixListener::from_std);
    let listener = listening.map_err(|source| Error::Start { path: claim.path().to_owned(), source })?;
    let mut sessions = JoinSet::new();
    let mut connections: Vec<Arc<Connection>> = Vec::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = sessions.join_next() => {
                connections.retain(|connection| Arc::strong_count(connection) > 1);
                continue;
            }
            () = &mut shutdown => break,
        };
        match accepted.and_then(|(stream, _)| split(stream, &config)) {
            Ok((connection, _)) if sessions.len() >= MOST_SESSIONS => connection.close(&too_many_sessions()),
            Ok((connection, stream)) => {
                connections.push(Arc::clone(&connection));
                sessions.spawn(converse(connection, stream, Arc::clone(&language), config.clone()));
            }
            // Out of descriptors, most likely: the client stays in the queue, and a pause keeps this from spinning.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
    for connection in connections {
        connection.close("the manhole is shutting down");
    }
    // What is still there stands at an `await`, and ends there.
    sessions.shutdown().await;
    Ok(())
}

/// The two sides of a stream: one that waits without blocking, and one for while the loop stands still.
fn split(stream: UnixStream, config: &Config) -> io::Result<(Arc<Connection>, UnixStream)> {
    let stream = stream.into_std()?;
    let connection = Connection::new(stream.try_clone()?, config.limits.command);
    Ok((Arc::new(connection), UnixStream::from_std(stream)?))
}

async fn converse(
    connection: Arc<Connection>,
    mut stream: UnixStream,
    language: Arc<Language>,
    config: Config,
) {
    let client: Arc<dyn Client> = Arc::clone(&connection) as _;
    let mut kept = Kept(Some(Session::new(language, config, client)));
    let Some(session) = &mut kept.0 else { return };
    let mut talking = send(&mut stream, &session.greeting()).await;
    while talking {
        if let Some(input) = connection.next_input() {
            let Some(reply) = on_large_stack(|| session.input(input)) else { break };
            talking = send(&mut stream, &reply.bytes).await && !reply.end;
            continue;
        }
        match receive(&connection, &stream).await {
            Ok(Received::Open) => {}
            Ok(Received::End) => {
                let last = connection.last_input();
                if let Some(answer) = on_large_stack(|| session.finish(last)) {
                    send(&mut stream, &answer).await;
                }
                break;
            }
            Err(_) => break,
        }
    }
    connection.hang_up();
}

/// A session, dropped where there is room: values of a script nest deeper than the stack of an event loop allows, and a
/// task may be dropped at any `await`.
struct Kept(Option<Session>);

impl Drop for Kept {
    fn drop(&mut self) {
        let session = self.0.take();
        on_large_stack(move || drop(session));
    }
}

async fn receive(connection: &Connection, stream: &UnixStream) -> io::Result<Received> {
    stream.readable().await?;
    let received =
        stream.try_io(Interest::READABLE, || match connection.try_receive(RecvFlags::DONTWAIT)? {
            Some(received) => Ok(received),
            None => Err(io::ErrorKind::WouldBlock.into()),
        });
    match received {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Received::Open),
        received => received,
    }
}

/// Sends `bytes`, and answers whether the client is still there.
async fn send(stream: &mut UnixStream, bytes: &[u8]) -> bool {
    matches!(tokio::time::timeout(STALL, stream.write_all(bytes)).await, Ok(Ok(())))
}

/// Runs `work` while this thread waits; `None` if the system has no thread left, or `work` panicked.
fn on_large_stack<R: Send>(work: impl FnOnce() -> R + Send) -> Option<R> {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("manhole-inline".to_owned()).stack_size(STACK);
        builder.spawn_scoped(scope, work).ok()?.join().ok()
    })
}
