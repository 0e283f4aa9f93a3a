//! Checks that every line parses or fails cleanly, for the fuzzer in the directory `fuzz` and for the test below. Not built otherwise.

use crate::Data;
use crate::message::{
    ClientMessage, Response, ServerMessage, batch_line, parse_client_line, parse_server_line,
};

/// Parses a line as a server, as a client and as data. Writes each result and parses it again.
///
/// # Panics
///
/// If a written message differs from the parsed one.
pub fn line(line: &str) {
    let again = |text: &str| match parse_client_line(text) {
        ClientMessage::Single(Ok(request)) => assert_eq!(request.to_line(), text),
        other => panic!("{text} is {other:?}"),
    };
    let refused = |refusal: &Response| {
        let text = refusal.to_line();
        let Ok(ServerMessage::Response(response)) = parse_server_line(&text) else { panic!("{text}") };
        assert_eq!(response.to_line(), text);
    };
    match parse_client_line(line) {
        ClientMessage::Single(Ok(request)) => again(&request.to_line()),
        ClientMessage::Single(Err(refusal)) => refused(&refusal),
        ClientMessage::Batch(all) => all.iter().for_each(|one| match one {
            Ok(request) => again(&request.to_line()),
            Err(refusal) => refused(refusal),
        }),
    }
    match parse_server_line(line) {
        Ok(ServerMessage::Response(response)) => refused(&response),
        Ok(ServerMessage::Batch(all)) => {
            let text = batch_line(&all);
            let Ok(ServerMessage::Batch(all)) = parse_server_line(&text) else { panic!("{text}") };
            assert_eq!(batch_line(&all), text);
        }
        Ok(ServerMessage::Notification(request)) => again(&request.to_line()),
        Err(_) => {}
    }
    if let Ok(data) = serde_json::from_str::<Data>(line) {
        let text = serde_json::to_string(&data).expect("data can be written");
        let back: Data = serde_json::from_str(&text).expect("written data parses");
        assert_eq!(serde_json::to_string(&back).ok(), Some(text));
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "null",
        "true",
        "1",
        "-1.5e300",
        "1e999",
        " ",
        "\"jsonrpc\":\"2.0\"",
        "\"id\":1",
        "\"id\":null",
        "\"method\":\"eval\"",
        "\"params\":{}",
        "\"result\":",
        "\"error\":",
        "{\"code\":-1,\"message\":\"m\"}",
        "{\"$int\":\"7\"}",
        "{\"$map\":[]}",
        "{\"$bytes\":\"AA==\"}",
        "\"$\"",
    ];

    proptest! {
        #[test]
        fn random_lines_parse_or_fail(line in "\\PC{0,100}") {
            super::line(&line);
        }

        #[test]
        fn random_messages_parse_or_fail(pieces in vec(prop::sample::select(PIECES), 0..20)) {
            super::line(&pieces.concat());
        }
    }
}
