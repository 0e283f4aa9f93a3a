//! Asks the applications for the values of all metrics, each in a session that stays open.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use manhole_client::ConnectOptions;
use manhole_client::cli_support::Cause;
use manhole_client::cli_support::LockIgnoringPoison;
use manhole_client::cli_support::duration::parse_duration;
use manhole_client::cli_support::rpc_client::RpcClient;
use manhole_client::cli_support::wait::WaitOptions;
use manhole_protocol::Data;
use manhole_protocol::methods::{Describe, Eval, Format};

use super::metric::{Metric, Series};
use crate::connect::kept_session::KeptSession;
use crate::error::CliError;
use crate::target_list::TargetLookup;
use crate::terminal::output;
use crate::terminal::wait::wait_options;

/// The applications whose metrics are exported.
pub(super) struct Scraper {
    metrics: Vec<Metric>,
    applications: Vec<Mutex<Application>>,
    options: ConnectOptions,
    timeout: Duration,
    /// How many applications are asked at the same time.
    jobs: usize,
}

/// One application with its session.
struct Application {
    label: String,
    session: KeptSession,
    /// The documentation of each metric, as far as it is known.
    docs: Vec<String>,
    /// The errors that have been reported: of the connection, and of each metric.
    reported: Vec<Option<String>>,
}

/// What an application has answered.
pub(super) struct Scrape {
    pub(super) label: String,
    /// Whether there was a session that answered in time.
    pub(super) is_up: bool,
    /// Of each metric; `None` if it failed.
    pub(super) series: Vec<Option<Vec<Series>>>,
    pub(super) docs: Vec<String>,
}

impl Scraper {
    pub(super) fn new(
        metrics: Vec<Metric>,
        lookups: Vec<TargetLookup>,
        options: ConnectOptions,
        timeout: Duration,
        jobs: u16,
    ) -> Self {
        let application = |lookup: TargetLookup| {
            let session = KeptSession::new(lookup.target);
            let reported = vec![None; metrics.len() + 1];
            Mutex::new(Application { label: lookup.label, session, docs: Vec::new(), reported })
        };
        let applications = lookups.into_iter().map(application).collect();
        Self { metrics, applications, options, timeout, jobs: jobs.into() }
    }

    pub(super) fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// Asks all applications, some at the same time.
    pub(super) fn scrape(&self) -> Vec<Scrape> {
        let next = AtomicUsize::new(0);
        let answers = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..self.jobs.min(self.applications.len()) {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(application) = self.applications.get(index) else { return };
                        let scrape = application.lock_ignoring_poison().scrape(self);
                        answers.lock_ignoring_poison().push((index, scrape));
                    }
                });
            }
        });
        let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
        answers.sort_by_key(|(index, _)| *index);
        answers.into_iter().map(|(_, scrape)| scrape).collect()
    }
}

impl Application {
    fn scrape(&mut self, scraper: &Scraper) -> Scrape {
        let started = Instant::now();
        let left = || scraper.timeout.saturating_sub(started.elapsed());
        let wait = WaitOptions { timeout: Some(scraper.timeout), ..wait_options() };
        let docs = &mut self.docs;
        let opened = |client: &mut RpcClient| {
            *docs = scraper.metrics.iter().map(|metric| documentation(client, &metric.code)).collect();
        };
        let found = match self.session.client(&scraper.options, &wait, opened) {
            Ok(client) => {
                Ok(scraper.metrics.iter().map(|metric| values(client, metric, left())).collect::<Vec<_>>())
            }
            Err(error) => Err(error),
        };
        let mut responds = self.session.is_open(&scraper.options);
        self.report(0, "the connection", found.as_ref().err().map(CliError::message));
        let mut series = vec![None; scraper.metrics.len()];
        for (index, found) in found.into_iter().flatten().enumerate() {
            responds &= !matches!(&found, Err(error) if matches!(error.cause(), Some(Cause::Timeout)));
            let name = scraper.metrics[index].full_name();
            self.report(index + 1, &name, found.as_ref().err().map(CliError::message));
            series[index] = found.ok();
        }
        Scrape { label: self.label.clone(), is_up: responds, series, docs: self.docs.clone() }
    }

    /// Prints an error when it comes, when it changes, and when it goes.
    fn report(&mut self, index: usize, what: &str, error: Option<String>) {
        let reported = &mut self.reported[index];
        if *reported != error {
            let text = error.as_deref().unwrap_or("works again");
            let _ = output::print_error(&format!("note: {what} of {}: {text}\n", self.label));
            *reported = error;
        }
    }
}

/// Evaluates a metric.
fn values(client: &mut RpcClient, metric: &Metric, time: Duration) -> Result<Vec<Series>, CliError> {
    let failed = |reason| CliError::Metric { text: metric.code.clone(), reason };
    if time.is_zero() {
        return Err(failed("the metrics before it took all the time".to_owned()));
    }
    let wait = WaitOptions { timeout: Some(time), ..wait_options() };
    let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
    let command = Eval::new(metric.code.as_str()).format(Format::Value).timeout_ms(ms);
    let (_, evaluation) = client.evaluate(&command, &wait)?;
    if evaluation.cut {
        return Err(failed("its value is longer than a session shows; take(100) takes a part".to_owned()));
    }
    let value = evaluation.value.unwrap_or(Data::Null);
    // Prometheus counts in seconds.
    let duration = evaluation.r#type.filter(|name| name == "Duration").and(match &value {
        Data::Text(text) => parse_duration(text),
        _ => None,
    });
    let value = duration.map_or(value, |duration| Data::Float(duration.as_secs_f64()));
    metric.series(&value).map_err(failed)
}

/// Returns the documentation of a field or a root, and of others none.
fn documentation(client: &mut RpcClient, code: &str) -> String {
    let is_path = code.chars().all(|char| char.is_alphanumeric() || "_.".contains(char));
    let (owner, name) = code.rsplit_once('.').unwrap_or(("", code));
    let describe = if owner.is_empty() { Describe::new() } else { Describe::new().path(owner) };
    let fields = if is_path { client.call(&describe).map(|found| found.fields) } else { Ok(Vec::new()) };
    let field = fields.unwrap_or_default().into_iter().find(|field| field.name == name);
    field.map(|field| field.doc).unwrap_or_default()
}
