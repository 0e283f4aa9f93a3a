//! Expressions that are evaluated again and again, between the requests of their session.

use std::time::{Duration, Instant};

use manhole_protocol::message::Request;
use manhole_protocol::methods::{Changed, Evaluation, Watch, WatchStarted};
use manhole_protocol::{Error, ErrorKind};

use super::connection_state::Ran;
use super::{Answer, Failed, evaluation, raw};
use crate::engine::{ResultFields, RunOptions};
use crate::session::{Next, Reply, Session};

/// How many watches a session may have.
const MOST: usize = 16;

/// The shortest time between two looks.
const SHORTEST: Duration = Duration::from_millis(10);

/// How long one look may take: requests wait for it.
const LONGEST_LOOK: Duration = Duration::from_secs(1);

/// The watches of a session.
#[derive(Default)]
pub(crate) struct Watches {
    all: Vec<Watched>,
    /// The number of the last one.
    last: u64,
}

struct Watched {
    number: u64,
    code: String,
    interval: Duration,
    /// When to look next.
    due: Instant,
    /// What was told last.
    told: Option<String>,
}

impl Watches {
    /// When the next look is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.all.iter().map(|watched| watched.due).min()
    }

    fn add(&mut self, code: String, interval: Duration) -> Result<u64, Error> {
        if self.all.len() >= MOST {
            let message = format!("a session has {MOST} watches at most");
            return Err(
                Error::new(ErrorKind::Limit, message).with_help(Some("unwatch one of them".to_owned()))
            );
        }
        if interval < SHORTEST {
            let message = format!("a watch looks every {SHORTEST:?} at most");
            return Err(Error::new(ErrorKind::InvalidParams, message));
        }
        self.last += 1;
        self.all.push(Watched { number: self.last, code, interval, due: Instant::now(), told: None });
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
}

impl Session {
    pub(super) fn watch_for(&mut self, request: &Request) -> Answer {
        let Watch { code, interval_ms, .. } = request.params()?;
        if let Err(diagnosis) = self.evaluator.is_complete(&code) {
            return Err(super::values::error(&diagnosis).into());
        }
        let watch = self.watches.add(code, Duration::from_millis(interval_ms))?;
        raw(&WatchStarted { watch })
    }

    /// Looks at the watch that is due, if one is, and tells what has changed.
    pub(crate) fn look(&mut self) -> Reply {
        let now = Instant::now();
        let due = self.watches.all.iter().filter(|watched| watched.due <= now);
        let Some(watched) = due.min_by_key(|watched| watched.due) else {
            return self.told(None, Next::Input);
        };
        let (number, code, first) = (watched.number, watched.code.clone(), watched.told.is_none());
        self.begin_as(Ran::Watch(number));
        // All looks are the same command, so only the first is told.
        if first {
            self.session_info.command(&code, || self.evaluator.redacted(&code));
        }
        let terms = RunOptions { timeout: Some(LONGEST_LOOK), ephemeral: true };
        let outcome = self.evaluator.evaluate(&code, terms, ResultFields { data: true, text: true });
        self.tell(&outcome);
        let seen = match self.settle(outcome) {
            Ok(evaluated) => Ok(evaluation(evaluated, now)),
            Err(Failed::Error(error)) => Err(error),
            Err(Failed::End) => return self.told(None, Next::End),
            Err(Failed::AbandonedCommand) => return self.told(None, Next::AbandonedCommand),
        };
        let notice = self.watches.seen(number, seen);
        let line = notice.and_then(|notice| Request::notification(&notice).ok());
        self.told(line.map(|notification| notification.to_line()), Next::Input)
    }
}

impl Watches {
    /// Takes what a look has seen, and answers what is to be told of it.
    fn seen(&mut self, number: u64, seen: Result<Evaluation, Error>) -> Option<Changed> {
        let watched = self.all.iter_mut().find(|watched| watched.number == number)?;
        // From now on, not from when it was due: who looks too slowly looks less often.
        watched.due = Instant::now() + watched.interval;
        let same = match &seen {
            Ok(seen) => serde_json::to_string(&(&seen.value, &seen.text)),
            Err(error) => serde_json::to_string(error),
        };
        let same = same.ok();
        if watched.told == same {
            return None;
        }
        watched.told = same;
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
