//! `manhole watch`: how values change, as a chart or as lines.

mod chart;
mod series;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use manhole_protocol::Data;
use manhole_protocol::method::{Changed, Watch};
use serde_json::json;

use crate::args::WatchArgs;
use crate::client::{Client, News};
use crate::comeback::Comeback;
use crate::eval::{in_one_line, targets};
use crate::failure::{Failure, FailureKind};
use crate::interrupt::Interrupt;
use crate::transport::Way;

/// The shortest interval that a manhole takes.
const SHORTEST: Duration = Duration::from_millis(10);

/// What a watched expression has come to.
pub(crate) struct Seen {
    /// Which one: all expressions of the first target, then those of the next.
    index: usize,
    /// The target, which may be another process than at the beginning.
    target: String,
    what: Result<Value, Failure>,
}

/// A value that was seen.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    data: Data,
    text: String,
}

/// An expression at a target.
pub(crate) struct Watched {
    target: String,
    code: String,
}

pub(crate) fn watch(args: &WatchArgs, way: &Way) -> Result<ExitCode, Failure> {
    if args.interval < SHORTEST {
        return Err(Failure::usage("the interval is 10ms at least"));
    }
    let targets = targets(&args.target, &args.more)?;
    let watched: Vec<_> = targets
        .iter()
        .flat_map(|found| {
            args.code.iter().map(|code| Watched { target: found.label.clone(), code: code.clone() })
        })
        .collect();
    let charted = io::stdout().is_terminal() && !args.csv && !args.json;
    let (sender, seen) = mpsc::channel();
    // So many are connected to at once.
    let doors: Arc<[Mutex<()>]> = (0..args.more.jobs).map(|_| Mutex::new(())).collect();
    for (index, found) in targets.iter().enumerate() {
        let (mut found, way, doors) = (found.clone(), way.clone(), Arc::clone(&doors));
        let code = args.code.clone();
        let line = Line { first: index * code.len(), code, interval: args.interval, sender: sender.clone() };
        thread::spawn(move || {
            let door = doors[index % doors.len()].lock().unwrap_or_else(PoisonError::into_inner);
            let mut client = Client::connect(&found, &way);
            drop(door);
            loop {
                let old = client.as_ref().map_or(0, |client| client.information.pid);
                let Err(failure) = client.and_then(|client| line.follow(client, &found.label)) else {
                    return;
                };
                let has_gone = failure.kind() == FailureKind::Connection;
                line.fail(&failure, &found.label);
                // Who looks at a chart waits for the program; who reads lines is told that it has gone.
                if !charted || !has_gone {
                    return;
                }
                let Some(back) = Comeback::of(&found, &way, old).wait(|| true) else { return };
                (client, found) = (Ok(back.client), back.found);
            }
        });
    }
    drop(sender);
    if charted {
        return chart::show(&watched, args.interval, &seen);
    }
    lines(args, &watched, targets.len() > 1, &seen)
}

/// What is watched at one target, and who is told.
struct Line {
    /// The index of the first expression.
    first: usize,
    code: Vec<String>,
    interval: Duration,
    sender: Sender<Seen>,
}

impl Line {
    /// Sends what the expressions come to, until the connection ends or nobody listens any more.
    fn follow(&self, mut client: Client, target: &str) -> Result<(), Failure> {
        let interval = u64::try_from(self.interval.as_millis()).unwrap_or(u64::MAX);
        let mut numbers = Vec::new();
        for code in &self.code {
            numbers.push(client.call(&Watch::new(code.as_str(), interval))?.watch);
        }
        loop {
            for news in client.news(Duration::from_secs(1))? {
                let News::Changed(changed) = news else { continue };
                let Some(at) = numbers.iter().position(|number| *number == changed.watch) else { continue };
                let seen = Seen { index: self.first + at, target: target.to_owned(), what: value(changed) };
                if self.sender.send(seen).is_err() {
                    return Ok(());
                }
            }
        }
    }

    /// Sends that all expressions have failed.
    fn fail(&self, failure: &Failure, target: &str) {
        for index in self.first..self.first + self.code.len() {
            let seen = Seen { index, target: target.to_owned(), what: Err(failure.clone()) };
            let _ = self.sender.send(seen);
        }
    }
}

fn value(changed: Changed) -> Result<Value, Failure> {
    match (changed.value, changed.error) {
        (Some(value), _) => Ok(Value {
            data: value.value.unwrap_or(Data::Null),
            text: in_one_line(&value.text.unwrap_or_else(|| "()".to_owned())),
        }),
        (None, Some(error)) => Err(error.into()),
        (None, None) => Err(Failure::connection("the manhole tells nothing")),
    }
}

/// Prints a line for each change.
fn lines(
    args: &WatchArgs,
    watched: &[Watched],
    several: bool,
    seen: &Receiver<Seen>,
) -> Result<ExitCode, Failure> {
    let interrupt = Interrupt::watch()?;
    let mut out = io::stdout();
    if args.csv {
        writeln!(out, "time,target,expression,value")?;
    }
    let mut left = args.lines.unwrap_or(usize::MAX);
    let mut lost = Vec::new();
    while left > 0 && lost.len() < watched.len() {
        if interrupt.take() {
            return Ok(ExitCode::SUCCESS);
        }
        let Seen { index, target, what } = match seen.recv_timeout(Duration::from_millis(50)) {
            Ok(seen) => seen,
            Err(mpsc::RecvTimeoutError::Timeout) => continue,
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        };
        let code = &watched[index].code;
        let time = humantime::format_rfc3339_millis(SystemTime::now());
        if let Err(failure) = &what
            && failure.kind() == FailureKind::Connection
        {
            lost.push(failure.clone());
        }
        if args.json {
            let line = match &what {
                Ok(value) => json!({ "time": time.to_string(), "target": target, "expression": code,
                    "value": serde_json::to_value(&value.data).unwrap_or_default() }),
                Err(failure) => json!({ "time": time.to_string(), "target": target, "expression": code,
                    "error": failure.message() }),
            };
            writeln!(out, "{line}")?;
        } else if args.csv {
            let value = match &what {
                Ok(value) => plain(value),
                Err(failure) => format!("error: {}", failure.message()),
            };
            let cells = [time.to_string(), target.clone(), code.clone(), value].map(|cell| quoted(&cell));
            writeln!(out, "{}", cells.join(","))?;
        } else {
            let target = if several { format!("{target}  ") } else { String::new() };
            let code = if args.code.len() > 1 { format!("{code}  ") } else { String::new() };
            let value = match &what {
                Ok(value) => value.text.clone(),
                Err(failure) => format!("error: {}", failure.message()),
            };
            writeln!(out, "{time}  {target}{code}{value}")?;
        }
        out.flush()?;
        left -= 1;
    }
    match lost.pop() {
        Some(failure) if lost.len() + 1 == watched.len() => Err(failure),
        _ => Ok(ExitCode::SUCCESS),
    }
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
