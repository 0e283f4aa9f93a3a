//! Serves on the caller's event loop: accepts clients, and starts a task for each.

use std::future::poll_fn;
use std::io;
use std::os::fd::AsRawFd;
use std::sync::{Arc, Mutex, Weak};
use std::task::Poll;
use std::time::Duration;

use tokio::io::unix::AsyncFd;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::async_session_loop::{AsyncSessionLoop, CommandMode, SessionRunner};
use super::async_session_thread::SessionThreads;
use super::gate::{Arrival, Gate};
use super::server_config::{SHUTDOWN_TIMEOUT, ServerConfig, TOO_MANY_THREADS};
use crate::server::error::Error;
use crate::server::listen::BoundListener;
use crate::server::socket::{Connection, LastWord};
use crate::sync::LockIgnoringPoison;

/// Serves until `shutdown` is ready.
pub(crate) async fn serve(
    listeners: Vec<BoundListener>,
    config: ServerConfig,
    mode: CommandMode,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    let registered: io::Result<Vec<_>> = listeners.into_iter().map(register).collect();
    let listeners = registered.map_err(|source| Error::Start { source })?;
    let gate = Gate::new().map_err(|source| Error::Start { source })?;
    let runner = Arc::new(SessionRunner { config, mode, threads: SessionThreads::default() });
    let config = &runner.config;
    let open = OpenConnections::default();
    let mut sessions = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listeners, config, &gate) => accepted,
            Some(_) = sessions.join_next() => continue,
            () = &mut shutdown => break,
        };
        forget_ended(&mut sessions).await;
        match accepted {
            Ok(Some(Arrival { connection, .. })) if sessions.len() >= config.max_threads() => {
                config.turn_away(&connection, TOO_MANY_THREADS);
            }
            Ok(Some(Arrival { connection, first })) => {
                open.add(&connection);
                match register(Arc::clone(&connection)) {
                    Ok(registered) => {
                        let session_loop = AsyncSessionLoop::new(registered, Arc::clone(&runner));
                        sessions.spawn(session_loop.run(first));
                    }
                    Err(error) => {
                        let reason = format!("the event loop cannot read from it: {error}");
                        config.turn_away(&connection, &reason);
                    }
                }
            }
            Ok(None) => {
                if let Some(pause) = gate.take_pause() {
                    tokio::time::sleep(pause).await;
                }
            }
            // The client stays in the queue, and a pause keeps this from spinning.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
    drop(open);
    let end = Instant::now() + SHUTDOWN_TIMEOUT;
    while !(gate.closer.is_idle() && sessions.is_empty()) && Instant::now() < end {
        forget_ended(&mut sessions).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Each task that is left is at an `await`, and ends there.
    sessions.shutdown().await;
    runner.threads.wait_until(end).await;
    Ok(())
}

/// Removes the tasks that have ended, without waiting for others. `JoinSet::try_join_next` needs tokio 1.34.
async fn forget_ended<T: 'static>(tasks: &mut JoinSet<T>) {
    loop {
        tokio::select! {
            biased;
            Some(_) = tasks.join_next() => {}
            () = std::future::ready(()) => break,
        }
    }
}

/// Waits for the next client of any listener. Returns `None` for one that was turned away.
async fn accept(
    listeners: &[AsyncFd<BoundListener>],
    config: &ServerConfig,
    gate: &Gate,
) -> io::Result<Option<Arrival>> {
    // Each in turn, so that a flood at one starves no other.
    let turn = gate.next_turn();
    let in_turn = || listeners.iter().cycle().skip(turn % listeners.len().max(1)).take(listeners.len());
    poll_fn(|context| {
        for listener in in_turn() {
            while let Poll::Ready(ready) = listener.poll_read_ready(context) {
                let accept = |listener: &AsyncFd<BoundListener>| gate.accept(listener.get_ref(), config);
                if let Ok(accepted) = ready?.try_io(accept) {
                    return Poll::Ready(accepted);
                }
            }
        }
        Poll::Pending
    })
    .await
}

/// Registers a socket with the event loop.
#[allow(
    deprecated,
    reason = "its successor is unsafe, for types whose descriptor may change; ours own one for life"
)]
fn register<T: AsRawFd>(socket: T) -> io::Result<AsyncFd<T>> {
    AsyncFd::new(socket)
}

/// The connections that are open. They end when this is dropped, which stops their commands, also when the future that
/// serves them is dropped.
#[derive(Default)]
struct OpenConnections(Mutex<Vec<Weak<Connection>>>);

impl OpenConnections {
    fn add(&self, connection: &Arc<Connection>) {
        let mut open = self.0.lock_ignoring_poison();
        open.retain(|connection| connection.strong_count() > 0);
        open.push(Arc::downgrade(connection));
    }
}

impl Drop for OpenConnections {
    fn drop(&mut self) {
        let open = std::mem::take(&mut *self.0.lock_ignoring_poison());
        for connection in open.iter().filter_map(Weak::upgrade) {
            connection.end(LastWord::Shutdown);
        }
    }
}
