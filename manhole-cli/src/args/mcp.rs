//! The arguments of `manhole mcp`.

use super::shared::target_completer;
use crate::connect::target::Target;

#[derive(Debug, clap::Args)]
pub(crate) struct McpArgs {
    /// The applications that the agent may look into. If omitted, all that run at the moment.
    #[arg(value_name = "TARGET", add = target_completer())]
    pub(crate) targets: Vec<Target>,
}
