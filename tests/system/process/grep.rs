//! The places of a text below a value.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use manhole::{Manhole as Inspect, manhole};
use parking_lot::Mutex;

use crate::support::{Manhole, refused, shown, wait_until};

#[derive(Inspect, Clone)]
struct Session {
    name: String,
    mode: Mode,
    #[manhole(secret)]
    #[expect(dead_code, reason = "secrets are not read")]
    token: String,
    #[manhole(admin)]
    account: String,
}

#[derive(Inspect, Clone)]
enum Mode {
    Idle,
    Failed(String),
}

/// A type that the console shows by its `Debug`.
#[derive(Clone)]
struct Peer(&'static str);

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        assert!(self.0 != "panic", "no peer");
        write!(f, "peer {}", self.0)
    }
}

#[derive(Inspect)]
struct Gizmo {
    sessions: BTreeMap<String, Session>,
    tags: BTreeSet<String>,
    pairs: HashMap<(u8, String), u8>,
    body: Vec<u8>,
    #[manhole(debug)]
    peer: Peer,
    #[manhole(secret)]
    #[expect(dead_code, reason = "secrets are not read")]
    secrets: BTreeMap<String, String>,
    numbers: Vec<u64>,
}

fn session(name: &str, mode: Mode) -> (String, Session) {
    let (token, account) = (format!("{name}-token"), format!("{name}-account"));
    (name.to_owned(), Session { name: name.to_owned(), mode, token, account })
}

fn gizmo(peer: &'static str) -> Gizmo {
    Gizmo {
        sessions: [session("alice", Mode::Idle), session("bob", Mode::Failed("no bobbin".to_owned()))].into(),
        tags: ["bobsled".to_owned()].into(),
        pairs: [((1, "bobcat".to_owned()), 2)].into(),
        body: b"\xffbob".to_vec(),
        peer: Peer(peer),
        secrets: [("bob".to_owned(), "bob".to_owned())].into(),
        numbers: vec![1; 100_000],
    }
}

const PATHS: &str = ".map(|found| (found.path, found.kind)).to_array()";

#[test]
fn texts_keys_and_names_are_found() {
    let manhole = Manhole::new(manhole! {
        gizmo => Mutex::new(gizmo("bob's")),
        label => "bob".to_owned(),
    });
    let mut client = manhole.connect();
    let expected = [
        "[gizmo.sessions[\"bob\"], \"key\"]",
        "[gizmo.sessions[\"bob\"].name, \"text\"]",
        "[gizmo.sessions[\"bob\"].mode.0, \"text\"]",
        "[gizmo.sessions[\"bob\"].account, \"text\"]",
        "[gizmo.tags, \"text\"]",
        "[gizmo.pairs[[1, \"bobcat\"]], \"key\"]",
        "[gizmo.body, \"text\"]",
        "[gizmo.peer, \"text\"]",
        "[label, \"text\"]",
    ];
    let found = client.ask(&format!("grep(\"bob\"){PATHS}"));
    assert_eq!(found, format!("[\n    {},\n]", expected.join(",\n    ")));
    shown(
        &manhole,
        &[
            ("gizmo.sessions[\"bob\"].mode.0", "\"no bobbin\""),
            ("gizmo.pairs[[1, \"bobcat\"]]", "2"),
            (
                "grep(gizmo, \"Fail\").map(|found| (found.path, found.text)).to_array()",
                "[[gizmo.sessions[\"bob\"].mode, \"Failed\"]]",
            ),
            (
                "grep(gizmo.sessions, \"mod\").map(|found| found.path).to_array()",
                "[gizmo.sessions[\"alice\"].mode]",
            ),
            ("grep(gizmo, \"bobs\").len()", "1"),
            ("grep(gizmo, \"nothing\")", "[]"),
        ],
    );
    refused(
        &manhole,
        &[
            ("grep(3)", "grep takes the text that it searches for as a string"),
            ("grep(\"\")", "cannot search for an empty text"),
            ("grep(\"a\", \"b\")", "grep takes a value of the application with fields or items"),
        ],
    );
}

#[test]
fn what_the_session_may_not_read_is_not_searched() {
    let manhole = Manhole::new(manhole! {
        gizmo => Mutex::new(gizmo("x")),
        #[manhole(admin)]
        hidden => vec!["bob".to_owned()],
    });
    let mut client = manhole.connect();
    assert_eq!(client.ask("grep(\"-token\").len()"), "0");
    assert_eq!(client.ask("grep(\"bob-account\").len()"), "1");
    assert!(client.ask(&format!("grep(\"bob\"){PATHS}")).contains("hidden[0]"));
    client.ask("level(\"observe\")");
    assert_eq!(client.ask("grep(\"bob-account\").len()"), "0");
    let found = client.ask("grep(\"bob\")");
    assert!(!found.contains("hidden") && !found.contains("secrets"), "{found}");
    assert!(client.ask("grep(hidden, \"bob\")").contains("it takes the level admin"));
    assert!(client.ask("grep(gizmo.secrets, \"bob\")").contains("it is secret"));
}

#[test]
fn a_text_that_panics_hides_no_other() {
    let manhole = Manhole::new(manhole! { gizmo => Mutex::new(gizmo("panic")) });
    assert_eq!(manhole.ask("grep(\"bobs\").len()"), "1");
}

#[test]
fn a_result_has_an_end() {
    let many: Vec<String> = (0..10_000).map(|number| format!("bob {number}")).collect();
    let manhole = Manhole::new(manhole! { many => Mutex::new(many) });
    let mut client = manhole.connect();
    let answer = client.ask("grep(\"bob\").len()");
    assert!(
        answer.starts_with("note: there may be more: it ended after ") && answer.ends_with("\n256"),
        "{answer}"
    );
    assert_eq!(client.ask("grep(\"bob 9999\").map(|found| found.path).to_array()"), "[many[9999]]");
}

#[test]
fn it_is_stopped_and_shows_what_it_has() {
    let held = Arc::new(Mutex::new("bob".to_owned()));
    let manhole = Manhole::new(manhole! { list => vec!["bob".to_owned()], held => Arc::clone(&held) });
    let mut client = manhole.connect();
    let mut other = manhole.connect();
    client.ask("set(\"lock_wait\", \"10s\")");
    let guard = held.lock();
    client.send("grep(\"bob\")\n");
    wait_until("it waits", || other.ask("console.sessions[1].running.runs_for > \"100ms\"") == "true");
    client.send("\x03");
    let answer = client.prompt();
    assert!(answer.contains("Found { path: list[0], kind: \"text\", text: \"bob\" }"), "{answer}");
    assert!(answer.contains("… stopped here\nerror: stopped: interrupted"), "{answer}");
    drop(guard);
}
