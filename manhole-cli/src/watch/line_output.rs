//! Prints watched values as lines: plain, CSV or JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::SystemTime;

use manhole_client::cli_support::wait::POLL_INTERVAL;
use manhole_protocol::Data;
use serde::Serialize;

use super::conditions::{CommandOutput, Conditions};
use super::sample::{Sample, SampleValue, WatchedExpression};
use crate::args::WatchArgs;
use crate::error::CliError;
use crate::terminal::changes::changes;
use crate::terminal::data::Json;
use crate::terminal::output;
use crate::terminal::signals::CtrlC;

/// How many parts that differ a line lists.
const MAX_CHANGES: usize = 20;

/// Prints a line for each change until `--lines` are printed, a condition is met, or all watches have ended. Returns the first error if they
/// have, or if there was no value. Ctrl-C is an error too.
pub(super) fn print(
    args: &WatchArgs,
    watched: &[WatchedExpression],
    samples: &Receiver<Sample>,
) -> Result<ExitCode, CliError> {
    let ctrl_c = CtrlC::watch()?;
    let mut conditions = Conditions::new(args, watched, CommandOutput::Inherited);
    if args.csv {
        output::print("time,target,expression,value\n")?;
    }
    let mut lines = Lines {
        args,
        watched,
        has_targets: watched.iter().any(|other| other.target != watched[0].target),
        last_values: BTreeMap::new(),
    };
    let mut left = args.lines.unwrap_or(usize::MAX);
    let mut open: BTreeSet<_> = (0..watched.len()).collect();
    let (mut first_error, mut has_value) = (None, false);
    let mut outcome = None;
    while left > 0 && !open.is_empty() {
        if ctrl_c.take() {
            return Err(CliError::Interrupted);
        }
        output::check_reader()?;
        outcome = conditions.outcome();
        if outcome.is_some() {
            break;
        }
        let sample = match samples.recv_timeout(conditions.wait_at_most(POLL_INTERVAL)) {
            Ok(sample) => sample,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        if !open.contains(&sample.index) {
            continue;
        }
        if watched[sample.index].role.is_shown() && lines.print(&sample)? {
            left -= 1;
        }
        conditions.observe(&sample)?;
        if sample.last {
            open.remove(&sample.index);
        }
        match sample.outcome {
            Ok(_) => has_value = true,
            Err(error) => drop(first_error.get_or_insert(error)),
        }
    }
    match (outcome, first_error) {
        (Some(Err(error)), _) => Err(error),
        (_, Some(error)) if open.is_empty() || !has_value => Err(error),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// A line of JSON.
#[derive(Serialize)]
struct JsonLine<'a> {
    time: &'a str,
    target: &'a str,
    expression: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Json<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Prints samples in the form of the arguments.
struct Lines<'a> {
    args: &'a WatchArgs,
    watched: &'a [WatchedExpression],
    /// Whether lines name their target.
    has_targets: bool,
    /// Of each expression, for `--changes`.
    last_values: BTreeMap<usize, Data>,
}

impl Lines<'_> {
    /// Returns whether it printed a line.
    fn print(&mut self, sample: &Sample) -> io::Result<bool> {
        let Sample { index, target, outcome, .. } = sample;
        let code = &self.watched[*index].code;
        let time = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
        let error = |error: &CliError| format!("error: {}", error.message());
        if let Some(form) = self.args.json {
            let line = JsonLine {
                time: &time,
                target,
                expression: code,
                value: outcome.as_ref().ok().map(|value| Json(&value.data, form)),
                error: outcome.as_ref().err().map(CliError::message),
            };
            output::print_json(serde_json::to_string(&line)?)?;
        } else if self.args.csv {
            let value = outcome.as_ref().map_or_else(error, plain);
            let cells = [time.as_str(), target, code, &value].map(csv_cell);
            output::print(&(cells.join(",") + "\n"))?;
        } else {
            let target = if self.has_targets { format!("{target}  ") } else { String::new() };
            let code = if self.args.code.len() > 1 { format!("{code}  ") } else { String::new() };
            let value = match outcome {
                Ok(value) if self.args.changes => self.changes(*index, value),
                Ok(value) => value.text.clone(),
                Err(failure) => error(failure),
            };
            if value.is_empty() {
                return Ok(false);
            }
            output::print(&format!("{time}  {target}{code}{value}\n"))?;
        }
        Ok(true)
    }

    /// Returns what has changed since the last value. Empty if that is not shown, such as the parts that a value leaves out.
    fn changes(&mut self, index: usize, value: &SampleValue) -> String {
        match self.last_values.insert(index, value.data.clone()) {
            None => value.text.clone(),
            Some(last) => match changes(&last, &value.data, MAX_CHANGES) {
                None => value.text.clone(),
                Some(changes) => changes.join(", "),
            },
        }
    }
}

/// Returns the text of a value, without the quotes of a string.
fn plain(value: &SampleValue) -> String {
    match &value.data {
        Data::Text(text) => text.clone(),
        _ => value.text.clone(),
    }
}

/// Quotes a CSV cell as RFC 4180 defines.
fn csv_cell(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_with_separators_are_quoted() {
        for (cell, expected) in [("a b", "a b"), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\"")] {
            assert_eq!(csv_cell(cell), expected);
        }
    }
}
