//! How often something may happen, for each of those who do it.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Instant;

/// Of how many an account of their own is kept. All others have one together.
const MOST: usize = 256;

/// A bucket of tokens for each of many.
pub(crate) struct Rates<K> {
    burst: f64,
    per_second: f64,
    own: HashMap<K, Bucket>,
    others: Bucket,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    filled: Instant,
    /// How often it was empty since it last was not.
    missed: u64,
}

impl<K: Eq + Hash> Rates<K> {
    /// Each may do something `burst` times at once, and `per_second` times more each second.
    pub(crate) fn new(burst: f64, per_second: f64) -> Self {
        let others = Bucket { left: burst, filled: Instant::now(), missed: 0 };
        Self { burst, per_second, own: HashMap::new(), others }
    }

    /// Whether `who` may do it now; then, how often it might not since the last time.
    pub(crate) fn take(&mut self, who: K) -> Option<u64> {
        let bucket = self.filled(who);
        if bucket.left < 1.0 {
            bucket.missed += 1;
            return None;
        }
        bucket.left -= 1.0;
        Some(std::mem::take(&mut bucket.missed))
    }

    /// `who` might not do it, whatever was left.
    pub(crate) fn miss(&mut self, who: K) {
        self.filled(who).missed += 1;
    }

    /// The bucket of `who`, with what has come in since the last time.
    fn filled(&mut self, who: K) -> &mut Bucket {
        let (now, burst, per_second) = (Instant::now(), self.burst, self.per_second);
        if self.own.len() >= MOST && !self.own.contains_key(&who) {
            // Of whom there is nothing to remember.
            self.own.retain(|_, bucket| bucket.fill(now, burst, per_second) < burst || bucket.missed > 0);
        }
        let bucket = if self.own.len() < MOST || self.own.contains_key(&who) {
            self.own.entry(who).or_insert(Bucket { left: burst, filled: now, missed: 0 })
        } else {
            &mut self.others
        };
        bucket.fill(now, burst, per_second);
        bucket
    }
}

impl Bucket {
    fn fill(&mut self, now: Instant, burst: f64, per_second: f64) -> f64 {
        let gained = (now - self.filled).as_secs_f64() * per_second;
        self.left = (self.left + gained).min(burst);
        self.filled = now;
        self.left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_rate_of_its_own_and_hears_what_it_missed() {
        let mut rates = Rates::new(20.0, 10.0);
        let taken = (0..100).filter(|_| rates.take("a").is_some()).count();
        assert!((20..40).contains(&taken), "{taken}");
        assert_eq!(rates.take("b"), Some(0));
        rates.own.get_mut("a").unwrap().left = 5.0;
        assert_eq!(rates.take("a"), Some(100 - taken as u64));
    }

    #[test]
    fn however_many_there_are_little_is_kept_of_them() {
        let mut rates = Rates::new(2.0, 0.0);
        // Nothing need be remembered of those who are full again, and these never are.
        for who in 0..10_000 {
            let _ = rates.take(who);
        }
        assert_eq!(rates.own.len(), MOST);
        assert!(rates.take(20_000).is_none(), "they have one together");
        let mut quick = Rates::new(2.0, 1e12);
        assert!((0..10_000).all(|who| quick.take(who).is_some()));
        assert!(quick.own.len() <= MOST);
    }
}
