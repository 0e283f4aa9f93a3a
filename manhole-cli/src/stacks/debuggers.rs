//! The debuggers that can print the stacks of a running process.

use std::process::Command;

use crate::args::Debugger;
use crate::local_process::tool::is_installed;

/// All debuggers, with the one first that stops the process for the shortest time.
const DEBUGGERS: [Debugger; 3] = [Debugger::EuStack, Debugger::Gdb, Debugger::Lldb];

/// Returns the first debugger that is installed.
pub(super) fn find() -> Option<Debugger> {
    DEBUGGERS.into_iter().find(|debugger| is_installed(debugger.program()))
}

impl Debugger {
    pub(super) const fn program(self) -> &'static str {
        match self {
            Self::EuStack => "eu-stack",
            Self::Gdb => "gdb",
            Self::Lldb => "lldb",
        }
    }

    /// Returns the command that prints the stacks of all threads. It reads no configuration, which could run commands, and downloads no
    /// debug information, which could take minutes while the process stands still.
    pub(super) fn command(self, pid: u32) -> Command {
        let mut command = Command::new(self.program());
        let pid = pid.to_string();
        match self {
            // `-r`: raw names, which are demangled here.
            Self::EuStack => command.args(["-r", "-s", "-p", &pid]),
            Self::Gdb => command.args([
                "-nx",
                "-batch",
                "-iex",
                "set auto-load off",
                "-ex",
                "set print frame-arguments none",
                "-ex",
                "set print demangle off",
                "-ex",
                "thread apply all backtrace",
                "-p",
                &pid,
            ]),
            Self::Lldb => command.args([
                "--batch",
                "--no-lldbinit",
                "--attach-pid",
                &pid,
                "-o",
                "thread list",
                "-o",
                "thread backtrace all",
                "-o",
                "detach",
            ]),
        };
        command.env("DEBUGINFOD_URLS", "").env("LC_ALL", "C");
        command
    }
}
