//! The memory of the process and of one thread, as the kernel counts it.

use crate::process::proc_files::Kept;

static STATM: Kept = Kept::new("/proc/self/statm");

/// The memory of the process in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProcessMemory {
    /// What is in the machine's memory.
    pub(crate) resident: u64,
    /// Its addresses, and those of them that hold data or stacks. `None` where the system does not report them.
    pub(crate) mapped: Option<MappedMemory>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct MappedMemory {
    pub(crate) all: u64,
    pub(crate) data: u64,
}

/// Returns the memory of the process.
///
/// Linux and Android report it in `/proc`. Where there is none, its peak stands for it: a command that stays below the peak needs no
/// more than the process needed before.
pub(crate) fn process_memory() -> Option<ProcessMemory> {
    // "size resident shared text lib data dt", in pages. This takes some ten microseconds.
    let mut buffer = [0; 128];
    let statm = STATM.read_start(&mut buffer).ok().and_then(|text| {
        let mut pages = text.split_ascii_whitespace().map_while(|field| field.parse::<u64>().ok());
        let mut bytes = |skipped| pages.nth(skipped)?.checked_mul(page_bytes());
        let (all, resident, data) = (bytes(0)?, bytes(0)?, bytes(3)?);
        Some(ProcessMemory { resident, mapped: Some(MappedMemory { all, data }) })
    });
    statm.or_else(|| Some(ProcessMemory { resident: peak_resident()?, mapped: None }))
}

#[cfg(unix)]
fn page_bytes() -> u64 {
    u64::try_from(rustix::param::page_size()).unwrap_or(4_096)
}

#[cfg(not(unix))]
fn page_bytes() -> u64 {
    4_096
}

/// Returns the highest resident memory of the process so far, in bytes.
#[cfg(unix)]
fn peak_resident() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    // Apple's systems count bytes, the others KiB: getrusage(2).
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    u64::try_from(getrusage(UsageWho::RUSAGE_SELF).ok()?.max_rss()).ok()?.checked_mul(unit)
}

#[cfg(not(unix))]
fn peak_resident() -> Option<u64> {
    None
}

/// Returns how much memory the current thread has used for the first time, in bytes: that of its page faults. What it frees and uses
/// again counts again. Returns `None` where the system does not count by threads, or serves one fault with a huge page.
#[cfg(any(target_os = "linux", target_os = "freebsd"))]
pub(crate) fn touched_by_thread() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    if has_huge_pages() {
        return None;
    }
    let faults = getrusage(UsageWho::RUSAGE_THREAD).ok()?.minor_page_faults();
    u64::try_from(faults).ok()?.checked_mul(page_bytes())
}

#[cfg(not(any(target_os = "linux", target_os = "freebsd")))]
pub(crate) fn touched_by_thread() -> Option<u64> {
    None
}

/// Returns whether ordinary memory may be backed by huge pages.
#[cfg(any(target_os = "linux", target_os = "freebsd"))]
fn has_huge_pages() -> bool {
    static HUGE_PAGES: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *HUGE_PAGES.get_or_init(|| {
        let setting = std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled");
        setting.map_or(cfg!(target_os = "freebsd"), |setting| setting.contains("[always]"))
    })
}

/// Held by each test that measures the memory of the process, which another test's large allocation would change.
#[cfg(all(test, target_os = "linux"))]
pub(crate) static MEASURING: std::sync::Mutex<()> = std::sync::Mutex::new(());

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::sync::LockIgnoringPoison;

    #[test]
    fn an_allocation_increases_the_memory_of_the_process_and_of_its_thread_alone() {
        let _alone = MEASURING.lock_ignoring_poison();
        let (before, touched) = (process_memory().unwrap(), touched_by_thread());
        let peak = peak_resident().unwrap();
        let allocated = std::hint::black_box(vec![1_u8; 64 << 20]);
        let after = process_memory().unwrap();
        assert!(after.resident - before.resident > 32 << 20, "{before:?} {after:?} {}", allocated.len());
        assert!(peak_resident().unwrap() >= peak && peak_resident().unwrap() >= 64 << 20);
        let mapped = after.mapped.unwrap();
        assert!(mapped.all > mapped.data && mapped.data > 64 << 20, "{mapped:?}");
        if let Some(touched) = touched {
            assert!(touched_by_thread().unwrap() - touched > 32 << 20);
            let other = std::thread::spawn(|| touched_by_thread().unwrap()).join().unwrap();
            assert!(other < 32 << 20, "{other}");
        }
    }
}
