//! The program that is looked at, on a thread of its own: keys are heard however long it takes to answer.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use manhole_protocol::methods::{Eval, Format, Inspect};

use super::rows::{self, Row, Wanted};
use crate::connect::reconnect::{Back, Comeback};
use crate::connect::rpc_client::Client;
use crate::connect::target::Found;
use crate::connect::transport::Way;
use crate::connect::wait::{Patience, ROUND};
use crate::error::{Failure, FailureKind};

/// What is to be done.
pub(super) enum Job {
    Look(Wanted),
    Write { path: String, value: String },
}

/// What came of it.
pub(super) enum Report {
    Seen(Vec<Row>),
    Written(String),
    NotWritten(Failure),
    /// The program has gone, and with it what else was to be done.
    Lost(Failure),
    /// It is back, by that label; the note says how.
    Back {
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
    pub(super) fn start(client: Client, found: Found, way: &Way) -> Self {
        let ((jobs, todo), (told, reports)) = (mpsc::channel(), mpsc::channel());
        let way = way.clone();
        thread::spawn(move || {
            let mut session = Session::new(client, found, way);
            while let Ok(job) = todo.recv() {
                let report = match session.work(job) {
                    Err(failure) if failure.kind() == FailureKind::Connection => {
                        if told.send(Report::Lost(failure)).is_err() {
                            return;
                        }
                        let Some(back) = session.wait() else { return };
                        // It was meant for what has gone.
                        while todo.try_recv().is_ok() {}
                        back
                    }
                    Ok(report) => report,
                    Err(failure) => Report::NotWritten(failure),
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
        while reports.recv_timeout(ROUND * 4).is_ok() {}
    }
}

struct Session {
    client: Client,
    found: Found,
    way: Way,
    /// How long it waited for locks at the beginning.
    usual_wait: Option<String>,
}

impl Session {
    fn new(mut client: Client, found: Found, way: Way) -> Self {
        let usual = client.information.limits.iter().find(|limit| limit.name == "lock_wait");
        let usual_wait = usual.map(|limit| limit.value.clone());
        client.wait_little_for_locks();
        Self { client, found, way, usual_wait }
    }

    fn work(&mut self, job: Job) -> Result<Report, Failure> {
        let client = &mut self.client;
        match job {
            Job::Look(wanted) => {
                let mut inspect = |path: Option<&str>, offset: usize, limit: usize| {
                    let mut method = Inspect::new().offset(offset).limit(limit);
                    method.path = path.map(str::to_owned);
                    client.call(&method)
                };
                rows::seen(&wanted, &mut inspect).map(Report::Seen)
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
        let comeback = Comeback::of(&self.found, &self.way, self.client.information.pid);
        let Back { client, found, note } = comeback.wait(&Patience::default(), || {})?;
        *self = Self::new(client, found, self.way.clone());
        Some(Report::Back { label: self.client.label.clone(), note })
    }
}
