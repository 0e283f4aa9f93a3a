//! What ends a watch, and what runs when an expression becomes true or false.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{self, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::sample::{Sample, WatchedExpression};
use crate::args::WatchArgs;
use crate::error::CliError;
use crate::terminal::data::{Json, JsonForm, is_true};
use crate::terminal::output;

/// How many commands of `--exec` may wait for the running one.
const MAX_WAITING_COMMANDS: usize = 256;

/// Decides by samples when a watch ends. Runs the command of `--exec`.
pub(super) struct Conditions<'a> {
    args: &'a WatchArgs,
    watched: &'a [WatchedExpression],
    end: Option<Instant>,
    /// The expressions of `--until` that are not true.
    awaited: Option<BTreeSet<usize>>,
    truths: BTreeMap<usize, bool>,
    runner: Option<Runner>,
}

impl<'a> Conditions<'a> {
    /// Begins the time of `--for`.
    pub(super) fn new(args: &'a WatchArgs, watched: &'a [WatchedExpression], output: CommandOutput) -> Self {
        let awaited = watched.iter().enumerate().filter(|(_, watched)| watched.role.is_awaited());
        Self {
            args,
            watched,
            end: args.time.and_then(|time| Instant::now().checked_add(time)),
            awaited: args.until.as_ref().map(|_| awaited.map(|(index, _)| index).collect()),
            truths: BTreeMap::new(),
            runner: args.exec.as_ref().map(|command| Runner::start(command.clone(), output)),
        }
    }

    /// Takes a sample into account. Returns the error of an expression of `--until` whose watch has ended.
    pub(super) fn observe(&mut self, sample: &Sample) -> Result<(), CliError> {
        let watched = &self.watched[sample.index];
        let data = sample.outcome.as_ref().ok().map(|value| &value.data);
        let truth = is_true(data);
        if let Some(awaited) = &mut self.awaited
            && watched.role.is_awaited()
        {
            if truth {
                awaited.remove(&sample.index);
            } else {
                awaited.insert(sample.index);
            }
            if let (true, Err(error)) = (sample.last, &sample.outcome) {
                return Err(error.clone());
            }
        }
        // An error is no change: the value is not known.
        if let (Some(data), Some(runner), true) = (data, &self.runner, watched.role.is_shown())
            && self.truths.insert(sample.index, truth).unwrap_or(false) != truth
        {
            runner.run(Change {
                target: sample.target.clone(),
                expression: watched.code.clone(),
                value: Json(data, JsonForm::Plain).text(),
                truth,
            });
        }
        Ok(())
    }

    /// Returns the outcome of a watch that ends now: `--until` is true, or the time is over.
    pub(super) fn outcome(&self) -> Option<Result<ExitCode, CliError>> {
        if self.awaited.as_ref().is_some_and(BTreeSet::is_empty) {
            return Some(Ok(ExitCode::SUCCESS));
        }
        if self.end.is_none_or(|end| Instant::now() < end) {
            return None;
        }
        Some(match &self.args.until {
            Some(until) => {
                Err(CliError::NotTrue { expression: until.clone(), time: self.args.time.unwrap_or_default() })
            }
            None => Ok(ExitCode::SUCCESS),
        })
    }

    /// Returns the time that is left, at most `most`.
    pub(super) fn wait_at_most(&self, most: Duration) -> Duration {
        self.end.map_or(most, |end| end.saturating_duration_since(Instant::now()).min(most))
    }
}

/// Where the output of a command goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CommandOutput {
    /// To the outputs of the client.
    Inherited,
    /// Nowhere: a full screen is shown.
    Discarded,
}

/// An expression that has become true or false.
struct Change {
    target: String,
    expression: String,
    value: String,
    truth: bool,
}

/// Runs commands one after the other on a thread. Dropping it waits for them.
struct Runner {
    changes: Option<SyncSender<Change>>,
    thread: Option<JoinHandle<()>>,
}

impl Runner {
    fn start(command: String, output: CommandOutput) -> Self {
        let (changes, received) = mpsc::sync_channel::<Change>(MAX_WAITING_COMMANDS);
        let thread = thread::spawn(move || {
            for change in received {
                run(&command, &change, output);
            }
        });
        Self { changes: Some(changes), thread: Some(thread) }
    }

    /// Runs the command for a change, after those before it.
    fn run(&self, change: Change) {
        if let Some(changes) = &self.changes
            && changes.try_send(change).is_err()
        {
            let _ = output::print_error("note: --exec missed a change: its command is too slow\n");
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.changes.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(command: &str, change: &Change, output: CommandOutput) {
    let stream = || if output == CommandOutput::Inherited { Stdio::inherit() } else { Stdio::null() };
    let status = Command::new("sh")
        .args(["-c", command])
        .env("MANHOLE_TARGET", &change.target)
        .env("MANHOLE_EXPRESSION", &change.expression)
        .env("MANHOLE_VALUE", &change.value)
        .env("MANHOLE_TRUTH", change.truth.to_string())
        .stdin(Stdio::null())
        .stdout(stream())
        .stderr(stream())
        .status();
    let failure = match status {
        Ok(status) if status.success() => return,
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    };
    if output == CommandOutput::Inherited {
        let _ = output::print_error(&format!("note: the command of --exec failed: {failure}\n"));
    }
}
