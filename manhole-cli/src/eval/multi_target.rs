//! Runs a command in several applications at the same time. Answers are printed as they arrive, equal ones together.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use manhole_client::Level;
use manhole_client::cli_support::wait::POLL_INTERVAL;
use manhole_protocol::Data;
use manhole_protocol::methods::Evaluation;
use serde::Serialize;

use super::answers::{Answer, Answers};
use super::run_command::{EvalCommand, EvalEvent};
use crate::error::{CliError, CliErrorKind};
use crate::target_list::{TargetList, TargetLookup};
use crate::terminal::data::Json;
use crate::terminal::format::in_one_line;
use crate::terminal::output;
use crate::terminal::spinner::{HideSpinners, Spinner};

/// A target that takes longer does not keep others from their turn.
const SLOW_TIME: Duration = Duration::from_secs(1);

/// How many targets run at the same time, slow ones included. Each needs a few threads and descriptors.
const MAX_RUNNING: usize = 256;

/// How many answers may wait to be printed.
const MAX_WAITING_ANSWERS: usize = 64;

pub(super) fn eval(list: &TargetList, command: &EvalCommand<'_>) -> Result<ExitCode, CliError> {
    let TargetList { lookups, confirm } = list;
    let is_confirmed = command.args.yes || command.options.max_level() == Some(Level::Observe);
    let group = confirm.as_deref().filter(|_| !is_confirmed);
    let all: Vec<_> = (0..lookups.len()).collect();
    let mut report = Report { command, lookups, answers: Answers::default(), first_failure: None };
    // What only looks runs at once. The others are asked for together.
    let options = command.options.clone().level(Level::Observe);
    let probe = EvalCommand { options: if group.is_some() { &options } else { command.options }, ..*command };
    let refused =
        Round { lookups, command: &probe, takes_refusals: group.is_some() }.run(&all, &mut report)?;
    if let Some(group) = group.filter(|_| !refused.is_empty()) {
        if confirms(group, &refused, lookups)? {
            Round { lookups, command, takes_refusals: false }.run(&refused, &mut report)?;
        } else {
            for index in refused {
                let error = CliError::NotConfirmed { group: group.to_owned() };
                report.take(Outcome { index, result: Err(error) })?;
            }
        }
    }
    report.end()
}

/// Asks whether a command that changes something runs in these targets.
fn confirms(group: &str, refused: &[usize], lookups: &[TargetLookup]) -> io::Result<bool> {
    /// How many targets the question names.
    const MAX_NAMES: usize = 20;

    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(false);
    }
    let mut names: Vec<_> =
        refused.iter().take(MAX_NAMES).map(|index| lookups[*index].label.as_str()).collect();
    let more = format!("{} more", refused.len().saturating_sub(MAX_NAMES));
    if refused.len() > MAX_NAMES {
        names.push(&more);
    }
    output::print_error(&format!(
        "This command needs more than the level observe in {} of group {group}: {}.\nRun it there? [y/N] ",
        super::answers::count(refused.len()),
        names.join(", ")
    ))?;
    io::stderr().flush()?;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(["y", "yes"].contains(&line.trim().to_lowercase().as_str()))
}

/// Replaces the label in an error, so that equal errors of different targets are equal.
fn without_label(message: &str, label: &str) -> String {
    ["to", "with"].iter().fold(message.to_owned(), |message, word| {
        message.replace(&format!("{word} {label}"), &format!("{word} it"))
    })
}

/// The answer of one target.
struct Outcome {
    index: usize,
    result: Result<TargetValue, CliError>,
}

/// A value in the form in which it is printed, since a whole one may be large.
struct TargetValue {
    text: String,
    /// Whether `--exit-status` takes it for a failure.
    fails: bool,
}

/// One pass over targets.
struct Round<'a> {
    lookups: &'a [TargetLookup],
    command: &'a EvalCommand<'a>,
    /// Whether targets that deny the command are returned.
    takes_refusals: bool,
}

impl Round<'_> {
    /// Runs the command in the targets at `indexes`.
    fn run(&self, indexes: &[usize], report: &mut Report<'_>) -> Result<Vec<usize>, CliError> {
        let (sender, outcomes) = mpsc::sync_channel(MAX_WAITING_ANSWERS);
        let mut refused = Vec::new();
        let mut started: BTreeMap<usize, Instant> = BTreeMap::new();
        let mut waiting = indexes.iter().copied();
        let mut answered = 0;
        let hidden = HideSpinners::new();
        let mut spinner = Spinner::for_several();
        let result = thread::scope(|scope| {
            let mut result = Ok(());
            let stops = |result: &Result<(), CliError>| result.is_err() || self.command.ctrl_c.is_pending();
            loop {
                let fresh = started.values().filter(|start| start.elapsed() < SLOW_TIME).count();
                let free = usize::from(self.command.args.more.jobs).saturating_sub(fresh);
                let free = free.min(MAX_RUNNING.saturating_sub(started.len()));
                if !stops(&result) {
                    for index in waiting.by_ref().take(free) {
                        started.insert(index, Instant::now());
                        let sender = sender.clone();
                        scope.spawn(move || self.evaluate(index, &sender));
                    }
                }
                if started.is_empty() {
                    break;
                }
                match outcomes.recv_timeout(POLL_INTERVAL) {
                    Ok(outcome) => {
                        started.remove(&outcome.index);
                        answered += 1;
                        let denied = |error: &CliError| error.kind() == CliErrorKind::Denied;
                        if self.takes_refusals && outcome.result.as_ref().is_err_and(denied) {
                            refused.push(outcome.index);
                        } else if result.is_ok() {
                            spinner.clear();
                            result = report.take(outcome);
                        }
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                if result.is_ok() && report.answers.are_due() {
                    spinner.clear();
                    result = report.print();
                }
                spinner.set_text(&format!(
                    "{answered} of {} have answered; Ctrl-C stops the others",
                    indexes.len()
                ));
                spinner.tick();
            }
            result
        });
        drop(spinner);
        drop(hidden);
        result?;
        for index in waiting {
            report.take(Outcome { index, result: Err(CliError::Interrupted) })?;
        }
        refused.sort_unstable();
        Ok(refused)
    }

    fn evaluate(&self, index: usize, outcomes: &SyncSender<Outcome>) {
        let result = self.value_of(&self.lookups[index]);
        // The receiver outlives this thread.
        let _ = outcomes.send(Outcome { index, result });
    }

    fn value_of(&self, lookup: &TargetLookup) -> Result<TargetValue, CliError> {
        let target = lookup.target.as_ref().map_err(Clone::clone)?;
        // Each target sees Ctrl-C once, and leaves it pending for the others.
        let seen = Cell::new(false);
        let ctrl_c = || self.command.ctrl_c.is_pending() && !seen.replace(true);
        let mut value = None;
        let mut handle = |event| {
            match event {
                EvalEvent::Print(text) => {
                    let lines: String =
                        text.lines().map(|line| format!("{}: {line}\n", lookup.label)).collect();
                    output::print_error(&lines)?;
                }
                EvalEvent::Value(evaluation, _) => value = Some(evaluation),
            }
            Ok(())
        };
        self.command.run(target, &ctrl_c, &mut handle)?;
        let fails = value.as_ref().is_some_and(|value| self.command.fails_by(value));
        Ok(TargetValue { text: self.text_of(lookup, value)?, fails })
    }

    /// Returns the line of JSON, or the text of the last value.
    fn text_of(&self, lookup: &TargetLookup, value: Option<Evaluation>) -> io::Result<String> {
        let (data, text) = value.map_or((None, None), |value| (value.value, value.text));
        Ok(match (self.command.args.json, data, text) {
            (Some(form), data, _) => {
                let value = Json(data.as_ref().unwrap_or(&Data::Null), form);
                serde_json::to_string(&JsonLine { target: &lookup.label, value: Some(value), error: None })?
            }
            (None, Some(Data::Text(value)), Some(text))
                if self.command.args.raw && text.starts_with(['"', '\'']) =>
            {
                in_one_line(&value)
            }
            (None, _, text) => in_one_line(&text.unwrap_or_default()),
        })
    }
}

/// A line of JSON.
#[derive(Serialize)]
struct JsonLine<'a> {
    target: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Json<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Prints outcomes, and remembers the exit status.
struct Report<'a> {
    command: &'a EvalCommand<'a>,
    lookups: &'a [TargetLookup],
    /// The answers that are not printed.
    answers: Answers,
    /// The position and the exit status of the first target that fails.
    first_failure: Option<(usize, ExitCode)>,
}

impl Report<'_> {
    fn take(&mut self, Outcome { index, result }: Outcome) -> Result<(), CliError> {
        let failure = match &result {
            Ok(value) => value.fails.then_some(ExitCode::FAILURE),
            Err(error) => Some(error.exit_code()),
        };
        if let Some(failure) = failure
            && self.first_failure.is_none_or(|(first, _)| index < first)
        {
            self.first_failure = Some((index, failure));
        }
        let label = &self.lookups[index].label;
        if self.command.args.json.is_some() {
            let line = match result {
                Ok(value) => value.text,
                Err(error) => {
                    let error = Some(error.message());
                    serde_json::to_string(&JsonLine { target: label, value: None, error })
                        .map_err(io::Error::from)?
                }
            };
            return Ok(output::print_json(line)?);
        }
        let text = match result {
            Ok(value) => value.text,
            Err(error) => format!("error: {}", without_label(&error.message(), label)),
        };
        let color = self.lookups[index].color;
        self.answers.add(text, Answer { index, label: label.clone(), color });
        if self.command.args.each { self.print() } else { Ok(()) }
    }

    fn print(&mut self) -> Result<(), CliError> {
        Ok(self.answers.print()?)
    }

    fn end(self) -> Result<ExitCode, CliError> {
        if self.command.args.each { Ok(()) } else { self.answers.end() }?;
        if self.command.ctrl_c.is_pending() {
            return Ok(CliError::Interrupted.exit_code());
        }
        Ok(self.first_failure.map_or(ExitCode::SUCCESS, |(_, code)| code))
    }
}
