//! Runs a command in several applications in parallel, and prints a row for each.

use std::cell::Cell;
use std::io;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use manhole_protocol::Data;
use manhole_protocol::methods::Evaluation;
use serde::Serialize;
use serde_json::json;

use super::run_command::{EvalCommand, EvalEvent};
use crate::error::CliError;
use crate::sync::LockIgnoringPoison;
use crate::target_list::TargetLookup;
use crate::terminal::data::{Json, JsonForm};
use crate::terminal::format::{borderless_table, in_one_line};
use crate::terminal::output;

/// The value of the last command.
type Outcome = Result<Option<Evaluation>, CliError>;

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
    match command.args.json {
        Some(form) => print_json(&rows, form),
        None => print_table(&rows),
    }?;
    if command.ctrl_c.is_pending() {
        return Ok(CliError::Interrupted.exit_code());
    }
    let exit_code = |(_, outcome): &(&str, Outcome)| match outcome {
        Ok(evaluation) => {
            evaluation.as_ref().is_some_and(|it| command.fails_by(it)).then_some(ExitCode::FAILURE)
        }
        Err(error) => Some(error.exit_code()),
    };
    Ok(rows.iter().find_map(exit_code).unwrap_or(ExitCode::SUCCESS))
}

fn run(lookup: &TargetLookup, command: &EvalCommand<'_>) -> Outcome {
    let target = lookup.target.as_ref().map_err(Clone::clone)?;
    // Each target sees Ctrl-C once, and leaves it pending for the others.
    let seen = Cell::new(false);
    let ctrl_c = || command.ctrl_c.is_pending() && !seen.replace(true);
    let mut value = None;
    let mut handle = |event| {
        match event {
            EvalEvent::Print(text) => {
                let lines: String = text.lines().map(|line| format!("{}: {line}\n", lookup.label)).collect();
                output::print_error(&lines)?;
            }
            EvalEvent::Value(evaluation, _) => value = Some(evaluation),
        }
        Ok(())
    };
    command.run(target, &ctrl_c, &mut handle)?;
    Ok(value)
}

/// A line of JSON.
#[derive(Serialize)]
struct Row<'a> {
    target: &'a str,
    value: Json<'a>,
}

fn print_json(rows: &[(&str, Outcome)], form: JsonForm) -> io::Result<()> {
    for (label, outcome) in rows {
        let line = match outcome {
            Ok(evaluation) => {
                let value = evaluation.as_ref().and_then(|evaluation| evaluation.value.as_ref());
                let value = Json(value.unwrap_or(&Data::Null), form);
                serde_json::to_string(&Row { target: label, value })?
            }
            Err(error) => json!({ "target": label, "error": error.message() }).to_string(),
        };
        output::print_json(line)?;
    }
    Ok(())
}

fn print_table(rows: &[(&str, Outcome)]) -> io::Result<()> {
    let mut table = borderless_table(&["TARGET", "VALUE"]);
    for (label, outcome) in rows {
        let text = match outcome {
            Ok(evaluation) => {
                in_one_line(evaluation.as_ref().and_then(|it| it.text.as_deref()).unwrap_or_default())
            }
            Err(error) => format!("error: {}", error.message()),
        };
        table.add_row([(*label).to_owned(), text]);
    }
    output::print(&(table.trim_fmt() + "\n"))
}
