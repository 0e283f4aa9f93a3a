//! A rate limiter with a token bucket for each key.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Instant;

/// The number of keys with a bucket of their own. All further keys share one.
const MAX_BUCKETS: usize = 256;

/// Limits the rate of something for each key.
pub(crate) struct RateLimiter<K> {
    burst: f64,
    per_second: f64,
    buckets: HashMap<K, TokenBucket>,
    shared: TokenBucket,
}

#[derive(Clone, Copy)]
struct TokenBucket {
    left: f64,
    refilled: Instant,
    /// The number of rejections since the last success.
    rejected: u64,
}

impl<K: Eq + Hash> RateLimiter<K> {
    /// Makes a limiter of `burst` tokens at once, and `per_second` more tokens in each second.
    pub(crate) fn new(burst: f64, per_second: f64) -> Self {
        let shared = TokenBucket { left: burst, refilled: Instant::now(), rejected: 0 };
        Self { burst, per_second, buckets: HashMap::new(), shared }
    }

    /// Takes a token of `key`, and returns the number of rejections since the last one. Returns `None` if there is no token.
    pub(crate) fn try_acquire(&mut self, key: K) -> Option<u64> {
        let bucket = self.refilled(key);
        if bucket.left < 1.0 {
            bucket.rejected += 1;
            return None;
        }
        bucket.left -= 1.0;
        Some(std::mem::take(&mut bucket.rejected))
    }

    /// Returns whether there is a token of `key`.
    pub(crate) fn has_token(&mut self, key: K) -> bool {
        self.refilled(key).left >= 1.0
    }

    /// Counts a rejection of `key` without taking a token.
    pub(crate) fn record_rejected(&mut self, key: K) {
        self.refilled(key).rejected += 1;
    }

    /// Returns the bucket of `key`, with the tokens since its last use.
    fn refilled(&mut self, key: K) -> &mut TokenBucket {
        let (now, burst, per_second) = (Instant::now(), self.burst, self.per_second);
        if self.buckets.len() >= MAX_BUCKETS && !self.buckets.contains_key(&key) {
            // A full bucket without rejections is like a new one.
            self.buckets
                .retain(|_, bucket| bucket.fill(now, burst, per_second) < burst || bucket.rejected > 0);
        }
        let bucket = if self.buckets.len() < MAX_BUCKETS || self.buckets.contains_key(&key) {
            self.buckets.entry(key).or_insert(TokenBucket { left: burst, refilled: now, rejected: 0 })
        } else {
            &mut self.shared
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
    fn each_key_has_a_rate_and_gets_its_rejections() {
        let mut limiter = RateLimiter::new(20.0, 10.0);
        let taken = (0..100).filter(|_| limiter.try_acquire("a").is_some()).count();
        assert!((20..40).contains(&taken), "{taken}");
        assert!(!limiter.has_token("a") && limiter.has_token("b"));
        assert_eq!(limiter.try_acquire("b"), Some(0));
        limiter.buckets.get_mut("a").unwrap().left = 5.0;
        assert_eq!(limiter.try_acquire("a"), Some(100 - taken as u64));
    }

    #[test]
    fn the_number_of_buckets_is_limited() {
        let mut limiter = RateLimiter::new(2.0, 0.0);
        // These buckets never fill up again, so that none is dropped.
        for key in 0..10_000 {
            let _ = limiter.try_acquire(key);
        }
        assert_eq!(limiter.buckets.len(), MAX_BUCKETS);
        assert!(limiter.try_acquire(20_000).is_none(), "they share a bucket");
        let mut quick = RateLimiter::new(2.0, 1e12);
        assert!((0..10_000).all(|key| quick.try_acquire(key).is_some()));
        assert!(quick.buckets.len() <= MAX_BUCKETS);
    }

    #[test]
    fn a_new_key_gets_the_place_of_a_full_bucket_without_rejections() {
        let mut limiter = RateLimiter::new(2.0, 0.0);
        limiter.record_rejected(0);
        for key in 0..MAX_BUCKETS {
            assert!(limiter.has_token(key));
        }
        assert_eq!(limiter.buckets.len(), MAX_BUCKETS);
        assert!(limiter.has_token(MAX_BUCKETS));
        assert!(limiter.buckets.contains_key(&MAX_BUCKETS));
        assert_eq!(limiter.try_acquire(0), Some(1), "its rejection is still counted");
    }

    #[test]
    fn the_last_token_is_one() {
        let mut limiter = RateLimiter::new(1.0, 0.0);
        assert!(limiter.has_token("a"));
        assert_eq!(limiter.try_acquire("a"), Some(0));
        assert!(!limiter.has_token("a"));
    }
}
