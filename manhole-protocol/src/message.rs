//! Requests, responses and notifications; parsing and writing a line.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::methods::{Method, Notification};
use crate::text::escape_json;
use crate::{Error, ErrorKind};

pub use crate::id::Id;

/// The version of JSON-RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Version {
    #[serde(rename = "2.0")]
    V2,
}

/// A request, or a notification if it has no id.
///
/// ```
/// use manhole_protocol::message::{Request, ClientMessage, parse_client_line};
/// use manhole_protocol::methods::Eval;
///
/// let line = Request::new("a", &Eval::new("1 + 1"))?.to_line();
/// let ClientMessage::Single(Ok(request)) = parse_client_line(&line) else { panic!("a request") };
/// assert_eq!(request.params::<Eval>()?.code, "1 + 1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(expecting = "an object")]
pub struct Request {
    jsonrpc: Version,
    /// The id, which the response repeats. `None` for a notification, which has no response.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// The name of the method.
    pub method: String,
    /// The parameters, by name or by position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<Box<RawValue>>,
}

/// Reads `null` as an id; only a missing field is `None`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Id>, D::Error> {
    Id::deserialize(deserializer).map(Some)
}

impl Request {
    /// Returns a request for `method`.
    ///
    /// ```
    /// use manhole_protocol::message::Request;
    /// use manhole_protocol::methods::Eval;
    ///
    /// let line = Request::new(1, &Eval::new("1 + 1"))?.to_line();
    /// assert_eq!(line.trim_end(), r#"{"jsonrpc":"2.0","id":1,"method":"eval","params":{"code":"1 + 1"}}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the parameters cannot be written as JSON.
    pub fn new<M: Method>(id: impl Into<Id>, method: &M) -> serde_json::Result<Self> {
        let params = Some(serde_json::value::to_raw_value(method)?);
        Ok(Self { jsonrpc: Version::V2, id: Some(id.into()), method: M::NAME.to_owned(), params })
    }

    /// Returns a notification.
    ///
    /// ```
    /// use manhole_protocol::message::{Id, Request};
    /// use manhole_protocol::methods::Print;
    ///
    /// let print = Print { text: "hello\n".to_owned(), id: Some(Id::from(1)), watch: None };
    /// assert_eq!(Request::notification(&print)?.id, None);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the parameters cannot be written as JSON.
    pub fn notification<N: Notification>(notification: &N) -> serde_json::Result<Self> {
        let params = Some(serde_json::value::to_raw_value(notification)?);
        Ok(Self { jsonrpc: Version::V2, id: None, method: N::NAME.to_owned(), params })
    }

    /// Parses the parameters of a known method or notification. Missing parameters are an empty object.
    ///
    /// ```
    /// use manhole_protocol::message::Request;
    /// use manhole_protocol::methods::{Eval, Inspect};
    ///
    /// let request = Request::new(1, &Eval::new("1 + 1"))?;
    /// assert_eq!(request.params::<Eval>().unwrap().code, "1 + 1");
    /// let error = request.params::<Inspect>().unwrap_err();
    /// assert!(error.message.starts_with("eval: unknown field `code`"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the parameters do not match; the error names the expected ones.
    pub fn params<'a, P: Deserialize<'a>>(&'a self) -> Result<P, Error> {
        let params = self.params.as_ref().map_or("{}", |params| params.get());
        serde_json::from_str(params).map_err(|error| {
            Error::new(ErrorKind::InvalidParams, format!("{}: {}", self.method, without_position(&error)))
        })
    }

    /// Returns the message as a line.
    ///
    /// ```
    /// use manhole_protocol::message::Request;
    /// use manhole_protocol::methods::Info;
    ///
    /// assert!(Request::new(1, &Info::new())?.to_line().ends_with("}\n"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn to_line(&self) -> String {
        line(self)
    }
}

/// The response to a request.
///
/// ```
/// use manhole_protocol::message::{Id, Response};
/// use manhole_protocol::{Error, ErrorKind};
///
/// assert_eq!(Response::new(Id::from(1), Ok(7)).to_line(), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":7}\n");
/// let refusal = Response::failed(Id::Null, Error::new(ErrorKind::Parse, "not JSON"));
/// assert!(refusal.to_line().contains("-32700"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Response {
    jsonrpc: Version,
    /// The id of the request.
    pub id: Id,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Error>,
}

impl Response {
    /// Returns the response to the request `id`.
    ///
    /// ```
    /// use manhole_protocol::message::{Id, Response};
    ///
    /// assert_eq!(Response::new(Id::from(1), Ok("done")).to_line(), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"done\"}\n");
    /// ```
    pub fn new(id: Id, outcome: Result<impl Serialize, Error>) -> Self {
        let result = outcome.and_then(|result| {
            serde_json::value::to_raw_value(&result)
                .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
        });
        let (result, error) = match result {
            Ok(result) => (Some(result), None),
            Err(error) => (None, Some(error)),
        };
        Self { jsonrpc: Version::V2, id, result, error }
    }

    /// Returns an error response.
    ///
    /// ```
    /// use manhole_protocol::message::{Id, Response};
    /// use manhole_protocol::{Error, ErrorKind};
    ///
    /// let refusal = Response::failed(Id::Null, Error::new(ErrorKind::Parse, "the line is not JSON"));
    /// assert!(refusal.to_line().contains("the line is not JSON"));
    /// ```
    #[must_use]
    pub const fn failed(id: Id, error: Error) -> Self {
        Self { jsonrpc: Version::V2, id, result: None, error: Some(error) }
    }

    /// Returns the result or the error.
    ///
    /// ```
    /// use manhole_protocol::message::{ServerMessage, parse_server_line};
    /// use manhole_protocol::methods::Shutdown;
    ///
    /// let ServerMessage::Response(response) = parse_server_line(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#)? else { unreachable!() };
    /// assert!(response.result::<Shutdown>()?.is_ok());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the result does not match the method.
    pub fn result<M: Method>(&self) -> serde_json::Result<Result<M::Result, Error>> {
        if let Some(error) = &self.error {
            return Ok(Err(error.clone()));
        }
        let result = self.result.as_ref().map_or("null", |result| result.get());
        serde_json::from_str(result).map(Ok)
    }

    /// Returns the message as a line.
    ///
    /// ```
    /// use manhole_protocol::message::{Id, Response};
    ///
    /// assert!(Response::new(Id::Null, Ok(7)).to_line().ends_with("\"result\":7}\n"));
    /// ```
    #[must_use]
    pub fn to_line(&self) -> String {
        line(self)
    }
}

/// Returns the responses to a batch as a line.
///
/// ```
/// use manhole_protocol::message::{Id, Response, batch_line};
///
/// let line = batch_line(&[Response::new(Id::from(1), Ok(7)), Response::new(Id::from(2), Ok(8))]);
/// assert!(line.starts_with('[') && line.ends_with("]\n"));
/// ```
#[must_use]
pub fn batch_line(responses: &[Response]) -> String {
    line(responses)
}

fn line<T: Serialize + ?Sized>(message: &T) -> String {
    // Cannot fail: every part of a message was JSON before.
    escape_json(serde_json::to_string(message).unwrap_or_default()) + "\n"
}

/// Returns whether a connection with this first line speaks JSON-RPC. The line need not be a valid message.
///
/// ```
/// use manhole_protocol::message::looks_like_message;
///
/// assert!(looks_like_message(br#"{"jsonrpc":"2.0","id":1,"method":"info"}"#));
/// assert!(!looks_like_message(b"gizmo.count"));
/// ```
#[must_use]
pub fn looks_like_message(line: &[u8]) -> bool {
    const WORD: &[u8] = b"\"jsonrpc\"";
    let line = line.trim_ascii_start();
    line.first().is_some_and(|first| b"{[".contains(first))
        && line.windows(WORD.len()).any(|part| part == WORD)
}

/// The maximum number of requests in a batch.
///
/// ```
/// use manhole_protocol::message::{MAX_BATCH, ClientMessage, parse_client_line};
///
/// let batch = format!("[{}1]", "1,".repeat(MAX_BATCH));
/// assert!(matches!(parse_client_line(&batch), ClientMessage::Single(Err(_))));
/// ```
pub const MAX_BATCH: usize = 100;

/// A line from a client.
///
/// ```
/// use manhole_protocol::message::{ClientMessage, parse_client_line};
///
/// let batch = r#"[{"jsonrpc":"2.0","id":1,"method":"info"}, {}]"#;
/// assert!(matches!(parse_client_line(batch), ClientMessage::Batch(batch) if matches!(batch[..], [Ok(_), Err(_)])));
/// ```
#[derive(Debug)]
pub enum ClientMessage {
    /// One request, or the error response to an invalid one.
    Single(Result<Request, Response>),
    /// A batch, which gets one line of responses.
    Batch(Vec<Result<Request, Response>>),
}

/// Parses a line from a client. Invalid requests become error responses.
///
/// ```
/// use manhole_protocol::message::{ClientMessage, parse_client_line};
///
/// let ClientMessage::Single(Err(refusal)) = parse_client_line("[]") else { panic!("an empty batch is one invalid request") };
/// assert!(refusal.to_line().contains("-32600"));
/// ```
#[must_use]
pub fn parse_client_line(line: &str) -> ClientMessage {
    if line.trim_start().starts_with('[') {
        return match serde_json::from_str::<Vec<Box<RawValue>>>(line) {
            Ok(batch) if batch.is_empty() => ClientMessage::Single(Err(Response::failed(
                Id::Null,
                Error::new(ErrorKind::InvalidRequest, "cannot parse the batch: it is empty"),
            ))),
            Ok(batch) if batch.len() > MAX_BATCH => ClientMessage::Single(Err(Response::failed(
                Id::Null,
                Error::new(
                    ErrorKind::InvalidRequest,
                    format!(
                        "cannot parse the batch: expected at most {MAX_BATCH} requests, found {}",
                        batch.len()
                    ),
                ),
            ))),
            Ok(batch) => ClientMessage::Batch(batch.iter().map(|one| request(one.get())).collect()),
            Err(error) => ClientMessage::Single(Err(unreadable(&error))),
        };
    }
    ClientMessage::Single(request(line))
}

fn request(text: &str) -> Result<Request, Response> {
    let request =
        serde_json::from_str(text).and_then(|request: Request| match text.trim_start().as_bytes() {
            // Serde also accepts an array of the fields.
            [b'{', ..] => Ok(request),
            _ => Err(serde::de::Error::custom("expected an object")),
        });
    request.map_err(|error| {
        if !error.is_data() {
            return unreadable(&error);
        }
        /// The id of an invalid request.
        #[derive(Deserialize)]
        struct Identified {
            id: Id,
        }
        let id = serde_json::from_str::<Identified>(text).map_or(Id::Null, |found| found.id);
        let message = format!("cannot parse the JSON-RPC 2.0 request: {}", without_position(&error));
        Response::failed(id, Error::new(ErrorKind::InvalidRequest, message))
    })
}

fn unreadable(error: &serde_json::Error) -> Response {
    Response::failed(
        Id::Null,
        Error::new(ErrorKind::Parse, format!("cannot parse the line as JSON: {error}")),
    )
}

/// Returns the message of an error without its position, which refers to a part of the line.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(words, _)| words.to_owned())
}

/// A line from a server.
///
/// ```
/// use manhole_protocol::message::{ServerMessage, parse_server_line};
///
/// assert!(matches!(parse_server_line(r#"{"jsonrpc":"2.0","id":1,"result":7}"#), Ok(ServerMessage::Response(_))));
/// ```
#[derive(Debug)]
pub enum ServerMessage {
    /// The response to a request.
    Response(Response),
    /// The responses to a batch.
    Batch(Vec<Response>),
    /// A notification.
    Notification(Request),
}

/// Parses a line from a server.
///
/// ```
/// use manhole_protocol::message::{ServerMessage, parse_server_line};
///
/// let line = r#"{"jsonrpc":"2.0","method":"print","params":{"id":1,"text":"hello"}}"#;
/// assert!(matches!(parse_server_line(line), Ok(ServerMessage::Notification(_))));
/// ```
///
/// # Errors
///
/// If the line is not a message.
pub fn parse_server_line(line: &str) -> serde_json::Result<ServerMessage> {
    if line.trim_start().starts_with('[') {
        return serde_json::from_str(line).map(ServerMessage::Batch);
    }
    /// The field that distinguishes a notification from a response.
    #[derive(Deserialize)]
    struct Named {
        method: Option<serde::de::IgnoredAny>,
    }
    match serde_json::from_str::<Named>(line)?.method {
        Some(_) => serde_json::from_str(line).map(ServerMessage::Notification),
        None => serde_json::from_str(line).map(ServerMessage::Response),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::{Cancel, Eval};

    fn refusal(line: &str) -> String {
        match parse_client_line(line) {
            ClientMessage::Single(Err(response)) => response.to_line(),
            other => panic!("{line} is {other:?}"),
        }
    }

    #[test]
    fn responses_repeat_the_id_of_the_request() {
        for id in ["1", "-7", "1.5", "\"a\"", "null"] {
            let line = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"info"}}"#);
            let ClientMessage::Single(Ok(request)) = parse_client_line(&line) else { panic!("{line}") };
            let response = Response::new(request.id.unwrap(), Ok(1));
            assert_eq!(response.to_line(), format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":1}}\n"));
        }
        let ClientMessage::Single(Ok(request)) = parse_client_line(r#"{"jsonrpc":"2.0","method":"info"}"#)
        else {
            panic!()
        };
        assert_eq!(request.id, None);
    }

    #[test]
    fn invalid_requests_get_the_errors_of_the_specification() {
        for (line, code, id) in [
            ("{", -32_700, "null"),
            ("[1,", -32_700, "null"),
            ("1", -32_600, "null"),
            ("[]", -32_600, "null"),
            ("{}", -32_600, "null"),
            (r#"{"jsonrpc":"1.0","id":3,"method":"info"}"#, -32_600, "3"),
            (r#"{"jsonrpc":"2.0","id":"x","method":5}"#, -32_600, "\"x\""),
            (r#"{"jsonrpc":"2.0","id":[],"method":"info"}"#, -32_600, "null"),
        ] {
            let refusal = refusal(line);
            let start = format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"#);
            assert!(refusal.starts_with(&start), "{line}: {refusal}");
        }
    }

    #[test]
    fn each_request_of_a_batch_is_parsed_alone() {
        let ClientMessage::Batch(batch) = parse_client_line(r#"[{"jsonrpc":"2.0","method":"info"}, 1]"#)
        else {
            panic!()
        };
        assert!(matches!(&batch[..], [Ok(_), Err(_)]));
    }

    #[test]
    fn a_batch_has_a_maximum_size() {
        let line = format!("[{}1]", "1,".repeat(MAX_BATCH));
        assert!(refusal(&line).contains("expected at most 100 requests, found 101"));
    }

    #[test]
    fn parameters_are_by_name_or_position_and_unknown_ones_are_errors() {
        let eval = |params: &str| {
            let line = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"eval","params":{params}}}"#);
            let ClientMessage::Single(Ok(request)) = parse_client_line(&line) else { panic!("{line}") };
            request.params::<Eval>().map_err(|error| (error.code, error.message))
        };
        assert_eq!(eval(r#"{"code":"1"}"#).unwrap().code, "1");
        assert_eq!(eval(r#"["1", 500]"#).unwrap().timeout_ms, Some(500));
        assert_eq!(
            eval(r#"{"code":"1","tiemout":5}"#).unwrap_err(),
            (
                -32_602,
                "eval: unknown field `tiemout`, expected one of `code`, `timeout_ms`, `format`, `columns`"
                    .to_owned()
            )
        );
        assert_eq!(eval("{}").unwrap_err(), (-32_602, "eval: missing field `code`".to_owned()));
    }

    #[test]
    fn only_lines_that_look_like_messages_switch_to_json_rpc() {
        for (line, is) in [
            (r#"{"jsonrpc":"2.0","id":1,"method":"info"}"#, true),
            (r#"  [{"jsonrpc":"2.0"}]"#, true),
            (r#"{"jsonrpc":"#, true),
            ("{ gizmo.count }", false),
            (r##"#{"jsonrpc": 1}"##, false),
            ("", false),
        ] {
            assert_eq!(looks_like_message(line.as_bytes()), is, "{line}");
        }
    }

    #[test]
    fn a_client_distinguishes_responses_from_notifications() {
        let Ok(ServerMessage::Response(response)) =
            parse_server_line(r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32099,"message":"new"}}"#)
        else {
            panic!()
        };
        let error = response.result::<Cancel>().unwrap().unwrap_err();
        assert_eq!((error.kind(), error.message.as_str()), (ErrorKind::Other, "new"));
        let line = r#"{"jsonrpc":"2.0","method":"print","params":{"id":1,"text":"x\n"}}"#;
        assert!(matches!(parse_server_line(line), Ok(ServerMessage::Notification(_))));
    }
}
