//! The watched values as lines, for what comes after a pipe.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::SystemTime;

use manhole_protocol::Data;
use serde_json::json;

use super::{Seen, Value, Watched};
use crate::args::WatchArgs;
use crate::connect::wait::ROUND;
use crate::error::Failure;
use crate::terminal::signals::Interrupt;

/// Prints a line for each change.
pub(super) fn print(
    args: &WatchArgs,
    watched: &[Watched],
    several: bool,
    seen: &Receiver<Seen>,
) -> Result<ExitCode, Failure> {
    let interrupt = Interrupt::watch()?;
    if args.csv {
        writeln!(io::stdout(), "time,target,expression,value")?;
    }
    let mut left = args.lines.unwrap_or(usize::MAX);
    // Those of which more may come, and why the first of the others has ended.
    let mut open: BTreeSet<_> = (0..watched.len()).collect();
    let mut first = None;
    while left > 0 && !open.is_empty() {
        if interrupt.take() {
            return Ok(ExitCode::SUCCESS);
        }
        let seen = match seen.recv_timeout(ROUND) {
            Ok(seen) => seen,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        if !open.contains(&seen.index) {
            continue;
        }
        line(args, &watched[seen.index].code, several, &seen)?;
        left -= 1;
        if seen.last {
            open.remove(&seen.index);
            first = first.or(seen.what.err());
        }
    }
    match first {
        Some(failure) if open.is_empty() => Err(failure),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn line(args: &WatchArgs, code: &str, several: bool, seen: &Seen) -> io::Result<()> {
    let (target, what, mut out) = (&seen.target, &seen.what, io::stdout());
    let time = humantime::format_rfc3339_millis(SystemTime::now());
    let error = |failure: &Failure| format!("error: {}", failure.message());
    if args.json {
        let line = match what {
            Ok(value) => json!({ "time": time.to_string(), "target": target, "expression": code,
                "value": serde_json::to_value(&value.data).unwrap_or_default() }),
            Err(failure) => json!({ "time": time.to_string(), "target": target, "expression": code,
                "error": failure.message() }),
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
fn plain(value: &Value) -> String {
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
