//! The program that is looked at, on a thread of its own: keys are heard however long it takes to answer.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use manhole_protocol::methods::{Eval, Format, Inspect};

use super::rows::{self, Row, TreeRequest};
use crate::connect::reconnect::{Reconnect, Reconnected};
use crate::connect::rpc_client::RpcClient;
use crate::connect::target::ResolvedTarget;
use crate::connect::transport::ConnectOptions;
use crate::connect::wait::{POLL_INTERVAL, WaitOptions};
use crate::error::{CliError, CliErrorKind};

/// What is to be done.
pub(super) enum Job {
    Fetch(TreeRequest),
    Write { path: String, value: String },
}

/// What came of it.
pub(super) enum Report {
    Fetched(Vec<Row>),
    Written(String),
    NotWritten(CliError),
    /// The program has gone, and with it what else was to be done.
    Lost(CliError),
    /// It is back, by that label; the note says how.
    Reconnected {
        label: String,
        note: String,
    },
}

/// Where jobs go, and reports come from.
pub(super) struct Worker {
    pub(super) jobs: Sender<Job>,
    pub(super) reports: Receiver<Report>,
}

impl Worker {
    /// Works with the program that was found, until nobody has a job for it any more.
    pub(super) fn start(client: RpcClient, found: ResolvedTarget, options: &ConnectOptions) -> Self {
        let ((jobs, todo), (told, reports)) = (mpsc::channel(), mpsc::channel());
        let options = options.clone();
        thread::spawn(move || {
            let mut session = WorkerState::new(client, found, options);
            while let Ok(job) = todo.recv() {
                let report = match session.work(job) {
                    Err(error) if error.kind() == CliErrorKind::Connection => {
                        if told.send(Report::Lost(error)).is_err() {
                            return;
                        }
                        let Some(back) = session.wait() else { return };
                        // It was meant for what has gone.
                        while todo.try_recv().is_ok() {}
                        back
                    }
                    Ok(report) => report,
                    Err(error) => Report::NotWritten(error),
                };
                if told.send(report).is_err() {
                    return;
                }
            }
        });
        Self { jobs, reports }
    }

    /// Gives it the time to end what its connection goes through, unless it is waiting for the program.
    pub(super) fn end(self) {
        let Self { jobs, reports } = self;
        drop(jobs);
        while reports.recv_timeout(POLL_INTERVAL * 4).is_ok() {}
    }
}

struct WorkerState {
    client: RpcClient,
    found: ResolvedTarget,
    options: ConnectOptions,
    /// How long it waited for locks at the beginning.
    usual_wait: Option<String>,
}

impl WorkerState {
    fn new(mut client: RpcClient, found: ResolvedTarget, options: ConnectOptions) -> Self {
        let usual = client.info.limits.iter().find(|limit| limit.name == "lock_wait");
        let usual_wait = usual.map(|limit| limit.value.clone());
        client.wait_little_for_locks();
        Self { client, found, options, usual_wait }
    }

    fn work(&mut self, job: Job) -> Result<Report, CliError> {
        let client = &mut self.client;
        match job {
            Job::Fetch(request) => {
                let mut inspect = |path: Option<&str>, offset: usize, limit: usize| {
                    let mut method = Inspect::new().offset(offset).limit(limit);
                    method.path = path.map(str::to_owned);
                    client.call(&method)
                };
                rows::fetch_rows(&request, &mut inspect).map(Report::Fetched)
            }
            // As it would be at a prompt, with the patience that it has there.
            Job::Write { path, value } => {
                if let Some(usual) = &self.usual_wait {
                    client.wait_for_locks(usual);
                }
                let eval = Eval::new(format!("{path} = {value}")).format(Format::Text);
                let written = client.call(&eval);
                client.wait_little_for_locks();
                written.map(|_| Report::Written(path))
            }
        }
    }

    /// Waits until the program is back.
    fn wait(&mut self) -> Option<Report> {
        let reconnect = Reconnect::of(&self.found, &self.options, self.client.info.pid);
        let Reconnected { client, found, note } = reconnect.wait(&WaitOptions::default(), || {})?;
        *self = Self::new(client, found, self.options.clone());
        Some(Report::Reconnected { label: self.client.label.clone(), note })
    }
}
