//! Runs a program that looks into a process, until it ends, takes too long, or the user presses Ctrl-C.

use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::child_processes::signal_tree;
use crate::error::CliError;
use crate::terminal::signals::CtrlC;
use crate::terminal::spinner::Spinner;

/// How often a wait checks whether the program has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The most that is read of an output.
const MAX_OUTPUT_BYTES: u64 = 256 * 1024 * 1024;

/// What a program has written.
pub(crate) struct ToolOutput {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) is_success: bool,
    pub(crate) took: Duration,
}

/// Why a program is waited for, and for how long.
pub(crate) struct ToolWait<'a> {
    pub(crate) limit: Duration,
    pub(crate) spinner: String,
    pub(crate) ctrl_c: &'a CtrlC,
}

/// Returns whether a program is there.
pub(crate) fn is_installed(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| {
        let found = directory.join(tool).metadata();
        found.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    })
}

/// Runs a program. A debugger that is killed lets its process go on: the kernel detaches it.
pub(crate) fn run(tool: &str, command: &mut Command, wait: &ToolWait<'_>) -> Result<ToolOutput, CliError> {
    let failed = |error: io::Error| CliError::Start { command: tool.to_owned(), reason: error.to_string() };
    let started = Instant::now();
    // In its own process group: Ctrl-C is for the client, which ends the program.
    let mut child = command
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let stdout = child.stdout.take().map(read_all);
    let stderr = child.stderr.take().map(read_all);
    let ended = wait_for(&mut child, wait, started);
    if ended.is_err() {
        signal_tree(child.id(), Signal::KILL);
        let _ = child.wait();
    }
    let took = started.elapsed();
    let text =
        |reader: Option<JoinHandle<String>>| reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
    ended.map(|status| ToolOutput {
        stdout: text(stdout),
        stderr: text(stderr),
        is_success: status.success(),
        took,
    })
}

fn wait_for(child: &mut Child, wait: &ToolWait<'_>, started: Instant) -> Result<ExitStatus, CliError> {
    let mut spinner = Spinner::new(wait.spinner.clone());
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if wait.ctrl_c.take() {
            return Err(CliError::Interrupted);
        }
        if started.elapsed() > wait.limit {
            return Err(CliError::Timeout);
        }
        spinner.tick();
        thread::sleep(POLL_INTERVAL);
    }
}

fn read_all(pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // A program that ends early is reported by its exit.
        let _ = pipe.take(MAX_OUTPUT_BYTES).read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
