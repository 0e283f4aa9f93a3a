//! The memory of the process.

use super::proc_files::{known, process_status, reported};
use crate::reflect::Reported;
use crate::reflect::computed_fields::computed_fields;

/// The memory of the process, in bytes.
pub(super) struct Memory;

computed_fields!([] Memory, "Memory", "The memory of the process, in bytes.", |_this| {
    resident: Reported<u64> = kibibytes(|status| status.vmrss), "What is in the machine's memory.";
    peak: Reported<u64> = kibibytes(|status| status.vmhwm), "The highest `resident` so far.";
    anonymous: Reported<u64> = kibibytes(|status| status.rssanon),
        "What of `resident` is no copy of a file: heap and stacks.";
    swapped: Reported<u64> = kibibytes(|status| status.vmswap), "What is swapped out.";
    mapped: Reported<u64> = kibibytes(|status| status.vmsize), "All addresses, whether or not they are used.";
});

fn kibibytes(field: impl Fn(&procfs_core::process::Status) -> Option<u64>) -> Reported<u64> {
    match process_status() {
        Ok(status) => known(field(&status).map(|kibibytes| kibibytes.saturating_mul(1024))),
        Err(error) => reported(Err(error)),
    }
}
