//! How often a thread, or all threads of a process, gave a processor to another.

use procfs_core::process::Status;

use crate::reflect::computed_fields::computed_fields;

/// Counts of context switches.
pub(super) struct ContextSwitches {
    voluntary: u64,
    involuntary: u64,
}

impl ContextSwitches {
    pub(super) fn of(status: &Status) -> Option<Self> {
        let (voluntary, involuntary) = (status.voluntary_ctxt_switches?, status.nonvoluntary_ctxt_switches?);
        Some(Self { voluntary, involuntary })
    }
}

computed_fields!([] ContextSwitches, "ContextSwitches", "Counts of context switches.", |this| {
    voluntary: u64 = this.voluntary, "It had to wait for something.";
    involuntary: u64 = this.involuntary, "Its time was over.";
});
