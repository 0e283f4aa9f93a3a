//! The arguments of `manhole export`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueHint;
use manhole_client::cli_support::target::Target;

use super::shared::{MultiTargetArgs, duration, target_completer};

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The application.
    #[arg(add = target_completer())]
    pub(crate) target: Target,

    /// The metrics: an expression, 'NAME = EXPRESSION', or 'NAME{LABEL} = EXPRESSION' for a map with one number for each key.
    #[arg(required = true, value_name = "METRIC")]
    pub(crate) metrics: Vec<String>,

    /// Serve http://ADDRESS/metrics.
    #[arg(short, long, value_name = "ADDRESS", default_value = "127.0.0.1:9464", conflicts_with = "output")]
    pub(crate) listen: SocketAddr,

    /// Write the metrics to this file, for node_exporter's text files. It is replaced as a whole.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,

    /// The time between two writes of the file.
    #[arg(short, long, value_name = "TIME", default_value = "15s", value_parser = duration, requires = "output")]
    pub(crate) interval: Duration,

    /// Print the metrics, or write the file, and exit.
    #[arg(long, conflicts_with = "listen")]
    pub(crate) once: bool,

    /// Limit the time for the answers of each application, the connection included. Prometheus waits for 10s.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub(crate) timeout: Duration,

    #[command(flatten)]
    pub(crate) more: MultiTargetArgs,
}
