//! Filters of events and spans that are changed while the service runs.

use std::str::FromStr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::{Duration, Instant};

use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

use crate::sync::LockIgnoringPoison;

/// How long a changed filter holds.
const HOLDS: Duration = Duration::from_secs(10 * 60);

/// A filter such as `app::db=debug,warn`, which becomes what it was after some time.
pub(super) struct LiveFilter {
    initial: String,
    origin: Instant,
    /// In milliseconds from the origin; `u64::MAX` while it is the initial one, or is kept.
    reverts_at: AtomicU64,
    /// The highest level that it lets through, as [`LevelFilter`] orders them.
    max_level: AtomicUsize,
    text: Mutex<String>,
    targets: RwLock<Targets>,
}

impl LiveFilter {
    pub(super) fn new(level: LevelFilter) -> Self {
        let initial = level.to_string();
        Self {
            text: Mutex::new(initial.clone()),
            initial,
            origin: Instant::now(),
            reverts_at: AtomicU64::new(u64::MAX),
            max_level: AtomicUsize::new(rank(level)),
            targets: RwLock::new(Targets::new().with_default(level)),
        }
    }

    pub(super) fn text(&self) -> String {
        self.text.lock_ignoring_poison().clone()
    }

    /// Sets it for [`HOLDS`]. The caller rebuilds what `tracing` keeps for its callsites.
    pub(super) fn set(&self, text: &str) -> Result<(), String> {
        let targets = parse(text)?;
        self.apply(text, targets);
        let reverts_at =
            if text == self.initial { u64::MAX } else { self.now().saturating_add(millis(HOLDS)) };
        self.reverts_at.store(reverts_at, Ordering::Relaxed);
        Ok(())
    }

    /// Makes a changed filter hold for another time from now.
    pub(super) fn hold_for(&self, time: Duration) {
        if self.reverts_in().is_some() {
            self.reverts_at.store(self.now().saturating_add(millis(time)), Ordering::Relaxed);
        }
    }

    /// Returns when it becomes what it was.
    pub(super) fn reverts_in(&self) -> Option<Duration> {
        let at = self.reverts_at.load(Ordering::Relaxed);
        (at != u64::MAX).then(|| Duration::from_millis(at.saturating_sub(self.now())))
    }

    /// Makes it what it was if its time is over. Returns whether it did.
    pub(super) fn revert_if_due(&self) -> bool {
        let at = self.reverts_at.load(Ordering::Relaxed);
        // The clock is read only while the filter is a changed one.
        if at == u64::MAX || self.now() < at {
            return false;
        }
        // One of several threads does it.
        let is_first =
            self.reverts_at.compare_exchange(at, u64::MAX, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if let (true, Ok(targets)) = (is_first, parse(&self.initial)) {
            self.apply(&self.initial, targets);
        }
        is_first
    }

    fn apply(&self, text: &str, targets: Targets) {
        self.max_level.store(rank(highest_level(&targets)), Ordering::Relaxed);
        text.clone_into(&mut self.text.lock_ignoring_poison());
        *self.targets.write().unwrap_or_else(std::sync::PoisonError::into_inner) = targets;
    }

    /// Returns whether it lets `metadata` through.
    pub(super) fn enables(&self, metadata: &Metadata<'_>) -> bool {
        rank(LevelFilter::from_level(*metadata.level())) <= self.max_level.load(Ordering::Relaxed)
            && self
                .targets
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .would_enable(metadata.target(), metadata.level())
    }

    pub(super) fn max_level(&self) -> LevelFilter {
        LEVELS[self.max_level.load(Ordering::Relaxed).min(LEVELS.len() - 1)]
    }

    fn now(&self) -> u64 {
        millis(self.origin.elapsed())
    }
}

const LEVELS: [LevelFilter; 6] = [
    LevelFilter::OFF,
    LevelFilter::ERROR,
    LevelFilter::WARN,
    LevelFilter::INFO,
    LevelFilter::DEBUG,
    LevelFilter::TRACE,
];

fn rank(level: LevelFilter) -> usize {
    LEVELS.iter().position(|of| *of == level).unwrap_or_default()
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX - 1)
}

/// Returns the highest level that a filter lets through.
pub(super) fn highest_level(targets: &Targets) -> LevelFilter {
    targets.iter().map(|(_, level)| level).chain(targets.default_level()).max().unwrap_or(LevelFilter::OFF)
}

/// Parses a filter.
pub(super) fn parse(text: &str) -> Result<Targets, String> {
    Targets::from_str(text).map_err(|error| {
        format!("{text:?} is no filter ({error}); write it as \"info\" or \"app::db=debug,warn\"")
    })
}
