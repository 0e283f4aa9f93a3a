//! Arguments of several subcommands.

use std::time::Duration;

use clap::ArgAction;
use clap_complete::engine::ArgValueCompleter;
use manhole_client::cli_support::target::Target;

use crate::connect::target_candidates;

/// Further targets.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct MultiTargetArgs {
    /// Add a target. Repeatable.
    #[arg(short, long = "target", value_name = "TARGET", action = ArgAction::Append, add = target_completer())]
    pub(crate) targets: Vec<Target>,

    /// Take all applications that match a target, not exactly one.
    #[arg(long)]
    pub(crate) all: bool,

    /// Limit the number of targets to connect to at the same time. One that takes longer than a second does not count.
    #[arg(long, value_name = "NUMBER", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: u16,
}

/// Returns what shells complete a target to.
pub(super) fn target_completer() -> ArgValueCompleter {
    ArgValueCompleter::new(target_candidates::targets)
}

/// Returns what shells complete a target or a report to.
pub(super) fn target_or_file_completer() -> ArgValueCompleter {
    ArgValueCompleter::new(target_candidates::targets_and_files)
}

/// Parses a time with its unit, or a number of seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    match text.parse().map(Duration::try_from_secs_f64) {
        Ok(Ok(time)) => Ok(time),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => humantime::parse_duration(text).map_err(|error| error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_of_seconds_or_has_a_unit() {
        for (text, ms) in [("5", 5_000), ("0.25", 250), ("500ms", 500), ("1m 30s", 90_000)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "-1", "inf", "NaN", "soon", "5 parsecs"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
