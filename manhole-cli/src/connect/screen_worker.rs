//! Sends the requests of a full screen on another thread, so that keys work while the application is slow. Reconnects.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use manhole_client::ConnectOptions;
use manhole_client::cli_support::reconnect::{Reconnect, Reconnected};
use manhole_client::cli_support::rpc_client::RpcClient;
use manhole_client::cli_support::target::ResolvedTarget;
use manhole_client::cli_support::wait::POLL_INTERVAL;

use crate::error::{CliError, CliErrorKind};
use crate::terminal::wait::wait_options;

/// What a full screen asks of its application.
pub(crate) trait ScreenRequests: Send + 'static {
    type Job: Send;
    type Response: Send;

    /// Prepares a new session.
    fn begin(&mut self, client: &mut RpcClient);

    /// Runs one job.
    fn run(&mut self, client: &mut RpcClient, job: Self::Job) -> Result<Self::Response, CliError>;
}

/// The outcome of a job, or a change of the connection.
pub(crate) enum Report<R> {
    Finished(R),
    Failed(CliError),
    /// The connection has ended; the remaining jobs are dropped.
    Lost(CliError),
    /// A new session is open.
    Reconnected {
        label: String,
        note: String,
    },
}

/// The channels to the worker's thread.
pub(crate) struct ScreenWorker<W: ScreenRequests> {
    pub(crate) jobs: Sender<W::Job>,
    pub(crate) reports: Receiver<Report<W::Response>>,
}

impl<W: ScreenRequests> ScreenWorker<W> {
    /// Starts the thread, which runs until `jobs` is dropped.
    pub(crate) fn start(
        mut requests: W,
        mut client: RpcClient,
        mut target: ResolvedTarget,
        options: &ConnectOptions,
    ) -> Self {
        let ((jobs, next_job), (sender, reports)) = (mpsc::channel(), mpsc::channel());
        let options = options.clone();
        thread::spawn(move || {
            requests.begin(&mut client);
            while let Ok(job) = next_job.recv() {
                let report = match requests.run(&mut client, job) {
                    Err(error) if error.kind() == CliErrorKind::Connection => {
                        // Before the report: an application that starts after it is the new one.
                        let reconnect = Reconnect::new(&target, &options, client.info.pid);
                        if sender.send(Report::Lost(error)).is_err() {
                            return;
                        }
                        let Some(new) = reconnect.wait(&wait_options(), || {}) else { return };
                        let note;
                        Reconnected { client, target, note } = new;
                        requests.begin(&mut client);
                        // These jobs were for the old process.
                        while next_job.try_recv().is_ok() {}
                        Report::Reconnected { label: client.label.clone(), note }
                    }
                    Ok(response) => Report::Finished(response),
                    Err(error) => Report::Failed(error),
                };
                if sender.send(report).is_err() {
                    return;
                }
            }
        });
        Self { jobs, reports }
    }

    /// Stops the thread, and gives it time to end the transport process unless it is reconnecting.
    pub(crate) fn stop(self) {
        let Self { jobs, reports } = self;
        drop(jobs);
        while reports.recv_timeout(POLL_INTERVAL * 4).is_ok() {}
    }
}
