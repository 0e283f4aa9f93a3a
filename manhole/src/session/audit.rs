//! What is told of sessions: to the program's function, and to `tracing`.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Peer;
use crate::reflect::Level;

/// How many events are told at once, and how many more each second: a flood must not become a flood of logs.
const BURST: u32 = 200;
const PER_SECOND: f64 = 20.0;

/// The most of a command's text that is told.
const LONGEST_TEXT: usize = 1_024;

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
    /// How many events before this one were not told, because there were too many.
    pub suppressed: u64,
}

/// What happened.
///
/// ```
/// use manhole::EventKind;
///
/// fn line(kind: &EventKind<'_>) -> String {
///     match kind {
///         EventKind::Connected { level } => format!("connected at {level}"),
///         EventKind::Refused { reason } => format!("refused: {reason}"),
///         EventKind::Command { text, outcome, .. } => format!("{text}: {outcome}"),
///         _ => String::new(),
///     }
/// }
///
/// assert_eq!(line(&EventKind::Refused { reason: "user 1001" }), "refused: user 1001");
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum EventKind<'a> {
    /// A session has begun.
    Connected {
        /// How far it may go.
        level: Level,
    },
    /// Somebody was not let in.
    Refused {
        /// Why.
        reason: &'a str,
    },
    /// A command has run.
    Command {
        /// How far the session might go.
        level: Level,
        /// What was typed, cut after 1 KiB, with its texts left out if it mentions a secret.
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
    NotOpened {
        /// Why.
        error: &'a str,
    },
    /// A session has ended.
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
pub(crate) type Listener = dyn Fn(&Event<'_>) + Send + Sync;

/// Tells what happens, as long as that is not too much.
#[derive(Clone, Default)]
pub(crate) struct Audit {
    listener: Option<Arc<Listener>>,
    bucket: Arc<Mutex<Bucket>>,
}

struct Bucket {
    left: f64,
    filled: Instant,
    suppressed: u64,
}

impl Default for Bucket {
    fn default() -> Self {
        Self { left: f64::from(BURST), filled: Instant::now(), suppressed: 0 }
    }
}

impl Audit {
    pub(crate) fn listen(&mut self, listener: Arc<Listener>) {
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
        let Some(suppressed) = self.admit() else { return };
        let event = Event { peer, session, kind, suppressed };
        #[cfg(feature = "tracing")]
        trace(&event);
        if let Some(listener) = &self.listener {
            let _ = catch_unwind(AssertUnwindSafe(|| listener(&event)));
        }
    }

    /// Takes one from the bucket; answers how many found it empty before, or nothing if it is.
    fn admit(&self) -> Option<u64> {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let gained = (now - bucket.filled).as_secs_f64() * PER_SECOND;
        bucket.left = (bucket.left + gained).min(f64::from(BURST));
        bucket.filled = now;
        if bucket.left < 1.0 {
            bucket.suppressed += 1;
            return None;
        }
        bucket.left -= 1.0;
        Some(std::mem::take(&mut bucket.suppressed))
    }
}

/// The text of a command as it is told. Where it mentions a secret, only what it begins with: what follows may be it.
pub(crate) fn told(command: &str, mentions_secret: bool) -> String {
    let cut = if mentions_secret { beginning(command) } else { command.floor_char_boundary(LONGEST_TEXT) };
    let mut text = command[..cut].to_owned();
    if cut < command.len() {
        text.push('…');
    }
    text
}

/// Where the names and dots end that a command begins with.
fn beginning(command: &str) -> usize {
    let mut before = ' ';
    let ends = |(_, char): &(usize, char)| {
        let is_number = char.is_ascii_digit() && !before.is_alphanumeric() && before != '_';
        before = *char;
        is_number || !(char.is_alphanumeric() || "_. ".contains(*char))
    };
    let end = command.char_indices().find(ends).map_or(command.len(), |(end, _)| end);
    command.floor_char_boundary(end.min(LONGEST_TEXT))
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
    fn only_the_beginning_is_told_where_a_secret_is_mentioned() {
        for (command, shown) in [
            ("gizmo.token = \"s3 \\\" cret\" + 'x' + `y${z}`; 1", "gizmo.token …"),
            ("gizmo.token = #\"x\"# + \"s3cret\"", "gizmo.token …"),
            ("gizmo.token /* \" */ = \"s3cret\"", "gizmo.token …"),
            ("4711 == gizmo.pin", "…"),
            ("x2 = 4711 == gizmo.pin", "x2 …"),
            ("gizmo.token", "gizmo.token"),
            ("\"s3cret\" == gizmo.token", "…"),
        ] {
            assert_eq!(told(command, true), shown);
            assert_eq!(told(command, false), command);
        }
        for command in ["ü".repeat(2_000), format!("a{}", "ü".repeat(2_000))] {
            assert!(told(&command, false).ends_with("ü…") && told(&command, true).ends_with("ü…"));
        }
    }

    #[test]
    fn a_flood_is_counted_and_not_told() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let mut audit = Audit::default();
        let heard = Arc::clone(&told);
        audit.listen(Arc::new(move |event| heard.lock().unwrap().push(event.suppressed)));
        for _ in 0..10_000 {
            audit.tell(&Peer::default(), 0, EventKind::Refused { reason: "no" });
        }
        let count = told.lock().unwrap().len();
        assert!((200..1_000).contains(&count), "{count}");
        audit.bucket.lock().unwrap().left = 5.0;
        audit.tell(&Peer::default(), 0, EventKind::Refused { reason: "no" });
        let suppressed: u64 = told.lock().unwrap().iter().sum();
        assert_eq!(count as u64 + suppressed, 10_000);
    }

    #[test]
    fn a_listener_that_panics_harms_nobody() {
        let mut audit = Audit::default();
        audit.listen(Arc::new(|_| panic!("not today")));
        audit.tell(&Peer::default(), 0, EventKind::Refused { reason: "no" });
    }
}
