//! The thread that accepts clients and looks after the threads of their sessions.
//!
//! It sleeps in `poll` until there is a client. While commands run it also looks around every now and then, for a command that
//! was told to end and does not: that one is inside of code of the program, and its session goes on with another thread. The
//! first command after a quiet time wakes it, so that a quiet manhole wakes nobody.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::connection::Connection;
use super::conversation::{Conversation, Opening};
use super::detached::Detached;
use super::listener::Claim;
use super::reserve::Reserve;
use super::{Setup, TOO_MANY_THREADS};
use crate::engine::CommandHandle;
use crate::session::{ClientConnection, Session};
use crate::sync::LockIgnoringPoison;

/// How often it looks around while commands run.
const ROUND: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// After how many rounds without a command it sleeps until the next one.
const QUIET_ROUNDS: u32 = 20;

/// What the threads of a manhole share.
pub(super) struct Supervisor {
    pub(super) setup: Setup,
    closing: AtomicBool,
    sessions: Mutex<Vec<Served>>,
    /// How many commands have begun and how many sessions have ended.
    beats: AtomicU64,
    /// Whether the next beat has to wake the supervisor.
    asleep: AtomicBool,
    reserve: Reserve,
    wake: UnixStream,
    woken: UnixStream,
}

/// A session's thread, and its connection for as long as there is one.
struct Served {
    connection: Weak<Connection>,
    /// Of the session, once its thread has made it.
    watch: Arc<OnceLock<CommandHandle>>,
    thread: Detached,
    given_up: bool,
}

impl Supervisor {
    pub(super) fn new(setup: Setup) -> io::Result<Self> {
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        Ok(Self {
            setup,
            closing: AtomicBool::new(false),
            sessions: Mutex::new(Vec::new()),
            beats: AtomicU64::new(0),
            asleep: AtomicBool::new(false),
            reserve: Reserve::new()?,
            wake,
            woken,
        })
    }

    /// Accepts clients and looks after them until the manhole is shut down.
    pub(super) fn run(self: &Arc<Self>, claims: &[Claim]) {
        let (mut known_beats, mut quiet_rounds) = (0, 0);
        loop {
            let asleep = quiet_rounds >= QUIET_ROUNDS;
            if asleep {
                self.asleep.store(true, Ordering::SeqCst);
                // A command that began just now did not see that.
                if self.beats.load(Ordering::SeqCst) != known_beats {
                    quiet_rounds = 0;
                    continue;
                }
            }
            let mut fds = vec![PollFd::new(&self.woken, PollFlags::IN)];
            fds.extend(claims.iter().map(|claim| PollFd::new(claim, PollFlags::IN)));
            let waited = poll(&mut fds, (!asleep).then_some(&ROUND));
            self.asleep.store(false, Ordering::SeqCst);
            if self.closing.load(Ordering::SeqCst) {
                return;
            }
            let ready = waited.is_ok_and(|ready| ready > 0);
            let came: Vec<_> = fds.iter().map(|fd| ready && !fd.revents().is_empty()).collect();
            if came[0] {
                let _ = (&self.woken).read(&mut [0; 64]);
            }
            for (claim, _) in claims.iter().zip(&came[1..]).filter(|(_, came)| **came) {
                self.admit(claim);
            }
            let beats = self.beats.load(Ordering::SeqCst);
            let busy = self.look_after();
            quiet_rounds = if busy || beats != known_beats { 0 } else { quiet_rounds + 1 };
            known_beats = beats;
        }
    }

    /// Says that a command begins or a session has ended.
    pub(super) fn beat(&self) {
        self.beats.fetch_add(1, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) && self.asleep.swap(false, Ordering::SeqCst) {
            self.wake();
        }
    }

    fn wake(&self) {
        // A full buffer wakes as well, and a supervisor that is gone need not be woken.
        let _ = (&self.wake).write(b"x");
    }

    /// Forgets sessions that have ended, and gives up commands that do not come back; answers whether any command runs.
    fn look_after(self: &Arc<Self>) -> bool {
        let mut sessions = self.sessions();
        sessions.retain(|served| !served.thread.is_finished());
        let mut resumed = Vec::new();
        for served in sessions.iter_mut().filter(|served| !served.given_up) {
            if let Some(given_up) = served.watch.get().and_then(CommandHandle::abandon) {
                served.given_up = true;
                resumed.extend(served.connection.upgrade().map(|connection| (connection, given_up)));
            }
        }
        for (connection, given_up) in resumed {
            self.open(&mut sessions, connection, Opening::After(given_up));
        }
        sessions.iter().any(|served| served.watch.get().is_some_and(CommandHandle::is_running))
    }

    fn admit(self: &Arc<Self>, claim: &Claim) {
        let connection = match Connection::accept(claim, self.setup.config.limits.command) {
            Ok(connection) => Arc::new(connection),
            Err(error) => {
                // The client stays in the queue, and a pause keeps this from spinning.
                if error.kind() != io::ErrorKind::WouldBlock && !self.reserve.turn_away(claim, &error) {
                    thread::sleep(Duration::from_millis(100));
                }
                return;
            }
        };
        let mut sessions = self.sessions();
        sessions.retain(|served| !served.thread.is_finished());
        // Threads that are stuck do not keep others out, but there is a bound on all of them.
        if sessions.len() >= self.setup.most_threads() {
            return self.setup.turn_away(&connection, TOO_MANY_THREADS);
        }
        self.open(&mut sessions, connection, Opening::Greeting);
    }

    /// Starts a session's thread.
    fn open(self: &Arc<Self>, sessions: &mut Vec<Served>, connection: Arc<Connection>, opening: Opening) {
        let watch = Arc::<OnceLock<CommandHandle>>::default();
        let (kept, watched, serving) = (Arc::clone(&connection), Arc::clone(&watch), Arc::clone(self));
        let thread = Detached::spawn(move || {
            let Setup { language, config, .. } = &serving.setup;
            let goes_on = match opening {
                // Here and not by who accepts: it may call the program, which may take its time.
                Opening::Greeting => {
                    serving.setup.admit(&connection) && serving.setup.authenticate(&connection)
                }
                Opening::After(given_up) => connection.goes_on_after(given_up),
            };
            if !goes_on {
                return serving.beat();
            }
            let client: Arc<dyn ClientConnection> = Arc::clone(&connection) as _;
            let session = Session::new(language, config.clone(), client, connection.session_info());
            let _ = watched.set(session.watch());
            Conversation { connection: &connection, session, supervisor: &serving }.hold(opening);
            drop(connection);
            serving.beat();
        });
        match thread {
            Ok(thread) => {
                sessions.push(Served { connection: Arc::downgrade(&kept), watch, thread, given_up: false });
            }
            Err(error) => {
                let reason = format!("error: the system has no thread left for this session: {error}");
                self.setup.turn_away(&kept, &reason);
            }
        }
    }

    /// Stops accepting clients.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Ends all sessions, and answers the threads that are about to end.
    pub(super) fn farewell(&self) -> Vec<Detached> {
        let sessions = std::mem::take(&mut *self.sessions());
        for connection in sessions.iter().filter_map(|served| served.connection.upgrade()) {
            connection.close("the manhole is shutting down");
        }
        sessions.into_iter().filter(|served| !served.given_up).map(|served| served.thread).collect()
    }

    fn sessions(&self) -> MutexGuard<'_, Vec<Served>> {
        // Nothing panics while it is held.
        self.sessions.lock_ignoring_poison()
    }
}

impl std::fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Supervisor").field("sessions", &self.sessions().len()).finish_non_exhaustive()
    }
}
