//! The arguments of `manhole eval`, and those that it shares with `manhole run`.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueHint;
use manhole_client::cli_support::target::Target;

use super::shared::{MultiTargetArgs, duration, target_completer};
use crate::terminal::data::JsonForm;

#[derive(Debug, clap::Args)]
pub(crate) struct EvalArgs {
    /// The application.
    #[arg(add = target_completer())]
    pub(crate) target: Target,

    /// The command. If neither it nor --file is given, it is read from standard input. Lines that are no script together run one after
    /// the other, as at the prompt.
    pub(crate) code: Option<String>,

    /// Read the command from a file; `-` is standard input.
    #[arg(short, long, value_name = "FILE", conflicts_with = "code", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: EvalOptions,
}

/// How a command runs, and how its result is printed.
#[derive(Debug, clap::Args)]
pub(crate) struct EvalOptions {
    /// Print the value as JSON, one line for each target. What the command prints goes to standard error.
    #[arg(long, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "plain")]
    pub(crate) json: Option<JsonForm>,

    /// Print a string without quotes and escapes.
    #[arg(short, long, conflicts_with = "json")]
    pub(crate) raw: bool,

    /// Exit with 1 if the value is false, None, () or 0, or if it is not shown.
    #[arg(short = 'e', long)]
    pub(crate) exit_status: bool,

    /// Limit the time to connect, and then the time to run the command, such as 500ms, 30s or 5, which are seconds.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,

    /// Print a line for each target, not one for equal answers.
    #[arg(long, conflicts_with = "json")]
    pub(crate) each: bool,

    /// Run a command that changes something in a group without a question.
    #[arg(short, long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) more: MultiTargetArgs,
}
