//! Entry points for untrusted input, without sockets and threads: for the fuzzers in the directory `fuzz`, and for the tests below, which
//! run fewer cases. Not built otherwise.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::engine::{EngineOptions, EngineTemplate};
use crate::reflect::Level;
use crate::session::{
    AfterReply, Audit, ClientConnection as _, Input, InputBuffer, MockClient, Peer, Session, SessionConfig,
    SessionInfo,
};
use crate::{Namespace, NamespaceItem};

/// Returns a namespace with a value of each shape.
fn namespace() -> Namespace {
    let numbers: Vec<u8> = vec![3, 1, 2];
    let names = std::collections::BTreeMap::from([("a".to_owned(), 1_i64), ("ö \"".to_owned(), 2)]);
    Namespace::new()
        .with("counter", "A number.", NamespaceItem::root(Mutex::new(7_u64)))
        .with("numbers", "Some numbers.", NamespaceItem::root(Mutex::new(numbers)))
        .with("names", "Some names.", NamespaceItem::root(Mutex::new(names)))
        .with("maybe", "Perhaps something.", NamespaceItem::root(Mutex::new(Some((1.5_f64, 'x')))))
}

/// Makes a session of a mock client.
fn session(client: &Arc<MockClient>) -> Session {
    let template = EngineTemplate::new(namespace(), &EngineOptions::default()).expect("the names are valid");
    let mut config = SessionConfig::default();
    config.limits.timeout = Duration::from_millis(50);
    config.limits.command = 4 * 1024;
    let session_info = SessionInfo::new(1, Peer::default(), Level::Admin, Audit::default());
    Session::new(&template, Arc::new(config), client, session_info)
}

/// Sends bytes to a session, in pieces of up to 100 bytes: commands, messages, interrupts, or anything else.
///
/// # Panics
///
/// If the session sends anything but UTF-8, or does not go on with a prompt.
pub fn session_input(bytes: &[u8]) {
    let client = Arc::new(MockClient::default());
    let mut session = session(&client);
    let mut input_buffer = InputBuffer::new(4 * 1024);
    let text_of = |bytes: Vec<u8>| String::from_utf8(bytes).expect("a session sends UTF-8");
    let text = text_of(session.greet().bytes);
    assert_eq!(text, ">>> ");
    for piece in bytes.chunks(100) {
        input_buffer.push(piece);
        while let Some(input) = input_buffer.next() {
            let is_part = matches!(&input, Input::LongLine(part) if !part.is_last);
            let reply = session.input(input);
            let text = text_of(reply.bytes);
            if reply.next != AfterReply::Input {
                return;
            }
            let prompted = is_part || text.ends_with(">>> ") || text.ends_with("... ");
            // JSON-RPC clients get no prompt.
            assert!(prompted || client.rpc_state().is_enabled(), "{text:?}");
        }
    }
    text_of(session.finish(input_buffer.last()).bytes);
    client.take();
}

/// Runs a script under the limits of a command.
///
/// # Panics
///
/// If the session does not go on after it.
pub fn script(code: &str) {
    let client = Arc::new(MockClient::default());
    let mut session = session(&client);
    for line in code.lines() {
        if session.input(Input::Line(line.into())).next != AfterReply::Input {
            return;
        }
    }
    // Drops an incomplete command.
    session.input(Input::Interrupt);
    let reply = session.input(Input::Line(b"throw 1".to_vec()));
    assert!(reply.bytes.ends_with(b">>> "), "{}", String::from_utf8_lossy(&reply.bytes));
}

/// Parses a path of a JSON-RPC request.
pub fn path(text: &str) {
    crate::engine::path(text);
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Pieces of messages.
    const PIECES: &[&str] = &[
        r#"{"jsonrpc":"2.0","id":1,"method":"eval","params":{"code":"numbers.map(|n| n + 1)"}}"#,
        r#"{"jsonrpc":"2.0","id":"a","method":"inspect","params":{"path":"names","limit":1}}"#,
        r#"{"jsonrpc":"2.0","method":"set","params":{"path":"counter","value":{"$int":"9"}}}"#,
        r#"{"jsonrpc":"2.0","id":null,"method":"watch","params":{"code":"counter","interval_ms":100}}"#,
        r#"{"jsonrpc":"2.0","id":2,"method":"complete","params":{"code":"names.","cursor":6}}"#,
        r#"{"jsonrpc":"2.0","id":2,"method":"call","params":{"path":"numbers","method":"push","args":[1]}}"#,
        r#"{"jsonrpc":"2.0","id":1.5,"method":"describe","params":["maybe"]}"#,
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\n",
        "null",
        "1e999",
        "id",
        "\u{3}",
        "counter",
        "é",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_of_a_client_leave_the_session_usable(bytes in vec(any::<u8>(), 0..500)) {
            super::session_input(&bytes);
        }

        #[test]
        fn any_messages_of_a_program_leave_the_session_usable(pieces in vec(prop::sample::select(PIECES), 1..20)) {
            let first = PIECES[0];
            super::session_input(format!("{first}\n{}\n", pieces.concat()).as_bytes());
        }

        #[test]
        fn any_script_leaves_the_session_usable(code in "[a-z0-9 .,;(){}\\[\\]|=+*\"'`\n-]{0,200}") {
            super::script(&code);
        }
    }
}
