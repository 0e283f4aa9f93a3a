//! `manhole watch`: how values change, as a chart or as lines.

mod chart;
mod line_output;
mod series;

use std::process::ExitCode;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use manhole_protocol::Data;
use manhole_protocol::methods::{Changed, Watch};

use crate::args::WatchArgs;
use crate::connect::reconnect::Reconnect;
use crate::connect::rpc_client::{RpcClient, ServerEvent};
use crate::connect::transport::ConnectOptions;
use crate::connect::wait::WaitOptions;
use crate::error::{CliError, CliErrorKind};
use crate::target_list::{self, TargetLookup};
use crate::terminal::format::in_one_line;
use crate::terminal::full_screen;

/// The shortest interval that a manhole takes.
const MIN_INTERVAL: Duration = Duration::from_millis(10);

/// What a watched expression has come to.
pub(crate) struct Sample {
    /// Which one: all expressions of the first target, then those of the next.
    index: usize,
    /// The target, which may be another process than at the beginning.
    target: String,
    what: Result<SampleValue, CliError>,
    /// Whether nothing more comes of it.
    last: bool,
}

/// A value that was seen.
#[derive(Debug, Clone)]
pub(crate) struct SampleValue {
    data: Data,
    text: String,
}

/// An expression at a target.
pub(crate) struct WatchedExpression {
    target: String,
    code: String,
}

pub(crate) fn watch(args: &WatchArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    if args.interval < MIN_INTERVAL {
        return Err(CliError::usage("the interval is 10ms at least"));
    }
    let all = target_list::resolve_all(&args.target, &args.more, "watch")?;
    let several = all.len() > 1;
    let watched: Vec<_> = all
        .iter()
        .flat_map(|meant| {
            args.code.iter().map(|code| WatchedExpression { target: meant.label.clone(), code: code.clone() })
        })
        .collect();
    let charted = full_screen::is_available() && !args.csv && !args.json;
    let (sender, samples) = mpsc::channel();
    // So many are connected to at once.
    let connect_slots: Arc<[Mutex<()>]> = (0..args.more.jobs).map(|_| Mutex::new(())).collect();
    for (index, TargetLookup { label, resolved: found }) in all.into_iter().enumerate() {
        let (options, connect_slots, code) = (options.clone(), Arc::clone(&connect_slots), args.code.clone());
        let watcher = TargetWatcher {
            first: index * code.len(),
            code,
            interval: args.interval,
            charted,
            sender: sender.clone(),
        };
        let mut found = match found {
            Ok(found) => found,
            Err(error) => {
                watcher.fail(&error, &label);
                continue;
            }
        };
        thread::spawn(move || {
            let slot =
                connect_slots[index % connect_slots.len()].lock().unwrap_or_else(PoisonError::into_inner);
            let mut client = RpcClient::connect(&found, &options, &WaitOptions::default());
            drop(slot);
            loop {
                let old = client.as_ref().map_or(0, |client| client.info.pid);
                let Err(error) = client.and_then(|client| watcher.follow(client, &found.label)) else {
                    return;
                };
                let has_gone = error.kind() == CliErrorKind::Connection;
                watcher.fail(&error, &found.label);
                // Who looks at a chart waits for the program; who reads lines is told that it has gone.
                if !charted || !has_gone {
                    return;
                }
                let reconnect = Reconnect::of(&found, &options, old);
                let Some(back) = reconnect.wait(&WaitOptions::default(), || {}) else { return };
                (client, found) = (Ok(back.client), back.found);
            }
        });
    }
    drop(sender);
    if charted {
        return chart::show(&watched, args.interval, &samples);
    }
    line_output::print(args, &watched, several, &samples)
}

/// What is watched at one target, and who is told.
struct TargetWatcher {
    /// The index of the first expression.
    first: usize,
    code: Vec<String>,
    interval: Duration,
    charted: bool,
    sender: Sender<Sample>,
}

impl TargetWatcher {
    /// Sends what the expressions come to, until the connection ends, all of them have, or nobody listens any more.
    fn follow(&self, mut client: RpcClient, target: &str) -> Result<(), CliError> {
        if self.charted {
            client.wait_little_for_locks();
        }
        let interval = u64::try_from(self.interval.as_millis()).unwrap_or(u64::MAX);
        let mut numbers = Vec::new();
        for (at, code) in self.code.iter().enumerate() {
            match client.call(&Watch::new(code.as_str(), interval)) {
                Ok(watching) => numbers.push(Some(watching.watch)),
                Err(error) if error.kind() == CliErrorKind::Connection => return Err(error),
                // The others have nothing to do with it.
                Err(error) => {
                    numbers.push(None);
                    self.send(at, target, Err(error), true);
                }
            }
        }
        while numbers.iter().any(Option::is_some) {
            for events in client.events(Duration::from_secs(1))? {
                let ServerEvent::Changed(changed) = events else { continue };
                let Some(at) = numbers.iter().position(|number| *number == Some(changed.watch)) else {
                    continue;
                };
                let ended = changed.ended;
                if ended {
                    numbers[at] = None;
                }
                if !self.send(at, target, value(changed), ended) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Sends what an expression has come to; answers whether anybody listens.
    fn send(&self, at: usize, target: &str, what: Result<SampleValue, CliError>, last: bool) -> bool {
        let samples = Sample { index: self.first + at, target: target.to_owned(), what, last };
        self.sender.send(samples).is_ok()
    }

    /// Sends that all expressions have failed.
    fn fail(&self, error: &CliError, target: &str) {
        for at in 0..self.code.len() {
            self.send(at, target, Err(error.clone()), true);
        }
    }
}

fn value(changed: Changed) -> Result<SampleValue, CliError> {
    match (changed.value, changed.error) {
        (Some(value), _) => Ok(SampleValue {
            data: value.value.unwrap_or(Data::Null),
            text: in_one_line(&value.text.unwrap_or_else(|| "()".to_owned())),
        }),
        (None, Some(error)) => Err(error.into()),
        (None, None) => Err(CliError::connection("the manhole tells nothing")),
    }
}
