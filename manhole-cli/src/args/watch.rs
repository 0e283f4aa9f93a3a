//! The arguments of `manhole watch`.

use std::time::Duration;

use clap::ValueHint;
use manhole_client::cli_support::target::Target;

use super::shared::{MultiTargetArgs, duration, target_completer};
use crate::terminal::data::JsonForm;

#[derive(Debug, clap::Args)]
pub(crate) struct WatchArgs {
    /// The application.
    #[arg(add = target_completer())]
    pub(crate) target: Target,

    /// The expressions to watch. If omitted, that of --until.
    #[arg(required_unless_present = "until", value_name = "EXPRESSION")]
    pub(crate) code: Vec<String>,

    /// The time between two evaluations, at least 10ms.
    #[arg(short, long, value_name = "TIME", default_value = "1s", value_parser = duration)]
    pub(crate) interval: Duration,

    /// Exit as soon as this expression is true, of several targets in all of them.
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) until: Option<String>,

    /// Exit after this time.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub(crate) time: Option<Duration>,

    /// Run this shell command whenever an expression becomes true or false. One that is not true at first has not changed.
    #[arg(long, value_name = "COMMAND", value_hint = ValueHint::CommandString)]
    pub(crate) exec: Option<String>,

    /// Print a line at each change, not a chart; after the first value only the parts that have changed.
    #[arg(long, conflicts_with_all = ["csv", "json"])]
    pub(crate) changes: bool,

    /// Print a line of comma-separated values at each change, not a chart.
    #[arg(long)]
    pub(crate) csv: bool,

    /// Print a JSON object at each change, not a chart.
    #[arg(long, value_name = "FORM", conflicts_with = "csv", num_args = 0..=1, require_equals = true, default_missing_value = "plain")]
    pub(crate) json: Option<JsonForm>,

    /// Exit after this many lines.
    #[arg(short = 'n', long, value_name = "NUMBER")]
    pub(crate) lines: Option<usize>,

    #[command(flatten)]
    pub(crate) more: MultiTargetArgs,
}
