//! Serves sessions on a Unix socket, on threads of its own.

mod builder;
mod connection;
mod error;
#[cfg(feature = "tokio")]
mod inline;
mod socket;

use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};

use crate::engine::Language;
use crate::session::Config;
use connection::Connection;
use socket::Claim;

pub use builder::{Builder, spawn};
pub use error::Error;
pub use socket::{unlink, unlink_stale};

/// The stack of a thread that runs scripts: address space, of which only what is used becomes memory. Nested data is
/// dropped and compared recursively; this is enough for the deepest that the limits allow, in debug builds too.
pub(crate) const STACK: usize = 64 * 1024 * 1024;

/// How many sessions there can be at once.
const MOST_SESSIONS: usize = 64;

/// How long [`Console::shutdown`] waits for sessions to end.
const FAREWELL: Duration = Duration::from_secs(1);

/// A manhole that is being served.
///
/// Dropping it changes nothing: the manhole is there until the process ends or [`shutdown`](Console::shutdown) is called.
#[derive(Debug)]
pub struct Console {
    server: Arc<Server>,
    acceptor: Mutex<Option<JoinHandle<()>>>,
    /// Wakes the acceptor when it is written to.
    wake: UnixStream,
    path: PathBuf,
}

/// What the threads of a manhole share.
pub(crate) struct Server {
    language: Arc<Language>,
    config: Config,
    closing: AtomicBool,
    sessions: Mutex<Vec<Served>>,
}

/// A session's thread, and its connection for as long as there is one.
struct Served {
    connection: Weak<Connection>,
    thread: JoinHandle<()>,
}

impl Console {
    fn start(claim: Claim, language: Arc<Language>, config: Config) -> Result<Self, Error> {
        let path = claim.path().to_owned();
        let start = || {
            let (wake, woken) = UnixStream::pair()?;
            let server = Arc::new(Server {
                language,
                config,
                closing: AtomicBool::new(false),
                sessions: Mutex::new(Vec::new()),
            });
            let accepting = Arc::clone(&server);
            let acceptor = thread::Builder::new()
                .name("manhole".to_owned())
                .spawn(move || accepting.accept(&claim, &woken))?;
            Ok(Self { server, acceptor: Mutex::new(Some(acceptor)), wake, path: path.clone() })
        };
        start().map_err(|source| Error::Start { path: path.clone(), source })
    }

    /// The path of the socket, as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Ends all sessions, with a word to each, and stops listening. Returns when all is quiet, after about a second at the
    /// latest. A second call does nothing.
    ///
    /// The socket file stays, as every socket file outlives its process; the next start replaces it.
    pub fn shutdown(&self) {
        self.server.closing.store(true, Ordering::SeqCst);
        // The acceptor may be gone already; then there is nobody to wake.
        let _ = io::Write::write(&mut &self.wake, b"x");
        let acceptor = self.acceptor.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(acceptor) = acceptor {
            let _ = acceptor.join();
        }
        let sessions = std::mem::take(&mut *self.server.sessions());
        for connection in sessions.iter().filter_map(|served| served.connection.upgrade()) {
            connection.close("the manhole is shutting down");
        }
        let end = Instant::now() + FAREWELL;
        for served in sessions {
            while !served.thread.is_finished() && Instant::now() < end {
                thread::sleep(Duration::from_millis(1));
            }
            if served.thread.is_finished() {
                let _ = served.thread.join();
            }
        }
    }
}

impl Server {
    /// Accepts clients until the manhole is shut down.
    fn accept(self: &Arc<Self>, claim: &Claim, woken: &UnixStream) {
        let listener = claim.listener();
        loop {
            let mut fds = [PollFd::new(listener, PollFlags::IN), PollFd::new(woken, PollFlags::IN)];
            let waited = poll(&mut fds, None);
            if self.closing.load(Ordering::SeqCst) {
                return;
            }
            if waited.is_ok() {
                self.admit(listener);
            }
        }
    }

    fn admit(self: &Arc<Self>, listener: &UnixListener) {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of descriptors, most likely: the client stays in the queue, and a pause keeps this from spinning.
                if error.kind() != io::ErrorKind::WouldBlock {
                    thread::sleep(Duration::from_millis(100));
                }
                return;
            }
        };
        let mut sessions = self.sessions();
        sessions.retain(|served| !served.thread.is_finished());
        let connection = Arc::new(Connection::new(stream, self.config.limits.command));
        if sessions.len() >= MOST_SESSIONS {
            connection.close(&too_many_sessions());
            return;
        }
        let serving = Arc::clone(self);
        let served = Arc::downgrade(&connection);
        let thread = thread::Builder::new()
            .name("manhole-session".to_owned())
            .stack_size(STACK)
            .spawn(move || connection.serve(&serving.language, &serving.config));
        // Without a thread the connection was dropped with the closure, and the client sees that it is closed.
        if let Ok(thread) = thread {
            sessions.push(Served { connection: served, thread });
        }
    }

    fn sessions(&self) -> MutexGuard<'_, Vec<Served>> {
        // Nothing panics while it is held.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn too_many_sessions() -> String {
    format!("too many sessions: {MOST_SESSIONS} are open already")
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("sessions", &self.sessions().len()).finish_non_exhaustive()
    }
}
