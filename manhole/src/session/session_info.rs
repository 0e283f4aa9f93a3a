//! What outlives a session's thread: who the client is, how far it may go, and what is told of it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Instant;

use super::audit::{Audit, CommandOutcome, EventKind};
use super::{Peer, audit};
use crate::engine::SessionLevel;
use crate::reflect::Level;
use crate::sync::LockIgnoringPoison;

/// One client's attendance. The threads that serve it share this: where a command does not come back, another one goes on.
#[derive(Clone)]
pub(crate) struct SessionInfo(Arc<Inner>);

struct Inner {
    /// Counted from 1.
    session: u64,
    peer: Peer,
    /// The peer with its name, which the system is asked for on the session's own thread.
    named: OnceLock<Peer>,
    session_level: SessionLevel,
    audit: Audit,
    begun: Instant,
    /// How many commands have run.
    commands: AtomicU64,
    running: Mutex<Option<AuditedCommand>>,
    /// Whether the first that comes may be from a browser.
    may_be_browser: AtomicBool,
}

/// The command that runs.
struct AuditedCommand {
    text: String,
    /// Whether it mentions a secret: then what it is told about it may too.
    secret: bool,
    level: Level,
    since: Instant,
}

/// What is told of a command in place of words that may have a secret in them.
const NOT_TOLD: &str = "why is not told, since the command mentions a secret";

impl SessionInfo {
    /// The session with that number, counted from 1, of a client that may go as far as `level`.
    pub(crate) fn new(session: u64, peer: Peer, level: Level, audit: Audit) -> Self {
        Self(Arc::new(Inner {
            session,
            peer,
            named: OnceLock::new(),
            session_level: SessionLevel::new(level),
            audit,
            begun: Instant::now(),
            commands: AtomicU64::new(0),
            running: Mutex::default(),
            may_be_browser: AtomicBool::new(false),
        }))
    }

    /// The same at a port that asks for no token, where the first that comes may be from a browser.
    pub(crate) fn may_be_browser(self) -> Self {
        self.0.may_be_browser.store(true, Ordering::Relaxed);
        self
    }

    /// Whether what comes now may be from a browser. Of one client only the first may.
    pub(super) fn take_may_be_browser(&self) -> bool {
        self.0.may_be_browser.swap(false, Ordering::Relaxed)
    }

    pub(crate) fn session(&self) -> u64 {
        self.0.session
    }

    pub(crate) fn peer(&self) -> &Peer {
        self.0.named.get_or_init(|| {
            let mut peer = self.0.peer.clone();
            peer.name_user();
            peer
        })
    }

    pub(crate) fn session_level(&self) -> &SessionLevel {
        &self.0.session_level
    }

    /// Tells that the session has begun.
    pub(super) fn begin(&self) {
        self.tell(EventKind::Connected { level: self.0.session_level.level() });
    }

    /// Tells that the session has ended.
    pub(crate) fn end(&self) {
        let commands = self.0.commands.load(Ordering::Relaxed);
        self.tell(EventKind::Disconnected { commands, lasted: self.0.begun.elapsed() });
    }

    /// A command begins: `masked` gives what is told of it in its place, if it mentions a secret.
    pub(super) fn command(&self, code: &str, masked: impl FnOnce() -> Option<String>) {
        let is_on = self.0.audit.is_on();
        let masked = if is_on { masked() } else { None };
        let secret = masked.is_some();
        let text =
            if is_on { audit::truncate_command(masked.as_deref().unwrap_or(code)) } else { String::new() };
        let running =
            AuditedCommand { text, secret, level: self.0.session_level.level(), since: Instant::now() };
        *self.running() = Some(running);
    }

    /// It was none after all.
    pub(super) fn forget(&self) {
        self.running().take();
    }

    /// Tells what has come of the command, unless that was told already.
    pub(super) fn outcome(&self, outcome: CommandOutcome<'_>) {
        let Some(AuditedCommand { text, secret, level, since }) = self.running().take() else { return };
        // What was denied is a path, and needs no value to be told but a key.
        let what = match outcome {
            CommandOutcome::Denied(what) if secret => audit::without_keys(what),
            _ => String::new(),
        };
        let outcome = match outcome {
            CommandOutcome::Failed(_) if secret => CommandOutcome::Failed(NOT_TOLD),
            CommandOutcome::Denied(_) if secret => CommandOutcome::Denied(&what),
            outcome => outcome,
        };
        self.0.commands.fetch_add(1, Ordering::Relaxed);
        self.tell(EventKind::Command { level, text: &text, outcome, took: since.elapsed() });
    }

    /// Tells that the command has not come back in time.
    pub(crate) fn give_up(&self) {
        self.outcome(CommandOutcome::Stopped("given up: it did not come back in time"));
    }

    fn tell(&self, kind: EventKind<'_>) {
        if self.0.audit.is_on() {
            self.0.audit.tell(self.peer(), self.0.session, kind);
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<AuditedCommand>> {
        // Nothing panics while it is held.
        self.0.running.lock_ignoring_poison()
    }
}
