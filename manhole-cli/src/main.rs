//! `manhole`, the client of the consoles inside running Rust applications, for Unix.
//!
//! A module uses only those above it in this list:
//!
//! - `error`, `private_file`: errors with exit statuses, files
//! - `terminal`: colors, tables, the spinner and the options of waits, full screens, signals
//! - `connect`: the targets of the configuration, sessions that are opened again; the crate `manhole_client` opens them
//! - `args`: the command line
//! - `target_list`: the targets of a command that takes several
//! - `local_process`: the process of a target on this machine, and programs that look into it
//! - `attach`, `eval`, `export`, `ls`, `profile`, `report`, `stacks`, `top`, `tree`, `watch`, `web`: one subcommand each
//! - `run` uses `eval`; `diff` and `mcp` use `report`

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod args;
mod attach;
mod connect;
mod diff;
mod error;
mod eval;
mod export;
mod local_process;
mod ls;
mod mcp;
mod private_file;
mod profile;
mod report;
mod run;
mod stacks;
mod target_list;
mod terminal;
mod top;
mod tree;
mod watch;
mod web;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use clap_complete::Shell;
use clap_complete::env::{CompleteEnv, Shells};
use manhole_client::ConnectOptions;

use args::{Args, Command};
use error::{CliError, CliErrorKind};
use terminal::capabilities::DefaultSize;
use terminal::colors;

/// The environment variable by which a shell's script asks for completions.
const COMPLETION_VARIABLE: &str = "MANHOLE_COMPLETE";

fn main() -> ExitCode {
    CompleteEnv::with_factory(Args::command).var(COMPLETION_VARIABLE).complete();
    let matches = Args::command().get_matches();
    let name =
        format!("manhole {} {}", matches.subcommand_name().unwrap_or_default(), env!("CARGO_PKG_VERSION"));
    let args = Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match dispatch(args, name) {
        Ok(code) => code,
        Err(error) => {
            if error.kind() != CliErrorKind::BrokenPipe {
                let _ = writeln!(io::stderr(), "{}", colors::errors().error(&error.report()));
            }
            error.exit_code()
        }
    }
}

/// Runs the subcommand. `name` is how consoles see this client.
fn dispatch(args: Args, name: String) -> Result<ExitCode, CliError> {
    let Args { command, ssh_command, proxy_command, level } = args;
    let mut options =
        ConnectOptions::new().client(name).ssh_command(ssh_command).proxy_command(proxy_command);
    if let Some(level) = level {
        options = options.level(level);
    }
    let _size = DefaultSize::set();
    match command {
        Command::Attach(args) => attach::attach(&args, &options),
        Command::Eval(args) => eval::eval(&args, &options),
        Command::Export(args) => export::export(&args, &options),
        Command::Ls(args) => ls::ls(&args, &options),
        Command::Mcp(args) => mcp::mcp(&args, &options),
        Command::Watch(args) => watch::watch(&args, &options),
        Command::Web(args) => web::web(&args, &options),
        Command::Report(args) => report::report(&args, &options),
        Command::Diff(args) => diff::diff(&args, &options),
        Command::Run(args) => run::run(&args, &options),
        Command::Profile(args) => profile::profile(&args, &options),
        Command::Stacks(args) => stacks::stacks(&args, &options),
        Command::Top(args) => top::top(&args, &options),
        Command::Tree(args) => tree::tree(&args, &options),
        Command::Completions { shell } => {
            io::stdout().write_all(&completion_script(shell)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Man { directory } => {
            if let Some(directory) = directory {
                clap_mangen::generate_to(Args::command(), &directory).map_err(|error| CliError::Write {
                    path: directory.display().to_string(),
                    reason: error.to_string(),
                })?;
            } else {
                clap_mangen::Man::new(Args::command()).render(&mut io::stdout())?;
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Returns the script by which a shell asks this program what can follow.
fn completion_script(shell: Shell) -> io::Result<Vec<u8>> {
    let name = env!("CARGO_BIN_NAME");
    let mut script = Vec::new();
    if let Some(completer) = Shells::builtins().completer(&shell.to_string()) {
        completer.write_registration(COMPLETION_VARIABLE, name, name, name, &mut script)?;
    }
    if shell == Shell::Zsh {
        // zsh reads the file at the first completion, and expects it to complete too.
        writeln!(script, "[[ $funcstack[1] == _{name} ]] && _clap_dynamic_completer_{name} \"$@\"")?;
    }
    Ok(script)
}
