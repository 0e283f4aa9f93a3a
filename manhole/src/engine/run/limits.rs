//! The limits of a session. Each has a value here, because the engine's own defaults differ between debug and release builds.

use std::time::Duration;

use crate::reflect::PreviewLimits;

/// Limits on the time, memory and output of one session.
///
/// [`Builder::limits`](crate::Builder::limits) sets the initial limits of a session. `set("timeout", "30s")` raises them up to
/// [`Builder::ceiling`](crate::Builder::ceiling).
///
/// ```
/// use std::time::Duration;
/// use manhole::Limits;
///
/// let mut limits = Limits::default();
/// limits.timeout = Duration::from_secs(2);
/// limits.items = 100;
/// assert!(limits.timeout < Limits::ceiling().timeout);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The timeout of a command. Defaults to 5 seconds.
    pub timeout: Duration,
    /// How long a command waits for one lock of the application. Defaults to 1 second.
    pub lock_wait: Duration,
    /// The number of nested levels shown. Defaults to 6.
    pub depth: usize,
    /// The number of items shown of each list or map. Defaults to 20.
    pub items: usize,
    /// The number of bytes shown of each string. Defaults to 4 KiB.
    pub text: usize,
    /// The total number of bytes shown of a value. Defaults to 64 KiB. Printed output has no limit: a command prints only as
    /// fast as the client reads, and only while it runs.
    pub output: usize,
    /// How many bytes of memory a command may need. Defaults to 64 MiB, and is never above
    /// [`Builder::memory`](crate::Builder::memory).
    ///
    /// A command needs what the process has grown by since it began, but no more than its own thread has used for the first time. So
    /// the growth of the application does not count, except where the system does not count by threads; see the
    /// [platforms](crate#platforms).
    pub memory: usize,
    /// How many bytes the variables of a session may hold between commands. Defaults to 32 MiB.
    pub variables: usize,
    /// The length of a command in bytes. Defaults to 64 KiB. Plain statements of this length compile in 6 ms of processor time, and any
    /// text in 500 ms. A session cannot change it.
    pub command: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let preview = PreviewLimits::default();
        Self {
            timeout: Duration::from_secs(5),
            lock_wait: Duration::from_secs(1),
            depth: preview.depth,
            items: preview.items,
            text: preview.text,
            output: preview.bytes,
            memory: 64 * MIB,
            variables: 32 * MIB,
            command: 64 * 1024,
        }
    }
}

const MIB: usize = 1024 * 1024;

impl Limits {
    /// Returns the default ceiling of a session's limits:
    ///
    /// - 60 seconds for a command
    /// - 10 seconds for a lock
    /// - 32 levels and 10,000 items
    /// - 1 MiB of each string, and 4 MiB of a value
    /// - four times the default memory
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// assert_eq!(manhole::Limits::ceiling().timeout, Duration::from_secs(60));
    /// ```
    #[must_use]
    pub fn ceiling() -> Self {
        let limits = Self::default();
        Self {
            timeout: Duration::from_secs(60),
            lock_wait: Duration::from_secs(10),
            depth: 32,
            items: 10_000,
            text: MIB,
            output: 4 * MIB,
            memory: 4 * limits.memory,
            variables: 4 * limits.variables,
            command: limits.command,
        }
    }

    /// Returns the higher of each two limits.
    pub(crate) fn max(&self, other: &Self) -> Self {
        Self {
            timeout: self.timeout.max(other.timeout),
            lock_wait: self.lock_wait.max(other.lock_wait),
            depth: self.depth.max(other.depth),
            items: self.items.max(other.items),
            text: self.text.max(other.text),
            output: self.output.max(other.output),
            memory: self.memory.max(other.memory),
            variables: self.variables.max(other.variables),
            command: self.command.max(other.command),
        }
    }
}

/// The longest string that a script copies, in bytes. A longer one of the application stays behind its handle.
pub(crate) const MAX_TEXT_BYTES: usize = MIB;

/// The number of variables of a session, or of the sessions that share them.
pub(crate) const MAX_VARIABLES: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    /// All limits: times in seconds, then counts and bytes.
    fn numbers(limits: &Limits) -> ([u64; 2], [usize; 7]) {
        let Limits { timeout, lock_wait, depth, items, text, output, memory, variables, command } = *limits;
        ([timeout.as_secs(), lock_wait.as_secs()], [depth, items, text, output, memory, variables, command])
    }

    #[test]
    fn defaults_and_ceilings_are_the_documented_ones() {
        const KIB: usize = 1024;
        let defaults = ([5, 1], [6, 20, 4 * KIB, 64 * KIB, 64 * MIB, 32 * MIB, 64 * KIB]);
        assert_eq!(numbers(&Limits::default()), defaults);
        let ceilings = ([60, 10], [32, 10_000, MIB, 4 * MIB, 256 * MIB, 128 * MIB, 64 * KIB]);
        assert_eq!(numbers(&Limits::ceiling()), ceilings);
    }

    #[test]
    fn the_higher_of_each_two_limits_counts() {
        let low = Limits::default();
        let high = Limits { command: low.command + 1, ..Limits::ceiling() };
        for (first, second) in [(&low, &high), (&high, &low)] {
            assert_eq!(first.max(second), high);
        }
    }
}
