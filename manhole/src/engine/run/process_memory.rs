//! The memory of the process, as the kernel counts it.
//!
//! The limits on what a script may hold stop most growth, but not keys of maps, what closures capture, or many variables
//! together. Those are caught by looking at the process as a whole, softly: the command is stopped, and what it held is freed.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::LazyLock;

/// Opened once, since there may be no descriptor left when it is needed. `None` where the system has no such file.
static STATM: LazyLock<Option<File>> = LazyLock::new(|| File::open("/proc/self/statm").ok());

/// Opens what [`resident_bytes`] reads.
pub(crate) fn open() {
    LazyLock::force(&STATM);
}

/// How many bytes of the process are in memory; `None` where that cannot be known.
pub(crate) fn resident_bytes() -> Option<u64> {
    // "size resident shared …", in pages; some ten microseconds.
    let mut buffer = [0; 64];
    let read = STATM.as_ref()?.read_at(&mut buffer, 0).ok()?;
    let text = std::str::from_utf8(buffer.get(..read)?).ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    u64::try_from(rustix::param::page_size()).ok()?.checked_mul(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_taken_is_seen() {
        let before = resident_bytes().unwrap();
        let taken = std::hint::black_box(vec![1_u8; 64 << 20]);
        let after = resident_bytes().unwrap();
        assert!(after - before > 32 << 20, "{before} {after} {}", taken.len());
    }
}
