//! Runs a command in several applications in parallel, and prints a row for each.

use std::cell::Cell;
use std::io;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use manhole_protocol::methods::Evaluation;
use serde_json::json;

use super::run_command::EvalCommand;
use crate::connect::rpc_client::ServerEvent;
use crate::error::CliError;
use crate::sync::LockIgnoringPoison;
use crate::target_list::TargetLookup;
use crate::terminal::format::{borderless_table, in_one_line};
use crate::terminal::output;

type Outcome = Result<Evaluation, CliError>;

pub(super) fn eval(lookups: &[TargetLookup], command: &EvalCommand<'_>) -> Result<ExitCode, CliError> {
    let next = AtomicUsize::new(0);
    let slots: Vec<_> = lookups.iter().map(|_| Mutex::new(Err(CliError::Interrupted))).collect();
    thread::scope(|scope| {
        for _ in 0..lookups.len().min(command.args.more.jobs.into()) {
            scope.spawn(|| {
                // After Ctrl-C no further target starts.
                while !command.ctrl_c.is_pending() {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(lookup), Some(slot)) = (lookups.get(index), slots.get(index)) else { break };
                    let outcome = run(lookup, command);
                    *slot.lock_ignoring_poison() = outcome;
                }
            });
        }
    });
    let outcomes = slots
        .iter()
        .map(|slot| std::mem::replace(&mut *slot.lock_ignoring_poison(), Err(CliError::Interrupted)));
    let rows: Vec<_> = lookups.iter().map(|lookup| lookup.label.as_str()).zip(outcomes).collect();
    if command.args.json { print_json(&rows) } else { print_table(&rows) }?;
    if command.ctrl_c.is_pending() {
        return Ok(CliError::Interrupted.exit_code());
    }
    let first = rows.iter().find_map(|(_, outcome)| outcome.as_ref().err());
    Ok(first.map_or(ExitCode::SUCCESS, CliError::exit_code))
}

fn run(lookup: &TargetLookup, command: &EvalCommand<'_>) -> Outcome {
    let target = lookup.target.as_ref().map_err(Clone::clone)?;
    // Each target sees Ctrl-C once, and leaves it pending for the others.
    let seen = Cell::new(false);
    let ctrl_c = || command.ctrl_c.is_pending() && !seen.replace(true);
    let mut print = |event| {
        let ServerEvent::Print(print) = event else { return Ok(()) };
        let lines: String = print.text.lines().map(|line| format!("{}: {line}\n", lookup.label)).collect();
        Ok(output::print_error(&lines)?)
    };
    command.run(target, &ctrl_c, &mut print)
}

fn print_json(rows: &[(&str, Outcome)]) -> io::Result<()> {
    for (label, outcome) in rows {
        let object = match outcome {
            Ok(evaluation) => {
                let value = serde_json::to_value(&evaluation.value).unwrap_or_default();
                json!({ "target": label, "value": value })
            }
            Err(error) => json!({ "target": label, "error": error.message() }),
        };
        output::print_json(object.to_string())?;
    }
    Ok(())
}

fn print_table(rows: &[(&str, Outcome)]) -> io::Result<()> {
    let mut table = borderless_table(&["TARGET", "VALUE"]);
    for (label, outcome) in rows {
        let text = match outcome {
            Ok(evaluation) => in_one_line(evaluation.text.as_deref().unwrap_or_default()),
            Err(error) => format!("error: {}", error.message()),
        };
        table.add_row([(*label).to_owned(), text]);
    }
    output::print(&(table.trim_fmt() + "\n"))
}
