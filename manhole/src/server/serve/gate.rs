//! The gate of a server: accepts clients, and turns away those that get no session for sure, before they cost a thread.

use std::io;
#[cfg(feature = "tokio")]
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::server_config::ServerConfig;
use super::session_machine::Event;
use crate::server::listen::{BoundListener, SpareFds};
use crate::server::socket::{Closer, Connection};
use crate::sync::LockIgnoringPoison;

/// The reason for a client that gets the last descriptor.
const NO_DESCRIPTOR: &str = "the application has no file descriptor left";

/// How many times longer than its work the gate pauses after it has turned clients away, so that a flood of them costs a tenth of a
/// processor.
const PAUSE_FACTOR: u32 = 9;

/// The shortest pause. Shorter ones add up.
const MIN_PAUSE: Duration = Duration::from_millis(1);

/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_millis(20);

pub(crate) struct Gate {
    spare_fds: SpareFds,
    pub(crate) closer: Closer,
    /// The pause that is due.
    pause: Mutex<Duration>,
    #[cfg(feature = "tokio")]
    turn: AtomicUsize,
}

/// A client that needs a thread.
pub(crate) struct Arrival {
    pub(crate) connection: Arc<Connection>,
    pub(crate) first: Event,
}

impl Gate {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            spare_fds: SpareFds::new()?,
            closer: Closer::default(),
            pause: Mutex::default(),
            #[cfg(feature = "tokio")]
            turn: AtomicUsize::new(0),
        })
    }

    /// Accepts the next client of `listener`. Returns `None` if it was turned away; [`take_pause`](Self::take_pause) may be due then.
    pub(crate) fn accept(
        &self,
        listener: &BoundListener,
        config: &ServerConfig,
    ) -> io::Result<Option<Arrival>> {
        self.spare_fds.restore();
        let start = Instant::now();
        let accept = || Connection::accept(listener, config.session.limits.command, &self.closer);
        let mut is_last_fd = false;
        let accepted = accept().or_else(|error| {
            let spare = self.spare_fds.release(&error);
            is_last_fd = spare == 1;
            if spare > 0 { accept() } else { Err(error) }
        });
        let mut connection = accepted?;
        // The files about the client's process may need a descriptor too.
        let checked = if is_last_fd { Err(NO_DESCRIPTOR.to_owned()) } else { check(&mut connection, config) };
        let reason = match checked {
            Ok(first) => {
                self.spare_fds.restore();
                return Ok(Some(Arrival { connection: Arc::new(connection), first }));
            }
            Err(reason) => reason,
        };
        config.turn_away(&Arc::new(connection), &reason);
        *self.pause.lock_ignoring_poison() += start.elapsed() * PAUSE_FACTOR;
        Ok(None)
    }

    /// Counts the turns of the listeners.
    #[cfg(feature = "tokio")]
    pub(crate) fn next_turn(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns how long to pause before the next client, if a pause is due.
    pub(crate) fn take_pause(&self) -> Option<Duration> {
        let mut pause = self.pause.lock_ignoring_poison();
        (*pause >= MIN_PAUSE).then(|| std::mem::take(&mut *pause).min(MAX_PAUSE))
    }
}

/// Checks what the kernel says of a client, without code of the application. Returns the first event of its thread, or why it is turned
/// away without one. A refusal that is an event for the audit needs a thread, since the audit calls the application.
fn check(connection: &mut Connection, config: &ServerConfig) -> Result<Event, String> {
    let admission = &config.admission;
    let checked = admission.check_rate(connection.peer()).and_then(|()| {
        connection.complete_peer();
        if connection.token().is_some() { Ok(()) } else { admission.check_user(connection.peer()) }
    });
    let permit = match &checked {
        Err(reason) if !admission.audit.hears_refusal(connection.peer()) => return Err(reason.clone()),
        _ => admission.admit_arrival(connection.peer()),
    };
    match (permit, checked) {
        (Ok(permit), checked) => {
            connection.hold_permit(permit);
            Ok(checked.err().map_or(Event::Started, Event::Refused))
        }
        (Err(_), Err(reason)) | (Err(reason), Ok(())) => Err(reason),
    }
}
