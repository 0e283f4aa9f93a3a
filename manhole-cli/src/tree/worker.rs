//! Sends the tree's requests on another thread, so that keys work while the application is slow.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use manhole_protocol::methods::{Eval, Format, Inspect};

use super::rows::{self, Page, Row, TreeRequest};
use crate::connect::reconnect::{Reconnect, Reconnected};
use crate::connect::rpc_client::RpcClient;
use crate::connect::target::ResolvedTarget;
use crate::connect::transport::ConnectOptions;
use crate::connect::wait::{POLL_INTERVAL, WaitOptions};
use crate::error::{CliError, CliErrorKind};

/// A request to the worker.
pub(super) enum Job {
    Fetch(TreeRequest),
    Write { path: String, value: String },
}

/// The outcome of a job, or a change of the connection.
pub(super) enum Report {
    Fetched(Vec<Row>),
    Written(String),
    NotWritten(CliError),
    /// The connection has ended; the remaining jobs are dropped.
    Lost(CliError),
    /// A new session is open.
    Reconnected {
        label: String,
        note: String,
    },
}

/// The channels to the worker's thread.
pub(super) struct Worker {
    pub(super) jobs: Sender<Job>,
    pub(super) reports: Receiver<Report>,
}

impl Worker {
    /// Starts the thread, which runs until `jobs` is dropped.
    pub(super) fn start(client: RpcClient, target: ResolvedTarget, options: &ConnectOptions) -> Self {
        let ((jobs, next_job), (sender, reports)) = (mpsc::channel(), mpsc::channel());
        let options = options.clone();
        thread::spawn(move || {
            let mut state = WorkerState::new(client, target, options);
            while let Ok(job) = next_job.recv() {
                let report = match state.run(job) {
                    Err(error) if error.kind() == CliErrorKind::Connection => {
                        if sender.send(Report::Lost(error)).is_err() {
                            return;
                        }
                        let Some(reconnected) = state.reconnect() else { return };
                        // These jobs were for the old process.
                        while next_job.try_recv().is_ok() {}
                        reconnected
                    }
                    Ok(report) => report,
                    Err(error) => Report::NotWritten(error),
                };
                if sender.send(report).is_err() {
                    return;
                }
            }
        });
        Self { jobs, reports }
    }

    /// Stops the thread, and gives it time to end the transport process unless it is reconnecting.
    pub(super) fn stop(self) {
        let Self { jobs, reports } = self;
        drop(jobs);
        while reports.recv_timeout(POLL_INTERVAL * 4).is_ok() {}
    }
}

struct WorkerState {
    client: RpcClient,
    target: ResolvedTarget,
    options: ConnectOptions,
    /// The session's lock wait before the tree shortened it.
    usual_lock_wait: Option<String>,
}

impl WorkerState {
    fn new(mut client: RpcClient, target: ResolvedTarget, options: ConnectOptions) -> Self {
        let limit = client.info.limits.iter().find(|limit| limit.name == "lock_wait");
        let usual_lock_wait = limit.map(|limit| limit.value.clone());
        client.shorten_lock_wait();
        Self { client, target, options, usual_lock_wait }
    }

    fn run(&mut self, job: Job) -> Result<Report, CliError> {
        let client = &mut self.client;
        match job {
            Job::Fetch(request) => {
                let mut inspect = |path: Option<&str>, page: Page| {
                    let mut method = Inspect::new().offset(page.offset).limit(page.limit);
                    method.path = path.map(str::to_owned);
                    client.call(&method)
                };
                rows::fetch_rows(&request, &mut inspect).map(Report::Fetched)
            }
            // With the lock wait that it would have at a prompt.
            Job::Write { path, value } => {
                if let Some(usual) = &self.usual_lock_wait {
                    client.set_lock_wait(usual);
                }
                let eval = Eval::new(format!("{path} = {value}")).format(Format::Text);
                let written = client.call(&eval);
                client.shorten_lock_wait();
                written.map(|_| Report::Written(path))
            }
        }
    }

    /// Waits until the application is back.
    fn reconnect(&mut self) -> Option<Report> {
        let reconnect = Reconnect::new(&self.target, &self.options, self.client.info.pid);
        let Reconnected { client, target, note } = reconnect.wait(&WaitOptions::default(), || {})?;
        *self = Self::new(client, target, self.options.clone());
        Some(Report::Reconnected { label: self.client.label.clone(), note })
    }
}
