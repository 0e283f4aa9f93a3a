//! The arguments of `manhole report` and `manhole diff`.

use std::path::PathBuf;

use clap::ValueHint;
use manhole_client::cli_support::target::Target;

use super::shared::{target_completer, target_or_file_completer};

#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    /// The application. If omitted, the only one that runs.
    #[arg(add = target_completer())]
    pub(crate) target: Option<Target>,

    /// Write the report to this file, in the form of its extension: .html, .json or .md. If omitted, Markdown is printed.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DiffArgs {
    /// An application, or a report in JSON.
    #[arg(value_name = "A", add = target_or_file_completer())]
    pub(crate) first: String,

    /// What it is compared with.
    #[arg(value_name = "B", add = target_or_file_completer())]
    pub(crate) second: String,

    /// Compare also the roots that every console has, such as process and threads.
    #[arg(long)]
    pub(crate) all: bool,

    /// Limit the number of differences of each root.
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    pub(crate) max: usize,
}
