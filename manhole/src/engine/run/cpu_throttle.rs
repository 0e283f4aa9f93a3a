//! Throttles a long command while other threads want the processors.
//!
//! The scheduler would give a busy script as much as a busy thread of the application. So a command that has run for a while
//! measures whether it had to wait for its processor, and if so pauses twelve times as long as it has run. A lower priority would
//! have the same effect, and a worse one: a thread with a low priority may lose its processor while it holds a lock of the
//! application, and then others wait for it for a long time. During a pause no lock is held.
//!
//! Commands that share a processor pause longer, so that all together use no more of it than one. Otherwise most of them would wait for
//! it, and one of those may hold a lock of the application.

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::sync::LockIgnoringPoison;

/// The processor time that a command has before it is throttled, divided by the square of the number of commands that share the
/// processor: they share the time, and while one pauses the others follow it.
const UNTHROTTLED_TIME: Duration = Duration::from_millis(100);
/// The length of a pause, in multiples of the time that the command ran before it.
const PAUSE_FACTOR: u32 = 12;
/// How long the machine counts as busy after a sample that shows it.
const BUSY_PERIOD: Duration = Duration::from_millis(100);
/// The longest pause, for each command that shares the processor.
const MAX_PAUSE: Duration = Duration::from_millis(40);

/// Throttles the running command.
#[derive(Default)]
pub(crate) struct CpuThrottle(Mutex<Option<CpuSample>>);

/// The processor time of the running command, as of the last sample.
struct CpuSample {
    sampled_at: Instant,
    /// The processor time of the thread.
    used: Duration,
    /// The processor time since the first sample.
    total: Duration,
    busy_until: Option<Instant>,
    /// The time of all pauses.
    paused: Duration,
}

impl CpuThrottle {
    /// Starts with another command.
    pub(crate) fn start(&self) {
        *self.sample() = None;
    }

    /// Returns whether the command was paused for longer than it ran.
    pub(crate) fn has_throttled(&self) -> bool {
        self.sample().as_ref().is_some_and(|sample| sample.paused > sample.total)
    }

    /// Returns the time to pause now, if `sharing` commands share a processor: zero while no other thread wants it.
    pub(crate) fn pause(&self, sharing: u32) -> Duration {
        let (now, used) = (Instant::now(), processor_time());
        self.sample().get_or_insert_with(|| CpuSample::new(now, used)).pause(now, used, sharing)
    }

    fn sample(&self) -> MutexGuard<'_, Option<CpuSample>> {
        self.0.lock_ignoring_poison()
    }

    /// Assumes that the running command ran for `total` and was paused for `paused`.
    #[cfg(test)]
    pub(crate) fn assume(&self, total: Duration, paused: Duration) {
        *self.sample() =
            Some(CpuSample { total, paused, ..CpuSample::new(Instant::now(), processor_time()) });
    }
}

impl CpuSample {
    const fn new(sampled_at: Instant, used: Duration) -> Self {
        Self { sampled_at, used, total: Duration::ZERO, busy_until: None, paused: Duration::ZERO }
    }

    fn pause(&mut self, now: Instant, used: Duration, sharing: u32) -> Duration {
        let (passed, ran) = (now.saturating_duration_since(self.sampled_at), used.saturating_sub(self.used));
        self.total += ran;
        // A quarter more may be due to the checks and the system's own work.
        if passed > ran + ran / 4 {
            self.busy_until = Some(now + BUSY_PERIOD);
        }
        let is_busy = self.busy_until.is_some_and(|until| now < until);
        let throttles = is_busy && self.total > UNTHROTTLED_TIME / sharing.saturating_pow(2);
        let pause =
            if throttles { (ran * PAUSE_FACTOR * sharing).min(MAX_PAUSE * sharing) } else { Duration::ZERO };
        (self.sampled_at, self.used) = (now + pause, used);
        self.paused += pause;
        pause
    }
}

/// Returns the processor time that this thread has used.
#[cfg(unix)]
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or_default())
}

/// Without a measurement a command is not throttled.
#[cfg(not(unix))]
fn processor_time() -> Duration {
    Duration::ZERO
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    /// Returns the pauses of a thread that takes samples: the time that passes, and the part of it that the thread
    /// runs, in milliseconds.
    fn pauses(samples: &[(u64, u64)]) -> Vec<Duration> {
        pauses_among(1, samples)
    }

    fn pauses_among(sharing: u32, samples: &[(u64, u64)]) -> Vec<Duration> {
        let (mut now, mut used) = (Instant::now(), Duration::ZERO);
        let mut sample = CpuSample::new(now, used);
        let take = |(passed, ran): &(u64, u64)| {
            now += ms(*passed);
            used += ms(*ran);
            let pause = sample.pause(now, used, sharing);
            now += pause;
            pause
        };
        samples.iter().map(take).collect()
    }

    #[test]
    fn a_command_does_not_pause_on_an_idle_machine() {
        assert!(pauses(&[(2, 2); 1_000]).iter().all(Duration::is_zero));
    }

    #[test]
    fn a_short_command_does_not_pause() {
        assert!(pauses(&[(4, 2); 50]).iter().all(Duration::is_zero));
    }

    #[test]
    fn a_long_command_pauses_while_others_want_the_processor() {
        let mut samples = vec![(2, 2); 100];
        samples.extend([(4, 2); 10]);
        samples.extend([(2, 2); 200]);
        let pauses = pauses(&samples);
        assert!(pauses[..100].iter().all(Duration::is_zero));
        assert!(pauses[100..110].iter().all(|pause| *pause == ms(2) * PAUSE_FACTOR));
        // The machine counts as busy for a while longer.
        assert_eq!(pauses[110], ms(2) * PAUSE_FACTOR);
        assert!(pauses[150..].iter().all(Duration::is_zero));
    }

    #[test]
    fn commands_that_share_a_processor_use_as_much_of_it_as_one() {
        // Five commands of which each runs for a fifth of the time, first without a pause for 4 ms.
        let pauses = pauses_among(5, &[(10, 1); 20]);
        assert!(pauses[..4].iter().all(Duration::is_zero));
        assert!(pauses[4..].iter().all(|pause| *pause == ms(1) * PAUSE_FACTOR * 5));
        assert_eq!(pauses_among(10, &[(300, 200)]), [MAX_PAUSE * 10]);
        assert!(pauses_among(10, &[(2, 2); 20]).iter().all(Duration::is_zero), "no other thread wants it");
    }

    #[test]
    fn a_pause_is_short_and_processor_time_increases() {
        assert_eq!(pauses(&[(300, 200), (100, 60)]), [MAX_PAUSE, MAX_PAUSE]);
        let before = processor_time();
        let mut sum = 0_u64;
        while processor_time() == before {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
    }
}
