//! Runs `perf`. It samples from the kernel: the process is not stopped, and nothing is added to it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::samples::Samples;
use crate::args::{CallGraph, ProfileArgs};
use crate::error::CliError;
use crate::local_process::process::LocalProcess;
use crate::local_process::tool::{self, ToolOutput, ToolWait, is_installed};
use crate::terminal::signals::CtrlC;

const PERF: &str = "perf";

/// How much longer than the profile `perf record` may take, to begin and to write its file.
const RECORD_GRACE_PERIOD: Duration = Duration::from_secs(30);

/// How long `perf script` may take to find the names.
const SCRIPT_TIMEOUT: Duration = Duration::from_secs(300);

/// The event that each system has; others count cycles of the processor, which virtual machines often hide.
const CLOCK_EVENT: &str = "cpu-clock";

/// Samples a process for the time of `args`.
pub(super) fn sample(
    process: &LocalProcess,
    args: &ProfileArgs,
    ctrl_c: &CtrlC,
) -> Result<Samples, CliError> {
    if !is_installed(PERF) {
        return Err(CliError::NoTool {
            action: "profile",
            tools: PERF.to_owned(),
            help: "install it: sudo apt install linux-perf (on Ubuntu linux-tools-generic), or sudo dnf install perf".to_owned(),
        });
    }
    let directory = tempfile::Builder::new().prefix("manhole-profile-").tempdir()?;
    let file = directory.path().join("perf.data");
    let mut recorded = record(process, args, ctrl_c, &file, None)?;
    if !has_samples(&recorded, &file) && !is_denied(&recorded) {
        recorded = record(process, args, ctrl_c, &file, Some(CLOCK_EVENT))?;
    }
    if !has_samples(&recorded, &file) {
        return Err(explain(&recorded, process));
    }
    let wait = ToolWait {
        limit: SCRIPT_TIMEOUT,
        spinner: "perf looks up the names; Ctrl-C stops it".to_owned(),
        ctrl_c,
    };
    let mut script = Command::new(PERF);
    // Without inlined functions, which take minutes for a large program.
    script.arg("script").arg("-i").arg(&file).args(["-F", "comm,tid,ip,sym", "--no-inline", "--no-demangle"]);
    let written = tool::run(PERF, script.env("LC_ALL", "C").env("DEBUGINFOD_URLS", ""), &wait)?;
    let samples = Samples::parse(&written.stdout);
    if samples.total() == 0 && !written.is_success {
        return Err(explain(&written, process));
    }
    Ok(samples)
}

fn record(
    process: &LocalProcess,
    args: &ProfileArgs,
    ctrl_c: &CtrlC,
    file: &Path,
    event: Option<&str>,
) -> Result<ToolOutput, CliError> {
    let wait = ToolWait {
        limit: args.time.saturating_add(RECORD_GRACE_PERIOD),
        spinner: format!("perf samples process {} for {:?}; Ctrl-C stops it", process.pid, args.time),
        ctrl_c,
    };
    let graph = match args.call_graph {
        CallGraph::Dwarf => "dwarf",
        CallGraph::Fp => "fp",
    };
    let mut command = Command::new(PERF);
    command.args(["record", "-F", &args.frequency.to_string(), "--call-graph", graph]);
    command.args(event.into_iter().flat_map(|event| ["-e", event]));
    command.args(["-p", &process.pid.to_string(), "-o"]).arg(file);
    command.args(["--", "sleep", &args.time.as_secs_f64().to_string()]).env("LC_ALL", "C");
    tool::run(PERF, &mut command, &wait)
}

/// Returns whether perf has written its file. It leaves an empty one where it is denied.
fn has_samples(recorded: &ToolOutput, file: &Path) -> bool {
    recorded.is_success && file.metadata().is_ok_and(|found| found.len() > 0)
}

fn is_denied(written: &ToolOutput) -> bool {
    let text = written.stderr.to_lowercase();
    ["permi", "paranoid", "access to performance monitoring"].iter().any(|part| text.contains(part))
}

/// Explains why perf has written no samples.
fn explain(written: &ToolOutput, process: &LocalProcess) -> CliError {
    let failed =
        |reason: String, help: String| CliError::Tool { action: "profile", tool: PERF, reason, help };
    if is_denied(written) {
        let reason = format!("the system does not permit to sample process {}", process.pid);
        return failed(reason, process.perf_help());
    }
    // On Ubuntu `perf` is a script that looks for the one of the running kernel.
    if written.stderr.contains("not found for kernel") {
        let help = "install the package linux-tools-$(uname -r)".to_owned();
        return failed("it is not installed for the running kernel".to_owned(), help);
    }
    let reason = written.stderr.lines().find(|line| !line.trim().is_empty()).unwrap_or("it wrote no samples");
    let help = format!("try it alone: perf record -p {} -- sleep 1", process.pid);
    failed(reason.trim().trim_end_matches('.').to_owned(), help)
}
