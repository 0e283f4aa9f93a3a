//! What can be typed after `manhole`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Parser, Subcommand, ValueHint};
use clap_complete::Shell;

use crate::connect::target::Target;

const TARGETS: &str = "\
Targets:
  app                             a program, by the name it gives itself
  1234                            a program, by its process
  /run/app.manhole                a socket
  @name                           an abstract socket
  tcp:127.0.0.1:4000              a port; the environment variable MANHOLE_TOKEN has its token
  ssh://[user@]host[:port]/path   a socket on another machine, through ssh
  exec:COMMAND                    whatever a command connects to by its standard input and output,
                                  such as: exec:kubectl exec -i pod -- nc -U /run/app.manhole";

/// A console inside running Rust programs.
#[derive(Debug, Parser)]
#[command(name = "manhole", version, propagate_version = true, after_help = TARGETS)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// The command for ssh:// targets, with its options.
    #[arg(long, global = true, value_name = "COMMAND", default_value = "ssh", env = "MANHOLE_SSH_COMMAND")]
    pub(crate) ssh_command: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Type commands inside a program.
    #[command(after_help = format!("Examples:\n  manhole attach\n  manhole attach app\n  manhole attach /run/app.manhole\n\n{TARGETS}"))]
    Attach(AttachArgs),

    /// Run one command in a program, or in several, and print its value.
    #[command(after_help = format!("\
Examples:
  manhole eval app 'gizmo.count'
  manhole eval app 'gizmo.sessions.len() < 1000' --json --timeout 2s
  manhole eval app --file check.rhai
  echo 'gizmo.reset()' | manhole eval app
  manhole eval app 'gizmo.count' --target ssh://web2/run/app.manhole

Exit status:
  0  it ran                        4  it is not allowed
  1  it failed                     5  it took too long
  2  manhole was called wrongly  130  Ctrl-C stopped it
  3  there is no connection

{TARGETS}"))]
    Eval(EvalArgs),

    /// List the programs of this user that have a manhole.
    #[command(after_help = "\
Examples:
  manhole ls
  manhole ls --prune

Listed is what listens where manhole::default_path says: in $XDG_RUNTIME_DIR/manhole, or in
/tmp/manhole-UID. A socket elsewhere is attached to by its path.")]
    Ls(LsArgs),

    /// See how values change.
    #[command(after_help = format!("\
Examples:
  manhole watch app 'gizmo.count'
  manhole watch app 'gizmo.count' 'gizmo.sessions.len()' --interval 200ms
  manhole watch app 'gizmo.count' --csv > counts.csv

{TARGETS}"))]
    Watch(WatchArgs),

    /// Browse the values of a program.
    #[command(after_help = format!("\
Examples:
  manhole tree app
  manhole tree app gizmo.config

Keys: arrows move, Enter opens, e edits, / searches, ? helps, q leaves.

{TARGETS}"))]
    Tree(TreeArgs),

    /// Print a script that completes these commands in a shell.
    #[command(after_help = "\
Examples:
  manhole completions bash > ~/.local/share/bash-completion/completions/manhole
  manhole completions zsh > \"${fpath[1]}/_manhole\"
  manhole completions fish > ~/.config/fish/completions/manhole.fish")]
    Completions {
        /// Which shell.
        shell: Shell,
    },

    /// Print the manual page, or write one for each command.
    #[command(after_help = "\
Examples:
  manhole man | man -l -
  manhole man --directory /usr/local/share/man/man1")]
    Man {
        /// Write one page for each command into this directory.
        #[arg(long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
        directory: Option<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct AttachArgs {
    /// The program; if only one runs, that one.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) target: Option<Target>,

    /// Print long answers as a whole, not page by page.
    #[arg(long)]
    pub(crate) no_pager: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct EvalArgs {
    /// The program.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) target: Target,

    /// The command. Without it, or a file, it is read from the standard input.
    pub(crate) code: Option<String>,

    /// Read the command from a file; `-` is the standard input.
    #[arg(short, long, value_name = "FILE", conflicts_with = "code", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,

    /// Print the value as JSON: one line, or one for each target.
    #[arg(long)]
    pub(crate) json: bool,

    /// How long it may take to connect, and then to run the command, such as 500ms or 30s.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<Duration>,

    #[command(flatten)]
    pub(crate) more: MultiTargetArgs,
}

/// Further targets.
#[derive(Debug, clap::Args)]
pub(crate) struct MultiTargetArgs {
    /// One more program; may be given several times.
    #[arg(short, long = "target", value_name = "TARGET", action = ArgAction::Append)]
    pub(crate) targets: Vec<Target>,

    /// All programs with that name, not only one.
    #[arg(long)]
    pub(crate) all: bool,

    /// How many are connected to at once.
    #[arg(long, value_name = "NUMBER", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: u16,
}

#[derive(Debug, clap::Args)]
pub(crate) struct LsArgs {
    /// Remove the sockets that nobody serves any more.
    #[arg(long)]
    pub(crate) prune: bool,

    /// Print one JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct WatchArgs {
    /// The program.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) target: Target,

    /// What to watch.
    #[arg(required = true, value_name = "EXPRESSION")]
    pub(crate) code: Vec<String>,

    /// How often to look.
    #[arg(short, long, value_name = "TIME", default_value = "1s", value_parser = humantime::parse_duration)]
    pub(crate) interval: Duration,

    /// Print a line of comma-separated values at each change, not a chart.
    #[arg(long)]
    pub(crate) csv: bool,

    /// Print a JSON object at each change, not a chart.
    #[arg(long, conflicts_with = "csv")]
    pub(crate) json: bool,

    /// End after that many lines.
    #[arg(short = 'n', long, value_name = "NUMBER")]
    pub(crate) lines: Option<usize>,

    #[command(flatten)]
    pub(crate) more: MultiTargetArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TreeArgs {
    /// The program; if only one runs, that one.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) target: Option<Target>,

    /// Where to begin, such as gizmo.config; the roots if nothing is said.
    pub(crate) path: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example() {
        for command in Args::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains(&format!("manhole {}", command.get_name())), "{}", command.get_name());
        }
    }
}
