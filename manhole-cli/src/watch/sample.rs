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
pub(super) struct WatchedExpression {
    pub(super) target: String,
    pub(super) code: String,
}
