//! The applications that an agent may look into, each with a session that stays open.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use manhole_client::ConnectOptions;
use manhole_client::cli_support::LockIgnoringPoison;
use manhole_client::cli_support::rpc_client::{RpcClient, ServerEvent};
use manhole_client::cli_support::target::{ResolvedTarget, Target};
use manhole_client::cli_support::wait::WaitOptions;
use manhole_protocol::methods::{Eval, Format, Info, Inspect, Inspection, ServerInfo, Unwatch, Watch};

use crate::connect::configured;
use crate::connect::kept_session::KeptSession;
use crate::error::CliError;
use crate::report::collect::Report;
use crate::report::markdown;
use crate::terminal::format::in_one_line;
use crate::terminal::wait::wait_options;

/// The longest time for the answer to a request.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How many changes of a watched value an answer has.
const MAX_CHANGES: usize = 200;

/// The applications, in the order in which the user named them.
pub(super) struct Programs {
    named: Vec<Target>,
    options: ConnectOptions,
    /// The name of the agent, once it is known.
    agent: OnceLock<String>,
    known: Mutex<Vec<Arc<Program>>>,
}

/// An application.
pub(super) struct Program {
    pub(super) label: String,
    target: ResolvedTarget,
    session: Mutex<KeptSession>,
    options: ConnectOptions,
}

impl Programs {
    pub(super) fn new(named: Vec<Target>, options: ConnectOptions) -> Self {
        Self { named, options, agent: OnceLock::new(), known: Mutex::default() }
    }

    /// Keeps the name of the agent, which the consoles show.
    pub(super) fn name_agent(&self, name: &str) {
        let _ = self.agent.set(format!("mcp: {name}"));
    }

    /// Lists the applications. One that runs since a moment ago is new.
    pub(super) fn all(&self) -> Result<Vec<Arc<Program>>, CliError> {
        let found = if self.named.is_empty() {
            configured::all_live()
        } else {
            let found = self.named.iter().map(|target| configured::find_all(target, "mcp"));
            found.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect()
        };
        let options = match self.agent.get() {
            Some(agent) => self.options.clone().client(agent.as_str()),
            None => self.options.clone(),
        };
        let mut known = self.known.lock_ignoring_poison();
        let programs = found.into_iter().map(|found| {
            let target = found.target;
            let program = known.iter().find(|program| program.label == target.label);
            program.map_or_else(|| Arc::new(Program::new(target, &options)), Arc::clone)
        });
        *known = programs.collect();
        Ok(known.clone())
    }

    /// Returns the application with this label, or the only one.
    pub(super) fn find(&self, label: Option<&str>) -> Result<Arc<Program>, CliError> {
        let mut all = self.all()?;
        let labels = || all.iter().map(|program| program.label.clone()).collect::<Vec<_>>();
        let help = format!("the programs are: {}", labels().join(", "));
        let what = match label {
            None if all.len() == 1 => return Ok(all.remove(0)),
            None => "the only program: name one of them".to_owned(),
            Some(label) => match all.iter().position(|program| program.label == label) {
                Some(at) => return Ok(all.remove(at)),
                None => format!("the program {label}"),
            },
        };
        Err(CliError::NotFound { what, help })
    }
}

impl Program {
    fn new(target: ResolvedTarget, options: &ConnectOptions) -> Self {
        Self {
            label: target.label.clone(),
            session: Mutex::new(KeptSession::new(Ok(target.clone()))),
            target,
            options: options.clone(),
        }
    }

    fn with_client<T>(
        &self,
        act: impl FnOnce(&mut RpcClient, &WaitOptions<'_>) -> Result<T, CliError>,
    ) -> Result<T, CliError> {
        let wait = WaitOptions { timeout: Some(TIMEOUT), ..wait_options() };
        let mut session = self.session.lock_ignoring_poison();
        act(session.client(&self.options, &wait, |_| {})?, &wait)
    }

    pub(super) fn info(&self) -> Result<ServerInfo, CliError> {
        self.with_client(|client, _| Ok(client.call(&Info::new())?))
    }

    /// Returns what a command prints and shows.
    pub(super) fn evaluate(&self, code: &str) -> Result<String, CliError> {
        self.with_client(|client, wait| {
            let (text, evaluation) = client.evaluate(&Eval::new(code).format(Format::Text), wait)?;
            Ok(text + &evaluation.text.unwrap_or_default())
        })
    }

    pub(super) fn inspect(&self, path: &str, offset: usize, limit: usize) -> Result<Inspection, CliError> {
        self.with_client(|client, _| {
            let mut inspect = Inspect::new().offset(offset).limit(limit);
            if !path.is_empty() {
                inspect = inspect.path(path);
            }
            Ok(client.call(&inspect)?)
        })
    }

    /// Lists the values that an expression has over a time, one a line.
    pub(super) fn watch(&self, code: &str, time: Duration, interval: Duration) -> Result<String, CliError> {
        let started = std::time::Instant::now();
        let ms = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
        self.with_client(|client, _| {
            let watch = client.call(&Watch::new(code, ms))?.watch;
            let mut lines = Vec::new();
            while started.elapsed() < time && lines.len() < MAX_CHANGES {
                for event in client.events(time.saturating_sub(started.elapsed()))? {
                    let ServerEvent::Changed(changed) = event else { continue };
                    if changed.watch != watch {
                        continue;
                    }
                    let value = match (changed.value, changed.error) {
                        (Some(value), _) => in_one_line(&value.text.unwrap_or_default()),
                        (None, Some(error)) => format!("error: {}", error.message),
                        (None, None) => continue,
                    };
                    lines.push(format!("{:.3} s  {value}", started.elapsed().as_secs_f64()));
                }
            }
            client.call(&Unwatch::new(watch))?;
            Ok(lines.join("\n"))
        })
    }

    pub(super) fn report(&self) -> Result<String, CliError> {
        let wait = WaitOptions { timeout: Some(TIMEOUT), ..wait_options() };
        Report::of(&self.target, &self.options, &wait).map(|report| markdown::text(&report))
    }
}
