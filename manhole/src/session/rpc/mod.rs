//! The dialect of programs: JSON-RPC 2.0, one message a line.

mod connection_state;
mod values;
mod watches;

use std::time::{Duration, Instant};

use manhole_protocol::message::{ClientMessage, Id, Request, Response, parse_client_line};
use manhole_protocol::methods::{
    Call, Cancel, Cancellation, Check, CheckResult, Complete, Completeness, Describe, Empty, Eval,
    Evaluation, Format, Info, Inspect, Method, ServerInfo, Set, Shutdown, Unwatch, Watch,
};
use manhole_protocol::{Error, ErrorKind, VERSION};
use serde_json::value::{RawValue, to_raw_value};

use super::{Next, Reply, Session, meant};
use crate::engine::{AbandonedCommand, MAX_ABANDONED, Outcome, RenderedResult, ResultFields, RunOptions};
use crate::reflect::Value;
pub(crate) use connection_state::RpcState;
use connection_state::{Ran, cancelled};
pub(super) use watches::Watches;

/// Why a request has no answer.
enum Failed {
    /// It failed.
    Error(Error),
    /// The session is over.
    End,
    /// The session was given up meanwhile, and nothing of it is told.
    AbandonedCommand,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

type Answer = Result<Box<RawValue>, Failed>;

impl Session {
    /// Takes a line of a client that speaks this dialect.
    pub(super) fn message(&mut self, line: &str) -> Reply {
        if line.trim().is_empty() {
            return self.told(None, Next::Input);
        }
        match parse_client_line(line) {
            ClientMessage::Single(Err(response)) => self.told(Some(response.to_line()), Next::Input),
            ClientMessage::Single(Ok(request)) => {
                let (response, next) = self.serve(&request);
                self.told(response.map(|response| response.to_line()), next)
            }
            ClientMessage::Batch(batch) => {
                let ids = batch.iter().flatten().filter_map(|request| request.id.clone());
                self.client.wire().begin_batch(ids);
                let mut next = Next::Input;
                for request in batch {
                    let answer = match request {
                        Err(refusal) => Some(refusal),
                        Ok(request) => {
                            let (answer, then) = self.serve(&request);
                            next = then;
                            answer
                        }
                    };
                    if next == Next::AbandonedCommand {
                        // What has come of it is told by whoever goes on.
                        return self.told(None, next);
                    }
                    self.client.wire().add_answer(answer);
                    if next == Next::End {
                        break;
                    }
                }
                let line = self.client.wire().end_batch();
                self.told(line, next)
            }
        }
    }

    /// Refuses what cannot be a request.
    pub(super) fn refuse_message(&mut self, kind: ErrorKind, message: &str) -> Reply {
        self.told(Some(Response::failed(Id::Null, Error::new(kind, message)).to_line()), Next::Input)
    }

    /// What to send: after everything that waits to be sent.
    pub(super) fn told(&self, line: Option<String>, next: Next) -> Reply {
        if next == Next::AbandonedCommand {
            return Reply { bytes: Vec::new(), next, due: None };
        }
        let mut bytes = self.client.wire().drain();
        bytes.extend(line.unwrap_or_default().into_bytes());
        Reply { bytes, next, due: self.watches.due() }
    }

    /// The answer to the request that was running in the session before, which had to be given up.
    pub(super) fn message_of_resumption(
        &self,
        AbandonedCommand { stop, stuck }: AbandonedCommand,
    ) -> Vec<u8> {
        let mut error = values::stopped(stop, None);
        error.message += ", and has not come back from the program's code";
        let error = error.with_help(Some(format!(
            "its thread is left to it ({stuck} of {MAX_ABANDONED} at most), and the session's variables went with it"
        )));
        let line = self.client.wire().give_up(&error);
        self.told(line, Next::Input).bytes
    }

    fn serve(&mut self, request: &Request) -> (Option<Response>, Next) {
        let answer = if !self.client.wire().dequeue(request.id.as_ref()) {
            Err(cancelled().into())
        } else if self.client.wire().is_batch_full() {
            let message = "the batch has more than 1 MiB of answers already, and this was not run";
            Err(Error::new(ErrorKind::Limit, message).into())
        } else {
            self.answer(request)
        };
        let (outcome, next) = match answer {
            Ok(answer) => {
                (Ok(answer), if request.method == Shutdown::NAME { Next::End } else { Next::Input })
            }
            Err(Failed::Error(error)) => (Err(error), Next::Input),
            Err(Failed::End) => (farewell(&request.method).map_err(|error| internal(&error)), Next::End),
            Err(Failed::AbandonedCommand) => return (None, Next::AbandonedCommand),
        };
        (request.id.clone().map(|id| Response::new(id, outcome)), next)
    }

    fn answer(&mut self, request: &Request) -> Answer {
        match request.method.as_str() {
            Info::NAME => {
                let Info { .. } = request.params()?;
                raw(&self.information())
            }
            Eval::NAME => self.eval(request),
            Cancel::NAME => {
                let Cancel { .. } = request.params()?;
                // Requests are answered in their order, so that every one before this has been.
                raw(&Cancellation { cancelled: false })
            }
            Complete::NAME => {
                let Complete { code, cursor, .. } = request.params()?;
                self.begin(request);
                let outcome = self.evaluator.complete(&code, cursor);
                raw(&self.settle(outcome)?)
            }
            Check::NAME => {
                let Check { code, .. } = request.params()?;
                raw(&match self.evaluator.is_complete(&code) {
                    Ok(true) => CheckResult { state: Completeness::Complete, error: None },
                    Ok(false) => CheckResult { state: Completeness::Incomplete, error: None },
                    Err(diagnosis) => {
                        CheckResult { state: Completeness::Invalid, error: Some(values::error(&diagnosis)) }
                    }
                })
            }
            Describe::NAME => {
                let Describe { path, .. } = request.params()?;
                self.begin(request);
                let outcome = self.evaluator.describe(path.as_deref());
                raw(&self.settle(outcome)?)
            }
            Inspect::NAME => {
                let Inspect { path, offset, limit, .. } = request.params()?;
                let text = format!("inspect {}", path.as_deref().unwrap_or_default());
                let inspection = self.commanded(request, text.trim(), |session| {
                    session.evaluator.inspect(path.as_deref(), offset, limit)
                })?;
                raw(&inspection)
            }
            Set::NAME => {
                let Set { path, value, .. } = request.params()?;
                let value = values::from_data(value)?;
                let text = format!("{path} = {value}");
                self.commanded(request, &text, |session| session.evaluator.set(&path, &value))?;
                raw(&Empty {})
            }
            Call::NAME => self.call(request),
            Watch::NAME => self.watch_for(request),
            Unwatch::NAME => {
                let Unwatch { watch, .. } = request.params()?;
                self.watches.remove(watch)?;
                raw(&Empty {})
            }
            Shutdown::NAME => {
                let Shutdown { .. } = request.params()?;
                raw(&Empty {})
            }
            other => {
                let message = format!("there is no method `{other}`");
                let help = Some(format!("the methods: {}", METHODS.join(", ")));
                Err(Error::new(ErrorKind::MethodNotFound, message).with_help(help).into())
            }
        }
    }

    fn eval(&mut self, request: &Request) -> Answer {
        let Eval { code, timeout_ms, format, .. } = request.params()?;
        if code.len() > self.config.limits.command {
            return Err(Error::new(ErrorKind::Limit, self.too_long().message).into());
        }
        let Some(code) = meant(&code) else { return Err(Failed::End) };
        let terms = RunOptions { timeout: timeout_ms.map(Duration::from_millis), ephemeral: false };
        let start = Instant::now();
        let evaluated =
            self.commanded(request, code, |session| session.evaluator.evaluate(code, terms, wanted(format)))?;
        raw(&evaluation(evaluated, start))
    }

    fn call(&mut self, request: &Request) -> Answer {
        let Call { path, method, args, .. } = request.params()?;
        let args = args.unwrap_or_default().into_iter().map(values::from_data);
        let args = args.collect::<Result<Vec<_>, _>>()?;
        let written: Vec<_> = args.iter().map(Value::to_string).collect();
        let dot = if method.is_some() { "." } else { "" };
        let name = method.as_deref().unwrap_or_default();
        let text = format!("{path}{dot}{name}({})", written.join(", "));
        let start = Instant::now();
        let evaluated = self.commanded(request, &text, |session| {
            session.evaluator.call(&path, method.as_deref(), args, wanted(None))
        })?;
        raw(&evaluation(evaluated, start))
    }

    /// Runs what a request asks for, as a command that is written as `text` in the records.
    fn commanded<T>(
        &mut self,
        request: &Request,
        text: &str,
        run: impl FnOnce(&mut Self) -> Outcome<T>,
    ) -> Result<T, Failed> {
        self.begin(request);
        self.session_info.command(text, || self.evaluator.redacted(text));
        let outcome = run(self);
        self.tell(&outcome);
        self.settle(outcome)
    }

    /// Something begins to run that other requests may overtake.
    fn begin(&self, request: &Request) {
        self.begin_as(Ran::Request(request.id.clone()));
    }

    fn begin_as(&self, what: Ran) {
        self.client.wire().begin(what, self.evaluator.completer(), self.information());
    }

    /// What a program is told of an outcome. What began to run has ended.
    fn settle<T>(&self, outcome: Outcome<T>) -> Result<T, Failed> {
        if matches!(outcome, Outcome::Abandoned) {
            self.given_up.set(true);
            return Err(Failed::AbandonedCommand);
        }
        self.client.wire().end();
        match outcome {
            Outcome::Done(done) => Ok(done),
            Outcome::Incomplete => {
                Err(Error::new(ErrorKind::Incomplete, "the command is not complete").into())
            }
            Outcome::Failed(diagnosis) => Err(values::error(&diagnosis).into()),
            Outcome::WatchEnded | Outcome::Stopped(crate::engine::StopReason::Cancelled, _) => {
                Err(cancelled().into())
            }
            Outcome::Stopped(crate::engine::StopReason::HangUp, _) | Outcome::Exit => Err(Failed::End),
            Outcome::Stopped(stop, remark) => Err(values::stopped(stop, remark).into()),
            Outcome::Abandoned => Err(Failed::AbandonedCommand),
        }
    }

    fn information(&self) -> ServerInfo {
        ServerInfo {
            application: self.evaluator.application().to_owned(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            protocol: VERSION,
            uptime_ms: u64::try_from(self.config.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            level: self.evaluator.level().to_string(),
            session: self.session_info.session(),
            limits: self.evaluator.limits(),
            longest_message: self.config.limits.command,
        }
    }
}

const METHODS: [&str; 12] = [
    Info::NAME,
    Eval::NAME,
    Cancel::NAME,
    Complete::NAME,
    Check::NAME,
    Describe::NAME,
    Inspect::NAME,
    Set::NAME,
    Call::NAME,
    Watch::NAME,
    Unwatch::NAME,
    Shutdown::NAME,
];

fn wanted(format: Option<Format>) -> ResultFields {
    match format.unwrap_or_default() {
        Format::Value => ResultFields { data: true, text: false },
        Format::Text => ResultFields { data: false, text: true },
        _ => ResultFields { data: true, text: true },
    }
}

fn evaluation(evaluated: RenderedResult, start: Instant) -> Evaluation {
    let RenderedResult { data, text, type_name, cut } = evaluated;
    Evaluation {
        elapsed_us: u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX),
        cut,
        value: data.map(values::to_data),
        text,
        r#type: type_name,
    }
}

/// The answer to what has ended the session.
fn farewell(method: &str) -> serde_json::Result<Box<RawValue>> {
    match method {
        Eval::NAME | Call::NAME => to_raw_value(&Evaluation {
            elapsed_us: 0,
            cut: false,
            value: Some(values::to_data(Value::Unit)),
            text: None,
            r#type: None,
        }),
        _ => to_raw_value(&Empty {}),
    }
}

fn raw(answer: &impl serde::Serialize) -> Answer {
    to_raw_value(answer).map_err(|error| internal(&error).into())
}

fn internal(error: &serde_json::Error) -> Error {
    Error::new(ErrorKind::Internal, error.to_string())
}
