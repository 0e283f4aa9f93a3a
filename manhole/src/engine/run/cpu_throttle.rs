//! How much a command takes of a machine whose processors are wanted by others.
//!
//! The scheduler would give a busy script as much as a busy thread of the program. So a command that has run for a while looks at
//! whether it had to wait for its processor, and if so rests twelve times as long as it has run. A lower priority would do the same,
//! but not only here: a thread with a low priority may lose its processor while it holds a lock of the program, and then
//! others wait for it for a long time. Here no lock is held.

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::sync::LockIgnoringPoison;

/// How long a command may run before it is any matter.
const UNTHROTTLED_TIME: Duration = Duration::from_millis(100);
/// How long it rests for each piece that it has run, in the length of that piece.
const PAUSE_FACTOR: u32 = 12;
/// How long the machine is taken to be busy after it was sampled_at to be.
const BUSY_PERIOD: Duration = Duration::from_millis(100);
/// The longest rest in one piece.
const MAX_PAUSE: Duration = Duration::from_millis(40);

/// The pace of the running command.
pub(crate) struct CpuThrottle {
    /// Whether it rests at all: where the program stands still until the command has ended, it would only stand still for longer.
    rests: bool,
    state: Mutex<Option<CpuSample>>,
}

/// What has been sampled_at so far.
struct CpuSample {
    /// When the thread was looked at last, and how much of a processor it had used by then.
    sampled_at: Instant,
    used: Duration,
    /// The processor time since the first look.
    total: Duration,
    busy_until: Option<Instant>,
    /// How long it has paused so far.
    paused: Duration,
}

impl CpuThrottle {
    pub(crate) const fn new(rests: bool) -> Self {
        Self { rests, state: Mutex::new(None) }
    }

    /// Another command begins.
    pub(crate) fn start(&self) {
        *self.state() = None;
    }

    /// Whether the command has paused for longer than it ran.
    pub(crate) fn has_throttled(&self) -> bool {
        self.state().as_ref().is_some_and(|sample| sample.paused > sample.total)
    }

    /// How long to rest now; nothing where nobody else wants the processor.
    pub(crate) fn pause(&self) -> Duration {
        if !self.rests {
            return Duration::ZERO;
        }
        let mut state = self.state();
        let (now, used) = (Instant::now(), processor_time());
        match &mut *state {
            Some(sample) => sample.pause(now, used),
            None => {
                *state = Some(CpuSample {
                    sampled_at: now,
                    used,
                    total: Duration::ZERO,
                    busy_until: None,
                    paused: Duration::ZERO,
                });
                Duration::ZERO
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, Option<CpuSample>> {
        // Nothing panics while it is held.
        self.state.lock_ignoring_poison()
    }
}

impl CpuSample {
    fn pause(&mut self, now: Instant, used: Duration) -> Duration {
        let (passed, ran) = (now.saturating_duration_since(self.sampled_at), used.saturating_sub(self.used));
        self.total += ran;
        // A quarter more is what looking at the clock and the system's own work may make.
        if passed > ran + ran / 4 {
            self.busy_until = Some(now + BUSY_PERIOD);
        }
        let busy = self.busy_until.is_some_and(|until| now < until);
        let pause = if busy && self.total > UNTHROTTLED_TIME {
            (ran * PAUSE_FACTOR).min(MAX_PAUSE)
        } else {
            Duration::ZERO
        };
        (self.sampled_at, self.used) = (now + pause, used);
        self.paused += pause;
        pause
    }
}

/// How much of a processor this thread has used.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    /// A thread that is looked at again and again: how long it lives, and how much of that it runs, in milliseconds each.
    fn rests(pieces: &[(u64, u64)]) -> Vec<Duration> {
        let (mut now, mut used) = (Instant::now(), Duration::ZERO);
        let mut sample = CpuSample {
            sampled_at: now,
            used,
            total: Duration::ZERO,
            busy_until: None,
            paused: Duration::ZERO,
        };
        let look = |(passed, ran): &(u64, u64)| {
            now += ms(*passed);
            used += ms(*ran);
            let pause = sample.pause(now, used);
            now += pause;
            pause
        };
        pieces.iter().map(look).collect()
    }

    #[test]
    fn nobody_rests_where_nobody_waits() {
        assert!(rests(&[(2, 2); 1_000]).iter().all(Duration::is_zero));
    }

    #[test]
    fn a_short_command_does_not_rest() {
        assert!(rests(&[(4, 2); 50]).iter().all(Duration::is_zero));
    }

    #[test]
    fn a_long_one_rests_while_others_want_the_processor() {
        let mut pieces = vec![(2, 2); 100];
        pieces.extend([(4, 2); 10]);
        pieces.extend([(2, 2); 200]);
        let rests = rests(&pieces);
        assert!(rests[..100].iter().all(Duration::is_zero));
        assert!(rests[100..110].iter().all(|pause| *pause == ms(2) * PAUSE_FACTOR));
        // It takes a while until nobody is believed to be there any more.
        assert_eq!(rests[110], ms(2) * PAUSE_FACTOR);
        assert!(rests[150..].iter().all(Duration::is_zero));
    }

    #[test]
    fn a_rest_is_short_and_processor_time_goes_forward() {
        assert_eq!(rests(&[(300, 200), (100, 60)]), [MAX_PAUSE, MAX_PAUSE]);
        let before = processor_time();
        let mut sum = 0_u64;
        while processor_time() == before {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
    }
}
