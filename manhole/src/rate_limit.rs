//! How often something may happen, for each of those who do it.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Instant;

/// Of how many an account of their own is kept. All others have one together.
const MAX_BUCKETS: usize = 256;

/// A bucket of tokens for each of many.
pub(crate) struct RateLimiter<K> {
    burst: f64,
    per_second: f64,
    own: HashMap<K, TokenBucket>,
    others: TokenBucket,
}

#[derive(Clone, Copy)]
struct TokenBucket {
    left: f64,
    refilled: Instant,
    /// How often it was empty since it last was not.
    missed: u64,
}

impl<K: Eq + Hash> RateLimiter<K> {
    /// Each may do something `burst` times at once, and `per_second` times more each second.
    pub(crate) fn new(burst: f64, per_second: f64) -> Self {
        let others = TokenBucket { left: burst, refilled: Instant::now(), missed: 0 };
        Self { burst, per_second, own: HashMap::new(), others }
    }

    /// Whether `who` may do it now; then, how often it might not since the last time.
    pub(crate) fn try_acquire(&mut self, who: K) -> Option<u64> {
        let bucket = self.refilled(who);
        if bucket.left < 1.0 {
            bucket.missed += 1;
            return None;
        }
        bucket.left -= 1.0;
        Some(std::mem::take(&mut bucket.missed))
    }

    /// `who` might not do it, whatever was left.
    pub(crate) fn record_rejected(&mut self, who: K) {
        self.refilled(who).missed += 1;
    }

    /// The bucket of `who`, with what has come in since the last time.
    fn refilled(&mut self, who: K) -> &mut TokenBucket {
        let (now, burst, per_second) = (Instant::now(), self.burst, self.per_second);
        if self.own.len() >= MAX_BUCKETS && !self.own.contains_key(&who) {
            // Of whom there is nothing to remember.
            self.own.retain(|_, bucket| bucket.fill(now, burst, per_second) < burst || bucket.missed > 0);
        }
        let bucket = if self.own.len() < MAX_BUCKETS || self.own.contains_key(&who) {
            self.own.entry(who).or_insert(TokenBucket { left: burst, refilled: now, missed: 0 })
        } else {
            &mut self.others
        };
        bucket.fill(now, burst, per_second);
        bucket
    }
}

impl TokenBucket {
    fn fill(&mut self, now: Instant, burst: f64, per_second: f64) -> f64 {
        let gained = (now - self.refilled).as_secs_f64() * per_second;
        self.left = (self.left + gained).min(burst);
        self.refilled = now;
        self.left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_rate_of_its_own_and_hears_what_it_missed() {
        let mut rates = RateLimiter::new(20.0, 10.0);
        let taken = (0..100).filter(|_| rates.try_acquire("a").is_some()).count();
        assert!((20..40).contains(&taken), "{taken}");
        assert_eq!(rates.try_acquire("b"), Some(0));
        rates.own.get_mut("a").unwrap().left = 5.0;
        assert_eq!(rates.try_acquire("a"), Some(100 - taken as u64));
    }

    #[test]
    fn however_many_there_are_little_is_kept_of_them() {
        let mut rates = RateLimiter::new(2.0, 0.0);
        // Nothing need be remembered of those who are full again, and these never are.
        for who in 0..10_000 {
            let _ = rates.try_acquire(who);
        }
        assert_eq!(rates.own.len(), MAX_BUCKETS);
        assert!(rates.try_acquire(20_000).is_none(), "they have one together");
        let mut quick = RateLimiter::new(2.0, 1e12);
        assert!((0..10_000).all(|who| quick.try_acquire(who).is_some()));
        assert!(quick.own.len() <= MAX_BUCKETS);
    }
}
