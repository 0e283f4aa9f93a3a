//! The resident memory of the process, as the kernel counts it.
//!
//! The limits on a script's values stop most growth, but not keys of maps, captures of closures, or many variables together. The
//! growth of the whole process catches those: it stops the command, and its values are freed.

use std::fs::File;
use std::sync::LazyLock;

/// Opened once, because later there may be no file descriptor left. `None` if the system has no such file, as only Linux and Android
/// have it. Others report the memory through calls that need unsafe code, and the limits on a script's values hold there.
static STATM: LazyLock<Option<File>> = LazyLock::new(|| File::open("/proc/self/statm").ok());

/// Opens the file that [`resident_bytes`] reads.
pub(crate) fn open() {
    LazyLock::force(&STATM);
}

/// Returns the resident memory of the process in bytes, if the system reports it.
#[cfg(unix)]
pub(crate) fn resident_bytes() -> Option<u64> {
    // "size resident shared …", in pages. This takes some ten microseconds.
    let mut buffer = [0; 64];
    let read = std::os::unix::fs::FileExt::read_at(STATM.as_ref()?, &mut buffer, 0).ok()?;
    let text = std::str::from_utf8(buffer.get(..read)?).ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    u64::try_from(rustix::param::page_size()).ok()?.checked_mul(pages)
}

#[cfg(not(unix))]
pub(crate) fn resident_bytes() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn an_allocation_increases_the_resident_memory() {
        let before = resident_bytes().unwrap();
        let allocated = std::hint::black_box(vec![1_u8; 64 << 20]);
        let after = resident_bytes().unwrap();
        assert!(after - before > 32 << 20, "{before} {after} {}", allocated.len());
    }
}
