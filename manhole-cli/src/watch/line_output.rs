//! Prints watched values as lines: plain, CSV or JSON.

use std::collections::BTreeSet;
use std::io;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::SystemTime;

use manhole_protocol::Data;
use serde_json::json;

use super::sample::{Sample, SampleValue, WatchedExpression};
use crate::args::WatchArgs;
use crate::connect::wait::POLL_INTERVAL;
use crate::error::CliError;
use crate::terminal::output;
use crate::terminal::signals::CtrlC;

/// Prints a line for each change until `--lines` are printed or all watches have ended. Returns the first error if they have, or if there
/// was no value. Ctrl-C is an error too.
pub(super) fn print(
    args: &WatchArgs,
    expressions: &[WatchedExpression],
    samples: &Receiver<Sample>,
) -> Result<ExitCode, CliError> {
    let ctrl_c = CtrlC::watch()?;
    if args.csv {
        output::print("time,target,expression,value\n")?;
    }
    let has_targets = expressions.iter().any(|other| other.target != expressions[0].target);
    let mut left = args.lines.unwrap_or(usize::MAX);
    let mut open: BTreeSet<_> = (0..expressions.len()).collect();
    let (mut first_error, mut has_value) = (None, false);
    while left > 0 && !open.is_empty() {
        if ctrl_c.take() {
            return Err(CliError::Interrupted);
        }
        output::check_reader()?;
        let sample = match samples.recv_timeout(POLL_INTERVAL) {
            Ok(sample) => sample,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        if !open.contains(&sample.index) {
            continue;
        }
        let line = Line { sample: &sample, code: &expressions[sample.index].code, has_targets };
        line.print(args)?;
        left -= 1;
        if sample.last {
            open.remove(&sample.index);
        }
        match sample.outcome {
            Ok(_) => has_value = true,
            Err(error) => drop(first_error.get_or_insert(error)),
        }
    }
    match first_error {
        Some(error) if open.is_empty() || !has_value => Err(error),
        _ => Ok(ExitCode::SUCCESS),
    }
}

struct Line<'a> {
    sample: &'a Sample,
    code: &'a str,
    /// Whether lines name their target.
    has_targets: bool,
}

impl Line<'_> {
    fn print(&self, args: &WatchArgs) -> io::Result<()> {
        let (Sample { target, outcome, .. }, code) = (self.sample, self.code);
        let time = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
        let error = |error: &CliError| format!("error: {}", error.message());
        if args.json {
            let mut line = json!({ "time": time, "target": target, "expression": code });
            match outcome {
                Ok(value) => line["value"] = serde_json::to_value(&value.data).unwrap_or_default(),
                Err(error) => line["error"] = error.message().into(),
            }
            output::print_json(line.to_string())
        } else if args.csv {
            let value = outcome.as_ref().map_or_else(error, plain);
            let cells = [time.as_str(), target, code, &value].map(csv_cell);
            output::print(&(cells.join(",") + "\n"))
        } else {
            let target = if self.has_targets { format!("{target}  ") } else { String::new() };
            let code = if args.code.len() > 1 { format!("{code}  ") } else { String::new() };
            let value = outcome.as_ref().map_or_else(error, |value| value.text.clone());
            output::print(&format!("{time}  {target}{code}{value}\n"))
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
