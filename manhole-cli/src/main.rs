//! `manhole`, the client of manholes: consoles inside of running Rust programs.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod args;
mod attach;
mod child_processes;
mod connect;
mod error;
mod eval;
mod ls;
mod target_list;
mod terminal;
mod tree;
mod watch;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Args, Command};
use connect::transport::ConnectOptions;
use error::CliError;
use terminal::colors;

fn main() -> ExitCode {
    let args = Args::parse();
    match run(args) {
        Ok(code) => code,
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            let text = error.to_string();
            let text = if io::stderr().is_terminal() { colors::strip_control_chars(&text) } else { text };
            let _ = writeln!(io::stderr(), "{}", colors::errors().error(&text));
            error.exit_code()
        }
    }
}

fn run(args: Args) -> Result<ExitCode, CliError> {
    let Args { command, ssh_command } = args;
    let options = ConnectOptions { ssh_command };
    match command {
        Command::Attach(args) => attach::attach(&args, &options),
        Command::Eval(args) => eval::eval(&args, &options),
        Command::Ls(args) => ls::ls(&args),
        Command::Watch(args) => watch::watch(&args, &options),
        Command::Tree(args) => tree::tree(&args, &options),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "manhole", &mut script);
            io::stdout().write_all(&script)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Man { directory } => {
            match directory {
                Some(directory) => clap_mangen::generate_to(Args::command(), &directory)
                    .map_err(|error| CliError::usage(format!("{}: {error}", directory.display())))?,
                None => clap_mangen::Man::new(Args::command()).render(&mut io::stdout())?,
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}
