//! The reasons for which a command is stopped.

use std::fmt;
use std::time::Duration;

use crate::engine::value::{ScriptError, byte_size};
use crate::reflect::Value;

/// Why a command was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum StopReason {
    /// It ran for longer than this timeout.
    Timeout(Duration),
    /// The client cancelled it.
    Cancelled,
    /// The client disconnected.
    HangUp,
    /// The console shuts down.
    Shutdown,
    /// It needed more than this number of bytes.
    Memory(usize),
    /// All sessions together needed more than this number of bytes, and it most of them.
    Budget(usize),
    /// The process came close to this limit of the system, and of all commands it needed most.
    HostLimit(&'static str),
    /// This many calls of the application's code panicked.
    Panics(u32),
    /// It ended its session.
    Exit,
    /// It ended the application, with this status.
    ProcessExit(i32),
}

impl StopReason {
    /// Returns whether the command ends before its time, and its client reads why.
    pub(crate) const fn is_early(self) -> bool {
        !matches!(self, Self::HangUp | Self::Shutdown | Self::Exit | Self::ProcessExit(_))
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout(limit) => {
                write!(f, "stopped: the command ran longer than {}", Value::Duration(*limit))
            }
            Self::Cancelled => f.write_str("stopped: interrupted"),
            Self::HangUp => f.write_str("stopped: the client disconnected"),
            Self::Exit => f.write_str("stopped: the session ends"),
            Self::ProcessExit(_) => f.write_str("stopped: the application exits"),
            Self::Shutdown => f.write_str("stopped: the console is shutting down"),
            Self::Panics(count) => write!(f, "stopped: the application's code panicked {count} times"),
            Self::Memory(limit) => {
                write!(f, "stopped: the command needs more than {} of memory", bytes(*limit))
            }
            Self::Budget(budget) => {
                write!(
                    f,
                    "stopped: the console's sessions need more than {} of memory, and this command most of it",
                    bytes(*budget)
                )
            }
            Self::HostLimit(limit) => write!(f, "stopped: the process is close to {limit}"),
        }
    }
}

impl From<StopReason> for ScriptError {
    fn from(stop: StopReason) -> Self {
        Self::new(stop.to_string())
    }
}

fn bytes(bytes: usize) -> String {
    byte_size::format(u64::try_from(bytes).unwrap_or(u64::MAX))
}
