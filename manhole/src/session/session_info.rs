//! What the threads of a session share: its client, its level, and its audit.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use manhole_protocol::text::clean;

use super::audit;
use super::audit::{Audit, CommandOutcome, Event, EventKind};
use super::change_counts::{ChangeCounts, CountedChanges};
use super::last_changes::{LastChange, MAX_KEPT_OF_COMMAND};
use super::peer::Peer;
use crate::engine::{ChangeKind, ChangeListener, SessionLevel, without_keys};
use crate::reflect::{Level, Value};
use crate::sync::LockIgnoringPoison;

/// The identity of a session. After an abandoned command it passes to another thread.
#[derive(Clone)]
pub(crate) struct SessionInfo(Arc<Inner>);

struct Inner {
    /// The number, from 1.
    session: u64,
    peer: Peer,
    /// The peer with the name of its user, which is looked up on the session's thread.
    named: OnceLock<Peer>,
    /// The name that the client gives itself.
    client: OnceLock<String>,
    session_level: SessionLevel,
    audit: Audit,
    started: Instant,
    /// The number of commands that have run.
    commands: AtomicU64,
    running: Mutex<Option<RunningCommand>>,
    /// Whether the first input may be from a browser.
    may_be_browser: AtomicBool,
}

/// The command that runs, for its event and for the root `console`.
struct RunningCommand {
    text: String,
    /// Whether it mentions a secret field, which its error may show.
    secret: bool,
    level: Level,
    since: Instant,
    changes: ChangeCounts,
    /// How many of them were kept for the root `console`.
    kept: usize,
}

/// The methods of the console's own roots that change nothing.
const LOOKS: [&str; 5] = [
    "manhole.log.stats",
    "manhole.log.tail",
    "manhole.log.trace",
    "manhole.tasks.trees",
    "manhole.tasks.trees_of",
];

/// The length of the name that a client gives itself.
const MAX_CLIENT_CHARS: usize = 100;

/// Recorded in place of an error that may show a secret field.
const REDACTED_ERROR: &str = "error left out, since the command mentions a secret";

impl SessionInfo {
    /// Makes the identity of a session with this number and level.
    pub(crate) fn new(session: u64, peer: Peer, level: Level, audit: Audit) -> Self {
        Self(Arc::new(Inner {
            session,
            peer,
            named: OnceLock::new(),
            client: OnceLock::new(),
            session_level: SessionLevel::new(level),
            audit,
            started: Instant::now(),
            commands: AtomicU64::new(0),
            running: Mutex::default(),
            may_be_browser: AtomicBool::new(false),
        }))
    }

    /// Marks the session as one whose first input may be from a browser: on a TCP port without a token.
    pub(crate) fn may_be_browser(self) -> Self {
        self.0.may_be_browser.store(true, Ordering::Relaxed);
        self
    }

    /// Returns whether this input may be from a browser, and clears the mark: only the first input may be.
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

    /// Keeps the name that the client gives itself. The first one counts: a later one could hide which client it was.
    pub(super) fn name_client(&self, name: &str) {
        let name: String = clean(name).chars().take(MAX_CLIENT_CHARS).collect();
        let _ = self.0.client.set(name);
    }

    /// Returns the name that the client gives itself.
    pub(crate) fn client(&self) -> Option<&str> {
        self.0.client.get().map(String::as_str)
    }

    pub(crate) fn session_level(&self) -> &SessionLevel {
        &self.0.session_level
    }

    /// Records the begin of the session.
    pub(super) fn begin(&self) {
        self.record(EventKind::Connected { level: self.0.session_level.level() });
    }

    /// Records the end of the session.
    pub(crate) fn end(&self) {
        let commands = self.0.commands.load(Ordering::Relaxed);
        self.record(EventKind::Disconnected { commands, lasted: self.0.started.elapsed() });
    }

    /// Keeps the text of a command that begins. `redact` returns a redacted one if it mentions a secret field.
    pub(super) fn begin_command(&self, code: &str, redact: impl FnOnce() -> Option<String>) {
        let redacted = if self.0.audit.is_on() { redact() } else { None };
        let secret = redacted.is_some();
        let text = audit::shorten_text(redacted.as_deref().unwrap_or(code));
        let (level, since) = (self.0.session_level.level(), Instant::now());
        *self.running() =
            Some(RunningCommand { text, secret, level, since, changes: ChangeCounts::default(), kept: 0 });
    }

    /// Ends the command without an event: its input is incomplete, or it is one that was recorded before.
    pub(super) fn forget_command(&self) {
        self.take_command();
    }

    /// Takes the command that ends, and records what it has changed and called without an event.
    fn take_command(&self) -> Option<RunningCommand> {
        let mut command = self.running().take()?;
        for CountedChanges { count, path, kind, values } in
            std::mem::take(&mut command.changes).into_counted()
        {
            let change = EventKind::Change { level: command.level, path: &path, kind, values: &values };
            self.0.audit.record_event(Event { suppressed: count - 1, ..self.event(change) });
        }
        Some(command)
    }

    /// Records the outcome of the command, unless that is done already.
    pub(super) fn end_command(&self, outcome: CommandOutcome<'_>) {
        let Some(RunningCommand { text, secret, level, since, .. }) = self.take_command() else { return };
        // A denied path shows no value but its keys.
        let what = match outcome {
            CommandOutcome::Denied(what) if secret => audit::shorten_text(&without_keys(what)),
            CommandOutcome::Denied(what) | CommandOutcome::Failed(what) => audit::shorten_text(what),
            _ => String::new(),
        };
        let outcome = match outcome {
            CommandOutcome::Failed(_) if secret => CommandOutcome::Failed(REDACTED_ERROR),
            CommandOutcome::Failed(_) => CommandOutcome::Failed(&what),
            CommandOutcome::Denied(_) => CommandOutcome::Denied(&what),
            outcome => outcome,
        };
        self.0.commands.fetch_add(1, Ordering::Relaxed);
        self.record(EventKind::Command { level, text: &text, outcome, took: since.elapsed() });
    }

    /// Records that the command was abandoned.
    pub(crate) fn abandon_command(&self) {
        self.end_command(CommandOutcome::Stopped("abandoned: it did not return in time"));
    }

    /// Returns how long the session has been there.
    pub(crate) fn age(&self) -> Duration {
        self.0.started.elapsed()
    }

    /// Returns the number of commands that have ended.
    pub(crate) fn commands(&self) -> u64 {
        self.0.commands.load(Ordering::Relaxed)
    }

    /// Returns the text of the command that runs, and for how long it has run.
    pub(crate) fn running_command(&self) -> Option<(String, Duration)> {
        self.running().as_ref().map(|command| (command.text.clone(), command.since.elapsed()))
    }

    fn record(&self, kind: EventKind<'_>) {
        if self.0.audit.is_on() {
            self.0.audit.record_event(self.event(kind));
        }
    }

    fn event<'a>(&'a self, kind: EventKind<'a>) -> Event<'a> {
        Event { peer: self.peer(), client: self.client(), session: self.0.session, kind, suppressed: 0 }
    }

    /// Returns whether the next change of the command is kept for the root `console`.
    fn keeps_next_change(&self) -> bool {
        self.running().as_ref().is_none_or(|command| command.kept < MAX_KEPT_OF_COMMAND)
    }

    fn keep_change(&self, path: &str, kind: ChangeKind, values: &[Value<'_>]) {
        if let Some(command) = &mut *self.running() {
            command.kept += 1;
        }
        self.0.audit.changes().keep(LastChange {
            number: 0,
            at: SystemTime::now(),
            session: self.0.session,
            user: self.peer().user_name(),
            level: self.0.session_level.level(),
            path: path.to_owned(),
            kind,
            values: values.iter().map(|value| value.clone().into_owned()).collect(),
        });
    }

    fn running(&self) -> MutexGuard<'_, Option<RunningCommand>> {
        self.0.running.lock_ignoring_poison()
    }
}

impl ChangeListener for SessionInfo {
    fn is_on(&self) -> bool {
        self.0.audit.hears_changes() || self.keeps_next_change()
    }

    fn report(&self, path: &str, kind: ChangeKind, values: &[Value<'_>]) {
        // A dashboard that asks them again and again would drive out all changes.
        let only_looks = kind == ChangeKind::Call && LOOKS.contains(&path);
        if !only_looks && self.keeps_next_change() {
            self.keep_change(path, kind, values);
        }
        if !self.0.audit.hears_changes() {
            return;
        }
        let is_event =
            self.running().as_mut().is_none_or(|command| command.changes.admits(path, kind, values));
        if is_event {
            self.record(EventKind::Change { level: self.0.session_level.level(), path, kind, values });
        }
    }
}
