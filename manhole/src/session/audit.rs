//! What is told of sessions: to the program's function, and to `tracing`.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::Peer;
use crate::rate_limit::RateLimiter;
use crate::reflect::Level;
use crate::sync::LockIgnoringPoison;

/// How many events of a kind are told of each user at once, and how many more each second: a flood must not become a flood of logs.
const BURST: f64 = 200.0;
const PER_SECOND: f64 = 20.0;

/// The most of a command's text that is told.
const MAX_COMMAND_TEXT: usize = 1_024;

/// Something that happened at a manhole.
///
/// ```
/// use manhole::{Builder, CommandOutcome, EventKind, manhole};
///
/// let builder = Builder::new(manhole! { answer => 42_u8 }).audit(|event| match &event.kind {
///     EventKind::Command { text, outcome: CommandOutcome::Denied(what), .. } => {
///         eprintln!("{:?} typed {text}: {what}", event.peer.pid);
///     }
///     EventKind::Command { text, took, .. } => println!("{:?} typed {text}: {took:?}", event.peer.pid),
///     _ => {}
/// });
/// # drop(builder);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Event<'a> {
    /// Who it was.
    pub peer: &'a Peer,
    /// The session, counted from 1; 0 if there is none.
    pub session: u64,
    /// What happened.
    pub kind: EventKind<'a>,
    /// How many events of the same user and kind before this one were not told, because there were too many.
    pub suppressed: u64,
}

/// What happened.
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
        /// How far it may go.
        level: Level,
    },
    /// Somebody was not let in.
    #[non_exhaustive]
    Refused {
        /// Why.
        reason: &'a str,
    },
    /// A command has run.
    #[non_exhaustive]
    Command {
        /// How far the session might go.
        level: Level,
        /// What was typed, cut after 1 KiB, with all values left out if it mentions a secret.
        text: &'a str,
        /// What came of it.
        outcome: CommandOutcome<'a>,
        /// How long it took.
        took: Duration,
    },
    /// The manhole has been opened: clients can connect.
    Opened,
    /// The manhole has been closed, and all sessions with it.
    Closed,
    /// The manhole could not be opened when it was asked for by a signal.
    #[non_exhaustive]
    NotOpened {
        /// Why.
        error: &'a str,
    },
    /// A session has ended.
    #[non_exhaustive]
    Disconnected {
        /// How many commands it ran.
        commands: u64,
        /// How long it lasted.
        lasted: Duration,
    },
}

/// What came of a command.
///
/// ```
/// use manhole::CommandOutcome;
///
/// assert_eq!(CommandOutcome::Failed("division by zero").to_string(), "failed: division by zero");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandOutcome<'a> {
    /// It ran.
    Done,
    /// It failed, and why.
    Failed(&'a str),
    /// It tried what its level does not allow, and what that was.
    Denied(&'a str),
    /// It was stopped, and why.
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

/// A function of the program that is told.
pub(crate) type AuditCallback = dyn Fn(&Event<'_>) + Send + Sync;

/// Tells what happens, as long as that is not too much.
#[derive(Clone)]
pub(crate) struct Audit {
    listener: Option<Arc<AuditCallback>>,
    rates: Arc<Mutex<RateLimiter<RateKey>>>,
}

/// A user who does something.
type RateKey = (Option<u32>, EventClass);

/// What is counted apart, so that none of it can be hidden in a flood of something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum EventClass {
    Refused,
    Denied,
    Other,
}

impl EventClass {
    fn of(kind: &EventKind<'_>) -> Self {
        match kind {
            EventKind::Refused { .. } => Self::Refused,
            EventKind::Command { outcome: CommandOutcome::Denied(_), .. } => Self::Denied,
            _ => Self::Other,
        }
    }
}

impl Default for Audit {
    fn default() -> Self {
        Self { listener: None, rates: Arc::new(Mutex::new(RateLimiter::new(BURST, PER_SECOND))) }
    }
}

impl Audit {
    pub(crate) fn listen(&mut self, listener: Arc<AuditCallback>) {
        self.listener = Some(listener);
    }

    /// Whether anybody listens.
    pub(crate) fn is_on(&self) -> bool {
        self.listener.is_some() || cfg!(feature = "tracing")
    }

    /// Tells one event. A listener that panics is none of the session's business.
    pub(crate) fn tell(&self, peer: &Peer, session: u64, kind: EventKind<'_>) {
        if !self.is_on() {
            return;
        }
        let who = (peer.uid, EventClass::of(&kind));
        let Some(suppressed) = self.rates().try_acquire(who) else { return };
        let event = Event { peer, session, kind, suppressed };
        #[cfg(feature = "tracing")]
        trace(&event);
        if let Some(listener) = &self.listener {
            let _ = catch_unwind(AssertUnwindSafe(|| listener(&event)));
        }
    }

    /// Counts somebody who was sent away among those that are not told. The program is not called, so that this takes no time.
    pub(crate) fn record_refusal(&self, peer: &Peer) {
        self.rates().record_rejected((peer.uid, EventClass::Refused));
    }

    fn rates(&self) -> MutexGuard<'_, RateLimiter<RateKey>> {
        // Nothing panics while it is held.
        self.rates.lock_ignoring_poison()
    }
}

/// The text of a command as it is told.
pub(super) fn truncate_command(command: &str) -> String {
    let cut = command.floor_char_boundary(MAX_COMMAND_TEXT);
    let rest = if cut < command.len() { "…" } else { "" };
    format!("{}{rest}", &command[..cut])
}

/// A path without the keys in it: `gizmo.map[…].key`.
pub(super) fn without_keys(path: &str) -> String {
    match (path.find('['), path.rfind(']')) {
        (Some(start), Some(end)) if start < end => format!("{}[…{}", &path[..start], &path[end..]),
        _ => path.to_owned(),
    }
}

#[cfg(feature = "tracing")]
fn trace(event: &Event<'_>) {
    let Event { peer, session, suppressed, .. } = event;
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
                tracing::warn!(target: "manhole", session, pid, uid, user, command, address, %level, text, %outcome, ?took, suppressed, "command");
            } else {
                tracing::info!(target: "manhole", session, pid, uid, user, command, address, %level, text, %outcome, ?took, suppressed, "command");
            }
        }
        EventKind::Opened => tracing::info!(target: "manhole", suppressed, "opened"),
        EventKind::Closed => tracing::info!(target: "manhole", suppressed, "closed"),
        EventKind::NotOpened { error } => tracing::error!(target: "manhole", error, suppressed, "not opened"),
        EventKind::Disconnected { commands, lasted } => {
            tracing::info!(target: "manhole", session, pid, uid, user, command, address, commands, ?lasted, suppressed, "disconnected");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_and_keys_are_left_out() {
        assert_eq!(truncate_command("gizmo.count"), "gizmo.count");
        for command in ["ü".repeat(2_000), format!("a{}", "ü".repeat(2_000))] {
            assert!(truncate_command(&command).ends_with("ü…"));
        }
        for (path, shown) in [
            ("gizmo.key takes", "gizmo.key takes"),
            ("gizmo.map[\"]\"].key", "gizmo.map[…].key"),
            ("a[1].b[2] x", "a[…] x"),
            ("] [", "] ["),
        ] {
            assert_eq!(without_keys(path), shown);
        }
    }

    #[test]
    fn a_flood_is_counted_and_hides_nothing_else() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let mut audit = Audit::default();
        let missed = Arc::new(Mutex::new(Vec::new()));
        let (heard, counted) = (Arc::clone(&told), Arc::clone(&missed));
        audit.listen(Arc::new(move |event| {
            heard.lock().unwrap().push(EventClass::of(&event.kind));
            counted.lock().unwrap().push(event.suppressed);
        }));
        let of = |uid| Peer { uid: Some(uid), ..Peer::default() };
        let command = |outcome| {
            let took = Duration::ZERO;
            EventKind::Command { level: Level::Operate, text: "x", outcome, took }
        };
        for _ in 0..10_000 {
            audit.tell(&of(7), 0, EventKind::Refused { reason: "no" });
            audit.tell(&of(7), 1, command(CommandOutcome::Done));
        }
        audit.tell(&of(7), 1, command(CommandOutcome::Denied("gizmo.key")));
        audit.record_refusal(&of(8));
        audit.tell(&of(8), 0, EventKind::Refused { reason: "no" });
        assert_eq!(missed.lock().unwrap().last(), Some(&1));
        let told = told.lock().unwrap();
        assert!((400..2_000).contains(&told.len()), "{}", told.len());
        assert_eq!(told[told.len() - 2..], [EventClass::Denied, EventClass::Refused]);
    }

    #[test]
    fn a_listener_that_panics_harms_nobody() {
        let mut audit = Audit::default();
        audit.listen(Arc::new(|_| panic!("not today")));
        audit.tell(&Peer::default(), 0, EventKind::Refused { reason: "no" });
    }
}
