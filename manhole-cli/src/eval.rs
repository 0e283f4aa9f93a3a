//! `manhole eval`: one command, in one program or in several.

use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use manhole_protocol::message::Id;
use manhole_protocol::method::{Eval, Evaluation, Format};
use serde_json::json;

use crate::args::{EvalArgs, More};
use crate::client::{Client, News, Patience};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::ls::plain_table;
use crate::style;
use crate::target::{Found, Target};
use crate::transport::Way;

/// How much longer than a command the client waits: the other machine may be far away.
const GRACE: Duration = Duration::from_secs(2);

pub(crate) fn eval(args: &EvalArgs, way: &Way) -> Result<ExitCode, Failure> {
    let code = code(args)?;
    let targets = targets(&args.target, &args.more)?;
    let interrupt = Interrupt::watch()?;
    if let [only] = &targets[..] {
        return one(only, &code, args, way, &interrupt).map(|()| ExitCode::SUCCESS);
    }
    several(&targets, &code, args, way, &interrupt)
}

fn code(args: &EvalArgs) -> Result<String, Failure> {
    let unreadable = |what: &str, error: io::Error| Failure::usage(format!("{what} cannot be read: {error}"));
    match (&args.code, &args.file) {
        (Some(code), _) => Ok(code.clone()),
        (None, Some(file)) if file.as_os_str() != "-" => {
            std::fs::read_to_string(file).map_err(|error| unreadable(&file.display().to_string(), error))
        }
        (None, None) if io::stdin().is_terminal() => Err(Failure::usage("there is nothing to evaluate")
            .help("manhole eval app 'gizmo.count', or a file, or the standard input")),
        _ => {
            let mut code = String::new();
            io::stdin().read_to_string(&mut code).map_err(|error| unreadable("the standard input", error))?;
            Ok(code)
        }
    }
}

/// All programs that are meant.
pub(crate) fn targets(first: &Target, more: &More) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    for target in std::iter::once(first).chain(&more.targets) {
        if more.all {
            found.extend(target.find_all()?);
        } else {
            found.push(Target::find(Some(target))?);
        }
    }
    Ok(found)
}

fn one(found: &Found, code: &str, args: &EvalArgs, way: &Way, interrupt: &Interrupt) -> Result<(), Failure> {
    let mut client = Client::connect(found, way)?;
    // What is printed must not be taken for the value where a program reads it.
    let mut tell = |news| match news {
        News::Print(print) if args.json => Ok(io::stderr().write_all(print.text.as_bytes())?),
        News::Print(print) if io::stdout().is_terminal() => {
            Ok(io::stdout().write_all(style::tame(&print.text).as_bytes())?)
        }
        News::Print(print) => Ok(io::stdout().write_all(print.text.as_bytes())?),
        News::Changed(_) => Ok(()),
    };
    let evaluation = run(&mut client, code, args, Some(interrupt), &mut tell)?;
    if args.json {
        writeln!(io::stdout(), "{}", json_of(&evaluation))?;
    } else if let Some(text) = evaluation.text {
        let text = if io::stdout().is_terminal() { style::tame(&text) } else { text };
        writeln!(io::stdout(), "{text}")?;
    }
    Ok(())
}

/// Runs the command in each program, a bounded number at once, and prints a row for each.
fn several(
    targets: &[Found],
    code: &str,
    args: &EvalArgs,
    way: &Way,
    interrupt: &Interrupt,
) -> Result<ExitCode, Failure> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Result<Evaluation, Failure>>>> =
        targets.iter().map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for _ in 0..targets.len().min(args.more.jobs.into()) {
            scope.spawn(|| {
                while let Some(found) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = Client::connect(found, way).and_then(|mut client| {
                        run(&mut client, code, args, Some(interrupt), &mut |_| Ok(()))
                    });
                    let index = targets.iter().position(|known| std::ptr::eq(known, found));
                    if let Some(result_of) = index.and_then(|index| results.get(index)) {
                        *result_of.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                    }
                }
            });
        }
    });
    let mut status = 0;
    let mut table = plain_table(&["TARGET", "VALUE"]);
    for (found, result) in targets.iter().zip(results) {
        let Some(result) = result.into_inner().unwrap_or_else(PoisonError::into_inner) else { continue };
        let label = &found.label;
        match &result {
            Ok(evaluation) if args.json => {
                let value = serde_json::to_value(&evaluation.value).unwrap_or_default();
                writeln!(io::stdout(), "{}", json!({ "target": label, "value": value }))?;
            }
            Ok(evaluation) => {
                let text = evaluation.text.clone().unwrap_or_default();
                table.add_row([label.clone(), in_one_line(&text)]);
            }
            Err(failure) if args.json => {
                writeln!(io::stdout(), "{}", json!({ "target": label, "error": failure.message() }))?;
            }
            Err(failure) => {
                table.add_row([label.clone(), format!("error: {}", failure.message())]);
            }
        }
        if let Err(failure) = result {
            status = if status == 0 { failure.status() } else { status };
        }
    }
    if !args.json {
        writeln!(io::stdout(), "{}", table.trim_fmt())?;
    }
    Ok(ExitCode::from(status))
}

/// A value in one line.
pub(crate) fn in_one_line(text: &str) -> String {
    text.split('\n').map(str::trim).collect::<Vec<_>>().join(" ")
}

fn json_of(evaluation: &Evaluation) -> String {
    serde_json::to_string(&evaluation.value).unwrap_or_default()
}

fn run(
    client: &mut Client,
    code: &str,
    args: &EvalArgs,
    interrupt: Option<&Interrupt>,
    tell: &mut dyn FnMut(News) -> Result<(), Failure>,
) -> Result<Evaluation, Failure> {
    let mut eval = Eval::new(code).format(if args.json { Format::Value } else { Format::Text });
    if let Some(timeout) = args.timeout {
        allow(client, timeout)?;
        eval = eval.timeout_ms(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX).max(1));
    }
    let id: Id = client.start(&eval)?;
    let interrupted = || interrupt.is_some_and(Interrupt::take);
    let patience = Patience {
        interrupt: Some(&interrupted),
        timeout: args.timeout.map(|timeout| timeout + GRACE),
        progress: Some("running; Ctrl-C stops it"),
    };
    client.finish::<Eval>(&id, &patience, tell)
}

/// Lets the session's commands run as long as that, if they may not yet.
fn allow(client: &mut Client, timeout: Duration) -> Result<(), Failure> {
    let limit = client.information.limits.iter().find(|limit| limit.name == "timeout");
    if limit.and_then(|limit| span(&limit.value)).is_some_and(|limit| limit >= timeout) {
        return Ok(());
    }
    let set = Eval::new(format!("set(\"timeout\", \"{}ms\")", timeout.as_millis().max(1)));
    client.call(&set).map(|_| ()).map_err(|failure| Failure::usage(failure.message()))
}

/// A span of time as Rust writes it.
fn span(text: &str) -> Option<Duration> {
    let unit = text.find(|char: char| char.is_alphabetic())?;
    let (number, unit) = text.split_at(unit);
    let seconds = match unit {
        "s" => 1.0,
        "ms" => 1e-3,
        "µs" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_rust_writes_them() {
        for span in [Duration::from_millis(1500), Duration::from_secs(60), Duration::from_micros(250)] {
            assert_eq!(super::span(&format!("{span:?}")), Some(span));
        }
        assert_eq!(super::span("soon"), None);
    }
}
