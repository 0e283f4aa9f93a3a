//! One command in several programs, with a row for each.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use manhole_protocol::methods::Evaluation;
use serde_json::json;

use super::{connect, run};
use crate::args::EvalArgs;
use crate::connect::rpc_client::ServerEvent;
use crate::connect::transport::ConnectOptions;
use crate::error::{CliError, CliErrorKind};
use crate::target_list::TargetLookup;
use crate::terminal::colors;
use crate::terminal::format::{borderless_table, in_one_line};
use crate::terminal::signals::CtrlC;

/// Runs the command in each program, a bounded number at once, and prints a row for each.
pub(super) fn several(
    all: &[TargetLookup],
    code: &str,
    args: &EvalArgs,
    options: &ConnectOptions,
    ctrl_c: &CtrlC,
) -> Result<ExitCode, CliError> {
    let next = AtomicUsize::new(0);
    let results: Vec<_> = all.iter().map(|_| Mutex::new(Err(interrupted()))).collect();
    thread::scope(|scope| {
        for _ in 0..all.len().min(args.more.jobs.into()) {
            scope.spawn(|| {
                // What has not begun by then does not begin any more.
                while !ctrl_c.is_pending() {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(meant), Some(result)) = (all.get(index), results.get(index)) else { break };
                    let came = ask(meant, code, args, options, ctrl_c);
                    *result.lock().unwrap_or_else(PoisonError::into_inner) = came;
                }
            });
        }
    });
    let results =
        results.into_iter().map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner));
    let results: Vec<_> = all.iter().map(|meant| meant.label.as_str()).zip(results).collect();
    let printed = if args.json { objects(&results) } else { table(&results) };
    printed?;
    if ctrl_c.is_pending() {
        return Ok(interrupted().exit_code());
    }
    let first = results.iter().find_map(|(_, result)| result.as_ref().err());
    Ok(first.map_or(ExitCode::SUCCESS, CliError::exit_code))
}

type Row<'a> = (&'a str, Result<Evaluation, CliError>);

fn interrupted() -> CliError {
    CliError::new(CliErrorKind::Interrupted, "interrupted")
}

/// Runs the command in one of them.
fn ask(
    meant: &TargetLookup,
    code: &str,
    args: &EvalArgs,
    options: &ConnectOptions,
    ctrl_c: &CtrlC,
) -> Result<Evaluation, CliError> {
    let found = meant.resolved.as_ref().map_err(Clone::clone)?;
    // It is for all of them, so none may take it from the others.
    let seen = Cell::new(false);
    let interrupted = || ctrl_c.is_pending() && !seen.replace(true);
    let mut client = connect(found, args, options, &interrupted)?;
    let mut tell = |events| {
        let ServerEvent::Print(print) = events else { return Ok(()) };
        let text =
            if io::stderr().is_terminal() { colors::strip_control_chars(&print.text) } else { print.text };
        // In one piece, as others may print as well.
        let lines: String = text.lines().map(|line| format!("{}: {line}\n", meant.label)).collect();
        Ok(io::stderr().write_all(lines.as_bytes())?)
    };
    run(&mut client, code, args, &interrupted, &mut tell)
}

fn objects(rows: &[Row<'_>]) -> io::Result<()> {
    for (label, result) in rows {
        let object = match result {
            Ok(evaluation) => {
                let value = serde_json::to_value(&evaluation.value).unwrap_or_default();
                json!({ "target": label, "value": value })
            }
            Err(error) => json!({ "target": label, "error": error.message() }),
        };
        writeln!(io::stdout(), "{object}")?;
    }
    Ok(())
}

fn table(rows: &[Row<'_>]) -> io::Result<()> {
    let mut table = borderless_table(&["TARGET", "VALUE"]);
    for (label, result) in rows {
        let text = match result {
            Ok(evaluation) => in_one_line(evaluation.text.as_deref().unwrap_or_default()),
            Err(error) => format!("error: {}", error.message()),
        };
        table.add_row([(*label).to_owned(), text]);
    }
    writeln!(io::stdout(), "{}", table.trim_fmt())
}
