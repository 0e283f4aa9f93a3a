//! Watches all expressions in one application, on a thread.

use std::sync::mpsc::Sender;
use std::time::Duration;

use manhole_client::ConnectOptions;
use manhole_client::cli_support::Cause;
use manhole_client::cli_support::reconnect::Reconnect;
use manhole_client::cli_support::rpc_client::{RpcClient, ServerEvent};
use manhole_client::cli_support::target::ResolvedTarget;
use manhole_protocol::Data;
use manhole_protocol::methods::{Changed, Watch};

use super::sample::{Sample, SampleValue};
use crate::error::{CliError, CliErrorKind};
use crate::terminal::format::in_one_line;
use crate::terminal::wait::wait_options;

/// How long the watcher waits for a notification at a time.
const EVENT_TIMEOUT: Duration = Duration::from_secs(1);

/// Where the samples are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    /// A chart, which waits for an application that restarts.
    Chart,
    /// Lines, which end with the connection.
    Lines,
}

/// The expressions of one target.
pub(super) struct TargetWatcher {
    /// The position of the first expression.
    pub(super) first: usize,
    pub(super) code: Vec<String>,
    pub(super) interval: Duration,
    pub(super) output: Output,
    pub(super) sender: Sender<Sample>,
}

impl TargetWatcher {
    /// Watches until all watches have ended, the receiver is dropped, or the connection ends for good.
    pub(super) fn run(
        &self,
        mut target: ResolvedTarget,
        options: &ConnectOptions,
        mut client: Result<RpcClient, CliError>,
    ) {
        loop {
            let old_pid = client.as_ref().map_or(0, |client| client.info.pid);
            let Err(error) = client.and_then(|client| self.watch(client, &target.label)) else { return };
            self.fail(&error, &target.label);
            if self.output == Output::Lines || error.kind() != CliErrorKind::Connection {
                return;
            }
            let reconnect = Reconnect::new(&target, options, old_pid);
            let Some(reconnected) = reconnect.wait(&wait_options(), || {}) else { return };
            (client, target) = (Ok(reconnected.client), reconnected.target);
        }
    }

    /// Starts the watches and sends their samples.
    fn watch(&self, mut client: RpcClient, target: &str) -> Result<(), CliError> {
        if self.output == Output::Chart {
            client.shorten_lock_wait();
        }
        let interval = u64::try_from(self.interval.as_millis()).unwrap_or(u64::MAX);
        let mut watches = Vec::new();
        for (position, code) in self.code.iter().enumerate() {
            match client.call(&Watch::new(code.as_str(), interval)).map_err(CliError::from) {
                Ok(started) => watches.push(Some(started.watch)),
                Err(error) if error.kind() == CliErrorKind::Connection => return Err(error),
                // The other expressions continue.
                Err(error) => {
                    watches.push(None);
                    self.send(Sample {
                        index: self.first + position,
                        target: target.to_owned(),
                        outcome: Err(error),
                        last: true,
                    });
                }
            }
        }
        while watches.iter().any(Option::is_some) {
            for event in client.events(EVENT_TIMEOUT)? {
                let ServerEvent::Changed(changed) = event else { continue };
                let Some(position) = watches.iter().position(|watch| *watch == Some(changed.watch)) else {
                    continue;
                };
                let last = changed.ended;
                if last {
                    watches[position] = None;
                }
                let index = self.first + position;
                if !self.send(Sample { index, target: target.to_owned(), outcome: outcome(changed), last }) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Sends a sample. Returns whether the receiver still exists.
    fn send(&self, sample: Sample) -> bool {
        self.sender.send(sample).is_ok()
    }

    /// Reports an error for all expressions.
    pub(super) fn fail(&self, error: &CliError, target: &str) {
        for position in 0..self.code.len() {
            self.send(Sample {
                index: self.first + position,
                target: target.to_owned(),
                outcome: Err(error.clone()),
                last: true,
            });
        }
    }
}

fn outcome(changed: Changed) -> Result<SampleValue, CliError> {
    match (changed.value, changed.error) {
        (Some(value), _) => Ok(SampleValue {
            data: value.value.unwrap_or(Data::Null),
            text: in_one_line(&value.text.unwrap_or_else(|| "()".to_owned())),
        }),
        (None, Some(error)) => Err(error.into()),
        (None, None) => Err(Cause::Response {
            method: "watch",
            reason: "a notification has neither a value nor an error".to_owned(),
        }
        .into()),
    }
}
