//! The watches of a session: expressions that are evaluated at an interval, between its requests.

use std::time::{Duration, Instant};

use manhole_protocol::methods::{Changed, Evaluation};
use manhole_protocol::{Error, ErrorKind};

use crate::engine::MIN_WATCH_INTERVAL;

/// The number of watches of a session.
const MAX_WATCHES: usize = 16;

/// The timeout of an evaluation, for which requests wait.
pub(super) const EVALUATION_TIMEOUT: Duration = Duration::from_secs(1);

/// The watches of a session.
#[derive(Default)]
pub(crate) struct Watches {
    all: Vec<Subscription>,
    /// The number of the last watch.
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
    /// Returns when the next evaluation is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.all.iter().map(|watch| watch.due).min()
    }

    /// Returns the watch to evaluate now, if one is due.
    pub(super) fn next_due(&self, now: Instant) -> Option<&Subscription> {
        let due = self.all.iter().filter(|watch| watch.due <= now);
        due.min_by_key(|watch| watch.due)
    }

    pub(super) fn add(&mut self, code: String, interval: Duration) -> Result<u64, Error> {
        if self.all.len() >= MAX_WATCHES {
            let message = format!("cannot add the watch: the session has {MAX_WATCHES} already");
            return Err(
                Error::new(ErrorKind::Limit, message).with_help(Some("unwatch one of them".to_owned()))
            );
        }
        if interval < MIN_WATCH_INTERVAL {
            let message = format!(
                "cannot add the watch: expected an interval of at least {MIN_WATCH_INTERVAL:?}, found {interval:?}"
            );
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
        self.all.retain(|watch| watch.number != number);
        if self.all.len() < before {
            return Ok(());
        }
        Err(Error::new(ErrorKind::InvalidParams, format!("cannot remove watch {number}: it does not exist")))
    }

    /// Stores the result of an evaluation, and returns the notification if it has changed.
    pub(super) fn update(&mut self, number: u64, result: Result<Evaluation, Error>) -> Option<Changed> {
        let watch = self.all.iter_mut().find(|watch| watch.number == number)?;
        // From now on, not from when it was due: a slow evaluation runs less often.
        watch.due = Instant::now() + watch.interval;
        let same = match &result {
            Ok(value) => serde_json::to_string(&(&value.value, &value.text)),
            Err(error) => serde_json::to_string(error),
        };
        let same = same.ok();
        if watch.last_sent == same {
            return None;
        }
        watch.last_sent = same;
        let (value, error) = match result {
            Ok(value) => (Some(value), None),
            Err(error) => (None, Some(error)),
        };
        let ended = error.as_ref().is_some_and(|error| error.kind() == ErrorKind::Timeout);
        if ended {
            self.all.retain(|watch| watch.number != number);
        }
        Some(Changed { watch: number, ended, value, error })
    }
}
