//! `manhole mcp`: tools by which an agent looks into applications; uses `report`, `connect` and `terminal`.
//!
//! Order of the files: `pages`, `programs`, `tools`.

mod pages;
mod programs;
mod tools;

use std::io;
use std::process::ExitCode;

use manhole_client::ConnectOptions;
use manhole_client::Level;
use rmcp::ServiceExt;

use crate::args::McpArgs;
use crate::error::CliError;
use programs::Programs;
use tools::Tools;

/// Serves until the standard input ends.
pub(crate) fn mcp(args: &McpArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    let options = options.clone().level(options.max_level().unwrap_or(Level::Observe));
    let tools = Tools::new(Programs::new(args.targets.clone(), options));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let service = tools.serve(rmcp::transport::stdio()).await.map_err(io::Error::other)?;
        service.waiting().await.map_err(io::Error::other)
    })?;
    // The thread that reads the standard input may still wait.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}
