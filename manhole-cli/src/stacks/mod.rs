//! `manhole stacks`: the stacks of all threads, by a debugger; uses `local_process` and `terminal`.
//!
//! Order of the files: `debuggers`, `parse`.

mod debuggers;
mod parse;

use std::collections::HashMap;
use std::process::ExitCode;
use std::time::Duration;

use crate::args::{Debugger, StacksArgs};
use crate::error::CliError;
use crate::local_process::process::{LocalProcess, ThreadInfo};
use crate::local_process::tool::{self, OnCtrlC, ToolOutput, ToolWait, is_installed};
use crate::terminal::format::short_time;
use crate::terminal::output;
use crate::terminal::signals::CtrlC;
use manhole_client::ConnectOptions;
use parse::{Frame, Stack};

/// How long a debugger may take. The process stands still until it has ended.
const DEBUGGER_TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) fn stacks(args: &StacksArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    let ctrl_c = CtrlC::watch_all()?;
    let process = LocalProcess::find(args.target.as_ref(), options, "stacks", &ctrl_c)?;
    let debugger = args.tool.or_else(debuggers::find).filter(|debugger| is_installed(debugger.program()));
    let Some(debugger) = debugger else {
        let (tools, package) = match args.tool {
            Some(tool) => (
                tool.program().to_owned(),
                if tool == Debugger::EuStack { "elfutils" } else { tool.program() },
            ),
            None => ("eu-stack, gdb or lldb".to_owned(), "elfutils"),
        };
        return Err(CliError::NoTool {
            action: "read the stacks",
            tools,
            help: format!(
                "install the package {package}: sudo apt install {package}, or sudo dnf install {package}"
            ),
        });
    };
    if let Some(tracer) = process.tracer() {
        let reason = format!("{tracer} traces process {} already", process.pid);
        return Err(failed(debugger, reason, "end that debugger first".to_owned()));
    }
    // Before the debugger stops them.
    let threads = process.threads();
    let wait = ToolWait {
        limit: DEBUGGER_TIMEOUT,
        spinner: format!("{} reads the stacks; Ctrl-C lets the process go on", debugger.program()),
        on_ctrl_c: OnCtrlC::Kill,
        writes_file: false,
        ctrl_c: &ctrl_c,
    };
    let written = tool::run(debugger.program(), &mut debugger.command(process.pid), &wait, tool::read_all)?;
    let stacks = parse::stacks(debugger, &written.stdout);
    if stacks.iter().all(|stack| stack.frames.is_empty()) {
        return Err(explain(debugger, &written, &process));
    }
    output::print(&text(&stacks, &threads))?;
    output::print_error(&format!(
        "note: process {} stood still for at most {}: as long as {} ran\n",
        process.pid,
        short_time(written.took),
        debugger.program()
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn failed(debugger: Debugger, reason: String, help: String) -> CliError {
    CliError::Tool { action: "read the stacks", tool: debugger.program(), reason, help }
}

/// Explains why a debugger has printed no stack.
fn explain(debugger: Debugger, written: &ToolOutput<String>, process: &LocalProcess) -> CliError {
    if !process.exists() {
        let help = "look for its end in its log: `manhole ls` lists what runs".to_owned();
        return failed(debugger, format!("process {} has ended", process.pid), help);
    }
    let text = format!("{}\n{}", written.stdout, written.stderr).to_lowercase();
    if ["not permitted", "permission denied", "ptrace"].iter().any(|part| text.contains(part)) {
        let reason = format!("the system does not permit to trace process {}", process.pid);
        return failed(debugger, reason, process.ptrace_help());
    }
    let last = written.stderr.lines().rev().find(|line| !line.trim().is_empty());
    let reason = last.unwrap_or("it printed no stack").trim().to_owned();
    failed(debugger, reason, "try another debugger with --tool".to_owned())
}

/// Returns the stacks as text. Threads with the same calls stand together.
fn text(stacks: &[Stack], threads: &[ThreadInfo]) -> String {
    let threads: HashMap<_, _> = threads.iter().map(|thread| (thread.id, thread)).collect();
    let mut groups: Vec<(Vec<u32>, &[Frame])> = Vec::new();
    for Stack { thread, frames } in stacks {
        match groups.iter_mut().find(|(_, known)| known == frames) {
            Some((numbers, _)) => numbers.push(*thread),
            None => groups.push((vec![*thread], frames)),
        }
    }
    let mut text = String::new();
    for (numbers, frames) in groups {
        let names = numbers.iter().map(|number| match threads.get(number) {
            Some(ThreadInfo { name, state, .. }) => format!("{number} {name} ({state})"),
            None => number.to_string(),
        });
        let word = if numbers.len() > 1 { "threads" } else { "thread" };
        text += &format!("{word} {}\n", names.collect::<Vec<_>>().join(", "));
        for (index, Frame { function, place }) in frames.iter().enumerate() {
            let place = place.as_ref().map_or_else(String::new, |place| format!("  {place}"));
            text += &format!("{index:4}  {function}{place}\n");
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_with_the_same_calls_stand_together() {
        let frame = |function: &str, place: Option<&str>| Frame {
            function: function.to_owned(),
            place: place.map(str::to_owned),
        };
        let stack = |thread, frames: &[Frame]| Stack { thread, frames: frames.to_vec() };
        let wait = [frame("futex", None), frame("park", Some("park.rs:7"))];
        let stacks = [stack(1, &wait), stack(2, &[frame("crunch", None)]), stack(3, &wait)];
        let thread = |id, name: &str, state| ThreadInfo { id, name: name.to_owned(), state };
        let threads = [thread(1, "worker", "sleeping"), thread(2, "cruncher", "running")];
        assert_eq!(
            text(&stacks, &threads),
            "threads 1 worker (sleeping), 3\n   0  futex\n   1  park  park.rs:7\n\n\
             thread 2 cruncher (running)\n   0  crunch\n\n"
        );
    }
}
