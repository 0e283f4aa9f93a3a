//! Samples of counts, for what happened over the last seconds. The commands that ask take them, so that an idle console takes none.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::sync::LockIgnoringPoison;

/// How old a sample may be.
const MAX_AGE: Duration = Duration::from_secs(5);
/// How old a sample must be. A first look waits for that.
const MIN_AGE: Duration = Duration::from_millis(100);
/// How often a sample is kept while commands ask.
const INTERVAL: Duration = Duration::from_secs(1);

/// The samples of the last looks, the oldest first. The last one stays, to see what has not changed since.
pub(crate) struct Samples<T>(Mutex<VecDeque<Arc<Sample<T>>>>);

/// Counts at a moment.
pub(crate) struct Sample<T> {
    pub(crate) at: Instant,
    pub(crate) counts: T,
}

impl<T> Samples<T> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(VecDeque::new()))
    }

    /// Returns a sample to compare with. `take` makes one from the one before.
    pub(crate) fn before_now(&self, take: impl FnOnce(Instant, Option<&T>) -> T) -> Arc<Sample<T>> {
        // Other sessions that look for the first time wait here.
        let mut samples = self.0.lock_ignoring_poison();
        if samples.back().is_none_or(|last| last.at.elapsed() >= INTERVAL) {
            let at = Instant::now();
            let counts = take(at, samples.back().map(|last| &last.counts));
            samples.push_back(Arc::new(Sample { at, counts }));
        }
        while samples.len() > 1 && samples[0].at.elapsed() > MAX_AGE {
            samples.pop_front();
        }
        let first = Arc::clone(&samples[0]);
        std::thread::sleep(MIN_AGE.saturating_sub(first.at.elapsed()));
        first
    }
}

impl<T> Samples<T> {
    /// Returns the last sample that is old enough to compare with.
    #[cfg(feature = "tokio")]
    pub(crate) fn last_before_now(&self, take: impl FnOnce(Instant, Option<&T>) -> T) -> Arc<Sample<T>> {
        let first = self.before_now(take);
        let samples = self.0.lock_ignoring_poison();
        let last = samples.iter().rev().find(|sample| sample.at.elapsed() >= MIN_AGE);
        last.map_or(first, Arc::clone)
    }
}

impl<T> Sample<T> {
    /// Returns the share of the time since this sample that `used` is, in thousandths.
    pub(crate) fn share(&self, used: Duration) -> f64 {
        let share = used.as_secs_f64() / self.at.elapsed().as_secs_f64().max(f64::MIN_POSITIVE);
        (share * 1_000.0).round() / 1_000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_old_enough_and_is_made_from_the_one_before() {
        let samples = Samples::new();
        let next = |_, last: Option<&u32>| last.map_or(1, |last| last + 1);
        let first = samples.before_now(next);
        assert!(first.counts == 1 && first.at.elapsed() >= MIN_AGE);
        assert_eq!(samples.before_now(next).counts, 1, "it serves for some seconds");
        assert!(first.share(Duration::from_secs(3_600)) > 1.0);
        assert_eq!(first.share(Duration::ZERO), 0.0);
    }
}
