//! Expressions that are evaluated again and again, between the requests of their session.

use std::time::{Duration, Instant};

use manhole_protocol::methods::{Changed, Evaluation};
use manhole_protocol::{Error, ErrorKind};

/// How many watches a session may have.
const MAX_WATCHES: usize = 16;

/// The shortest time between two looks.
const MIN_INTERVAL: Duration = Duration::from_millis(10);

/// How long one look may take: requests wait for it.
pub(super) const EVALUATION_TIMEOUT: Duration = Duration::from_secs(1);

/// The watches of a session.
#[derive(Default)]
pub(crate) struct Watches {
    all: Vec<Subscription>,
    /// The number of the last one.
    last: u64,
}

pub(super) struct Subscription {
    pub(super) number: u64,
    pub(super) code: String,
    interval: Duration,
    /// When to evaluate next.
    due: Instant,
    /// The result that was sent last.
    pub(super) last_sent: Option<String>,
}

impl Watches {
    /// When the next look is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.all.iter().map(|watched| watched.due).min()
    }

    /// Returns the watch to evaluate now, if one is due.
    pub(super) fn next_due(&self, now: Instant) -> Option<&Subscription> {
        let due = self.all.iter().filter(|watched| watched.due <= now);
        due.min_by_key(|watched| watched.due)
    }

    pub(super) fn add(&mut self, code: String, interval: Duration) -> Result<u64, Error> {
        if self.all.len() >= MAX_WATCHES {
            let message = format!("a session has {MAX_WATCHES} watches at most");
            return Err(
                Error::new(ErrorKind::Limit, message).with_help(Some("unwatch one of them".to_owned()))
            );
        }
        if interval < MIN_INTERVAL {
            let message = format!("a watch looks every {MIN_INTERVAL:?} at most");
            return Err(Error::new(ErrorKind::InvalidParams, message));
        }
        self.last += 1;
        self.all.push(Subscription {
            number: self.last,
            code,
            interval,
            due: Instant::now(),
            last_sent: None,
        });
        Ok(self.last)
    }

    pub(super) fn remove(&mut self, number: u64) -> Result<(), Error> {
        let before = self.all.len();
        self.all.retain(|watched| watched.number != number);
        if self.all.len() < before {
            return Ok(());
        }
        Err(Error::new(ErrorKind::InvalidParams, format!("there is no watch {number}")))
    }

    /// Takes what a look has seen, and answers what is to be told of it.
    pub(super) fn seen(&mut self, number: u64, seen: Result<Evaluation, Error>) -> Option<Changed> {
        let watched = self.all.iter_mut().find(|watched| watched.number == number)?;
        // From now on, not from when it was due: who looks too slowly looks less often.
        watched.due = Instant::now() + watched.interval;
        let same = match &seen {
            Ok(seen) => serde_json::to_string(&(&seen.value, &seen.text)),
            Err(error) => serde_json::to_string(error),
        };
        let same = same.ok();
        if watched.last_sent == same {
            return None;
        }
        watched.last_sent = same;
        let (value, error) = match seen {
            Ok(value) => (Some(value), None),
            Err(error) => (None, Some(error)),
        };
        let ended = error.as_ref().is_some_and(|error| error.kind() == ErrorKind::Timeout);
        if ended {
            self.all.retain(|watched| watched.number != number);
        }
        Some(Changed { watch: number, ended, value, error })
    }
}
