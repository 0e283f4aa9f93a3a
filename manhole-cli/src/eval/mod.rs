//! `manhole eval`: runs one command in one or more applications; uses `target_list`, `connect` and `terminal`.

mod answers;
mod commands;
mod multi_target;
mod run_command;
mod single_target;

use std::io::{self, IsTerminal, Read};
use std::process::ExitCode;

use crate::args::{EvalArgs, EvalOptions};
use crate::error::CliError;
use crate::target_list::{TargetLookup, resolve_all};
use crate::terminal::signals::CtrlC;
use manhole_client::ConnectOptions;
use manhole_client::cli_support::target::Target;
use run_command::EvalCommand;

pub(crate) fn eval(args: &EvalArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    eval_code(&read_code(args)?, &args.target, &args.output, options)
}

/// Runs a command in `target`, and in the further targets of `args`.
pub(crate) fn eval_code(
    code: &str,
    target: &Target,
    args: &EvalOptions,
    options: &ConnectOptions,
) -> Result<ExitCode, CliError> {
    let list = resolve_all(target, &args.more, "eval")?;
    let ctrl_c = CtrlC::watch()?;
    let command = EvalCommand { code, args, options, ctrl_c: &ctrl_c };
    if let ([TargetLookup { target: Ok(target), .. }], None) = (&list.lookups[..], &list.confirm) {
        return single_target::eval(target, &command);
    }
    multi_target::eval(&list, &command)
}

/// Reads the command from the arguments, a file or standard input.
fn read_code(args: &EvalArgs) -> Result<String, CliError> {
    let failed = |file: String, error: io::Error| CliError::Read { file, reason: error.to_string() };
    match (&args.code, &args.file) {
        (Some(code), _) => Ok(code.clone()),
        (None, Some(file)) if file.as_os_str() != "-" => {
            std::fs::read_to_string(file).map_err(|error| failed(file.display().to_string(), error))
        }
        (None, None) if io::stdin().is_terminal() => Err(CliError::NoCommand),
        _ => {
            let mut code = String::new();
            io::stdin()
                .read_to_string(&mut code)
                .map_err(|error| failed("standard input".to_owned(), error))?;
            Ok(code)
        }
    }
}
