//! The audit of sessions: events for the application's callback and for `tracing`.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use manhole_protocol::text::clean;

use super::Peer;
use super::last_changes::LastChanges;
use crate::engine::ChangeKind;
use crate::rate_limit::RateLimiter;
use crate::reflect::{Level, Value, shorten};
use crate::sync::LockIgnoringPoison;

/// The number of events of a user and class at once, and in each further second, so that a flood does not fill the logs.
const MAX_EVENT_BURST: f64 = 200.0;
const MAX_EVENTS_PER_SECOND: f64 = 20.0;

/// The length of a text in an event: that of a command, or of an error.
const MAX_TEXT_BYTES: usize = 1_024;

/// An event in the audit of a console; see [`Builder::audit`](crate::Builder::audit).
///
/// ```
/// use manhole::{Builder, CommandOutcome, EventKind, manhole};
///
/// let builder = Builder::new(manhole! { answer => 42_u8 }).audit(|event| match &event.kind {
///     EventKind::Command { text, outcome: CommandOutcome::Denied(what), .. } => {
///         eprintln!("{:?} was denied {what}: {text}", event.peer.pid);
///     }
///     EventKind::Command { text, took, .. } => println!("{:?} ran {text} in {took:?}", event.peer.pid),
///     _ => {}
/// });
/// # drop(builder);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The client; without any information for events of the console itself.
    pub peer: &'a Peer,
    /// The name that the client gives itself, such as `manhole attach 0.1.0`. Unlike the peer it proves nothing. `None` before it is
    /// known, as in [`EventKind::Connected`], and for clients that give none.
    pub client: Option<&'a str>,
    /// The number of the session, from 1; 0 if there is none.
    pub session: u64,
    /// The kind, with its details.
    pub kind: EventKind<'a>,
    /// The number of events of the same user and class that were left out before this one, because there were too many. For an
    /// [`EventKind::Change`], those of the same command, kind and path, apart from its keys.
    pub suppressed: u64,
}

/// The kind of an [`Event`].
///
/// ```
/// use manhole::EventKind;
///
/// fn line(kind: &EventKind<'_>) -> String {
///     match kind {
///         EventKind::Connected { level, .. } => format!("connected at {level}"),
///         EventKind::Refused { reason, .. } => format!("refused: {reason}"),
///         EventKind::Command { text, outcome, .. } => format!("{text}: {outcome}"),
///         _ => String::new(),
///     }
/// }
///
/// assert_eq!(line(&EventKind::Opened), "");
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum EventKind<'a> {
    /// A session has begun.
    #[non_exhaustive]
    Connected {
        /// Its level.
        level: Level,
    },
    /// A client was refused.
    #[non_exhaustive]
    Refused {
        /// The reason.
        reason: &'a str,
    },
    /// A command is about to change the application's state or to call its code, also where that fails afterwards.
    ///
    /// Each of the first 1,000 changes of a command is an event, and then the first one of each kind at each path, apart from its keys.
    /// The others are counted: when the command ends, the last one at each path is an event, with the number of those
    /// before it in [`Event::suppressed`]. Beyond 256 paths they are counted together.
    ///
    /// At the level [`Level::Observe`] calls are also counted in a flood, and writes are denied without such an event.
    #[non_exhaustive]
    Change {
        /// The level of the session.
        level: Level,
        /// The path of the value, or that of the method or function. If it mentions a secret field, its keys are left out.
        path: &'a str,
        /// What happens.
        kind: ChangeKind,
        /// The values that [`ChangeKind`] names: at most 64, and 1 KiB of text. Values of secret fields, and those beside them, are a
        /// [`Value::Placeholder`].
        values: &'a [Value<'a>],
    },
    /// A command has run.
    #[non_exhaustive]
    Command {
        /// The level of the session when the command began.
        level: Level,
        /// The text of the command; of a long one the first and the last half KiB. If it mentions a secret field, each literal in it is replaced by `…`.
        text: &'a str,
        /// Its outcome; of a long text the first and the last half KiB. If the command mentions a secret field, the text of an error is
        /// left out.
        outcome: CommandOutcome<'a>,
        /// Its duration.
        took: Duration,
    },
    /// The console has been opened.
    Opened,
    /// The console has been closed, with all sessions.
    Closed,
    /// A signal could not open the console.
    #[non_exhaustive]
    NotOpened {
        /// The error.
        error: &'a str,
    },
    /// A session has ended.
    #[non_exhaustive]
    Disconnected {
        /// The number of its commands.
        commands: u64,
        /// Its duration.
        lasted: Duration,
    },
}

/// The outcome of a command.
///
/// ```
/// use manhole::CommandOutcome;
///
/// assert_eq!(CommandOutcome::Failed("division by zero").to_string(), "failed: division by zero");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandOutcome<'a> {
    /// It has run to its end.
    Done,
    /// It has failed, with this error.
    Failed(&'a str),
    /// It has tried something that its level does not allow.
    Denied(&'a str),
    /// It was stopped, for this reason.
    Stopped(&'a str),
}

impl fmt::Display for CommandOutcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Failed(why) => write!(f, "failed: {why}"),
            Self::Denied(what) => write!(f, "denied: {what}"),
            Self::Stopped(why) => f.write_str(why),
        }
    }
}

/// The application's audit callback.
pub(crate) type AuditCallback = dyn Fn(&Event<'_>) + Send + Sync;

/// Records events, up to a rate.
#[derive(Clone)]
pub(crate) struct Audit {
    callback: Option<Arc<AuditCallback>>,
    changes: LastChanges,
    rates: Arc<Mutex<RateLimiter<RateKey>>>,
}

/// A user, and a class of events.
type RateKey = (Option<u32>, EventClass);

/// The classes of events that are counted apart, so that a flood of one cannot hide another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum EventClass {
    Refused,
    Denied,
    /// Never left out here: each command bounds its own.
    Change,
    Other,
}

impl EventClass {
    fn of(kind: &EventKind<'_>) -> Self {
        match kind {
            EventKind::Refused { .. } => Self::Refused,
            EventKind::Command { outcome: CommandOutcome::Denied(_), .. } => Self::Denied,
            EventKind::Change { level, .. } if *level > Level::Observe => Self::Change,
            _ => Self::Other,
        }
    }
}

impl Default for Audit {
    fn default() -> Self {
        Self {
            callback: None,
            changes: LastChanges::default(),
            rates: Arc::new(Mutex::new(RateLimiter::new(MAX_EVENT_BURST, MAX_EVENTS_PER_SECOND))),
        }
    }
}

impl Audit {
    pub(crate) fn listen(&mut self, callback: Arc<AuditCallback>) {
        self.callback = Some(callback);
    }

    /// Returns whether events go anywhere.
    pub(crate) fn is_on(&self) -> bool {
        self.callback.is_some() || cfg!(feature = "tracing")
    }

    /// Returns what was changed and called last.
    pub(crate) fn changes(&self) -> &LastChanges {
        &self.changes
    }

    /// Returns whether events of changes go anywhere.
    pub(super) fn hears_changes(&self) -> bool {
        #[cfg(feature = "tracing")]
        if tracing::enabled!(target: "manhole", tracing::Level::INFO) {
            return true;
        }
        self.callback.is_some()
    }

    /// Records an event. A panic of the callback is ignored.
    pub(crate) fn record(&self, peer: &Peer, session: u64, kind: EventKind<'_>) {
        self.record_event(Event { peer, client: None, session, kind, suppressed: 0 });
    }

    /// Records an event that may already stand for others. A panic of the callback is ignored.
    pub(super) fn record_event(&self, mut event: Event<'_>) {
        if !self.is_on() {
            return;
        }
        let suppressed = match EventClass::of(&event.kind) {
            EventClass::Change => Some(0),
            class => self.rates().try_acquire((event.peer.uid, class)),
        };
        let Some(suppressed) = suppressed else { return };
        event.suppressed += suppressed;
        #[cfg(feature = "tracing")]
        trace(&event);
        if let Some(callback) = &self.callback {
            let _ = catch_unwind(AssertUnwindSafe(|| callback(&event)));
        }
    }

    /// Returns whether the next refusal of a client is an event. Otherwise it is counted as suppressed.
    pub(crate) fn hears_refusal(&self, peer: &Peer) -> bool {
        self.is_on() && self.rates().has_token((peer.uid, EventClass::Refused))
    }

    /// Counts a refusal as a suppressed event, without a call of the application, which may take its time.
    pub(crate) fn record_refusal(&self, peer: &Peer) {
        self.rates().record_rejected((peer.uid, EventClass::Refused));
    }

    fn rates(&self) -> MutexGuard<'_, RateLimiter<RateKey>> {
        self.rates.lock_ignoring_poison()
    }
}

/// Shortens a text for an event.
pub(super) fn shorten_text(command: &str) -> String {
    clean(&shorten(command, MAX_TEXT_BYTES)).into_owned()
}

#[cfg(feature = "tracing")]
fn trace(event: &Event<'_>) {
    let Event { peer, client, session, suppressed, .. } = event;
    let (pid, uid, user, command) = (peer.pid, peer.uid, peer.user.as_deref(), peer.command.as_deref());
    let address = peer.address.map(tracing::field::display);
    match &event.kind {
        EventKind::Connected { level } => {
            tracing::info!(target: "manhole", session, pid, uid, user, command, address, %level, suppressed, "connected");
        }
        EventKind::Refused { reason } => {
            tracing::warn!(target: "manhole", pid, uid, user, command, address, reason, suppressed, "refused");
        }
        EventKind::Command { level, text, outcome, took } => {
            let denied = matches!(outcome, CommandOutcome::Denied(_));
            if denied {
                tracing::warn!(target: "manhole", session, pid, uid, user, command, client, address, %level, text, %outcome, ?took, suppressed, "command");
            } else {
                tracing::info!(target: "manhole", session, pid, uid, user, command, client, address, %level, text, %outcome, ?took, suppressed, "command");
            }
        }
        EventKind::Change { level, path, kind, values } => {
            let values = tracing::field::debug(values.iter().map(ToString::to_string).collect::<Vec<_>>());
            tracing::info!(target: "manhole", session, pid, uid, user, command, client, address, %level, path, %kind, values, suppressed, "change");
        }
        EventKind::Opened => tracing::info!(target: "manhole", suppressed, "opened"),
        EventKind::Closed => tracing::info!(target: "manhole", suppressed, "closed"),
        EventKind::NotOpened { error } => tracing::error!(target: "manhole", error, suppressed, "not opened"),
        EventKind::Disconnected { commands, lasted } => {
            tracing::info!(target: "manhole", session, pid, uid, user, command, client, address, commands, ?lasted, suppressed, "disconnected");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_command_keeps_its_beginning_and_its_end() {
        assert_eq!(shorten_text("gizmo.count"), "gizmo.count");
        assert_eq!(shorten_text("a\x1b[2J"), "a\u{fffd}[2J");
        for filler in ["ü".repeat(2_000), "-".repeat(2_000), format!("-{}", "漢".repeat(2_000))] {
            let text = shorten_text(&format!("gizmo.a = 1; /*{filler}*/ gizmo.b = 2"));
            assert!(text.len() <= MAX_TEXT_BYTES, "{}", text.len());
            assert!(text.starts_with("gizmo.a = 1;") && text.ends_with("gizmo.b = 2"), "{text}");
        }
    }

    #[test]
    fn a_flood_is_counted_and_hides_no_other_class() {
        let classes = Arc::new(Mutex::new(Vec::new()));
        let mut audit = Audit::default();
        let suppressed = Arc::new(Mutex::new(Vec::new()));
        let (class, count) = (Arc::clone(&classes), Arc::clone(&suppressed));
        audit.listen(Arc::new(move |event| {
            class.lock().unwrap().push(EventClass::of(&event.kind));
            count.lock().unwrap().push(event.suppressed);
        }));
        let of = |uid| Peer { uid: Some(uid), ..Peer::default() };
        let command = |outcome| {
            let took = Duration::ZERO;
            EventKind::Command { level: Level::Operate, text: "x", outcome, took }
        };
        for _ in 0..10_000 {
            audit.record(&of(7), 0, EventKind::Refused { reason: "no" });
            audit.record(&of(7), 1, command(CommandOutcome::Done));
        }
        let write =
            EventKind::Change { level: Level::Operate, path: "x", kind: ChangeKind::Write, values: &[] };
        (0..1_000).for_each(|_| audit.record(&of(7), 1, write.clone()));
        let is_change = |class: &&EventClass| **class == EventClass::Change;
        assert_eq!(classes.lock().unwrap().iter().filter(is_change).count(), 1_000);
        classes.lock().unwrap().retain(|class| *class != EventClass::Change);
        audit.record(&of(7), 1, command(CommandOutcome::Denied("gizmo.key")));
        audit.record_refusal(&of(8));
        audit.record(&of(8), 0, EventKind::Refused { reason: "no" });
        assert_eq!(suppressed.lock().unwrap().last(), Some(&1));
        let classes = classes.lock().unwrap();
        assert!((400..2_000).contains(&classes.len()), "{}", classes.len());
        assert_eq!(classes[classes.len() - 2..], [EventClass::Denied, EventClass::Refused]);
    }

    #[test]
    fn a_panic_of_the_callback_is_ignored() {
        let mut audit = Audit::default();
        audit.listen(Arc::new(|_| panic!("not today")));
        audit.record(&Peer::default(), 0, EventKind::Refused { reason: "no" });
    }
}
