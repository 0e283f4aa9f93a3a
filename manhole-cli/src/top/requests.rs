//! The requests of the screen to the application. All questions of a round are sent before the first response is read.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use manhole_client::cli_support::rpc_client::RpcClient;
use manhole_client::cli_support::wait::WaitOptions;
use manhole_protocol::Data;
use manhole_protocol::message::Id;
use manhole_protocol::methods::{Describe, Eval, Evaluation, Format};
use manhole_protocol::text::clean;

use super::sections::{SECTIONS, SIZES, Selection};
use super::table::{self, Fact, Outcome};
use crate::connect::screen_worker::ScreenRequests;
use crate::error::{CliError, CliErrorKind};
use crate::terminal::wait::wait_options;

/// How long the application may work on one question.
const QUESTION_TIMEOUT_MS: u64 = 1_000;

/// How long the client waits for the response to a question, before it cancels it.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);

/// How often the sizes of collections are asked, at most.
const MIN_SIZES_INTERVAL: Duration = Duration::from_secs(10);

/// How many times longer than the last look at the sizes the time to the next one is: it takes at most 5 % of a processor.
const SIZES_INTERVAL_FACTOR: u32 = 20;

/// How many characters of an opened value are shown.
const MAX_OPENED_CHARS: usize = 64 * 1024;

/// A request of the screen.
pub(super) enum Job {
    /// Asks all questions, with the selection of each section.
    Refresh(Vec<Selection>),
    /// Shows an item as a whole.
    Open { path: String },
    /// Calls the method of an item.
    Act { code: String, done: String },
}

/// The outcome of a request.
pub(super) enum Response {
    Refreshed(Box<Round>),
    Opened { path: String, text: String },
    Done(String),
}

/// The answers to all questions of a round.
#[derive(Default)]
pub(super) struct Round {
    pub(super) process: Vec<Fact>,
    pub(super) runtime: Vec<Fact>,
    /// The outcome of each section; `None` where it was not asked.
    pub(super) sections: Vec<Option<Outcome>>,
}

#[derive(Default)]
pub(super) struct TopRequests {
    /// The fields of the root that every console has.
    roots: BTreeSet<String>,
    last_sizes: Option<(Selection, Instant, Duration)>,
}

type Answer = Result<Evaluation, CliError>;

impl ScreenRequests for TopRequests {
    type Job = Job;
    type Response = Response;

    fn begin(&mut self, client: &mut RpcClient) {
        client.shorten_lock_wait();
        // Without the root nothing else of it is asked.
        let described = client.call(&Describe::new().path("manhole"));
        self.roots = described
            .map(|found| found.fields.into_iter().map(|field| field.name).collect())
            .unwrap_or_default();
        self.last_sizes = None;
    }

    fn run(&mut self, client: &mut RpcClient, job: Job) -> Result<Response, CliError> {
        match job {
            Job::Refresh(selections) => {
                self.refresh(client, &selections).map(|round| Response::Refreshed(Box::new(round)))
            }
            Job::Open { path } => {
                let eval = Eval::new(path.clone()).format(Format::Text).timeout_ms(QUESTION_TIMEOUT_MS);
                let text = client.call(&eval)?.text.unwrap_or_default();
                let text = text.chars().take(MAX_OPENED_CHARS).collect::<String>();
                Ok(Response::Opened { path: clean(&path).into_owned(), text: clean(&text).into_owned() })
            }
            Job::Act { code, done } => {
                client.call(&Eval::new(code).format(Format::Text))?;
                Ok(Response::Done(done))
            }
        }
    }
}

impl TopRequests {
    fn refresh(&mut self, client: &mut RpcClient, selections: &[Selection]) -> Result<Round, CliError> {
        let level = client.info.level.clone();
        let process = self.ask_root(client, "process", "manhole::process")?;
        let panics = self.ask_root(client, "panics", "manhole::panics.count")?;
        let runtime = self.ask_root(client, "runtime", "manhole::runtime")?;
        let mut asked = Vec::new();
        for (index, (section, selection)) in SECTIONS.iter().zip(selections).enumerate() {
            let is_there = section.field.is_none_or(|field| self.roots.contains(field));
            let is_due = index != SIZES || self.are_sizes_due(selection);
            asked.push(if is_there && is_due {
                Some(start(client, &section.code(selection, &level))?)
            } else {
                None
            });
        }
        let process = value(finish(client, process)?);
        let mut round =
            Round { process: table::process_facts(&client.info, process.as_ref()), ..Round::default() };
        round.process.extend(value(finish(client, panics)?).as_ref().and_then(table::panic_facts));
        round.runtime =
            value(finish(client, runtime)?).as_ref().map(table::runtime_facts).unwrap_or_default();
        for (index, (section, id)) in SECTIONS.iter().zip(asked).enumerate() {
            let is_there = section.field.is_none_or(|field| self.roots.contains(field));
            let outcome = match finish(client, id)? {
                Some(Ok(evaluation)) => {
                    if index == SIZES {
                        let took = Duration::from_micros(evaluation.elapsed_us);
                        self.last_sizes =
                            selections.get(index).map(|asked| (asked.clone(), Instant::now(), took));
                    }
                    let columns = section.visible_columns(&level);
                    let value = evaluation.value.unwrap_or(Data::Null);
                    Some(table::outcome(section, &columns, client.info.session, &value))
                }
                Some(Err(error)) => Some(Outcome::Failed(error.message())),
                None if is_there => None,
                None => Some(Outcome::Absent(String::new())),
            };
            round.sections.push(outcome);
        }
        Ok(round)
    }

    /// Asks for a root if the application has it.
    fn ask_root(&self, client: &mut RpcClient, root: &str, code: &str) -> Result<Option<Id>, CliError> {
        if self.roots.contains(root) { start(client, code).map(Some) } else { Ok(None) }
    }

    fn are_sizes_due(&self, selection: &Selection) -> bool {
        self.last_sizes.as_ref().is_none_or(|(last, at, took)| {
            let interval = MIN_SIZES_INTERVAL.max(*took * SIZES_INTERVAL_FACTOR);
            last != selection || at.elapsed() >= interval
        })
    }
}

fn start(client: &mut RpcClient, code: &str) -> Result<Id, CliError> {
    Ok(client.start(&Eval::new(code).format(Format::Value).timeout_ms(QUESTION_TIMEOUT_MS))?)
}

/// Returns the answer to a question that was asked. Fails only if the connection has ended: a wrong question must not stop the others.
fn finish(client: &mut RpcClient, id: Option<Id>) -> Result<Option<Answer>, CliError> {
    let Some(id) = id else { return Ok(None) };
    let wait = WaitOptions { timeout: Some(RESPONSE_TIMEOUT), ..wait_options() };
    match client.finish::<Eval, CliError>(&id, &wait, &mut |_| Ok(())) {
        Err(error) if error.kind() == CliErrorKind::Connection => Err(error),
        answer => Ok(Some(answer)),
    }
}

fn value(answer: Option<Answer>) -> Option<Data> {
    answer?.ok()?.value
}
