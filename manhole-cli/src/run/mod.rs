//! `manhole run`: calls a function of a run-book, which is a script of the application or a file here; uses `eval`.

mod local_file;

use std::process::ExitCode;

use manhole_client::ConnectOptions;
use manhole_client::cli_support::rpc_client::RpcClient;
use manhole_client::cli_support::wait::WaitOptions;
use manhole_protocol::methods::{Eval, Format};

use crate::args::RunArgs;
use crate::connect::configured;
use crate::error::CliError;
use crate::eval;
use crate::terminal::output;
use crate::terminal::signals::CtrlC;
use crate::terminal::wait::wait_options;

/// The name under which the run-book is imported.
const ALIAS: &str = "run_book";

pub(crate) fn run(args: &RunArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    let call = |function: &str| format!("{function}({})", args.arguments.join(", "));
    let code = match (&args.file, args.function.as_deref()) {
        (Some(file), function) => {
            let text = std::fs::read_to_string(file).map_err(|error| CliError::Read {
                file: file.display().to_string(),
                reason: error.to_string(),
            })?;
            if args.list {
                output::print(&local_file::list(&text))?;
                return Ok(ExitCode::SUCCESS);
            }
            match function {
                Some(function) => format!("{}\n{}", text.trim_end(), call(function)),
                None => text,
            }
        }
        (None, Some(function)) if !args.list => match function.rsplit_once("::") {
            Some((book, function)) => {
                let book = book.replace("::", "/");
                format!("import {book:?} as {ALIAS}; {}", call(&format!("{ALIAS}::{function}")))
            }
            None => return list(args, Some(function), options),
        },
        (None, book) => return list(args, book, options),
    };
    eval::eval_code(&code, &args.target, &args.output, options)
}

/// Prints the documentation of one run-book, or of all.
fn list(args: &RunArgs, book: Option<&str>, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    let ctrl_c = CtrlC::watch()?;
    let wait =
        WaitOptions { cancelled: Some(&|| ctrl_c.take()), timeout: args.output.timeout, ..wait_options() };
    let target = configured::find(Some(&args.target), "run")?.target;
    let mut client = RpcClient::connect(&target, options, &wait)?;
    let code = book.map_or_else(|| "help()".to_owned(), |book| format!("help({book:?})"));
    let (text, _) = client.evaluate(&Eval::new(code).format(Format::Text), &wait)?;
    if book.is_some() {
        output::print(&text)?;
        return Ok(ExitCode::SUCCESS);
    }
    // The overview ends with them.
    match text.find("The run-book ") {
        Some(begin) => output::print(&text[begin..])?,
        None => output::print_error(
            "note: the application has no run-books; Builder::scripts_dir names their directory\n",
        )?,
    }
    Ok(ExitCode::SUCCESS)
}
