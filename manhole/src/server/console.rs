//! A manhole that is being served, as the program holds it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::socket::Claim;
use super::supervisor::Supervisor;
use super::{Error, Setup};

/// How long [`Console::shutdown`] waits for sessions to end.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

/// A manhole that is being served.
///
/// Dropping it changes nothing: the manhole is there until the process ends or [`shutdown`](Console::shutdown) is called.
#[derive(Debug)]
pub struct Console {
    supervisor: Arc<Supervisor>,
    thread: Mutex<Option<JoinHandle<()>>>,
    path: PathBuf,
}

impl Console {
    pub(super) fn start(claim: Claim, setup: Setup) -> Result<Self, Error> {
        let path = claim.path().to_owned();
        let start = || {
            let supervisor = Arc::new(Supervisor::new(setup)?);
            let supervising = Arc::clone(&supervisor);
            let thread = thread::Builder::new()
                .name("manhole".to_owned())
                // It calls nothing of the program's, and nothing that recurses.
                .stack_size(128 * 1024)
                .spawn(move || supervising.run(&claim))?;
            Ok(Self { supervisor, thread: Mutex::new(Some(thread)), path: path.clone() })
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
    /// Nothing of the manhole is left then but threads that are inside of code of the program which has not come back. The
    /// socket file stays, as every socket file outlives its process; the next start replaces it.
    pub fn shutdown(&self) {
        self.supervisor.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
        let end = Instant::now() + FAREWELL;
        for thread in self.supervisor.farewell() {
            while !thread.is_finished() && Instant::now() < end {
                thread::sleep(Duration::from_millis(1));
            }
            if thread.is_finished() {
                let _ = thread.join();
            }
        }
    }
}
