//! What a session may take. Every limit is stated, because the engine's own defaults differ between debug and release.

use std::time::Duration;

/// What one session may take of the program's time and memory, and of its client's patience.
///
/// [`Builder::limits`](crate::Builder::limits) sets where a session begins, [`Builder::ceiling`](crate::Builder::ceiling) how
/// far it can go by `set("timeout", "30s")`.
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
    /// How long a command may run; 5 seconds.
    pub timeout: Duration,
    /// How long a command waits for one lock of the program; 1 second.
    pub lock_wait: Duration,
    /// How many levels of nesting are shown; 6.
    pub depth: usize,
    /// How many items of each list or map are shown; 20.
    pub items: usize,
    /// How many bytes of each text are shown; 4 KiB.
    pub text: usize,
    /// How many bytes of a value are shown in all; 64 KiB. What a command prints is not limited: it comes out only as fast as
    /// the client takes it, and only as long as the command runs.
    pub output: usize,
    /// By how many bytes the memory of the process may grow while a command runs; 256 MiB. What the program itself takes in that
    /// time counts too, since nobody can tell them apart.
    pub memory: usize,
    /// How many bytes the variables of a session may hold between commands; 32 MiB.
    pub variables: usize,
    /// How many bytes the text of one command may have; 64 KiB. It cannot be changed in a session: reading a command cannot be
    /// interrupted, and this much takes some 30 ms.
    pub command: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            lock_wait: Duration::from_secs(1),
            depth: 6,
            items: 20,
            text: 4 * 1024,
            output: 64 * 1024,
            memory: 256 * MIB,
            variables: 32 * MIB,
            command: 64 * 1024,
        }
    }
}

const MIB: usize = 1024 * 1024;

impl Limits {
    /// How far a session can go unless the program says otherwise: a minute for a command, ten seconds for a lock, 32 levels,
    /// 10,000 items, 1 MiB of text, 4 MiB in all, and four times the memory.
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

    /// The higher of both, limit by limit.
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

/// The longest text that is copied into a script; a longer one stays where it is, behind its handle.
pub(crate) const MAX_TEXT_BYTES: usize = MIB;

/// How many items a script's own array may have, and how many entries its map.
pub(crate) const MAX_ITEMS: usize = 4_096;

/// How many variables a session, or those that share them, may have.
pub(crate) const MAX_VARIABLES: usize = 256;
