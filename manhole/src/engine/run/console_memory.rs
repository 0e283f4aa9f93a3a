//! The memory that the sessions of a console use together: what their commands need while they run, what they keep, and what they have
//! freed and the allocator has not given back.
//!
//! The system reports how the process grows and shrinks, and what each thread uses for the first time. Growth while commands run counts
//! for the console, but no more of it than their threads have used for the first time. So the application's own growth does not count.
//! Where the system does not count by threads, it does.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use super::host_limits::host_limits;
use super::process_memory::{ProcessMemory, process_memory, touched_by_thread};
use super::stop_reason::StopReason;
use crate::sync::LockIgnoringPoison;

/// What a command may need even if the console or the process has nothing left, so that a look is always possible.
const MIN_BYTES: u64 = 1024 * 1024;

/// The room that is left when the memory is checked at every chance.
const SHORT_OF_ROOM_BYTES: u64 = 16 * 1024 * 1024;

/// The budget of a console, and its use.
pub(crate) struct ConsoleMemory {
    /// The bytes that all sessions may use together.
    pub(crate) budget: usize,
    usage: Mutex<Usage>,
}

#[derive(Default)]
struct Usage {
    /// What all sessions use.
    used: u64,
    /// The memory of the process at the last check of a command.
    resident: Option<u64>,
    /// The growth since the first of the running commands began that no thread of a command explains yet.
    unexplained: u64,
    /// What each running command needs.
    running: Vec<Arc<AtomicUsize>>,
}

/// The memory of a running command.
pub(crate) struct CommandMemory {
    console: Arc<ConsoleMemory>,
    used: Arc<AtomicUsize>,
    thread: ThreadId,
    /// As of the first check. A command that ends before is too short to matter.
    first: Option<Counts>,
    /// As of the last check.
    last_touched: Option<u64>,
}

/// What the system counts.
#[derive(Clone, Copy)]
struct Counts {
    resident: u64,
    touched: Option<u64>,
}

/// The result of a check.
pub(crate) enum MemoryCheck {
    Stop(StopReason),
    /// The command may go on until the next regular check.
    Enough,
    /// The command may go on, but must be checked soon.
    Short,
}

impl ConsoleMemory {
    pub(crate) fn new(budget: usize) -> Self {
        Self { budget, usage: Mutex::default() }
    }

    /// Returns the memory of a command that begins on the current thread.
    pub(crate) fn begin(self: &Arc<Self>) -> CommandMemory {
        let used = Arc::<AtomicUsize>::default();
        self.usage.lock_ignoring_poison().running.push(Arc::clone(&used));
        CommandMemory {
            console: Arc::clone(self),
            used,
            thread: thread::current().id(),
            first: None,
            last_touched: None,
        }
    }
}

impl Usage {
    /// Updates what all sessions use, at a time when the process has this much memory, and a command has used `touched` bytes for the
    /// first time since its last check. `touched` is `None` if nothing counts that.
    fn update(&mut self, resident: u64, touched: Option<u64>) {
        let before = self.resident.replace(resident).unwrap_or(resident);
        self.unexplained += resident.saturating_sub(before);
        self.used = self.used.saturating_sub(before.saturating_sub(resident));
        let explained = touched.map_or(self.unexplained, |touched| touched.min(self.unexplained));
        self.used += explained;
        self.unexplained -= explained;
    }

    /// Returns what the command that needs most needs.
    fn most(&self) -> usize {
        self.running.iter().map(|used| used.load(Ordering::Relaxed)).max().unwrap_or_default()
    }
}

impl CommandMemory {
    /// Checks whether the command needs more than `limit` bytes, or most of what the console or the process has not got.
    pub(crate) fn check(&mut self, limit: usize) -> MemoryCheck {
        let Some(memory) = process_memory() else { return MemoryCheck::Enough };
        let (all, most) = self.measure(memory);
        let used = self.used.load(Ordering::Relaxed);
        if used > limit {
            return MemoryCheck::Stop(StopReason::Memory(limit));
        }
        let budget = self.console.budget;
        let left = as_u64(budget).saturating_sub(all);
        let room = host_limits().room(memory);
        // The command that needs most is stopped first.
        if as_u64(used) > MIN_BYTES && used >= most {
            if left == 0 {
                return MemoryCheck::Stop(StopReason::Budget(budget));
            }
            if let Err(limit) = room {
                return MemoryCheck::Stop(StopReason::HostLimit(limit.name()));
            }
        }
        let left = left.min(as_u64(limit - used)).min(room.unwrap_or_default());
        if left < SHORT_OF_ROOM_BYTES { MemoryCheck::Short } else { MemoryCheck::Enough }
    }

    /// Measures what the command needs. Returns what all sessions use, and what the command that needs most needs.
    fn measure(&mut self, memory: ProcessMemory) -> (u64, usize) {
        let mut usage = self.console.usage.lock_ignoring_poison();
        // Another thread may make the check for this one, and cannot measure it.
        if thread::current().id() == self.thread {
            let now = Counts { resident: memory.resident, touched: touched_by_thread() };
            let first = *self.first.get_or_insert(now);
            let last_touched = std::mem::replace(&mut self.last_touched, now.touched).or(now.touched);
            usage.update(now.resident, now.touched.zip(last_touched).map(|(now, last)| now - last));
            let growth = now.resident.saturating_sub(first.resident);
            let touched = now.touched.zip(first.touched).map_or(u64::MAX, |(now, first)| now - first);
            self.used.store(usize::try_from(growth.min(touched)).unwrap_or(usize::MAX), Ordering::Relaxed);
        }
        (usage.used, usage.most())
    }
}

fn as_u64(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

impl Drop for CommandMemory {
    fn drop(&mut self) {
        let mut usage = self.console.usage.lock_ignoring_poison();
        usage.running.retain(|used| !Arc::ptr_eq(used, &self.used));
        if usage.running.is_empty() {
            // Growth between commands is the application's.
            usage.unexplained = 0;
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn stop(command: &mut CommandMemory, limit: usize) -> Option<StopReason> {
        if let MemoryCheck::Stop(stop) = command.check(limit) { Some(stop) } else { None }
    }

    #[test]
    fn a_command_above_its_limit_is_stopped() {
        let mut command = Arc::new(ConsoleMemory::new(usize::MAX)).begin();
        assert_eq!(stop(&mut command, 8 * MIB), None);
        let allocated = std::hint::black_box(vec![1_u8; 64 * MIB]);
        assert_eq!(stop(&mut command, 8 * MIB), Some(StopReason::Memory(8 * MIB)));
        assert_eq!(stop(&mut command, 128 * MIB), None, "{}", allocated.len());
    }

    #[test]
    fn of_all_commands_the_one_that_needs_most_is_stopped() {
        let console = Arc::new(ConsoleMemory::new(24 * MIB));
        let (mut small, mut large) = (console.begin(), console.begin());
        // As if other threads had measured them.
        let other = thread::spawn(|| thread::current().id()).join().unwrap();
        (small.thread, large.thread) = (other, other);
        small.used.store(10 * MIB, Ordering::Relaxed);
        large.used.store(20 * MIB, Ordering::Relaxed);
        console.usage.lock().unwrap().used = 30 << 20;
        assert_eq!(stop(&mut small, usize::MAX), None);
        assert_eq!(stop(&mut large, usize::MAX), Some(StopReason::Budget(24 * MIB)));
        drop(large);
        assert_eq!(stop(&mut small, usize::MAX), Some(StopReason::Budget(24 * MIB)));
        console.usage.lock().unwrap().used = 20 << 20;
        assert_eq!(stop(&mut small, usize::MAX), None);
    }

    #[test]
    fn growth_counts_as_far_as_the_threads_of_commands_explain_it() {
        let mut usage = Usage::default();
        usage.update(100, Some(50));
        assert_eq!(usage.used, 0, "the first check is the start");
        usage.update(130, Some(10));
        assert_eq!((usage.used, usage.unexplained), (10, 20));
        // Another thread has used it, and is checked later.
        usage.update(130, Some(15));
        assert_eq!((usage.used, usage.unexplained), (25, 5));
        usage.update(120, Some(0));
        assert_eq!(usage.used, 15, "what is given back is the console's first");
        usage.update(150, None);
        assert_eq!((usage.used, usage.unexplained), (50, 0));
    }
}
