//! Runs a program that looks into a process, until it ends, takes too long, or the user presses Ctrl-C.

use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use manhole_client::cli_support::signal_tree;
use rustix::process::{Pid, Signal, kill_process};

use crate::error::CliError;
use crate::terminal::output;
use crate::terminal::signals::CtrlC;
use crate::terminal::spinner::Spinner;

/// How often a wait checks whether the program has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The most that is kept of an output.
const MAX_OUTPUT_BYTES: u64 = 64 * 1024 * 1024;

/// What a program has written.
pub(crate) struct ToolOutput<T> {
    pub(crate) stdout: T,
    pub(crate) stderr: String,
    pub(crate) is_success: bool,
    /// Whether the user asked it to end.
    pub(crate) was_asked: bool,
    pub(crate) took: Duration,
}

/// What Ctrl-C does to a program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnCtrlC {
    Kill,
    /// It gets the signal, and ends with what it has. The second Ctrl-C kills it.
    End,
}

/// Why a program is waited for, and for how long.
pub(crate) struct ToolWait<'a> {
    pub(crate) limit: Duration,
    pub(crate) spinner: String,
    pub(crate) on_ctrl_c: OnCtrlC,
    /// Whether the outcome is of use without the reader of the standard output.
    pub(crate) writes_file: bool,
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

/// Runs a program, whose output `read` reads on another thread. A debugger that is killed lets its process go on: the kernel detaches it.
pub(crate) fn run<T: Default + Send + 'static>(
    tool: &str,
    command: &mut Command,
    wait: &ToolWait<'_>,
    read: fn(ChildStdout) -> T,
) -> Result<ToolOutput<T>, CliError> {
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
    let stdout = child.stdout.take().map(|pipe| thread::spawn(move || read(pipe)));
    let stderr = child.stderr.take().map(|pipe| thread::spawn(move || read_all(pipe)));
    let ended = wait_for(&mut child, wait, started);
    if ended.is_err() {
        signal_tree(child.id(), Signal::KILL);
        let _ = child.wait();
    }
    let took = started.elapsed();
    let (status, was_asked) = ended?;
    Ok(ToolOutput {
        stdout: joined(stdout),
        stderr: joined(stderr),
        is_success: status.success(),
        was_asked,
        took,
    })
}

/// Returns how the program ended, and whether the user asked it to.
fn wait_for(
    child: &mut Child,
    wait: &ToolWait<'_>,
    started: Instant,
) -> Result<(ExitStatus, bool), CliError> {
    let mut spinner = Spinner::new(wait.spinner.clone());
    let mut was_asked = false;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, was_asked));
        }
        if wait.ctrl_c.take() {
            if was_asked || wait.on_ctrl_c == OnCtrlC::Kill {
                return Err(CliError::Interrupted);
            }
            was_asked = true;
            if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                let _ = kill_process(pid, Signal::INT);
            }
        }
        if !wait.writes_file {
            output::check_reader()?;
        }
        if started.elapsed() > wait.limit {
            return Err(CliError::Timeout);
        }
        spinner.tick();
        thread::sleep(POLL_INTERVAL);
    }
}

fn joined<T: Default>(reader: Option<JoinHandle<T>>) -> T {
    reader.and_then(|reader| reader.join().ok()).unwrap_or_default()
}

/// Reads an output to its end.
pub(crate) fn read_all(pipe: impl Read) -> String {
    let mut bytes = Vec::new();
    // A program that ends early is reported by its exit.
    let _ = pipe.take(MAX_OUTPUT_BYTES).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
