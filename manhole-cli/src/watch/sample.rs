//! What a watch reports.

use manhole_protocol::Data;

use crate::error::CliError;

/// A report about one watched expression.
pub(super) struct Sample {
    /// The position of the expression: all expressions of the first target, then those of the next.
    pub(super) index: usize,
    /// The label of the target, which changes when the application restarts.
    pub(super) target: String,
    pub(super) outcome: Result<SampleValue, CliError>,
    /// Whether the watch has ended.
    pub(super) last: bool,
}

/// A value of an expression.
#[derive(Debug, Clone)]
pub(super) struct SampleValue {
    pub(super) data: Data,
    pub(super) text: String,
}

/// An expression of a target.
#[derive(Clone)]
pub(super) struct WatchedExpression {
    pub(super) target: String,
    pub(super) code: String,
    pub(super) role: Role,
}

/// Why an expression is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Shown,
    /// By `--until`.
    Awaited,
    /// By `--until` without other expressions.
    ShownAndAwaited,
}

impl Role {
    pub(super) fn is_shown(self) -> bool {
        self != Self::Awaited
    }

    pub(super) fn is_awaited(self) -> bool {
        self != Self::Shown
    }
}
