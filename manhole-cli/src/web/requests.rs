//! The requests that the page may send, and their answers.

use manhole_client::cli_support::rpc_client::{RpcClient, ServerEvent};
use manhole_client::cli_support::wait::WaitOptions;
use manhole_protocol::methods::{Call, Check, Complete, Describe, Eval, Info, Inspect, Method, Set};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::error::{CliError, CliErrorKind};

/// The most characters of printed text that an answer has.
const MAX_PRINTED: usize = 64 * 1024;

/// A message of the page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageRequest {
    /// Counted up by the page.
    pub(super) id: u64,
    /// The position of the application.
    pub(super) target: usize,
    pub(super) lane: LaneName,
    /// A method of the protocol, or `cancel`, which cancels all requests of the lane so far.
    pub(super) method: String,
    #[serde(default)]
    pub(super) params: Value,
}

/// The session that a request goes to. There are two, so that a long command does not stop the views.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LaneName {
    Views,
    Console,
}

/// Why a request has no result.
#[derive(Serialize)]
pub(super) struct Failure {
    kind: &'static str,
    text: String,
}

impl Failure {
    pub(super) fn new(kind: &'static str, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

impl From<CliError> for Failure {
    fn from(error: CliError) -> Self {
        let kind = match error.kind() {
            CliErrorKind::Connection | CliErrorKind::Busy | CliErrorKind::Token => "connection",
            CliErrorKind::Denied => "denied",
            CliErrorKind::Timeout => "timeout",
            CliErrorKind::Interrupted => "cancelled",
            _ => "command",
        };
        Self::new(kind, error.report())
    }
}

/// The result of a request as JSON, with what the application printed. Not parsed again: that would lose the order of fields.
#[derive(Serialize)]
pub(super) struct Success {
    result: Box<RawValue>,
    printed: String,
}

/// The answer to a request.
#[derive(Serialize)]
struct Answer {
    id: u64,
    #[serde(flatten)]
    success: Option<Success>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

/// Returns the answer to a request as JSON.
pub(super) fn answer(id: u64, outcome: Result<Success, Failure>) -> String {
    let (success, error) = match outcome {
        Ok(success) => (Some(success), None),
        Err(failure) => (None, Some(failure)),
    };
    // It has no keys that could fail.
    serde_json::to_string(&Answer { id, success, error }).unwrap_or_default()
}

/// Sends a request of the page to its application, if the page may send it.
pub(super) fn run(
    client: &mut RpcClient,
    request: &PageRequest,
    wait: &WaitOptions<'_>,
) -> Result<Success, Failure> {
    let send = match request.method.as_str() {
        Call::NAME => send::<Call>,
        Check::NAME => send::<Check>,
        Complete::NAME => send::<Complete>,
        Describe::NAME => send::<Describe>,
        Eval::NAME => send::<Eval>,
        Info::NAME => send::<Info>,
        Inspect::NAME => send::<Inspect>,
        Set::NAME => send::<Set>,
        other => return Err(Failure::new("request", format!("error: the page cannot send `{other}`"))),
    };
    send(client, &request.params, wait)
}

fn send<M: Method>(
    client: &mut RpcClient,
    params: &Value,
    wait: &WaitOptions<'_>,
) -> Result<Success, Failure> {
    let wrong = |error: serde_json::Error| Failure::new("request", format!("error: {error}"));
    let method: M = serde_json::from_value(params.clone()).map_err(wrong)?;
    let id = client.start(&method).map_err(CliError::from)?;
    let mut printed = String::new();
    let result = client.finish::<M, CliError>(&id, wait, &mut |event| {
        if let ServerEvent::Print(print) = event {
            let room = MAX_PRINTED.saturating_sub(printed.len());
            printed.extend(print.text.chars().take(room));
        }
        Ok(())
    });
    match result {
        Ok(result) => Ok(Success { result: to_raw_value(&result).map_err(wrong)?, printed }),
        Err(error) => {
            let Failure { kind, text } = error.into();
            Err(Failure { kind, text: printed + &text })
        }
    }
}
