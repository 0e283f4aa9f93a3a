//! Runs `perf`. It samples from the kernel: the process is not stopped, and nothing is added to it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::samples::Samples;
use crate::args::{CallGraph, ProfileArgs};
use crate::error::CliError;
use crate::local_process::process::LocalProcess;
use crate::local_process::tool::{self, OnCtrlC, ToolOutput, ToolWait, is_installed};
use crate::terminal::signals::CtrlC;

const PERF: &str = "perf";

/// How much longer than the profile `perf record` may take, to begin and to write its file.
const RECORD_GRACE_PERIOD: Duration = Duration::from_secs(30);

/// How long `perf script` may take to find the names.
const SCRIPT_TIMEOUT: Duration = Duration::from_secs(300);

/// The event that each system has; others count cycles of the processor, which virtual machines often hide.
const CLOCK_EVENT: &str = "cpu-clock";

/// The samples of a time, which Ctrl-C may have shortened.
pub(super) struct Profile {
    pub(super) samples: Samples,
    pub(super) time: Duration,
}

/// Samples a process for the time of `args`.
pub(super) fn sample(
    process: &LocalProcess,
    args: &ProfileArgs,
    ctrl_c: &CtrlC,
) -> Result<Profile, CliError> {
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
    if !has_samples(&recorded, &file) && !is_denied(&recorded.stderr) {
        recorded = record(process, args, ctrl_c, &file, Some(CLOCK_EVENT))?;
    }
    if !has_samples(&recorded, &file) {
        return Err(explain(&recorded.stderr, process));
    }
    let wait = ToolWait {
        limit: SCRIPT_TIMEOUT,
        spinner: "perf looks up the names; Ctrl-C stops it".to_owned(),
        on_ctrl_c: OnCtrlC::Kill,
        writes_file: args.output.is_some(),
        ctrl_c,
    };
    let mut script = Command::new(PERF);
    // Without inlined functions, which take minutes for a large program.
    script.arg("script").arg("-i").arg(&file).args(["-F", "comm,tid,ip,sym", "--no-inline", "--no-demangle"]);
    let script = script.env("LC_ALL", "C").env("DEBUGINFOD_URLS", "");
    let written = tool::run(PERF, script, &wait, Samples::read)?;
    if written.stdout.total() == 0 && !written.is_success {
        return Err(explain(&written.stderr, process));
    }
    let time = if recorded.was_asked { recorded.took } else { args.time };
    Ok(Profile { samples: written.stdout, time })
}

fn record(
    process: &LocalProcess,
    args: &ProfileArgs,
    ctrl_c: &CtrlC,
    file: &Path,
    event: Option<&str>,
) -> Result<ToolOutput<String>, CliError> {
    let wait = ToolWait {
        limit: args.time.saturating_add(RECORD_GRACE_PERIOD),
        spinner: format!("perf samples process {} for {:?}; Ctrl-C ends that", process.pid, args.time),
        on_ctrl_c: OnCtrlC::End,
        writes_file: args.output.is_some(),
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
    tool::run(PERF, &mut command, &wait, tool::read_all)
}

/// Returns whether perf has written its file. It leaves an empty one where it is denied.
fn has_samples(recorded: &ToolOutput<String>, file: &Path) -> bool {
    (recorded.is_success || recorded.was_asked) && file.metadata().is_ok_and(|found| found.len() > 0)
}

fn is_denied(stderr: &str) -> bool {
    let text = stderr.to_lowercase();
    ["permi", "paranoid", "access to performance monitoring"].iter().any(|part| text.contains(part))
}

/// Explains why perf has written no samples.
fn explain(stderr: &str, process: &LocalProcess) -> CliError {
    let failed =
        |reason: String, help: String| CliError::Tool { action: "profile", tool: PERF, reason, help };
    if !process.exists() {
        let help = "look for its end in its log: `manhole ls` lists what runs".to_owned();
        return failed(format!("process {} has ended", process.pid), help);
    }
    if is_denied(stderr) {
        let reason = format!("the system does not permit to sample process {}", process.pid);
        return failed(reason, process.perf_help());
    }
    // On Ubuntu `perf` is a script that looks for the one of the running kernel.
    if stderr.contains("not found for kernel") {
        let help = "install the package linux-tools-$(uname -r)".to_owned();
        return failed("it is not installed for the running kernel".to_owned(), help);
    }
    let reason = stderr.lines().find(|line| !line.trim().is_empty()).unwrap_or("it wrote no samples");
    let help = format!("try it alone: perf record -p {} -- sleep 1", process.pid);
    failed(reason.trim().trim_end_matches('.').to_owned(), help)
}
