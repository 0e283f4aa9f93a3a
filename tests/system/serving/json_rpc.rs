//! The JSON-RPC protocol, by clients that do not use the server's types.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use manhole::{Access, Level, Manhole as Inspect, Namespace, manhole};
use parking_lot::Mutex;
use serde_json::Value as Json;

use crate::support::example_process::Example;
use crate::support::serve_modes::{MODES, Mode, Served};
use crate::support::{Client, has_tool};

/// A field for each kind of value.
#[derive(Inspect)]
struct Zoo {
    /// A small value.
    small: i8,
    exact: u64,
    inexact: u64,
    wide: u64,
    signed: i128,
    unsigned: u128,
    single: f32,
    double: f64,
    nan: f64,
    infinite: f64,
    char: char,
    text: String,
    time: Duration,
    none: Option<u8>,
    some: Option<u8>,
    bytes: bytes::Bytes,
    by_number: BTreeMap<u8, String>,
    by_name: BTreeMap<String, u8>,
    set: BTreeSet<u8>,
    pair: (u8, String),
    unit: State,
    variant: State,
    items: Vec<Item>,
    #[manhole(secret)]
    #[expect(dead_code, reason = "here to show that nobody can see it")]
    secret: String,
    #[manhole(admin)]
    guarded: u8,
}

#[derive(Inspect)]
enum State {
    Idle,
    Busy { since: u64 },
}

#[derive(Inspect)]
struct Item {
    id: u32,
    label: String,
}

#[manhole::methods]
impl Zoo {
    pub fn add(&self, a: u64, b: u64) -> u64 {
        a + b
    }
}

/// Slow methods, without a lock around them.
#[derive(Inspect)]
struct Waiting {}

#[manhole::methods]
impl Waiting {
    /// Never returns.
    pub fn stick(&self) {
        loop {
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    pub async fn wait_for_ever(&self) {
        std::future::pending::<()>().await;
    }
}

#[derive(Inspect)]
struct Locked {
    count: u8,
}

fn zoo() -> Zoo {
    let item = |id, label: &str| Item { id, label: label.to_owned() };
    Zoo {
        small: -5,
        exact: (1 << 53) - 1,
        inexact: 1 << 53,
        wide: u64::MAX,
        signed: i128::MIN,
        unsigned: u128::MAX,
        single: 0.1,
        double: 1e300,
        nan: f64::NAN,
        infinite: f64::NEG_INFINITY,
        char: 'é',
        text: "a \"b\"\n\u{2028}".to_owned(),
        time: Duration::from_millis(1500),
        none: None,
        some: Some(3),
        bytes: vec![0, 255].into(),
        by_number: [(1, "one".to_owned()), (2, "two".to_owned())].into(),
        by_name: [("$a".to_owned(), 1), ("b".to_owned(), 2)].into(),
        set: [1, 2].into(),
        pair: (1, "x".to_owned()),
        unit: State::Idle,
        variant: State::Busy { since: 7 },
        items: vec![item(1, "a"), item(2, "b")],
        secret: "correct horse".to_owned(),
        guarded: 7,
    }
}

/// Serves the namespace of the Python tests.
fn serve(mode: Mode, runtime: &tokio::runtime::Runtime) -> Served {
    let locked = Arc::new(Mutex::new(Locked { count: 1 }));
    assert_eq!(locked.lock().count, 1);
    std::mem::forget(locked.lock());
    let namespace = manhole! {
        zoo => Arc::new(Mutex::new(zoo())),
        many => Arc::new((0..100_000_u32).collect::<Vec<_>>()),
        locked => locked,
        #[manhole(admin)]
        vault => Arc::new(Mutex::new(Locked { count: 2 })),
        waiting => Arc::new(Waiting {}),
        double => |n: i64| n * 2,
    };
    Served::start(mode, namespace, |builder| {
        let builder = builder.access(Access::from_fn(|_| Some(Level::Operate))).banner("hello\n");
        let builder = builder.limits(|limits| limits.lock_wait = Duration::from_millis(50));
        if mode == Mode::Runtime { builder } else { builder.runtime(runtime.handle().clone()) }
    })
}

/// Writes the client of the documentation to a module in a new directory.
fn documented_client() -> tempfile::TempDir {
    let document = include_str!("../../../manhole-protocol/PROTOCOL.md");
    let (_, rest) = document.split_once("```python\n").unwrap();
    let (client, _) = rest.split_once("```").unwrap();
    let lines = client.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines <= 35, "it is short: {lines} lines");
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("client.py"), client).unwrap();
    directory
}

#[test]
fn a_client_in_another_language() {
    if !has_tool("python3", "--version", "Python 3") {
        return;
    }
    let client = documented_client();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    for mode in MODES {
        let served = serve(mode, &runtime);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/system/serving/protocol.py");
        let mut command = Command::new("python3");
        let output = command.arg(script).arg(client.path()).arg(&served.path).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{mode:?}:\n{text}");
    }
}

/// Returns a JSON value without the parts that differ from run to run.
fn lasting(mut json: Json) -> Json {
    if let Some(result) = json.get_mut("result").and_then(Json::as_object_mut) {
        result.remove("elapsed_us");
    }
    json
}

#[test]
fn the_examples_of_the_documentation() {
    let document = include_str!("../../../manhole-protocol/PROTOCOL.md");
    let example = Example::start("quickstart");
    let mut client = example.client("Well this is neat\n");
    let mut count = 0;
    for line in document.lines() {
        if let Some(request) = line.strip_prefix("--> ") {
            client.send(format!("{request}\n"));
        } else if let Some(expected) = line.strip_prefix("<-- ") {
            let mut answer = client.until("\n");
            if answer == "\n" {
                answer = client.until("\n");
            }
            let parsed = |text: &str| lasting(serde_json::from_str(text).unwrap());
            assert_eq!(parsed(&answer), parsed(expected));
            count += 1;
        }
    }
    assert!(count >= 8, "{count} examples");
}

#[test]
fn a_command_may_fill_a_message() {
    let served = Served::start(Mode::Threads, Namespace::new(), |builder| builder);
    let mut client = Client::connect(&served.path);
    let code = format!("\"{}\".len()", "x".repeat(60_000));
    client.send(format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eval\",\"params\":[{code:?}]}}\n"));
    let answer = client.until("}}\n");
    assert!(answer.contains("\"value\":60000"), "{answer}");
}

#[test]
fn one_print_may_exceed_the_send_queue() {
    let served = Served::start(Mode::Threads, Namespace::new(), |builder| builder);
    let mut client = Client::connect(&served.path);
    let code = "let s = \"\\x01\"; for i in 0..18 { s += s } json([s]); 7";
    let request =
        serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": "eval", "params": { "code": code } });
    client.send(format!("{request}\n"));
    // It reads continuously, but not at once.
    std::thread::sleep(Duration::from_millis(300));
    let said = client.until("\"id\":1,\"result\"");
    let printed: String = said
        .lines()
        .filter_map(|line| serde_json::from_str::<Json>(line).ok())
        .filter_map(|notification| Some(notification.get("params")?.get("text")?.as_str()?.to_owned()))
        .collect();
    assert_eq!(printed.matches("\\u0001").count(), 1 << 18);
    client.until("\"value\":7");
}
