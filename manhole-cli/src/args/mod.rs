//! The command line. The arguments of a subcommand with many of them are in a separate file.

mod eval;
mod export;
mod mcp;
mod report;
mod run;
mod shared;
mod watch;
mod web;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand, ValueHint};
use clap_complete::Shell;
use manhole_client::Level;
use manhole_client::cli_support::target::Target;

pub(crate) use eval::{EvalArgs, EvalOptions};
pub(crate) use export::ExportArgs;
pub(crate) use mcp::McpArgs;
pub(crate) use report::{DiffArgs, ReportArgs};
pub(crate) use run::RunArgs;
pub(crate) use shared::MultiTargetArgs;
use shared::{duration, target_completer};
pub(crate) use watch::WatchArgs;
pub(crate) use web::WebArgs;

const TARGETS: &str = "\
Targets:
  app                             an application, by the name in its socket's file name;
                                  without a match, a live socket app.manhole anywhere
  web1, web                       a target or a group of ~/.config/manhole/config.toml
  1234                            an application, by its process ID
  /run/app.manhole                a Unix socket
  @name                           an abstract Unix socket
  tcp:127.0.0.1:4000              a TCP port; the environment variable MANHOLE_TOKEN holds its token
  ssh://[user@]host[:port]/path   a Unix socket on another machine, through ssh
  docker:NAME, podman:NAME        a container; its application calls manhole::stdio_proxy() first in
                                  main, or has the program that --proxy-command names
  kube:[CONTEXT/]NAMESPACE/POD[/CONTAINER]
  kube:[NAMESPACE/]deploy/NAME    the same in a pod, or in all pods of a deployment, by kubectl
  exec:COMMAND                    the standard input and output of a command, such as
                                  exec:kubectl exec -i pod -- nc -U /run/app.manhole";

const EXIT_STATUS: &str = "\
Exit status:
    0  success
    1  the command failed
    2  wrong arguments, or a --timeout above the session's ceiling
    3  no connection, or the connection ended
    4  permission denied
    5  timeout
    6  too many sessions or connections: try again later
    7  the token is missing or wrong
  130  Ctrl-C";

const CONFIGURATION: &str = "\
Configuration, in ~/.config/manhole/config.toml or the file that MANHOLE_CONFIG names:
  [targets]
  web1 = \"ssh://web1/run/app.manhole\"
  web2 = { target = \"ssh://web2/run/app.manhole\", level = \"observe\", color = \"red\" }
  [groups]
  web = [\"web1\", \"web2\"]
  all = { members = [\"web\", \"app\"], level = \"operate\", confirm = false }
A level is the highest of its sessions. eval asks before a command that needs more than the level
observe runs in a group, unless confirm is false.";

/// A console inside running Rust applications, for Unix.
#[derive(Debug, Parser)]
#[command(name = "manhole", version, propagate_version = true, after_help = format!("{TARGETS}\n\n{CONFIGURATION}\n\n{EXIT_STATUS}"))]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// The command, with options, for ssh:// targets.
    #[arg(long, global = true, value_name = "COMMAND", default_value = "ssh", env = "MANHOLE_SSH_COMMAND")]
    pub(crate) ssh_command: String,

    /// The command in a container, with options, for kube:, docker: and podman: targets.
    #[arg(
        long,
        global = true,
        value_name = "COMMAND",
        default_value = "/proc/1/exe manhole-proxy",
        env = "MANHOLE_PROXY_COMMAND"
    )]
    pub(crate) proxy_command: String,

    /// Lower the session to this access level before its first command. It never has more than its user.
    #[arg(long, global = true, value_name = "LEVEL", value_parser = levels())]
    pub(crate) level: Option<Level>,
}

/// Returns the parser of levels, which also lists them.
fn levels() -> impl TypedValueParser<Value = Level> {
    PossibleValuesParser::new(Level::ALL.map(Level::name)).try_map(|name| name.parse::<Level>())
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Open a prompt in an application. Reconnects when the application restarts.
    #[command(after_help = format!("\
Examples:
  manhole attach
  manhole attach app
  manhole attach /run/app.manhole --level observe
  manhole attach app --record incident.txt

Keys: Tab completes names, methods, keys of maps, values after = and scripts to import; a part of a
name or some of its letters are enough. Up and Ctrl-R find earlier commands, Alt-Enter begins a new
line, Ctrl-C stops a command, Ctrl-D leaves. Keys that are pressed while a command runs are kept for
the next prompt. Enter runs a pasted text. exit, quit() and :q leave, exit(1) with that status.

The history is $XDG_STATE_HOME/manhole/APPLICATION.history, or in ~/.local/state. It leaves out commands
that begin with a space, that mention a secret field, or that look as if they contained a password.

{TARGETS}"))]
    Attach(AttachArgs),

    /// Run one command in one or more applications, and print its value.
    #[command(after_help = format!("\
Examples:
  manhole eval app 'gizmo.count'
  manhole eval app 'gizmo.sessions.len() < 1000' --exit-status --timeout 5
  manhole eval app 'gizmo.items' --json | jq '.[].label'
  manhole eval app 'gizmo.config.name' --raw
  manhole eval app --file check.rhai
  echo 'gizmo.reset()' | manhole eval app
  manhole eval app 'gizmo.count' --target ssh://web2/run/app.manhole
  manhole eval web 'app.version' --timeout 5
  manhole eval kube:shop/deploy/web 'app.version'

Of several targets, equal answers are one line: \"18 targets: 42\", then \"web7: 41\". Each is printed
within a second after it has come.

{EXIT_STATUS}

With several targets, the status is that of the first one that fails, in their order. With --exit-status, 1 is also
the status of a value that is false, None, () or 0.

{TARGETS}"))]
    Eval(EvalArgs),

    /// Call a function of a run-book: a script of the application, or a file on this machine.
    #[command(after_help = format!("\
Examples:
  manhole run app --list
  manhole run app sessions::longest service
  manhole run app sessions::close service '\"alice\"' --timeout 30
  manhole run app --file local.rhai
  manhole run web --file local.rhai check service --exit-status

An application has run-books if it names their directory with Builder::scripts_dir.

{EXIT_STATUS}

{TARGETS}"))]
    Run(RunArgs),

    /// Write what an application is at this moment into one file: versions, process, roots, limits.
    #[command(after_help = format!("\
Examples:
  manhole report app -o report.html
  manhole report app -o before.json
  manhole report app | less

The session is at the level observe. Secrets stay hidden, and values have the limits of the prompt.

{EXIT_STATUS}

{TARGETS}"))]
    Report(ReportArgs),

    /// Show what differs between two applications, or between reports in JSON.
    #[command(after_help = format!("\
Examples:
  manhole diff web1 web2
  manhole diff before.json app
  manhole diff before.json after.json --all

The status is 1 if something differs.

{EXIT_STATUS}

{TARGETS}"))]
    Diff(DiffArgs),

    /// List the running applications of this user; as root, those of all users.
    #[command(after_help = "\
Examples:
  manhole ls
  manhole ls --prune

Lists the sockets in the directories of manhole::default_path: $XDG_RUNTIME_DIR/manhole and
/tmp/manhole-UID; as root, also those in /run/user/*/manhole and /tmp/manhole-*. On Linux it also
lists live sockets at other paths, except with MANHOLE_SEARCH=directories in the environment.")]
    Ls(LsArgs),

    /// Show how values change: a chart in a terminal, otherwise lines.
    #[command(after_help = format!("\
Examples:
  manhole watch app 'gizmo.count'
  manhole watch app 'gizmo.count' 'gizmo.sessions.len()' --interval 200ms
  manhole watch app 'gizmo.count' --csv --for 1h > counts.csv
  manhole watch app gizmo --changes
  manhole watch app --until 'gizmo.count > 100' --for 5m && deploy
  manhole watch app 'gizmo.items.len() > 1000' --exec 'notify-send \"$MANHOLE_EXPRESSION is $MANHOLE_TRUTH\"'

A chart has the last, lowest and highest value of each expression, and the rate of one that only
grows. Its keys: arrows select, Enter zooms, + and - change the time, r shows rates, ? shows help, q
quits. It reconnects when an application restarts; line output ends with the connection.

--until is true, and --exec runs, when a value is none of false, None, () and 0. The program finds
MANHOLE_TARGET, MANHOLE_EXPRESSION, MANHOLE_VALUE (JSON) and MANHOLE_TRUTH (true or false) in its
environment. The status is 5 if --for ends before --until is true.

{EXIT_STATUS}

{TARGETS}"))]
    Watch(WatchArgs),

    /// Show what an application does, on one screen: process, threads, tasks, spans, sizes, sessions.
    #[command(after_help = format!("\
Examples:
  manhole top app
  manhole top app --once
  manhole top ssh://web1/run/app.manhole

Keys: Tab selects a section, s sorts, / filters, Enter opens, a aborts, ? shows help, q quits.

It asks the application once a second, and for the sizes of its collections every ten seconds at
most. What the application does not have is left out. It reconnects when the application restarts.

{TARGETS}"))]
    Top(TopArgs),

    /// Print the stacks of all threads of an application on this machine, by eu-stack, gdb or lldb.
    #[command(after_help = format!("\
Examples:
  manhole stacks app
  manhole stacks app --tool gdb > stacks.txt

The process stands still while the debugger runs: tenths of a second, or seconds where there is much
debug information. The last line says for how long. The debugger needs the user of the process, or root.

{TARGETS}"))]
    Stacks(StacksArgs),

    /// Show which functions of an application on this machine use the processor, by perf.
    #[command(after_help = format!("\
Examples:
  manhole profile app
  manhole profile app 30s -o flame.svg
  manhole profile app 10s -o stacks.folded

perf samples from the kernel: the process does not stop, and nothing is added to it. It needs the
user of the process, or root. A file whose name ends with .svg becomes a flame graph; any other
has the stacks in the form that tools for flame graphs read.

{TARGETS}"))]
    Profile(ProfileArgs),

    /// Serve numbers of applications to Prometheus, or write them to a file for node_exporter.
    #[command(after_help = format!("\
Examples:
  manhole export app 'requests_total = gizmo.count' 'items = gizmo.items.len()'
  manhole export app 'items{{mode}} = gizmo.items.group_by(|x| x.mode).map(|group| group.len())'
  manhole export web 'sessions = app.sessions.len()' --listen 127.0.0.1:9500
  manhole export app gizmo.count --output /var/lib/node_exporter/app.prom
  manhole export app gizmo.count --once

A metric whose name ends with _total is a counter; the others are gauges. A map or a struct has one
series for each number in it; a duration is in seconds. A metric has the documentation of its field.
With several targets each series has the label target. manhole_up and manhole_metric_failed say what
did not answer. With --once, the status is then 1.

Each scrape asks the applications, at most once a second, in sessions that stay open at the level
observe.

{EXIT_STATUS}

{TARGETS}"))]
    Export(ExportArgs),

    /// Let an agent look into applications: a Model Context Protocol server on standard input and output.
    #[command(after_help = format!("\
Examples:
  manhole mcp app
  manhole mcp web1 web2 --level operate

The tools list programs, describe their names, inspect values, evaluate expressions, watch them, and report. The
level is observe unless --level says otherwise. Long answers come in pages.

{TARGETS}"))]
    Mcp(McpArgs),

    /// Look into applications in a browser: a page on a loopback address.
    #[command(after_help = format!("\
Examples:
  manhole web app
  manhole web web1 web2 --level operate

Open the link that it prints. Its token lets no other program of this machine in. The level is observe unless --level
says otherwise. Ctrl-C ends it.

{TARGETS}"))]
    Web(WebArgs),

    /// Browse and edit the values of an application. Reconnects when the application restarts.
    #[command(after_help = format!("\
Examples:
  manhole tree app
  manhole tree app gizmo.config

Keys: arrows move, Enter opens and closes, Esc goes back, ? lists all keys, q quits.

  /  filters the list, map or set under the cursor in the application: by a text in keys and values,
     or by a condition such as .id > 5 && .name != \"bob\", or x > 5 where the values are numbers
  g  goes to a key, such as bob, or to a path, such as gizmo.items[3]
  t  shows a list, map or set as a table, sorted by a column; Enter there opens the item
  m  lists the methods of a value, and calls one with arguments
  e  edits a value; variants of an enum are a choice
  y  copies the path; s saves the value as JSON, with secrets hidden
  M  gives the mouse back to the terminal, which then selects text; or hold Shift

Before it writes, calls a method that may change something, or replaces a file, it asks. A table has
the first 200 items of its order, and a filter finds at most 1000.

{TARGETS}"))]
    Tree(TreeArgs),

    /// Print a shell completion script.
    #[command(after_help = "\
The script asks this program what can follow: subcommands, options, running applications, and the
targets and groups of the configuration. Write it again after an update.

Examples:
  manhole completions bash > ~/.local/share/bash-completion/completions/manhole
  manhole completions zsh > \"${fpath[1]}/_manhole\"
  manhole completions fish > ~/.config/fish/completions/manhole.fish")]
    Completions {
        /// The shell.
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
    /// The application. If omitted, the only one that runs; if several match, choose one from a list.
    #[arg(add = target_completer())]
    pub(crate) target: Option<Target>,

    /// Print long output as a whole, without a pager.
    #[arg(long)]
    pub(crate) no_pager: bool,

    /// Neither read nor write the history of commands.
    #[arg(long)]
    pub(crate) no_history: bool,

    /// Write commands and answers to a new file as they come. If its name ends with .cast, asciinema plays it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) record: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct LsArgs {
    /// Remove stale sockets.
    #[arg(long)]
    pub(crate) prune: bool,

    /// Print one JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TopArgs {
    /// The application. If omitted, the only one that runs.
    #[arg(add = target_completer())]
    pub(crate) target: Option<Target>,

    /// Print one screen as plain text, and exit.
    #[arg(long)]
    pub(crate) once: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct StacksArgs {
    /// The application. If omitted, the only one that runs.
    #[arg(add = target_completer())]
    pub(crate) target: Option<Target>,

    /// The debugger. If omitted, the first one that is installed.
    #[arg(long, value_name = "DEBUGGER")]
    pub(crate) tool: Option<Debugger>,
}

/// A program that can print the stacks of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Debugger {
    EuStack,
    Gdb,
    Lldb,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ProfileArgs {
    /// The application.
    #[arg(add = target_completer())]
    pub(crate) target: Target,

    /// How long to sample, from 100ms to 10m.
    #[arg(value_name = "TIME", default_value = "10s", value_parser = sample_time)]
    pub(crate) time: Duration,

    /// Write a flame graph to this file, or the stacks if its name does not end with .svg.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,

    /// The number of samples per second and processor.
    #[arg(long, value_name = "NUMBER", default_value_t = 99, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) frequency: u16,

    /// How perf finds the callers: by tables that each program has, or by frame pointers, which is cheaper, and needs a program that is
    /// built with -C force-frame-pointers=yes.
    #[arg(long, value_name = "METHOD", default_value = "dwarf")]
    pub(crate) call_graph: CallGraph,
}

/// How perf finds callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum CallGraph {
    Dwarf,
    Fp,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TreeArgs {
    /// The application. If omitted, the only one that runs.
    #[arg(add = target_completer())]
    pub(crate) target: Option<Target>,

    /// The path to start from, such as gizmo.config. If omitted, all roots.
    pub(crate) path: Option<String>,
}

fn sample_time(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    let range = Duration::from_millis(100)..=Duration::from_secs(600);
    if range.contains(&time) { Ok(time) } else { Err("it is from 100ms to 10m".to_owned()) }
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
