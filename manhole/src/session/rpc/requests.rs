//! Requests: from a line to the answer.

use std::time::{Duration, Instant};

use manhole_protocol::message::{ClientMessage, Id, Request, Response, parse_client_line};
use manhole_protocol::methods::{
    Call, Cancel, Cancellation, Check, CheckResult, Complete, Completeness, Describe, Empty, Eval,
    Evaluation, Format, Info, Inspect, Method, ServerInfo, Set, Shutdown, Unwatch, Watch, WatchStarted,
};
use manhole_protocol::{Error, ErrorKind, VERSION};
use serde_json::value::{RawValue, to_raw_value};

use super::connection_state::{RunningKind, cancelled};
use super::convert;
use super::watches::EVALUATION_TIMEOUT;
use crate::engine::{AbandonedCommand, MAX_ABANDONED, Outcome, RenderedResult, ResultFields, RunOptions};
use crate::reflect::Value;
use crate::session::reply::{AfterReply, Reply};
use crate::session::session::{Session, expand_shortcut};

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
    pub(in crate::session) fn message(&mut self, line: &str) -> Reply {
        if line.trim().is_empty() {
            return self.told(None, AfterReply::Input);
        }
        match parse_client_line(line) {
            ClientMessage::Single(Err(response)) => self.told(Some(response.to_line()), AfterReply::Input),
            ClientMessage::Single(Ok(request)) => {
                let (response, next) = self.serve(&request);
                self.told(response.map(|response| response.to_line()), next)
            }
            ClientMessage::Batch(batch) => {
                let ids = batch.iter().flatten().filter_map(|request| request.id.clone());
                self.client.rpc_state().begin_batch(ids);
                let mut next = AfterReply::Input;
                for request in batch {
                    let answer = match request {
                        Err(refusal) => Some(refusal),
                        Ok(request) => {
                            let (answer, then) = self.serve(&request);
                            next = then;
                            answer
                        }
                    };
                    if next == AfterReply::AbandonedCommand {
                        // What has come of it is told by whoever goes on.
                        return self.told(None, next);
                    }
                    self.client.rpc_state().add_answer(answer);
                    if next == AfterReply::End {
                        break;
                    }
                }
                let line = self.client.rpc_state().end_batch();
                self.told(line, next)
            }
        }
    }

    /// Refuses what cannot be a request.
    pub(in crate::session) fn refuse_message(&mut self, kind: ErrorKind, message: &str) -> Reply {
        self.told(Some(Response::failed(Id::Null, Error::new(kind, message)).to_line()), AfterReply::Input)
    }

    /// What to send: after everything that waits to be sent.
    pub(in crate::session) fn told(&self, line: Option<String>, next: AfterReply) -> Reply {
        if next == AfterReply::AbandonedCommand {
            return Reply { bytes: Vec::new(), next, due: None };
        }
        let mut bytes = self.client.rpc_state().drain();
        bytes.extend(line.unwrap_or_default().into_bytes());
        Reply { bytes, next, due: self.watches.due() }
    }

    /// The answer to the request that was running in the session before, which had to be given up.
    pub(in crate::session) fn message_of_resumption(
        &self,
        AbandonedCommand { stop, stuck }: AbandonedCommand,
    ) -> Reply {
        let mut error = convert::stopped(stop, None);
        error.message += ", and has not come back from the program's code";
        let error = error.with_help(Some(format!(
            "its thread is left to it ({stuck} of {MAX_ABANDONED} at most), and the session's variables went with it"
        )));
        let line = self.client.rpc_state().give_up(&error);
        self.told(line, AfterReply::Input)
    }

    fn serve(&mut self, request: &Request) -> (Option<Response>, AfterReply) {
        let answer = if !self.client.rpc_state().dequeue(request.id.as_ref()) {
            Err(cancelled().into())
        } else if self.client.rpc_state().is_batch_full() {
            let message = "the batch has more than 1 MiB of answers already, and this was not run";
            Err(Error::new(ErrorKind::Limit, message).into())
        } else {
            self.answer(request)
        };
        let (outcome, next) = match answer {
            Ok(answer) => (
                Ok(answer),
                if request.method == Shutdown::NAME { AfterReply::End } else { AfterReply::Input },
            ),
            Err(Failed::Error(error)) => (Err(error), AfterReply::Input),
            Err(Failed::End) => {
                (farewell(&request.method).map_err(|error| internal(&error)), AfterReply::End)
            }
            Err(Failed::AbandonedCommand) => return (None, AfterReply::AbandonedCommand),
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
                        CheckResult { state: Completeness::Invalid, error: Some(convert::error(&diagnosis)) }
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
                let value = convert::from_data(value)?;
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
        let Some(code) = expand_shortcut(&code) else { return Err(Failed::End) };
        let terms = RunOptions { timeout: timeout_ms.map(Duration::from_millis), ephemeral: false };
        let start = Instant::now();
        let evaluated =
            self.commanded(request, code, |session| session.evaluator.evaluate(code, terms, wanted(format)))?;
        raw(&evaluation(evaluated, start))
    }

    fn call(&mut self, request: &Request) -> Answer {
        let Call { path, method, args, .. } = request.params()?;
        let args = args.unwrap_or_default().into_iter().map(convert::from_data);
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
        self.session_info.begin_command(text, || self.evaluator.redacted(text));
        let outcome = run(self);
        self.audit_outcome(&outcome);
        self.settle(outcome)
    }

    /// Something begins to run that other requests may overtake.
    fn begin(&self, request: &Request) {
        self.begin_as(RunningKind::Request(request.id.clone()));
    }

    fn begin_as(&self, what: RunningKind) {
        self.client.rpc_state().begin(what, self.evaluator.completer(), self.information());
    }

    /// What a program is told of an outcome. What began to run has ended.
    fn settle<T>(&self, outcome: Outcome<T>) -> Result<T, Failed> {
        if matches!(outcome, Outcome::Abandoned) {
            self.given_up.set(true);
            return Err(Failed::AbandonedCommand);
        }
        self.client.rpc_state().end();
        match outcome {
            Outcome::Done(done) => Ok(done),
            Outcome::Incomplete => {
                Err(Error::new(ErrorKind::Incomplete, "the command is not complete").into())
            }
            Outcome::Failed(diagnosis) => Err(convert::error(&diagnosis).into()),
            Outcome::WatchEnded | Outcome::Stopped(crate::engine::StopReason::Cancelled, _) => {
                Err(cancelled().into())
            }
            Outcome::Stopped(crate::engine::StopReason::HangUp, _) | Outcome::Exit => Err(Failed::End),
            Outcome::Stopped(stop, remark) => Err(convert::stopped(stop, remark).into()),
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

impl Session {
    fn watch_for(&mut self, request: &Request) -> Answer {
        let Watch { code, interval_ms, .. } = request.params()?;
        if let Err(diagnosis) = self.evaluator.is_complete(&code) {
            return Err(convert::error(&diagnosis).into());
        }
        let watch = self.watches.add(code, Duration::from_millis(interval_ms))?;
        raw(&WatchStarted { watch })
    }

    /// Looks at the watch that is due, if one is, and tells what has changed.
    pub(crate) fn poll_due_watch(&mut self) -> Reply {
        let now = Instant::now();
        let Some(watched) = self.watches.next_due(now) else {
            return self.told(None, AfterReply::Input);
        };
        let (number, code, first) = (watched.number, watched.code.clone(), watched.last_sent.is_none());
        self.begin_as(RunningKind::Watch(number));
        // All looks are the same command, so only the first is told.
        if first {
            self.session_info.begin_command(&code, || self.evaluator.redacted(&code));
        }
        let terms = RunOptions { timeout: Some(EVALUATION_TIMEOUT), ephemeral: true };
        let outcome = self.evaluator.evaluate(&code, terms, ResultFields { data: true, text: true });
        self.audit_outcome(&outcome);
        let seen = match self.settle(outcome) {
            Ok(evaluated) => Ok(evaluation(evaluated, now)),
            Err(Failed::Error(error)) => Err(error),
            Err(Failed::End) => return self.told(None, AfterReply::End),
            Err(Failed::AbandonedCommand) => return self.told(None, AfterReply::AbandonedCommand),
        };
        let notice = self.watches.seen(number, seen);
        let line = notice.and_then(|notice| Request::notification(&notice).ok());
        self.told(line.map(|notification| notification.to_line()), AfterReply::Input)
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
        value: data.map(convert::to_data),
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
            value: Some(convert::to_data(Value::Unit)),
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
