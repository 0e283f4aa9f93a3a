//! The console's threads, and the signals that they leave to the application.
//!
//! A signal goes to any thread that does not block it. An application that blocks SIGTERM and waits for it, with `sigwait` or a signalfd,
//! expects that no thread takes it; and it may block it after the console has started. So the console's threads block all signals. A
//! thread inherits the signals that its creator blocks, and so does a child process: the application's code runs with those of its main
//! thread, on the console's threads too.

use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, SigmaskHow, Signal};

use crate::sync::LockIgnoringPoison;

/// The signals of a faulty instruction. They go to its thread, and blocking them would end the process without the application's handler.
const SYNCHRONOUS: [Signal; 6] =
    [Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGFPE, Signal::SIGILL, Signal::SIGABRT, Signal::SIGTRAP];

/// How long the signals that the main thread blocks are not read again. To read them takes longer than most calls.
const MASK_LIFETIME: Duration = Duration::from_millis(10);

/// The signals that were blocked where the first thread was started.
static BLOCKED_AT_START: OnceLock<SigSet> = OnceLock::new();

/// Starts a thread that blocks all signals from its beginning.
pub(crate) fn spawn<T: Send + 'static>(
    builder: Builder,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    // The new thread inherits what the current one blocks, so there is no moment at which it takes a signal.
    let previous = BlockedSignals::set(&console_mask())?;
    BLOCKED_AT_START.get_or_init(|| previous.0);
    builder.spawn(move || {
        let _console = ConsoleThread::enter();
        work()
    })
}

/// The threads of the console, by the numbers that the kernel gives them.
static CONSOLE_THREADS: Mutex<Vec<u32>> = Mutex::new(Vec::new());
/// The processor time of those that have ended, in nanoseconds.
static ENDED_THREADS_NANOS: AtomicU64 = AtomicU64::new(0);

/// The current thread, as one of the console until this is dropped.
struct ConsoleThread(Option<u32>);

impl ConsoleThread {
    fn enter() -> Self {
        let number = current_number();
        CONSOLE_THREADS.lock_ignoring_poison().extend(number);
        Self(number)
    }
}

impl Drop for ConsoleThread {
    fn drop(&mut self) {
        let mut threads = CONSOLE_THREADS.lock_ignoring_poison();
        threads.retain(|number| Some(*number) != self.0);
        // Under the lock, so that no time is counted twice.
        ENDED_THREADS_NANOS.fetch_add(own_cpu_time_nanos(), Ordering::Relaxed);
    }
}

/// Returns whether a thread of this process belongs to the console.
pub(crate) fn is_console(thread: u32) -> bool {
    CONSOLE_THREADS.lock_ignoring_poison().contains(&thread)
}

/// Returns the processor time of all threads that the console has had, where the system numbers threads. `of` returns that of one.
pub(crate) fn cpu_time(of: impl Fn(u32) -> Option<Duration>) -> Option<Duration> {
    current_number()?;
    let threads = CONSOLE_THREADS.lock_ignoring_poison();
    let ended = Duration::from_nanos(ENDED_THREADS_NANOS.load(Ordering::Relaxed));
    Some(threads.iter().filter_map(|thread| of(*thread)).sum::<Duration>() + ended)
}

fn own_cpu_time_nanos() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec * 1_000_000_000 + time.tv_nsec).unwrap_or_default()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn current_number() -> Option<u32> {
    u32::try_from(rustix::thread::gettid().as_raw_nonzero().get()).ok()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn current_number() -> Option<u32> {
    None
}

/// Calls the application's code with the signals blocked that its own threads block.
pub(crate) fn call_application<R>(call: impl FnOnce() -> R) -> R {
    let _console = BlockedSignals::set(&application_mask());
    call()
}

/// Lets the current thread take `signal`.
#[cfg(feature = "signal")]
pub(crate) fn unblock(signal: i32) -> io::Result<()> {
    let mut signals = SigSet::empty();
    signals.add(Signal::try_from(signal)?);
    Ok(signals.thread_unblock()?)
}

/// The signals that the current thread has blocked before, and blocks again when this is dropped.
struct BlockedSignals(SigSet);

impl BlockedSignals {
    fn set(mask: &SigSet) -> io::Result<Self> {
        Ok(Self(mask.thread_swap_mask(SigmaskHow::SIG_SETMASK)?))
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        // It fails only for a wrong argument.
        let _ = self.0.thread_set_mask();
    }
}

fn console_mask() -> SigSet {
    let mut mask = SigSet::all();
    SYNCHRONOUS.into_iter().for_each(|signal| mask.remove(signal));
    mask
}

/// Returns what the application's main thread blocks, or if the system does not tell, what was blocked when the console was started.
/// Real-time signals are always as they were then.
fn application_mask() -> SigSet {
    thread_local!(static LAST: Cell<Option<(Instant, SigSet)>> = const { Cell::new(None) });
    match LAST.get() {
        Some((since, mask)) if since.elapsed() < MASK_LIFETIME => mask,
        _ => {
            let mask = read_application_mask();
            LAST.set(Some((Instant::now(), mask)));
            mask
        }
    }
}

fn read_application_mask() -> SigSet {
    let mut mask = BLOCKED_AT_START.get().copied().unwrap_or_else(SigSet::empty);
    if let Some(blocked) = main_thread::mask() {
        for signal in Signal::iterator() {
            if blocked & (1 << (signal as u32 - 1)) == 0 {
                mask.remove(signal);
            } else {
                mask.add(signal);
            }
        }
    }
    mask
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod main_thread {
    //! What the kernel lists of the main thread.

    use std::fs::{self, File};
    use std::os::unix::fs::FileExt;

    use nix::libc;

    /// Returns the signals that the main thread blocks, the first one in the lowest bit.
    pub(super) fn mask() -> Option<u64> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let mask = status.lines().find_map(|line| line.strip_prefix("SigBlk:"))?;
        let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
        Some(mask | awaited_signals().unwrap_or(0))
    }

    /// Returns the signals for which the main thread waits in `sigwait`, if it does. The kernel does not list them as blocked then. The
    /// address of their set is the first argument of the system call.
    fn awaited_signals() -> Option<u64> {
        let system_call = fs::read_to_string("/proc/self/syscall").ok()?;
        let mut words = system_call.split_whitespace();
        let number: libc::c_long = words.next()?.parse().ok()?;
        if number != libc::SYS_rt_sigtimedwait {
            return None;
        }
        let address = u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()?;
        let mut set = [0; size_of::<u64>()];
        File::open("/proc/self/mem").ok()?.read_exact_at(&mut set, address).ok()?;
        Some(u64::from_ne_bytes(set))
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod main_thread {
    //! Other systems list nothing about another thread.

    pub(super) fn mask() -> Option<u64> {
        None
    }
}
