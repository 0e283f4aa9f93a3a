//! `manhole web`: a page on a loopback address; uses `target_list`, `connect` and `terminal`.
//!
//! Order of the files: `requests`, `lane`, `guard`, `assets`, `server`.

mod assets;
mod guard;
mod lane;
mod requests;
mod server;

use std::process::ExitCode;

use crate::args::WebArgs;
use crate::error::CliError;
use crate::target_list::resolve_all;
use crate::terminal::signals::CtrlC;
use manhole_client::ConnectOptions;
use manhole_client::Level;
use server::Targets;

/// Serves until Ctrl-C.
pub(crate) fn web(args: &WebArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    let ctrl_c = CtrlC::watch()?;
    let mut lookups = Vec::new();
    let mut more = args.more.clone();
    more.targets.splice(0..0, args.others.iter().cloned());
    lookups.extend(resolve_all(&args.target, &more, "web")?.lookups);
    let options = options.clone().level(options.max_level().unwrap_or(Level::Observe));
    server::serve(Targets { lookups, options }, args.port, &ctrl_c)
}
