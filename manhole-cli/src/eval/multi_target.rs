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
use crate::connect::rpc_client::News;
use crate::connect::transport::Way;
use crate::error::{Failure, FailureKind};
use crate::target_list::Meant;
use crate::terminal::colors;
use crate::terminal::format::{in_one_line, plain_table};
use crate::terminal::signals::Interrupt;

/// Runs the command in each program, a bounded number at once, and prints a row for each.
pub(super) fn several(
    all: &[Meant],
    code: &str,
    args: &EvalArgs,
    way: &Way,
    interrupt: &Interrupt,
) -> Result<ExitCode, Failure> {
    let next = AtomicUsize::new(0);
    let results: Vec<_> = all.iter().map(|_| Mutex::new(Err(interrupted()))).collect();
    thread::scope(|scope| {
        for _ in 0..all.len().min(args.more.jobs.into()) {
            scope.spawn(|| {
                // What has not begun by then does not begin any more.
                while !interrupt.has_come() {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(meant), Some(result)) = (all.get(index), results.get(index)) else { break };
                    let came = ask(meant, code, args, way, interrupt);
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
    if interrupt.has_come() {
        return Ok(interrupted().code());
    }
    let first = results.iter().find_map(|(_, result)| result.as_ref().err());
    Ok(first.map_or(ExitCode::SUCCESS, Failure::code))
}

type Row<'a> = (&'a str, Result<Evaluation, Failure>);

fn interrupted() -> Failure {
    Failure::new(FailureKind::Interrupted, "interrupted")
}

/// Runs the command in one of them.
fn ask(
    meant: &Meant,
    code: &str,
    args: &EvalArgs,
    way: &Way,
    interrupt: &Interrupt,
) -> Result<Evaluation, Failure> {
    let found = meant.found.as_ref().map_err(Clone::clone)?;
    // It is for all of them, so none may take it from the others.
    let seen = Cell::new(false);
    let interrupted = || interrupt.has_come() && !seen.replace(true);
    let mut client = connect(found, args, way, &interrupted)?;
    let mut tell = |news| {
        let News::Print(print) = news else { return Ok(()) };
        let text = if io::stderr().is_terminal() { colors::tame(&print.text) } else { print.text };
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
            Err(failure) => json!({ "target": label, "error": failure.message() }),
        };
        writeln!(io::stdout(), "{object}")?;
    }
    Ok(())
}

fn table(rows: &[Row<'_>]) -> io::Result<()> {
    let mut table = plain_table(&["TARGET", "VALUE"]);
    for (label, result) in rows {
        let text = match result {
            Ok(evaluation) => in_one_line(evaluation.text.as_deref().unwrap_or_default()),
            Err(failure) => format!("error: {}", failure.message()),
        };
        table.add_row([(*label).to_owned(), text]);
    }
    writeln!(io::stdout(), "{}", table.trim_fmt())
}
