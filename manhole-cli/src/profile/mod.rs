//! `manhole profile`: which functions use the processor, by `perf`; uses `local_process` and `terminal`.
//!
//! Order of the files: `samples`, `table`, `flame_graph`, `perf`.

mod flame_graph;
mod perf;
mod samples;
mod table;

use std::ffi::OsStr;
use std::fs;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use manhole_client::ConnectOptions;
use ratatui::crossterm::terminal;

use crate::args::ProfileArgs;
use crate::error::CliError;
use crate::local_process::process::LocalProcess;
use crate::terminal::format::short_time;
use crate::terminal::output;
use crate::terminal::signals::CtrlC;
use perf::Profile;

pub(crate) fn profile(args: &ProfileArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    let ctrl_c = CtrlC::watch_all()?;
    let process = LocalProcess::find(Some(&args.target), options, "profile", &ctrl_c)?;
    let Profile { samples, time } = perf::sample(&process, args, &ctrl_c)?;
    let total = samples.total();
    let title = format!("{total} samples of process {} in {}", process.pid, short_time(time));
    if total == 0 {
        output::print(&format!("{title}: it used no processor time\n"))?;
    } else {
        let width = if io::stdout().is_terminal() {
            terminal::size().map_or(80, |(width, _)| width)
        } else {
            u16::MAX
        };
        output::print(&format!("{title}\n\n{}", table::text(&samples, width.into())))?;
    }
    if let Some(file) = &args.output {
        let is_image = file.extension() == Some(OsStr::new("svg"));
        let text = if is_image { flame_graph::svg(&samples, &title) } else { samples.folded() };
        fs::write(file, text).map_err(|error| CliError::Write {
            path: file.display().to_string(),
            reason: error.to_string(),
        })?;
        output::print_error(&format!("note: wrote {}\n", file.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
