//! `manhole report`: what an application is at one moment, in one file; uses `connect` and `terminal`.
//!
//! Order of the files: `collect`, `markdown`, `html`.

pub(crate) mod collect;
mod html;
pub(crate) mod markdown;

use std::ffi::OsStr;
use std::io::Write;
use std::process::ExitCode;

use manhole_client::ConnectOptions;
use manhole_client::cli_support::wait::WaitOptions;
use manhole_protocol::text::{clean, escape_json};

use crate::args::ReportArgs;
use crate::connect::configured;
use crate::error::CliError;
use crate::private_file;
use crate::terminal::output;
use crate::terminal::signals::CtrlC;
use crate::terminal::wait::wait_options;
use collect::Report;

pub(crate) fn report(args: &ReportArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    let ctrl_c = CtrlC::watch()?;
    let wait = WaitOptions { cancelled: Some(&|| ctrl_c.take()), ..wait_options() };
    let target = configured::find(args.target.as_ref(), "report")?.target;
    let report = Report::of(&target, options, &wait)?;
    let Some(file) = &args.output else {
        output::print(&markdown::text(&report))?;
        return Ok(ExitCode::SUCCESS);
    };
    let text = match file.extension().and_then(OsStr::to_str) {
        Some("json") => escape_json(serde_json::to_string_pretty(&report).unwrap_or_default()) + "\n",
        Some("html" | "htm") => clean(&html::text(&report)).into_owned(),
        _ => clean(&markdown::text(&report)).into_owned(),
    };
    private_file::create(file)
        .and_then(|mut out| out.write_all(text.as_bytes()))
        .map_err(|error| CliError::Write { path: file.display().to_string(), reason: error.to_string() })?;
    output::print_error(&format!("note: wrote {}\n", file.display()))?;
    Ok(ExitCode::SUCCESS)
}
