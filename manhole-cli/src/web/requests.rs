//! The requests that the page may send, and their answers.

use manhole_protocol::methods::{Call, Check, Complete, Describe, Eval, Info, Inspect, Method, Set};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::connect::rpc_client::{RpcClient, ServerEvent};
use crate::connect::wait::WaitOptions;
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

/// A session of its own for each, so that a long command does not stop the views.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LaneName {
    Views,
    Console,
}

/// Why a request has no result.
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

/// Returns the answer to a request as JSON.
pub(super) fn answer(id: u64, outcome: Result<Value, Failure>) -> String {
    match outcome {
        Ok(result) => json!({ "id": id, "result": result }),
        Err(Failure { kind, text }) => json!({ "id": id, "error": { "kind": kind, "text": text } }),
    }
    .to_string()
}

/// Sends a request of the page to its application, if the page may send it.
pub(super) fn run(
    client: &mut RpcClient,
    request: &PageRequest,
    wait: &WaitOptions<'_>,
) -> Result<Value, Failure> {
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

fn send<M: Method>(client: &mut RpcClient, params: &Value, wait: &WaitOptions<'_>) -> Result<Value, Failure> {
    let wrong = |error: serde_json::Error| Failure::new("request", format!("error: {error}"));
    let method: M = serde_json::from_value(params.clone()).map_err(wrong)?;
    let id = client.start(&method)?;
    let mut printed = String::new();
    let result = client.finish::<M>(&id, wait, &mut |event| {
        if let ServerEvent::Print(print) = event {
            let room = MAX_PRINTED.saturating_sub(printed.len());
            printed.extend(print.text.chars().take(room));
        }
        Ok(())
    });
    let mut value = match result {
        Ok(result) => serde_json::to_value(result).map_err(wrong)?,
        Err(error) => {
            let Failure { kind, text } = error.into();
            return Err(Failure { kind, text: printed + &text });
        }
    };
    if let Value::Object(fields) = &mut value
        && !printed.is_empty()
    {
        fields.insert("printed".to_owned(), Value::String(printed));
    }
    Ok(value)
}
