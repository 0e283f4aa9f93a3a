//! The tree's requests to the application.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use manhole_client::cli_support::LockIgnoringPoison;
use manhole_client::cli_support::rpc_client::{RpcClient, ServerEvent};
use manhole_client::cli_support::wait::WaitOptions;
use manhole_protocol::message::Id;
use manhole_protocol::methods::{
    Describe, Description, Eval, Evaluation, Format, Inspect, Inspection, Method, ValueKind,
};
use manhole_protocol::text::clean;
use manhole_protocol::{Data, ErrorKind};

use super::filter::{self, MAX_MATCHES, Progress};
use super::rows::{self, Page, Row, Source, TreeRequest};
use super::save::{self, Overwrite};
use super::table::{Query, Rows};
use crate::connect::screen_worker::ScreenRequests;
use crate::error::{CliError, CliErrorKind};
use crate::terminal::wait::wait_options;

/// How long the client waits for a response beyond the application's own timeouts, before it cancels the request.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(90);

/// The most characters of an answer that are shown.
const MAX_ANSWER_CHARS: usize = 64 * 1024;

/// A request of the tree.
pub(super) enum Job {
    Fetch(TreeRequest),
    /// A request that the user waits for, and can cancel by its number.
    User(u64, UserJob),
}

/// A request that the user waits for.
#[derive(Debug, Clone)]
pub(super) enum UserJob {
    Write {
        path: String,
        value: String,
    },
    Describe {
        path: String,
        purpose: Purpose,
    },
    Call {
        code: String,
    },
    /// Finds the first of the paths that exists.
    Locate(Vec<String>),
    Filter {
        path: String,
        kind: ValueKind,
        condition: String,
    },
    Table(Query),
    Save {
        path: String,
        file: String,
        overwrite: Overwrite,
    },
}

/// What a description is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Methods,
    Variants,
}

/// The outcome of a request.
pub(super) enum Response {
    Fetched(Vec<Row>),
    User(u64, Result<Answer, CliError>),
}

/// The outcome of a request that the user waits for.
pub(super) enum Answer {
    Written(String),
    Described {
        path: String,
        purpose: Purpose,
        description: Box<Description>,
    },
    Called {
        code: String,
        text: String,
    },
    Located(String),
    /// What was found, and why the filter has not seen all if it has not.
    Filtered {
        path: String,
        found: Progress,
        stopped: Option<String>,
    },
    Table {
        rows: Rows,
        took: Duration,
    },
    Saved {
        file: String,
        is_cut: bool,
    },
    /// The file exists; nothing was written.
    Exists {
        path: String,
        file: String,
    },
}

/// What the screen and the worker share while a request runs.
#[derive(Default)]
pub(super) struct Shared {
    /// The number of the last request that the user has cancelled.
    pub(super) cancelled: AtomicU64,
    pub(super) progress: Mutex<Progress>,
}

#[derive(Default)]
pub(super) struct TreeRequests {
    shared: Arc<Shared>,
    /// The session's lock wait before the tree shortened it.
    usual_lock_wait: Option<String>,
    /// The session's timeout, and the longest that it may have.
    timeouts: Option<(String, String)>,
}

impl TreeRequests {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, ..Self::default() }
    }
}

impl ScreenRequests for TreeRequests {
    type Job = Job;
    type Response = Response;

    fn begin(&mut self, client: &mut RpcClient) {
        let limit = |name: &str| client.info.limits.iter().find(|limit| limit.name == name);
        self.usual_lock_wait = limit("lock_wait").map(|limit| limit.value.clone());
        self.timeouts = limit("timeout").map(|limit| (limit.value.clone(), limit.ceiling.clone()));
        client.shorten_lock_wait();
    }

    fn run(&mut self, client: &mut RpcClient, job: Job) -> Result<Response, CliError> {
        match job {
            Job::Fetch(request) => rows::fetch_rows(&request, &mut LiveSource(client)).map(Response::Fetched),
            Job::User(number, job) => {
                let request = UserRequest { client, number, of: self };
                match request.run(job) {
                    Err(error) if error.kind() == CliErrorKind::Connection => Err(error),
                    answer => Ok(Response::User(number, answer)),
                }
            }
        }
    }
}

/// Reads the rows of the application.
struct LiveSource<'a>(&'a mut RpcClient);

impl Source for LiveSource<'_> {
    fn level(&mut self, path: Option<&str>, page: Page) -> Result<Inspection, CliError> {
        let mut method = Inspect::new().offset(page.offset).limit(page.limit);
        method.path = path.map(str::to_owned);
        Ok(self.0.call(&method)?)
    }

    /// Sends all requests before it reads the first response, since the application may be far away.
    fn values(&mut self, paths: &[&str]) -> Result<Vec<Result<Inspection, CliError>>, CliError> {
        let start = |path: &&str| self.0.start(&Inspect::new().path(*path).limit(0_usize));
        let sent: Vec<Id> = paths.iter().map(start).collect::<Result<_, _>>()?;
        let wait = WaitOptions { timeout: Some(RESPONSE_TIMEOUT), ..wait_options() };
        let mut finish = |id: &Id| match self.0.finish::<Inspect, CliError>(id, &wait, &mut |_| Ok(())) {
            Err(error) if error.kind() == CliErrorKind::Connection => Err(error),
            found => Ok(found),
        };
        sent.iter().map(&mut finish).collect()
    }
}

/// A request that the user waits for, with the session that it runs in.
struct UserRequest<'a> {
    client: &'a mut RpcClient,
    number: u64,
    of: &'a TreeRequests,
}

impl UserRequest<'_> {
    fn run(mut self, job: UserJob) -> Result<Answer, CliError> {
        if self.is_cancelled() {
            return Err(CliError::Interrupted);
        }
        match job {
            UserJob::Write { path, value } => {
                let eval = Eval::new(format!("{path} = {value}")).format(Format::Text);
                self.with_usual_lock_wait(|this| this.finish(&eval)).map(|_| Answer::Written(path))
            }
            UserJob::Describe { path, purpose } => {
                let description = Box::new(self.finish(&Describe::new().path(path.clone()))?);
                Ok(Answer::Described { path, purpose, description })
            }
            UserJob::Call { code } => {
                let eval = Eval::new(code.clone()).format(Format::Text);
                let mut printed = String::new();
                let answer = self.with_usual_lock_wait(|this| {
                    this.finish_with(&eval, &mut |text| printed.push_str(text))
                })?;
                let text = answer.text.unwrap_or_else(|| "()".to_owned());
                let text: String = format!("{printed}{text}").chars().take(MAX_ANSWER_CHARS).collect();
                Ok(Answer::Called { code, text: clean(&text).into_owned() })
            }
            UserJob::Locate(paths) => {
                let mut first_error = None;
                for path in paths {
                    match self.finish(&Inspect::new().path(path.clone()).limit(0_usize)) {
                        Ok(_) => return Ok(Answer::Located(path)),
                        Err(error) if error.kind() == CliErrorKind::Command => {
                            first_error.get_or_insert(error);
                        }
                        Err(error) => return Err(error),
                    }
                }
                Err(first_error.unwrap_or(CliError::Interrupted))
            }
            UserJob::Filter { path, kind, condition } => self.filter(path, kind, &condition),
            UserJob::Table(query) => self.table(&query),
            UserJob::Save { path, file, overwrite } => {
                let Evaluation { value, cut, .. } =
                    self.finish(&Eval::new(path.clone()).format(Format::Value))?;
                match save::save(&file, &value.unwrap_or(Data::Null), overwrite) {
                    Ok(()) => Ok(Answer::Saved { file, is_cut: cut }),
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        Ok(Answer::Exists { path, file })
                    }
                    Err(error) => Err(error.into()),
                }
            }
        }
    }

    fn filter(mut self, path: String, kind: ValueKind, condition: &str) -> Result<Answer, CliError> {
        let total = self.length(&path)?;
        *self.of.shared.progress.lock_ignoring_poison() = Progress::of(total);
        let shared = Arc::clone(&self.of.shared);
        let mut stopped = None;
        loop {
            let seen = shared.progress.lock_ignoring_poison().seen;
            let code = filter::command(&path, kind, condition, seen);
            let eval = Eval::new(code).format(Format::Value);
            let done = self.with_longest_timeout(|this| {
                this.finish_with(&eval, &mut |text| shared.progress.lock_ignoring_poison().read(text))
            });
            match done {
                Ok(_) => break,
                // On a busy machine one command may not see all: the next one goes on.
                Err(error) if error.server().is_some_and(|error| error.kind() == ErrorKind::Timeout) => {
                    let progress = shared.progress.lock_ignoring_poison();
                    if progress.seen == seen || progress.count() >= MAX_MATCHES {
                        stopped = Some(error.to_string());
                        break;
                    }
                }
                Err(error) => return Err(error),
            }
        }
        let found = std::mem::take(&mut *shared.progress.lock_ignoring_poison());
        Ok(Answer::Filtered { path, found, stopped })
    }

    fn length(&mut self, path: &str) -> Result<usize, CliError> {
        match self.finish(&Eval::new(format!("{path}.len()")).format(Format::Value))?.value {
            Some(Data::Int(length)) => Ok(usize::try_from(length).unwrap_or_default()),
            _ => Ok(0),
        }
    }

    fn table(mut self, query: &Query) -> Result<Answer, CliError> {
        let total = self.length(&query.path)?;
        let evaluated = self.with_longest_timeout(|this| {
            let eval = |by_text| Eval::new(query.code(by_text)).format(Format::Value);
            match this.finish(&eval(false)) {
                // Enums and structs have no order.
                Err(error) if query.sort.is_some() && error.message().contains("composite value") => {
                    this.finish(&eval(true))
                }
                evaluated => evaluated,
            }
        })?;
        let rows = query.rows(&evaluated.value.unwrap_or(Data::Null), total);
        Ok(Answer::Table { rows, took: Duration::from_micros(evaluated.elapsed_us) })
    }

    /// Runs `act` with the lock wait that a prompt has.
    fn with_usual_lock_wait<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        if let Some(usual) = &self.of.usual_lock_wait {
            self.client.set_lock_wait(usual);
        }
        let result = act(self);
        self.client.shorten_lock_wait();
        result
    }

    /// Runs `act` with the longest timeout that the session may have: the user can cancel it.
    fn with_longest_timeout<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let Some((usual, longest)) = &self.of.timeouts else { return act(self) };
        self.client.set_timeout(longest);
        let result = act(self);
        self.client.set_timeout(usual);
        result
    }

    fn is_cancelled(&self) -> bool {
        self.of.shared.cancelled.load(Ordering::SeqCst) >= self.number
    }

    fn finish<M: Method>(&mut self, method: &M) -> Result<M::Result, CliError> {
        self.finish_with(method, &mut |_| {})
    }

    /// Waits for the response to a request, unless the user cancels it. Passes what the request prints to `print`.
    fn finish_with<M: Method>(
        &mut self,
        method: &M,
        print: &mut dyn FnMut(&str),
    ) -> Result<M::Result, CliError> {
        let id = self.client.start(method)?;
        let (shared, number) = (&self.of.shared, self.number);
        let is_cancelled = || shared.cancelled.load(Ordering::SeqCst) >= number;
        let wait =
            WaitOptions { cancelled: Some(&is_cancelled), timeout: Some(RESPONSE_TIMEOUT), ..wait_options() };
        self.client.finish::<M, CliError>(&id, &wait, &mut |event| {
            if let ServerEvent::Print(printed) = event {
                print(&printed.text);
            }
            Ok(())
        })
    }
}
