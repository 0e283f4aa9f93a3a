//! The memory that the sessions of a console use together: what their commands need while they run, what they keep, and what they have
//! freed and the allocator has not given back.
//!
//! The system reports how the process grows and shrinks, and what each thread uses for the first time. Growth while commands run counts
//! for the console, but no more of it than their threads have used for the first time. So the application's own growth does not count.
//! Where the system does not count by threads, it does.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use super::stop_reason::StopReason;
use crate::process::{ProcessMemory, host_limits, process_memory, touched_by_thread};
use crate::sync::LockIgnoringPoison;

/// What a command may need even if the console or the process has nothing left, so that a look is always possible.
const MIN_BYTES: usize = 256 * 1024;

/// How long a command waits for memory that a stopped one frees.
const MAX_WAIT: Duration = Duration::from_millis(500);

/// The room that is left when the memory is checked at every chance.
const SHORT_OF_ROOM_BYTES: u64 = 16 * 1024 * 1024;

thread_local! {
    /// What this thread had used for the first time at the last check of one of its commands, or at the start of its session.
    static LAST_TOUCHED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// The budget of a console, and its use.
pub(crate) struct ConsoleMemory {
    /// The bytes that all sessions may use together.
    budget: usize,
    /// Whether they used all of it at the last check, so that a command that begins is checked at once.
    is_short: AtomicBool,
    /// The number of commands that were checked and do not wait.
    computing: AtomicUsize,
    processors: usize,
    usage: Mutex<Usage>,
}

#[derive(Default)]
struct Usage {
    /// What all sessions use.
    used: u64,
    /// The memory of the process at the last check of a command.
    resident: Option<u64>,
    /// Whether no command has been checked since the last one ended, so that growth in between is the application's.
    is_quiet: bool,
    /// The growth since the first of the running commands began that no thread of a command explains yet.
    unexplained: u64,
    running: Vec<Arc<Need>>,
}

/// What a running command needs.
#[derive(Default)]
struct Need {
    bytes: AtomicUsize,
    /// Whether it is stopped and frees what it needed.
    is_stopped: AtomicBool,
}

/// The memory of a running command.
pub(crate) struct CommandMemory {
    console: Arc<ConsoleMemory>,
    need: Arc<Need>,
    thread: ThreadId,
    /// As of the first check. A command that ends before is too short to matter.
    first: Option<Counts>,
    waiting_since: Option<Instant>,
    /// Whether it sleeps, or waits for the application.
    is_idle: bool,
    /// Whether it counts as one that computes.
    is_computing: bool,
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
    /// The command should wait until a stopped one has freed its memory.
    Wait,
}

impl ConsoleMemory {
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            budget,
            is_short: AtomicBool::new(false),
            computing: AtomicUsize::new(0),
            processors: thread::available_parallelism().map_or(1, usize::from),
            usage: Mutex::default(),
        }
    }

    /// Returns how many commands compute for each processor, at least 1.
    pub(crate) fn commands_per_processor(&self) -> u32 {
        let computing = self.computing.load(Ordering::Relaxed);
        u32::try_from(computing / self.processors).unwrap_or(u32::MAX).max(1)
    }

    /// Returns whether nothing of the budget was left at the last check.
    pub(crate) fn is_short(&self) -> bool {
        self.is_short.load(Ordering::Relaxed)
    }

    /// Returns the bytes that all sessions may use together.
    pub(crate) fn budget(&self) -> usize {
        self.budget
    }

    /// Returns what all sessions used at the last check.
    pub(crate) fn used(&self) -> u64 {
        self.usage.lock_ignoring_poison().used
    }

    /// Returns the memory of a command that begins on the current thread.
    pub(crate) fn begin(self: &Arc<Self>) -> CommandMemory {
        CommandMemory {
            console: Arc::clone(self),
            need: Arc::default(),
            thread: thread::current().id(),
            first: None,
            waiting_since: None,
            is_idle: false,
            is_computing: false,
        }
    }
}

/// Opens the files that report the memory of the process and its limits. Each use tries again if that fails.
pub(crate) fn open_memory_files() {
    if let Some(memory) = process_memory() {
        let _ = host_limits().room(memory);
    }
}

/// Begins to count what the current thread, which has a session, uses for the first time.
pub(crate) fn watch_thread() {
    LAST_TOUCHED.set(touched_by_thread());
}

impl Usage {
    /// Updates what all sessions use, at a time when the process has this much memory, and a command has used `touched` bytes for the
    /// first time since its last check. `touched` is `None` if nothing counts that.
    fn update(&mut self, resident: u64, touched: Option<u64>) {
        let before = self.resident.replace(resident).unwrap_or(resident);
        if !std::mem::take(&mut self.is_quiet) {
            self.unexplained += resident.saturating_sub(before);
        }
        self.used = self.used.saturating_sub(before.saturating_sub(resident));
        let explained = touched.map_or(self.unexplained, |touched| touched.min(self.unexplained));
        self.used += explained;
        self.unexplained -= explained;
    }

    /// Returns whether a running command is stopped, and what the one that needs most of the others needs.
    fn running(&self) -> (bool, usize) {
        self.running.iter().fold((false, 0), |(is_any_stopped, most), need| {
            if need.is_stopped.load(Ordering::Relaxed) {
                (true, most)
            } else {
                (is_any_stopped, most.max(need.bytes.load(Ordering::Relaxed)))
            }
        })
    }
}

impl CommandMemory {
    /// Checks whether the command needs more than `limit` bytes, or most of what the console or the process has not got.
    pub(crate) fn check(&mut self, limit: usize) -> MemoryCheck {
        let Some((memory, all)) = self.measure() else { return MemoryCheck::Enough };
        let needed = self.need.bytes.load(Ordering::Relaxed);
        if needed > limit {
            return self.stop(StopReason::Memory(limit));
        }
        let budget = self.console.budget;
        let left = as_u64(budget).saturating_sub(all);
        let room = host_limits().room(memory);
        let exceeded = if left == 0 {
            Some(StopReason::Budget(budget))
        } else {
            room.err().map(|limit| StopReason::HostLimit(limit.name()))
        };
        if let Some(stop) = exceeded.filter(|_| needed > MIN_BYTES) {
            return self.stop_or_wait(stop, needed);
        }
        self.waiting_since = None;
        let left = left.min(as_u64(limit - needed)).min(room.unwrap_or_default());
        if left < SHORT_OF_ROOM_BYTES { MemoryCheck::Short } else { MemoryCheck::Enough }
    }

    /// Stops the command that needs most. The others wait until it has freed what it needed.
    fn stop_or_wait(&mut self, stop: StopReason, needed: usize) -> MemoryCheck {
        let (is_any_stopped, most) = self.console.usage.lock_ignoring_poison().running();
        let waiting_since = *self.waiting_since.get_or_insert_with(Instant::now);
        let is_next = needed >= most && !is_any_stopped;
        if is_next || waiting_since.elapsed() > MAX_WAIT { self.stop(stop) } else { MemoryCheck::Wait }
    }

    fn stop(&self, stop: StopReason) -> MemoryCheck {
        self.need.is_stopped.store(true, Ordering::Relaxed);
        MemoryCheck::Stop(stop)
    }

    /// Measures what the command needs. Returns the memory of the process, and what all sessions use.
    fn measure(&mut self) -> Option<(ProcessMemory, u64)> {
        let mut usage = self.console.usage.lock_ignoring_poison();
        // Under the lock, since an older number after a newer one would look as if the process shrank.
        let memory = process_memory()?;
        // Another thread may make the check for this one, and cannot measure it.
        if thread::current().id() == self.thread {
            let now = Counts { resident: memory.resident, touched: touched_by_thread() };
            let first = *self.first.get_or_insert_with(|| {
                usage.running.push(Arc::clone(&self.need));
                now
            });
            let last_touched = LAST_TOUCHED.replace(now.touched).or(now.touched);
            usage.update(now.resident, now.touched.zip(last_touched).map(|(now, last)| now - last));
            self.console.is_short.store(usage.used >= as_u64(self.console.budget), Ordering::Relaxed);
            let growth = now.resident.saturating_sub(first.resident);
            let touched = now.touched.zip(first.touched).map_or(u64::MAX, |(now, first)| now - first);
            let needed = usize::try_from(growth.min(touched)).unwrap_or(usize::MAX);
            self.need.bytes.store(needed, Ordering::Relaxed);
        }
        let used = usage.used;
        drop(usage);
        self.count();
        Some((memory, used))
    }

    /// Sets whether the command needs no processor for now.
    pub(crate) fn set_idle(&mut self, is_idle: bool) {
        self.is_idle = is_idle;
        self.count();
    }

    fn count(&mut self) {
        let computes = self.first.is_some() && !self.is_idle;
        if std::mem::replace(&mut self.is_computing, computes) == computes {
            return;
        }
        let computing = &self.console.computing;
        if computes {
            computing.fetch_add(1, Ordering::Relaxed);
        } else {
            computing.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for CommandMemory {
    fn drop(&mut self) {
        self.set_idle(true);
        // Most commands end before their first check, and take no lock.
        if self.first.is_none() {
            return;
        }
        let mut usage = self.console.usage.lock_ignoring_poison();
        usage.running.retain(|need| !Arc::ptr_eq(need, &self.need));
        if usage.running.is_empty() {
            (usage.is_quiet, usage.unexplained) = (true, 0);
        }
    }
}

fn as_u64(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::process::MEASURING;

    const MIB: usize = 1 << 20;

    fn stop(command: &mut CommandMemory, limit: usize) -> Option<StopReason> {
        if let MemoryCheck::Stop(stop) = command.check(limit) { Some(stop) } else { None }
    }

    #[test]
    fn a_command_above_its_limit_is_stopped() {
        let _alone = MEASURING.lock_ignoring_poison();
        let mut command = Arc::new(ConsoleMemory::new(usize::MAX)).begin();
        assert_eq!(stop(&mut command, 8 * MIB), None);
        let allocated = std::hint::black_box(vec![1_u8; 64 * MIB]);
        assert_eq!(stop(&mut command, 128 * MIB), None);
        assert_eq!(stop(&mut command, 8 * MIB), Some(StopReason::Memory(8 * MIB)));
        assert_eq!(stop(&mut command, 128 * MIB), None, "{}", allocated.len());
    }

    #[test]
    fn of_all_commands_the_one_that_needs_most_is_stopped() {
        let console = Arc::new(ConsoleMemory::new(24 * MIB));
        let (mut small, mut large) = (console.begin(), console.begin());
        assert_eq!((stop(&mut small, usize::MAX), stop(&mut large, usize::MAX)), (None, None));
        // As if other threads had measured them.
        let other = thread::spawn(|| thread::current().id()).join().unwrap();
        (small.thread, large.thread) = (other, other);
        small.need.bytes.store(10 * MIB, Ordering::Relaxed);
        large.need.bytes.store(20 * MIB, Ordering::Relaxed);
        console.usage.lock().unwrap().used = 30 << 20;
        assert_eq!(stop(&mut small, usize::MAX), None);
        assert_eq!(stop(&mut large, usize::MAX), Some(StopReason::Budget(24 * MIB)));
        assert!(matches!(small.check(usize::MAX), MemoryCheck::Wait), "the other one frees its memory");
        drop(large);
        assert_eq!(stop(&mut small, usize::MAX), Some(StopReason::Budget(24 * MIB)));
        console.usage.lock().unwrap().used = 20 << 20;
        assert_eq!(stop(&mut small, usize::MAX), None);
    }

    #[test]
    fn commands_that_compute_share_the_processors() {
        let console = Arc::new(ConsoleMemory { processors: 2, ..ConsoleMemory::new(usize::MAX) });
        let mut commands: Vec<_> = (0..10).map(|_| console.begin()).collect();
        assert_eq!(console.commands_per_processor(), 1, "none was checked");
        commands.iter_mut().for_each(|command| assert_eq!(stop(command, usize::MAX), None));
        assert_eq!(console.commands_per_processor(), 5);
        commands[6..].iter_mut().for_each(|command| command.set_idle(true));
        commands.iter_mut().for_each(|command| assert_eq!(stop(command, usize::MAX), None));
        assert_eq!(console.commands_per_processor(), 3);
        commands.truncate(5);
        assert_eq!(console.commands_per_processor(), 2);
        commands.clear();
        assert_eq!(console.commands_per_processor(), 1);
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
        // All commands have ended.
        usage.is_quiet = true;
        usage.update(900, None);
        assert_eq!((usage.used, usage.unexplained), (50, 0), "growth between commands is the application's");
        usage.update(910, None);
        assert_eq!(usage.used, 60);
    }

    /// Makes a command look as if another thread had measured that it needs this much.
    fn set_need(command: &mut CommandMemory, bytes: usize) {
        command.thread = thread::spawn(|| thread::current().id()).join().unwrap();
        command.need.bytes.store(bytes, Ordering::Relaxed);
    }

    fn set_used(console: &ConsoleMemory, bytes: usize) {
        console.usage.lock().unwrap().used = as_u64(bytes);
    }

    #[test]
    fn a_command_is_checked_soon_once_little_is_left() {
        let console = Arc::new(ConsoleMemory::new(100 * MIB));
        let mut command = console.begin();
        set_need(&mut command, MIB);
        for (used, limit, is_short) in [
            (0, usize::MAX, false),
            (84 * MIB, usize::MAX, false),
            (84 * MIB + 1, usize::MAX, true),
            (0, 17 * MIB, false),
            (0, 17 * MIB - 1, true),
            (0, MIB, true),
        ] {
            set_used(&console, used);
            let check = command.check(limit);
            let expected = if is_short { "Short" } else { "Enough" };
            let found = match check {
                MemoryCheck::Short => "Short",
                MemoryCheck::Enough => "Enough",
                MemoryCheck::Wait => "Wait",
                MemoryCheck::Stop(_) => "Stop",
            };
            assert_eq!(found, expected, "{used} of 100 MiB, and a limit of {limit}");
        }
    }

    #[test]
    fn a_command_that_needs_little_goes_on_when_nothing_is_left() {
        let console = Arc::new(ConsoleMemory::new(24 * MIB));
        let mut command = console.begin();
        set_used(&console, 24 * MIB);
        set_need(&mut command, MIN_BYTES);
        assert_eq!(stop(&mut command, usize::MAX), None);
        set_need(&mut command, MIN_BYTES + 1);
        assert_eq!(stop(&mut command, usize::MAX), Some(StopReason::Budget(24 * MIB)));
    }

    #[test]
    fn a_command_waits_for_one_that_is_stopped_but_not_forever() {
        let console = Arc::new(ConsoleMemory::new(24 * MIB));
        let (mut small, mut large) = (console.begin(), console.begin());
        assert_eq!((stop(&mut small, usize::MAX), stop(&mut large, usize::MAX)), (None, None));
        set_used(&console, 30 * MIB);
        set_need(&mut small, 10 * MIB);
        set_need(&mut large, 20 * MIB);
        assert!(stop(&mut large, usize::MAX).is_some());
        // It has freed most of it, and now needs less than the other one.
        set_need(&mut large, MIB);
        assert!(matches!(small.check(usize::MAX), MemoryCheck::Wait));
        // With room again, the next wait is a new one.
        set_used(&console, MIB);
        assert!(matches!(small.check(usize::MAX), MemoryCheck::Enough | MemoryCheck::Short));
        assert_eq!(small.waiting_since, None);
        set_used(&console, 30 * MIB);
        assert!(matches!(small.check(usize::MAX), MemoryCheck::Wait));
        small.waiting_since = Instant::now().checked_sub(MAX_WAIT * 2);
        assert_eq!(stop(&mut small, usize::MAX), Some(StopReason::Budget(24 * MIB)));
    }

    /// Uses 64 MiB for the first time.
    fn allocate() -> Vec<u8> {
        std::hint::black_box(vec![1; 64 * MIB])
    }

    fn used(console: &ConsoleMemory) -> usize {
        usize::try_from(console.usage.lock().unwrap().used).unwrap()
    }

    #[test]
    fn what_commands_use_counts_for_the_console_and_growth_between_them_does_not() {
        let _alone = MEASURING.lock_ignoring_poison();
        let console = Arc::new(ConsoleMemory::new(32 * MIB));
        let mut first = console.begin();
        assert_eq!(stop(&mut first, usize::MAX), None);
        drop(first);
        let between = allocate();
        let (mut second, mut third) = (console.begin(), console.begin());
        assert_eq!((stop(&mut second, usize::MAX), stop(&mut third, usize::MAX)), (None, None));
        assert!(used(&console) < 32 * MIB && !console.is_short(), "{}", used(&console));
        // The end of one command does not hide the growth of another.
        drop(third);
        let within = allocate();
        assert_eq!(stop(&mut second, usize::MAX), Some(StopReason::Budget(32 * MIB)));
        assert!(used(&console) > 32 * MIB && console.is_short(), "{}", used(&console));
        drop((between, within));
    }

    #[test]
    fn what_another_thread_of_the_application_uses_is_not_the_commands() {
        if touched_by_thread().is_none() {
            return;
        }
        let _alone = MEASURING.lock_ignoring_poison();
        let console = Arc::new(ConsoleMemory::new(usize::MAX));
        // So that the thread has used more than it uses from now on.
        drop(allocate());
        let mut command = console.begin();
        assert_eq!(stop(&mut command, usize::MAX), None);
        let of_application = thread::spawn(allocate).join().unwrap();
        assert_eq!(stop(&mut command, 32 * MIB), None);
        assert!(used(&console) < 32 * MIB, "{}", used(&console));
        drop(of_application);
    }

    #[test]
    fn what_a_session_uses_before_the_first_check_of_its_command_counts() {
        let _alone = MEASURING.lock_ignoring_poison();
        let console = Arc::new(ConsoleMemory::new(usize::MAX));
        let mut other = console.begin();
        assert_eq!(stop(&mut other, usize::MAX), None);
        let session = || {
            watch_thread();
            let allocated = allocate();
            let mut command = console.begin();
            assert_eq!(stop(&mut command, usize::MAX), None);
            assert!(used(&console) > 32 * MIB, "{}", used(&console));
            drop(allocated);
        };
        thread::scope(|scope| scope.spawn(session).join().unwrap());
    }
}
