//! What several parts share: the application under test, its client, the servers to compare with. Uses no other folder.

mod client;
mod cpu_load;
mod host;
mod programs;
mod reference_servers;
pub(crate) mod scratch_workspace;
mod timed_lock;

use std::time::Instant;

pub(crate) use client::Client;
pub(crate) use cpu_load::CpuLoad;
pub(crate) use host::{Host, Item, LARGE_COUNT, Plain, items, pair, plain_engine};
pub(crate) use programs::{built_program, is_installed};
pub(crate) use reference_servers::{Aiomanhole, serve_echo};
pub(crate) use timed_lock::TimedLock;

/// The length of a run.
#[derive(Clone, Copy)]
pub(crate) enum Scale {
    /// Few rounds, as in CI.
    Light,
    Full,
}

impl Scale {
    /// Returns the value for this length of run.
    pub(crate) fn pick<T>(self, light: T, full: T) -> T {
        match self {
            Self::Light => light,
            Self::Full => full,
        }
    }

    pub(crate) fn is_full(self) -> bool {
        matches!(self, Self::Full)
    }
}

/// Measures a call, in microseconds.
pub(crate) fn time(call: impl FnOnce()) -> f64 {
    let start = Instant::now();
    call();
    start.elapsed().as_secs_f64() * 1e6
}

/// Prints a remark that is not a figure.
#[expect(clippy::print_stderr, reason = "the table goes to standard output")]
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}
