//! The thread that accepts clients and looks after the threads of their sessions.
//!
//! It sleeps in `poll` until there is a client. While commands run it also looks around every now and then, for a command that
//! was told to end and does not: that one is inside of code of the program, and its session goes on with another thread. The
//! first command after a quiet time wakes it, so that a quiet manhole wakes nobody.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::activity::Activity;
use super::connection::Connection;
use super::detached_thread::DetachedThread;
use super::server_config::{ServerConfig, TOO_MANY_THREADS};
use super::session_loop::SessionLoop;
use super::session_machine::Event;
use crate::engine::CommandHandle;
use crate::server::listen::{BoundListener, SpareFd};
use crate::sync::LockIgnoringPoison;

/// How often it looks around while commands run.
const POLL_INTERVAL: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// After how many rounds without a command it sleeps until the next one.
const QUIET_ROUNDS: u32 = 20;

/// What the threads of a manhole share.
pub(crate) struct Supervisor {
    pub(crate) config: ServerConfig,
    closing: AtomicBool,
    sessions: Mutex<Vec<SessionThread>>,
    activity: Activity,
    spare_fd: SpareFd,
}

/// A session's thread, and its connection for as long as there is one.
struct SessionThread {
    connection: Weak<Connection>,
    /// Of the session, once its thread has made it.
    command_handle: Arc<OnceLock<CommandHandle>>,
    thread: DetachedThread,
    is_abandoned: bool,
}

impl Supervisor {
    pub(crate) fn new(config: ServerConfig) -> io::Result<Self> {
        Ok(Self {
            config,
            closing: AtomicBool::new(false),
            sessions: Mutex::new(Vec::new()),
            activity: Activity::new()?,
            spare_fd: SpareFd::new()?,
        })
    }

    /// Accepts clients and looks after them until the manhole is shut down.
    pub(crate) fn run(self: &Arc<Self>, listeners: &[BoundListener]) {
        let (mut known_beats, mut quiet_rounds) = (0, 0);
        loop {
            let asleep = quiet_rounds >= QUIET_ROUNDS;
            if asleep {
                self.activity.set_asleep(true);
                // A command that began just now did not see that.
                if self.activity.count() != known_beats {
                    quiet_rounds = 0;
                    continue;
                }
            }
            let mut fds = vec![PollFd::new(&self.activity, PollFlags::IN)];
            fds.extend(listeners.iter().map(|listener| PollFd::new(listener, PollFlags::IN)));
            let waited = poll(&mut fds, (!asleep).then_some(&POLL_INTERVAL));
            self.activity.set_asleep(false);
            if self.closing.load(Ordering::SeqCst) {
                return;
            }
            let ready = waited.is_ok_and(|ready| ready > 0);
            let came: Vec<_> = fds.iter().map(|fd| ready && !fd.revents().is_empty()).collect();
            if came[0] {
                self.activity.clear();
            }
            for (listener, _) in listeners.iter().zip(&came[1..]).filter(|(_, came)| **came) {
                self.admit(listener);
            }
            let beats = self.activity.count();
            let busy = self.check_sessions();
            quiet_rounds = if busy || beats != known_beats { 0 } else { quiet_rounds + 1 };
            known_beats = beats;
        }
    }

    /// Forgets sessions that have ended, and gives up commands that do not come back; answers whether any command runs.
    fn check_sessions(self: &Arc<Self>) -> bool {
        let mut sessions = self.sessions();
        sessions.retain(|session| !session.thread.is_finished());
        let mut resumed = Vec::new();
        for session in sessions.iter_mut().filter(|session| !session.is_abandoned) {
            if let Some(given_up) = session.command_handle.get().and_then(CommandHandle::abandon) {
                session.is_abandoned = true;
                resumed.extend(session.connection.upgrade().map(|connection| (connection, given_up)));
            }
        }
        for (connection, abandoned) in resumed {
            self.start_thread(&mut sessions, &connection, Event::Abandoned(abandoned));
        }
        sessions.iter().any(|session| session.command_handle.get().is_some_and(CommandHandle::is_running))
    }

    fn admit(self: &Arc<Self>, listener: &BoundListener) {
        let connection = match Connection::accept(listener, self.config.session.limits.command) {
            Ok(connection) => Arc::new(connection),
            Err(error) => {
                // The client stays in the queue, and a pause keeps this from spinning.
                if error.kind() != io::ErrorKind::WouldBlock && !self.spare_fd.turn_away(listener, &error) {
                    thread::sleep(Duration::from_millis(100));
                }
                return;
            }
        };
        let mut sessions = self.sessions();
        sessions.retain(|session| !session.thread.is_finished());
        // Threads that are stuck do not keep others out, but there is a bound on all of them.
        if sessions.len() >= self.config.max_threads() {
            return self.config.turn_away(&connection, TOO_MANY_THREADS);
        }
        self.start_thread(&mut sessions, &connection, Event::Started);
    }

    /// Starts the thread that drives a connection.
    fn start_thread(
        self: &Arc<Self>,
        sessions: &mut Vec<SessionThread>,
        connection: &Arc<Connection>,
        first: Event,
    ) {
        let command_handle = Arc::<OnceLock<CommandHandle>>::default();
        let (driven, driven_handle, supervisor) =
            (Arc::clone(connection), Arc::clone(&command_handle), Arc::clone(self));
        let thread = DetachedThread::spawn(move || {
            let Self { config, activity, .. } = &*supervisor;
            SessionLoop { connection: &driven, config, activity, command_handle: &driven_handle }.run(first);
            drop(driven);
            activity.notify();
        });
        match thread {
            Ok(thread) => sessions.push(SessionThread {
                connection: Arc::downgrade(connection),
                command_handle,
                thread,
                is_abandoned: false,
            }),
            Err(reason) => self.config.turn_away(connection, &reason),
        }
    }

    /// Stops accepting clients.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.activity.wake();
    }

    /// Ends all sessions, and answers the threads that are about to end.
    pub(crate) fn stop_all(&self) -> Vec<DetachedThread> {
        let sessions = std::mem::take(&mut *self.sessions());
        for connection in sessions.iter().filter_map(|session| session.connection.upgrade()) {
            connection.close("the manhole is shutting down");
        }
        sessions.into_iter().filter(|session| !session.is_abandoned).map(|session| session.thread).collect()
    }

    fn sessions(&self) -> MutexGuard<'_, Vec<SessionThread>> {
        // Nothing panics while it is held.
        self.sessions.lock_ignoring_poison()
    }
}

impl std::fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Supervisor").field("sessions", &self.sessions().len()).finish_non_exhaustive()
    }
}
