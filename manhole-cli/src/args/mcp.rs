//! The arguments of `manhole mcp`.

use manhole_client::cli_support::target::Target;

use super::shared::target_completer;

#[derive(Debug, clap::Args)]
pub(crate) struct McpArgs {
    /// The applications that the agent may look into. If omitted, all that run at the moment.
    #[arg(value_name = "TARGET", add = target_completer())]
    pub(crate) targets: Vec<Target>,
}
