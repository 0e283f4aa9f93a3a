//! The watched values as lines, for what comes after a pipe.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::SystemTime;

use manhole_protocol::Data;
use serde_json::json;

use super::{Sample, SampleValue, WatchedExpression};
use crate::args::WatchArgs;
use crate::connect::wait::POLL_INTERVAL;
use crate::error::CliError;
use crate::terminal::signals::CtrlC;

/// Prints a line for each change.
pub(super) fn print(
    args: &WatchArgs,
    watched: &[WatchedExpression],
    several: bool,
    samples: &Receiver<Sample>,
) -> Result<ExitCode, CliError> {
    let ctrl_c = CtrlC::watch()?;
    if args.csv {
        writeln!(io::stdout(), "time,target,expression,value")?;
    }
    let mut left = args.lines.unwrap_or(usize::MAX);
    // Those of which more may come, and why the first of the others has ended.
    let mut open: BTreeSet<_> = (0..watched.len()).collect();
    let mut first = None;
    while left > 0 && !open.is_empty() {
        if ctrl_c.take() {
            return Ok(ExitCode::SUCCESS);
        }
        let samples = match samples.recv_timeout(POLL_INTERVAL) {
            Ok(samples) => samples,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        if !open.contains(&samples.index) {
            continue;
        }
        line(args, &watched[samples.index].code, several, &samples)?;
        left -= 1;
        if samples.last {
            open.remove(&samples.index);
            first = first.or(samples.what.err());
        }
    }
    match first {
        Some(error) if open.is_empty() => Err(error),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn line(args: &WatchArgs, code: &str, several: bool, samples: &Sample) -> io::Result<()> {
    let (target, what, mut out) = (&samples.target, &samples.what, io::stdout());
    let time = humantime::format_rfc3339_millis(SystemTime::now());
    let error = |error: &CliError| format!("error: {}", error.message());
    if args.json {
        let line = match what {
            Ok(value) => json!({ "time": time.to_string(), "target": target, "expression": code,
                "value": serde_json::to_value(&value.data).unwrap_or_default() }),
            Err(error) => json!({ "time": time.to_string(), "target": target, "expression": code,
                "error": error.message() }),
        };
        writeln!(out, "{line}")?;
    } else if args.csv {
        let value = what.as_ref().map_or_else(error, plain);
        let cells = [&time.to_string(), target, code, &value].map(quoted);
        writeln!(out, "{}", cells.join(","))?;
    } else {
        let target = if several { format!("{target}  ") } else { String::new() };
        let code = if args.code.len() > 1 { format!("{code}  ") } else { String::new() };
        let value = what.as_ref().map_or_else(error, |value| value.text.clone());
        writeln!(out, "{time}  {target}{code}{value}")?;
    }
    out.flush()
}

/// A value for a spreadsheet: a text without its quotes.
fn plain(value: &SampleValue) -> String {
    match &value.data {
        Data::Text(text) => text.clone(),
        _ => value.text.clone(),
    }
}

/// A cell of comma-separated values, as RFC 4180 has it.
fn quoted(cell: &str) -> String {
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
    fn cells_are_quoted_where_they_must_be() {
        for (cell, expected) in [("a b", "a b"), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\"")] {
            assert_eq!(quoted(cell), expected);
        }
    }
}
