//! A session of a tab with an application, on a thread that sends one request after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use std::time::Duration;

use manhole_client::ConnectOptions;
use manhole_client::cli_support::target::ResolvedTarget;
use manhole_client::cli_support::wait::WaitOptions;
use serde_json::json;
use tokio::sync::mpsc::Sender;

use super::requests::{self, Failure, LaneName, PageRequest};
use crate::connect::kept_session::KeptSession;
use crate::error::CliError;
use crate::terminal::wait::wait_options;

/// How many requests of a lane wait at most.
const MAX_WAITING: usize = 64;

/// How long an application may take for an answer.
const TIMEOUT: Duration = Duration::from_secs(90);

/// The session ends when it is dropped, with what runs in it.
pub(super) struct Lane {
    jobs: SyncSender<PageRequest>,
    /// Requests up to this one are cancelled.
    cancelled: Arc<AtomicU64>,
}

/// What a lane needs of its application.
pub(super) struct LaneOf {
    pub(super) name: LaneName,
    pub(super) index: usize,
    pub(super) target: Result<ResolvedTarget, CliError>,
    pub(super) options: ConnectOptions,
}

impl Lane {
    /// Starts the thread. It sends its answers to `answers`, and waits while a slow browser reads them.
    pub(super) fn start(of: LaneOf, answers: Sender<String>) -> Self {
        let (jobs, next) = mpsc::sync_channel(MAX_WAITING);
        let cancelled = Arc::new(AtomicU64::new(0));
        let shared = Arc::clone(&cancelled);
        thread::spawn(move || work(of, &next, &shared, &answers));
        Self { jobs, cancelled }
    }

    /// Takes a request unless too many wait.
    pub(super) fn take(&self, request: PageRequest) -> Result<(), Failure> {
        let full = |_| Failure::new("request", "error: too many requests wait for this application");
        self.jobs.try_send(request).map_err(full)
    }

    pub(super) fn cancel(&self, id: u64) {
        self.cancelled.fetch_max(id, Ordering::SeqCst);
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.cancel(u64::MAX);
    }
}

fn work(of: LaneOf, next: &Receiver<PageRequest>, cancelled: &AtomicU64, answers: &Sender<String>) {
    let LaneOf { name, index, target, options } = of;
    let mut session = KeptSession::new(target);
    while let Ok(request) = next.recv() {
        let is_cancelled = || cancelled.load(Ordering::SeqCst) >= request.id;
        let wait = WaitOptions { cancelled: Some(&is_cancelled), timeout: Some(TIMEOUT), ..wait_options() };
        let mut opened = None;
        let client = session.client(&options, &wait, |client| {
            if name == LaneName::Views {
                client.shorten_lock_wait();
            }
            opened = Some(json!({ "opened": index, "info": client.info }).to_string());
        });
        let outcome = match client {
            Ok(_) if is_cancelled() => Err(CliError::Interrupted.into()),
            Ok(client) => requests::run(client, &request, &wait),
            Err(error) => Err(error.into()),
        };
        for message in opened.into_iter().chain([requests::answer(request.id, outcome)]) {
            if answers.blocking_send(message).is_err() {
                return;
            }
        }
    }
}
