//! How often instrumented functions are called, how long they take, and how many calls fail.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::call_pattern::CallPattern;
use super::open_spans::OpenSpan;

/// How many patterns are counted at the same time. The one that was looked at longest ago makes room.
const MAX_COUNTED: usize = 16;
/// How long calls are counted after the last look at them.
const COUNTED_FOR: Duration = Duration::from_secs(10 * 60);

/// The patterns whose calls are counted.
#[derive(Default)]
pub(super) struct CallStats {
    /// Their number, so that nothing is locked while there are none.
    count: AtomicUsize,
    counted: RwLock<Vec<Arc<Counted>>>,
}

/// The calls that match a pattern.
pub(super) struct Counted {
    text: String,
    pub(super) pattern: CallPattern,
    begun: Instant,
    /// The time from `begun` to the last look, and to the last reset, in nanoseconds.
    looked_at: AtomicU64,
    reset_at: AtomicU64,
    pub(super) errors: AtomicU64,
    pub(super) times: Times,
}

impl CallStats {
    pub(super) fn are_there(&self) -> bool {
        self.count.load(Ordering::Relaxed) > 0
    }

    /// Counts a call that has ended.
    pub(super) fn add(&self, call: &OpenSpan) {
        if !self.are_there() {
            return;
        }
        let mut is_due = false;
        for counted in self.counted.read().unwrap_or_else(PoisonError::into_inner).iter() {
            is_due |= counted.is_due();
            if counted.pattern.matches(call.metadata) {
                counted.errors.fetch_add(u64::from(call.has_failed), Ordering::Relaxed);
                counted.times.add(call.age());
            }
        }
        if is_due {
            self.change(|counted| counted.retain(|counted| !counted.is_due()));
        }
    }

    /// Returns the counts of a pattern, which begin with the first look.
    pub(super) fn of(&self, text: &str) -> Result<Arc<Counted>, String> {
        let pattern = CallPattern::parse(text)?;
        self.change(|all| {
            all.retain(|counted| !counted.is_due());
            if let Some(counted) = all.iter().find(|counted| counted.text == text) {
                counted.looked_at.store(counted.age(), Ordering::Relaxed);
                return Ok(Arc::clone(counted));
            }
            if all.len() == MAX_COUNTED {
                let last_look = |counted: &Arc<Counted>| counted.begun + counted.last_look();
                let oldest = (0..all.len()).min_by_key(|index| last_look(&all[*index]));
                oldest.map(|index| all.remove(index));
            }
            let counted = Arc::new(Counted {
                text: text.to_owned(),
                pattern,
                begun: Instant::now(),
                looked_at: AtomicU64::new(0),
                reset_at: AtomicU64::new(0),
                errors: AtomicU64::new(0),
                times: Times::default(),
            });
            all.push(Arc::clone(&counted));
            Ok(counted)
        })
    }

    /// Makes `counted` begin again.
    pub(super) fn reset(&self, counted: &Counted) {
        // No call is counted during this.
        self.change(|_| {
            counted.reset_at.store(counted.age(), Ordering::Relaxed);
            counted.errors.store(0, Ordering::Relaxed);
            counted.times.reset();
        });
    }

    fn change<R>(&self, change: impl FnOnce(&mut Vec<Arc<Counted>>) -> R) -> R {
        let mut counted = self.counted.write().unwrap_or_else(PoisonError::into_inner);
        let result = change(&mut counted);
        self.count.store(counted.len(), Ordering::Relaxed);
        result
    }
}

impl Counted {
    /// Returns for how long it counts since the last reset.
    pub(super) fn since(&self) -> Duration {
        Duration::from_nanos(self.age().saturating_sub(self.reset_at.load(Ordering::Relaxed)))
    }

    /// Returns the time since `begun`, in nanoseconds.
    fn age(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn is_due(&self) -> bool {
        self.begun.elapsed().saturating_sub(self.last_look()) > COUNTED_FOR
    }

    /// Returns the time from `begun` to the last look.
    fn last_look(&self) -> Duration {
        Duration::from_nanos(self.looked_at.load(Ordering::Relaxed))
    }
}

/// The calls whose time is in a range.
pub(super) struct Bucket {
    pub(super) below: Option<Duration>,
    pub(super) calls: u64,
}

/// How many buckets each power of two has.
const BUCKETS_OF_POWER: u64 = 16;
/// Beyond 2⁴⁵ ns, nearly ten hours, all times are in the last bucket.
const BUCKETS: usize = 42 * 16;

/// How often which times were measured.
pub(super) struct Times {
    total: AtomicU64,
    longest: AtomicU64,
    /// By [`bucket`]: linear within each power of two.
    fine: Box<[AtomicU64]>,
    /// By [`LIMITS`].
    coarse: [AtomicU64; LIMITS.len() + 1],
}

/// 1, 2, 5, 10, … microseconds, in nanoseconds.
const LIMITS: [u64; 30] = {
    let mut limits = [0; 30];
    let mut index = 0;
    let mut power = 1_000;
    while index < limits.len() {
        (limits[index], limits[index + 1], limits[index + 2]) = (power, 2 * power, 5 * power);
        index += 3;
        power *= 10;
    }
    limits
};

impl Default for Times {
    fn default() -> Self {
        Self {
            total: AtomicU64::new(0),
            longest: AtomicU64::new(0),
            fine: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            coarse: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

impl Times {
    fn add(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.total.fetch_add(nanos, Ordering::Relaxed);
        self.longest.fetch_max(nanos, Ordering::Relaxed);
        self.fine[bucket(nanos).min(BUCKETS - 1)].fetch_add(1, Ordering::Relaxed);
        self.coarse[LIMITS.partition_point(|limit| *limit <= nanos)].fetch_add(1, Ordering::Relaxed);
    }

    fn reset(&self) {
        let counts = self.fine.iter().chain(&self.coarse).chain([&self.total, &self.longest]);
        counts.for_each(|count| count.store(0, Ordering::Relaxed));
    }

    pub(super) fn count(&self) -> u64 {
        self.coarse.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    pub(super) fn mean(&self) -> Option<Duration> {
        self.total.load(Ordering::Relaxed).checked_div(self.count()).map(Duration::from_nanos)
    }

    pub(super) fn longest(&self) -> Option<Duration> {
        (self.count() > 0).then(|| Duration::from_nanos(self.longest.load(Ordering::Relaxed)))
    }

    /// Returns the middle of the bucket in which the call is that `percent` of all calls are not longer than.
    pub(super) fn percentile(&self, percent: u64) -> Option<Duration> {
        let counts: Vec<u64> = self.fine.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let rank = (counts.iter().sum::<u64>() * percent).div_ceil(100);
        let mut passed = 0;
        let index = counts.iter().position(|count| {
            passed += count;
            passed >= rank && passed > 0
        })?;
        let (start, end) = (start_of(index), start_of(index + 1));
        let middle = Duration::from_nanos(start + (end - start) / 2);
        self.longest().map(|longest| longest.min(middle))
    }

    /// Returns the buckets from the first to the last one with calls.
    pub(super) fn histogram(&self) -> Vec<Bucket> {
        let limits = LIMITS.iter().map(|limit| Some(Duration::from_nanos(*limit))).chain([None]);
        let buckets = limits.zip(&self.coarse);
        let buckets: Vec<_> = buckets
            .map(|(below, count)| Bucket { below, calls: count.load(Ordering::Relaxed) })
            .skip_while(|bucket| bucket.calls == 0)
            .collect();
        let end = buckets.iter().rposition(|bucket| bucket.calls > 0).map_or(0, |last| last + 1);
        buckets.into_iter().take(end).collect()
    }
}

/// Returns the bucket of a time.
fn bucket(nanos: u64) -> usize {
    // The five highest bits say which it is; below 32 all do.
    let shift = u64::from((64 - nanos.leading_zeros()).saturating_sub(5));
    usize::try_from(shift * BUCKETS_OF_POWER + (nanos >> shift)).unwrap_or(usize::MAX)
}

/// Returns the shortest time in a bucket.
fn start_of(bucket: usize) -> u64 {
    let bucket = u64::try_from(bucket).unwrap_or(u64::MAX);
    let shift = (bucket / BUCKETS_OF_POWER).saturating_sub(1);
    (bucket - shift * BUCKETS_OF_POWER) << shift
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_is_in_its_bucket() {
        for nanos in
            (0..5_000).chain((0..46).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 1]))
        {
            let index = bucket(nanos);
            assert!(start_of(index) <= nanos && nanos < start_of(index + 1), "{nanos} is not in {index}");
            let width = start_of(index + 1) - start_of(index);
            assert!(width == 1 || width * BUCKETS_OF_POWER <= nanos, "{nanos}: {width}");
        }
        assert_eq!(bucket((1 << 46) - 1), BUCKETS + BUCKETS_OF_POWER as usize - 1);
        Times::default().add(Duration::MAX);
    }

    #[test]
    fn percentiles_are_near_the_true_ones() {
        let times = Times::default();
        assert!(times.percentile(50).is_none() && times.mean().is_none() && times.histogram().is_empty());
        (1..=1_000).for_each(|micros| times.add(Duration::from_micros(micros)));
        for (percent, micros) in [(50, 500.0), (90, 900.0), (99, 990.0)] {
            let found = times.percentile(percent).unwrap().as_secs_f64() * 1e6;
            assert!((found / micros - 1.0_f64).abs() < 0.04, "{percent} %: {found}");
        }
        assert_eq!(times.mean(), Some(Duration::from_nanos(500_500)));
        assert_eq!(times.longest(), Some(Duration::from_millis(1)));
        let below: Vec<_> = times.histogram().iter().map(|bucket| (bucket.below, bucket.calls)).collect();
        assert_eq!(below[0], (Some(Duration::from_micros(2)), 1));
        assert_eq!(below[1], (Some(Duration::from_micros(5)), 3));
        assert_eq!(below.last(), Some(&(Some(Duration::from_millis(2)), 1)));
    }

    #[test]
    fn after_a_reset_it_counts_from_zero() {
        let stats = CallStats::default();
        let counted = stats.of("query").unwrap();
        counted.times.add(Duration::from_millis(1));
        counted.errors.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(2));
        let before = counted.since();
        stats.reset(&counted);
        assert!(counted.since() < before && Arc::ptr_eq(&counted, &stats.of("query").unwrap()));
        assert_eq!(
            (counted.times.count(), counted.times.longest(), counted.times.percentile(99)),
            (0, None, None)
        );
        assert_eq!(counted.errors.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn only_so_many_functions_are_counted() {
        let stats = CallStats::default();
        assert!(!stats.are_there());
        for number in 0..MAX_COUNTED {
            assert!(stats.of(&format!("f{number}")).is_ok());
        }
        assert!(stats.of("f3").is_ok(), "it is counted already");
        assert!(stats.of("*").is_err());
        assert!(stats.of(&"x".repeat(1_000)).is_err());
        std::thread::sleep(Duration::from_millis(2));
        let (first, last) = (stats.of("f0").unwrap(), stats.of("one_more").unwrap());
        assert!(Arc::ptr_eq(&first, &stats.of("f0").unwrap()), "another one made room");
        assert!(Arc::ptr_eq(&last, &stats.of("one_more").unwrap()));
        assert_eq!(stats.count.load(Ordering::Relaxed), MAX_COUNTED);
    }
}
