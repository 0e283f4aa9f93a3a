//! The thread that accepts clients, and abandons commands that do not stop.
//!
//! It sleeps in `poll` until a client connects. While commands run, it also checks at an interval for a command that was stopped
//! and does not return: that command is in the application's code, and its connection goes on with another thread. The first command
//! after a quiet time wakes the supervisor, so that an idle console uses no processor.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::activity::Activity;
use super::gate::{Arrival, Gate};
use super::server_config::{ServerConfig, TOO_MANY_THREADS};
use super::session_loop::SessionLoop;
use super::session_machine::Event;
use crate::engine::CommandHandle;
use crate::server::listen::BoundListener;
use crate::server::socket::{Connection, DetachedThread, LastWord};
use crate::sync::LockIgnoringPoison;

/// How often it checks sessions while commands run.
const POLL_INTERVAL: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// After how many checks without activity it sleeps.
const MAX_IDLE_CHECKS: u32 = 20;

/// What the threads of a console share.
pub(crate) struct Supervisor {
    pub(crate) config: ServerConfig,
    closing: AtomicBool,
    sessions: Mutex<Vec<SessionThread>>,
    activity: Activity,
    gate: Gate,
}

/// The thread of a connection.
struct SessionThread {
    connection: Weak<Connection>,
    /// Set when there is a session.
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
            gate: Gate::new()?,
        })
    }

    /// Accepts clients and checks sessions until [`close`](Self::close).
    pub(crate) fn run(self: &Arc<Self>, listeners: &[BoundListener]) {
        let (mut known_activity, mut idle_checks) = (0, 0);
        loop {
            let asleep = idle_checks >= MAX_IDLE_CHECKS;
            if asleep {
                self.activity.set_asleep(true);
                // A command that has begun just before has not woken it.
                if self.activity.count() != known_activity {
                    idle_checks = 0;
                    continue;
                }
            }
            let mut fds = vec![PollFd::new(&self.activity, PollFlags::IN)];
            fds.extend(listeners.iter().map(|listener| PollFd::new(listener, PollFlags::IN)));
            let polled = poll(&mut fds, (!asleep).then_some(&POLL_INTERVAL));
            self.activity.set_asleep(false);
            if self.closing.load(Ordering::SeqCst) {
                return;
            }
            let ready = polled.is_ok_and(|ready| ready > 0);
            let is_ready: Vec<_> = fds.iter().map(|fd| ready && !fd.revents().is_empty()).collect();
            if is_ready[0] {
                self.activity.clear();
            }
            for (listener, _) in listeners.iter().zip(&is_ready[1..]).filter(|(_, is_ready)| **is_ready) {
                self.admit(listener);
            }
            let activity = self.activity.count();
            let busy = self.check_sessions();
            idle_checks = if busy || activity != known_activity { 0 } else { idle_checks + 1 };
            known_activity = activity;
        }
    }

    /// Forgets sessions that have ended, and abandons commands that do not return. Returns whether any command runs.
    fn check_sessions(self: &Arc<Self>) -> bool {
        let mut sessions = self.sessions();
        sessions.retain(|session| !session.thread.is_finished());
        let mut resumed = Vec::new();
        for session in sessions.iter_mut().filter(|session| !session.is_abandoned) {
            if let Some(abandoned) = session.command_handle.get().and_then(CommandHandle::abandon) {
                session.is_abandoned = true;
                resumed.extend(session.connection.upgrade().map(|connection| (connection, abandoned)));
            }
        }
        for (connection, abandoned) in resumed {
            self.start_thread(&mut sessions, &connection, Event::Abandoned(abandoned));
        }
        sessions.iter().any(|session| session.command_handle.get().is_some_and(CommandHandle::is_running))
    }

    fn admit(self: &Arc<Self>, listener: &BoundListener) {
        let Arrival { connection, first } = match self.gate.accept(listener, &self.config) {
            Ok(Some(arrival)) => arrival,
            Ok(None) => {
                if let Some(pause) = self.gate.take_pause() {
                    thread::sleep(pause);
                }
                return;
            }
            Err(error) => {
                // The client stays in the queue, and a pause keeps this from spinning.
                if error.kind() != io::ErrorKind::WouldBlock {
                    thread::sleep(Duration::from_millis(100));
                }
                return;
            }
        };
        let mut sessions = self.sessions();
        sessions.retain(|session| !session.thread.is_finished());
        // Abandoned threads do not count as sessions, but all threads have one limit.
        if sessions.len() >= self.config.max_threads() {
            return self.config.turn_away(&connection, TOO_MANY_THREADS);
        }
        self.start_thread(&mut sessions, &connection, first);
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

    /// Returns whether all clients that were disconnected have their last word.
    pub(crate) fn has_said_last_words(&self) -> bool {
        self.gate.closer.is_idle()
    }

    /// Ends all sessions, and returns the threads that will end.
    pub(crate) fn stop_all(&self) -> Vec<DetachedThread> {
        let sessions = std::mem::take(&mut *self.sessions());
        for connection in sessions.iter().filter_map(|session| session.connection.upgrade()) {
            connection.end(LastWord::Shutdown);
        }
        sessions.into_iter().filter(|session| !session.is_abandoned).map(|session| session.thread).collect()
    }

    fn sessions(&self) -> MutexGuard<'_, Vec<SessionThread>> {
        self.sessions.lock_ignoring_poison()
    }
}

impl std::fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Supervisor").field("sessions", &self.sessions().len()).finish_non_exhaustive()
    }
}
