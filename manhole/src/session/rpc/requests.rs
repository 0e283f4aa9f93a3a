//! JSON-RPC requests: from a line to its response.

use std::time::{Duration, Instant};

use manhole_protocol::message::{ClientMessage, Id, Request, Response, parse_client_line};
use manhole_protocol::methods::{
    Call, Cancel, CancelResult, Check, CheckResult, Complete, Completeness, Describe, Empty, Eval,
    Evaluation, Format, Identify, Info, Inspect, Method, ServerInfo, Set, Shutdown, Unwatch, Watch,
    WatchStarted,
};
use manhole_protocol::{Error, ErrorKind, VERSION};
use serde_json::value::{RawValue, to_raw_value};

use super::connection_state::RunningKind;
use super::convert;
use super::watches::EVALUATION_TIMEOUT;
use crate::engine::{
    AbandonedCommand, CallRequest, CheckOutcome, CommandResult, RenderedResult, ResultFields, RunOptions,
    StopReason,
};
use crate::reflect::Value;
use crate::session::reply::{AfterReply, Reply};
use crate::session::session::{Session, expand_shortcut};

/// Why a request has no result.
enum Failed {
    /// It has failed.
    Error(Error),
    /// The session ends.
    End,
    /// The session was abandoned, and another one responds.
    Abandoned,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

type MethodResult = Result<Box<RawValue>, Failed>;

impl Session {
    /// Replies to a line of a JSON-RPC client.
    pub(in crate::session) fn message(&mut self, line: &str) -> Reply {
        if line.trim().is_empty() {
            return self.rpc_reply(None, AfterReply::Input);
        }
        match parse_client_line(line) {
            ClientMessage::Single(Err(response)) => {
                self.rpc_reply(Some(response.to_line()), AfterReply::Input)
            }
            ClientMessage::Single(Ok(request)) => {
                let (response, next) = self.serve(&request);
                self.rpc_reply(response.map(|response| response.to_line()), next)
            }
            ClientMessage::Batch(batch) => {
                let ids = batch.iter().flatten().filter_map(|request| request.id.clone());
                self.client.rpc_state().begin_batch(ids);
                let mut next = AfterReply::Input;
                for request in batch {
                    let response = match request {
                        Err(refusal) => Some(refusal),
                        Ok(request) => {
                            let (response, then) = self.serve(&request);
                            next = then;
                            response
                        }
                    };
                    if next == AfterReply::Abandoned {
                        // The next session responds.
                        return self.rpc_reply(None, next);
                    }
                    self.client.rpc_state().add_response(response);
                    if next == AfterReply::End {
                        break;
                    }
                }
                let line = self.client.rpc_state().end_batch();
                self.rpc_reply(line, next)
            }
        }
    }

    /// Replies to a line that is not a request.
    pub(in crate::session) fn refuse_message(&mut self, kind: ErrorKind, message: &str) -> Reply {
        self.rpc_reply(
            Some(Response::failed(Id::Null, Error::new(kind, message)).to_line()),
            AfterReply::Input,
        )
    }

    /// Returns a reply with the queued lines, and then `line`.
    pub(in crate::session) fn rpc_reply(&self, line: Option<String>, next: AfterReply) -> Reply {
        if next == AfterReply::Abandoned {
            return Reply { bytes: Vec::new(), next, due: None };
        }
        let bytes = self.client.rpc_state().take_queue(&line.unwrap_or_default());
        Reply { bytes, next, due: self.watches.due() }
    }

    /// Responds to the request that was running in the abandoned session of this client.
    pub(in crate::session) fn resume_rpc(&self, abandoned: AbandonedCommand) -> Reply {
        let mut error = convert::stopped(abandoned.stop, None);
        error.message = abandoned.message();
        let error = error.with_help(Some(abandoned.help()));
        let line = self.client.rpc_state().abandon(&error);
        self.rpc_reply(line, AfterReply::Input)
    }

    fn serve(&mut self, request: &Request) -> (Option<Response>, AfterReply) {
        let result = if !self.client.rpc_state().dequeue(request.id.as_ref()) {
            Err(convert::stopped(StopReason::Cancelled, None).into())
        } else if self.client.rpc_state().is_batch_full() {
            let message = "cannot run the request: the results of its batch have more than 1 MiB";
            Err(Error::new(ErrorKind::Limit, message).into())
        } else {
            self.run_method(request)
        };
        let (outcome, next) = match result {
            Ok(result) => (
                Ok(result),
                if request.method == Shutdown::NAME { AfterReply::End } else { AfterReply::Input },
            ),
            Err(Failed::Error(error)) => (Err(error), AfterReply::Input),
            Err(Failed::End) => {
                (final_result(&request.method).map_err(|error| internal(&error)), AfterReply::End)
            }
            Err(Failed::Abandoned) => return (None, AfterReply::Abandoned),
        };
        (request.id.clone().map(|id| Response::new(id, outcome)), next)
    }

    fn run_method(&mut self, request: &Request) -> MethodResult {
        match request.method.as_str() {
            Info::NAME => {
                let Info { .. } = request.params()?;
                raw(&self.server_info())
            }
            Identify::NAME => {
                let Identify { client, .. } = request.params()?;
                self.session_info.name_client(&client);
                raw(&Empty {})
            }
            Eval::NAME => self.eval(request),
            Cancel::NAME => {
                let Cancel { .. } = request.params()?;
                // Requests run in order, so that all earlier ones have ended.
                raw(&CancelResult { cancelled: false })
            }
            Complete::NAME => {
                let Complete { code, cursor, .. } = request.params()?;
                // It reads keys of live values.
                let text: String = "complete ".chars().chain(code.chars().take(cursor)).collect();
                raw(&self.run_audited(request, &text, |session| session.evaluator.complete(&code, cursor))?)
            }
            Check::NAME => {
                let Check { code, .. } = request.params()?;
                self.begin(request);
                let outcome = self.evaluator.check(&code);
                let (state, error) = match self.end(outcome)? {
                    CheckOutcome::Complete => (Completeness::Complete, None),
                    CheckOutcome::Incomplete(_) => (Completeness::Incomplete, None),
                    CheckOutcome::Invalid(error) => (Completeness::Invalid, Some(convert::error(&error))),
                };
                let secret = self.evaluator.mentions_secret(&code).then_some(true);
                raw(&CheckResult { state, error, secret })
            }
            Describe::NAME => {
                let Describe { path, .. } = request.params()?;
                self.begin(request);
                let outcome = self.evaluator.describe(path.as_deref());
                raw(&self.end(outcome)?)
            }
            Inspect::NAME => {
                let Inspect { path, offset, limit, .. } = request.params()?;
                let text = format!("inspect {}", path.as_deref().unwrap_or_default());
                let inspection = self.run_audited(request, text.trim(), |session| {
                    session.evaluator.inspect(path.as_deref(), offset, limit)
                })?;
                raw(&inspection)
            }
            Set::NAME => {
                let Set { path, value, .. } = request.params()?;
                let value = convert::from_data(value)?;
                let text = format!("{path} = {value}");
                self.run_audited(request, &text, |session| session.evaluator.set(&path, &value))?;
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
                let message = format!("cannot find the method `{other}`");
                let help = Some(format!("use one of {}", METHODS.join(", ")));
                Err(Error::new(ErrorKind::MethodNotFound, message).with_help(help).into())
            }
        }
    }

    fn eval(&mut self, request: &Request) -> MethodResult {
        let Eval { code, timeout_ms, format, columns, .. } = request.params()?;
        if code.len() > self.config.limits.command {
            return Err(Error::new(ErrorKind::Limit, self.too_long().error.message).into());
        }
        let Some(code) = expand_shortcut(&code) else { return Err(Failed::End) };
        let options =
            RunOptions { timeout: timeout_ms.map(Duration::from_millis), columns, ephemeral: false };
        let start = Instant::now();
        let evaluated = self.run_audited(request, code, |session| {
            session.evaluator.evaluate(code, options, result_fields(format))
        })?;
        raw(&evaluation(evaluated, start))
    }

    fn call(&mut self, request: &Request) -> MethodResult {
        let Call { path, method, args, .. } = request.params()?;
        let args = args.unwrap_or_default().into_iter().map(convert::from_data);
        let args = args.collect::<Result<Vec<_>, _>>()?;
        let texts: Vec<_> = args.iter().map(Value::to_string).collect();
        let dot = if method.is_some() { "." } else { "" };
        let name = method.as_deref().unwrap_or_default();
        let text = format!("{path}{dot}{name}({})", texts.join(", "));
        let start = Instant::now();
        let evaluated = self.run_audited(request, &text, |session| {
            let call = CallRequest { path: &path, method: method.as_deref(), args };
            session.evaluator.call(call, result_fields(None))
        })?;
        raw(&evaluation(evaluated, start))
    }

    /// Runs a request as a command, with `text` in its audit event.
    fn run_audited<T>(
        &mut self,
        request: &Request,
        text: &str,
        run: impl FnOnce(&mut Self) -> CommandResult<T>,
    ) -> Result<T, Failed> {
        self.begin(request);
        self.session_info.begin_command(text, || self.evaluator.redacted(text));
        let outcome = run(self);
        self.audit_outcome(&outcome);
        self.end(outcome)
    }

    /// Marks a request as running. Urgent requests may overtake it.
    fn begin(&mut self, request: &Request) {
        self.begin_as(RunningKind::Request(request.id.clone()));
    }

    fn begin_as(&mut self, what: RunningKind) {
        self.client.rpc_state().begin(what, self.evaluator.completer(), self.server_info());
    }

    /// Ends a running request, and converts its outcome.
    fn end<T>(&self, outcome: CommandResult<T>) -> Result<T, Failed> {
        if matches!(outcome, CommandResult::Abandoned) {
            self.is_abandoned.set(true);
            return Err(Failed::Abandoned);
        }
        self.client.rpc_state().end();
        match outcome {
            CommandResult::Done(done) => Ok(done),
            CommandResult::Incomplete => {
                Err(Error::new(ErrorKind::Incomplete, "cannot run the command: it is incomplete").into())
            }
            CommandResult::Failed(diagnostic) => Err(convert::error(&diagnostic).into()),
            CommandResult::WatchEnded => Err(convert::stopped(StopReason::Cancelled, None).into()),
            CommandResult::Stopped(StopReason::HangUp, _) | CommandResult::Exit => Err(Failed::End),
            CommandResult::Stopped(stop, stop_hint) => Err(convert::stopped(stop, stop_hint).into()),
            CommandResult::Abandoned => Err(Failed::Abandoned),
        }
    }

    fn server_info(&self) -> ServerInfo {
        ServerInfo {
            application: self.evaluator.application().to_owned(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            protocol: VERSION,
            uptime_ms: u64::try_from(self.config.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            level: self.evaluator.level().to_string(),
            session: self.session_info.session(),
            limits: self.evaluator.limits(),
            max_message_bytes: self.config.limits.command,
        }
    }
}

impl Session {
    fn watch_for(&mut self, request: &Request) -> MethodResult {
        let Watch { code, interval_ms, .. } = request.params()?;
        self.begin(request);
        let outcome = self.evaluator.check(&code);
        if let CheckOutcome::Invalid(error) = self.end(outcome)? {
            return Err(convert::error(&error).into());
        }
        let watch = self.watches.add(code, Duration::from_millis(interval_ms))?;
        raw(&WatchStarted { watch })
    }

    /// Evaluates the watch that is due, if one is, and notifies the client of a change.
    pub(crate) fn poll_due_watch(&mut self) -> Reply {
        let now = Instant::now();
        let Some(watched) = self.watches.next_due(now) else {
            return self.rpc_reply(None, AfterReply::Input);
        };
        let (number, code, first) = (watched.number, watched.code.clone(), watched.last_sent.is_none());
        self.begin_as(RunningKind::Watch(number));
        self.session_info.begin_command(&code, || self.evaluator.redacted(&code));
        let options = RunOptions { timeout: Some(EVALUATION_TIMEOUT), ephemeral: true, columns: None };
        let outcome = self.evaluator.evaluate(&code, options, ResultFields { data: true, text: true });
        // All evaluations are one command, so that only the first is recorded, and one that does what no other did.
        let is_exit = matches!(outcome, CommandResult::Stopped(StopReason::ProcessExit(_), _));
        if !first && !is_exit && self.evaluator.was_denied().is_none() {
            self.session_info.forget_command();
        }
        self.audit_outcome(&outcome);
        let result = match self.end(outcome) {
            Ok(evaluated) => Ok(evaluation(evaluated, now)),
            Err(Failed::Error(error)) => Err(error),
            Err(Failed::End) => return self.rpc_reply(None, AfterReply::End),
            Err(Failed::Abandoned) => return self.rpc_reply(None, AfterReply::Abandoned),
        };
        let changed = self.watches.update(number, result);
        let line = changed.and_then(|changed| Request::notification(&changed).ok());
        self.rpc_reply(line.map(|notification| notification.to_line()), AfterReply::Input)
    }
}

const METHODS: [&str; 13] = [
    Info::NAME,
    Identify::NAME,
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

fn result_fields(format: Option<Format>) -> ResultFields {
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

/// Returns the result of a request that has ended the session.
fn final_result(method: &str) -> serde_json::Result<Box<RawValue>> {
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

fn raw(result: &impl serde::Serialize) -> MethodResult {
    to_raw_value(result).map_err(|error| internal(&error).into())
}

fn internal(error: &serde_json::Error) -> Error {
    Error::new(ErrorKind::Internal, error.to_string())
}
