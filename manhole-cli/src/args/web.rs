//! The arguments of `manhole web`.

use manhole_client::cli_support::target::Target;

use super::shared::{MultiTargetArgs, target_completer};

#[derive(Debug, clap::Args)]
pub(crate) struct WebArgs {
    /// The application.
    #[arg(add = target_completer())]
    pub(crate) target: Target,

    /// Further applications.
    #[arg(value_name = "TARGET", add = target_completer())]
    pub(crate) others: Vec<Target>,

    /// Listen on this port of 127.0.0.1. 0 is a free one.
    #[arg(short, long, default_value_t = 0)]
    pub(crate) port: u16,

    #[command(flatten)]
    pub(crate) more: MultiTargetArgs,
}
