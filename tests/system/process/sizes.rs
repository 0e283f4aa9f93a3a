//! The collections below a value, the largest first.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Weak};
use std::thread;

use manhole::{Manhole as Inspect, manhole};
use parking_lot::Mutex;

use crate::support::{Manhole, refused, shown, wait_until};

#[derive(Inspect, Default)]
struct Session {
    user: String,
    tags: Vec<String>,
}

#[derive(Inspect, Default)]
struct Gizmo {
    sessions: BTreeMap<String, Session>,
    numbers: Vec<u64>,
    key: [u8; 32],
    page: String,
    body: Vec<u8>,
    groups: BTreeSet<(u8, String)>,
    #[manhole(secret)]
    #[expect(dead_code, reason = "secrets are not read")]
    tokens: Vec<String>,
    #[manhole(admin)]
    accounts: Vec<u32>,
}

fn gizmo() -> Gizmo {
    let session = |user: &str, tags: usize| {
        (user.to_owned(), Session { user: user.to_owned(), tags: vec!["a tag".to_owned(); tags] })
    };
    Gizmo {
        sessions: [session("alice", 1), session("bob", 2_000), session("carol", 0)].into(),
        numbers: Vec::with_capacity(1_000),
        key: [0; 32],
        page: "x".repeat(5_000),
        body: vec![0; 100],
        groups: [(1, "one".to_owned())].into(),
        tokens: vec!["hush".to_owned(); 10_000],
        accounts: vec![7; 20_000],
    }
}

#[test]
fn they_are_listed_with_the_largest_first() {
    let state = Arc::new(Mutex::new(gizmo()));
    let manhole = Manhole::new(manhole! { gizmo => Arc::clone(&state) });
    let mut client = manhole.connect();
    let paths = "sizes().map(|s| s.path).to_array()";
    assert_eq!(
        client.ask(paths),
        "[\n    gizmo.sessions,\n    gizmo.accounts,\n    gizmo.sessions[\"bob\"].tags,\n    gizmo.page,\n    gizmo.body,\n    \
         gizmo.groups,\n    gizmo.sessions[\"alice\"].tags,\n    gizmo.numbers,\n]"
    );
    shown(
        &manhole,
        &[
            ("sizes().find(|s| s.path == \"gizmo.accounts\").bytes", "80000"),
            (
                "sizes(gizmo.accounts).map(|s| (s.items, s.capacity, s.bytes)).to_array()",
                "[[20000, 20000, 80000]]",
            ),
            ("sizes(gizmo.body).map(|s| s.path).to_array()", "[gizmo.body]"),
            ("sizes(gizmo.sessions).len()", "3"),
            (
                "let all = sizes(gizmo.sessions); all.filter(|s| s.path.to_string().starts_with(\"gizmo.se\")).len()",
                "3",
            ),
            (
                "sizes().filter(|s| s.path.to_string().contains(\"bob\")).map(|s| s.items).to_array()",
                "[2000]",
            ),
            ("let all = sizes(gizmo); all[0].bytes >= all[1].bytes && all[0].items_diff.is_none()", "true"),
            ("sizes().filter(|s| s.items > 1000).take(1).map(|s| s.items).to_array()", "[20000]"),
        ],
    );
    let table = client.ask("table(sizes(gizmo.sessions).take(2).map(|s| #{path: s.path, items: s.items}))");
    assert!(table.contains("gizmo.sessions"), "{table}");
    let listed = client.ask("sizes(gizmo.sessions).take(1)");
    assert!(
        listed.contains(
            "path: gizmo.sessions,
        items: 3,
        capacity: None,
"
        ),
        "{listed}"
    );
}

#[test]
fn the_next_call_shows_the_difference() {
    let state = Arc::new(Mutex::new(gizmo()));
    let manhole = Manhole::new(manhole! { gizmo => Arc::clone(&state) });
    let mut client = manhole.connect();
    client.ask("sizes(gizmo)");
    state.lock().accounts.extend([1; 5]);
    state.lock().accounts.shrink_to_fit();
    state.lock().sessions.remove("bob");
    let difference = "sizes(gizmo).find(|s| s.path == \"gizmo.accounts\")";
    let found = client.ask(difference);
    assert!(found.contains("items_diff: Some(5)") && found.contains("bytes_diff: Some(20)"), "{found}");
    assert!(client.ask("sizes()").contains("items_diff: None"), "of another place");
}

#[test]
fn what_the_session_may_not_see_is_left_out() {
    let manhole = Manhole::new(manhole! {
        gizmo => Mutex::new(gizmo()),
        #[manhole(admin)]
        hidden => Mutex::new(vec![1_u8; 100_000]),
    });
    let mut client = manhole.connect();
    assert_eq!(client.ask("sizes().take(1).map(|s| s.path).to_array()"), "[hidden]");
    client.ask("level(\"observe\")");
    let listed = client.ask("sizes()");
    assert!(
        !listed.contains("accounts") && !listed.contains("tokens") && !listed.contains("hidden"),
        "{listed}"
    );
    assert!(client.ask("sizes(hidden)").contains("it takes the level admin"));
    assert!(client.ask("sizes(gizmo.accounts)").contains("it takes the level admin"));
}

/// A node of a graph.
#[derive(Inspect)]
struct Node {
    names: Vec<String>,
    next: Mutex<Option<Arc<Node>>>,
    back: Weak<Node>,
    others: Vec<Weak<Node>>,
}

#[test]
fn cycles_end() {
    let first = Arc::new_cyclic(|back| Node {
        names: vec!["n".to_owned()],
        next: Mutex::new(None),
        back: Weak::clone(back),
        others: (0..20).map(|_| Weak::clone(back)).collect(),
    });
    let second = Arc::new(Node {
        names: vec!["m".to_owned()],
        next: Mutex::new(Some(Arc::clone(&first))),
        back: Arc::downgrade(&first),
        others: (0..20).map(|_| Arc::downgrade(&first)).collect(),
    });
    *first.next.lock() = Some(second);
    let manhole = Manhole::new(manhole! { node => Arc::clone(&first), top => Arc::clone(&first) });
    let answer = manhole.ask("sizes().len()");
    assert!(answer.parse::<u32>().is_ok_and(|count| (4..40).contains(&count)), "{answer}");
    let root = Arc::new(Mutex::new(Vec::new()));
    let list: Arc<Mutex<Vec<Weak<Loop>>>> = Arc::clone(&root);
    let inner = Arc::new(Loop { list });
    root.lock().push(Arc::downgrade(&inner));
    let manhole = Manhole::new(manhole! { root => Arc::clone(&root) });
    assert_eq!(manhole.ask("sizes().map(|s| s.path).to_array()"), "[root]");
    *first.next.lock() = None;
}

#[derive(Inspect)]
struct Loop {
    list: Arc<Mutex<Vec<Weak<Loop>>>>,
}

#[test]
fn many_sessions_are_passed_over_and_the_list_is_short() {
    let session = |number: usize| {
        let tags = if number == 70_000 { vec!["x".to_owned(); 90_000] } else { Vec::new() };
        (number, Session { user: format!("user {number}"), tags })
    };
    let sessions: HashMap<usize, Session> = (0..100_000).map(session).collect();
    let manhole = Manhole::new(manhole! { sessions => Mutex::new(sessions) });
    let mut client = manhole.connect();
    let answer = client.ask("sizes().map(|s| (s.path, s.items)).to_array()");
    assert_eq!(answer, "[[sessions, 100000], [sessions[70000].tags, 90000]]");
}

#[test]
fn it_is_stopped_and_shows_what_it_has() {
    let held = Arc::new(Mutex::new(vec![1_u8; 10]));
    let manhole = Manhole::new(manhole! { list => vec![1_u8; 100], held => Arc::clone(&held) });
    let mut client = manhole.connect();
    let mut other = manhole.connect();
    client.ask("set(\"lock_wait\", \"10s\")");
    let guard = held.lock();
    client.send("sizes()\n");
    wait_until("it waits", || other.ask("console.sessions[1].running.runs_for > \"100ms\"") == "true");
    client.send("\x03");
    let answer = client.prompt();
    assert!(answer.contains("path: list") && answer.contains("… stopped here\n"), "{answer}");
    assert!(answer.contains("error: stopped: interrupted"), "{answer}");
    assert!(answer.contains("help: it stopped after 2 values"), "{answer}");
    drop(guard);
}

#[test]
fn a_lock_that_is_held_hides_what_is_behind_it_alone() {
    let held = Arc::new(Mutex::new(vec![1_u8; 10]));
    let outer = Arc::new(Mutex::new((Arc::clone(&held), vec![2_u32; 10])));
    let manhole = Manhole::new(manhole! { outer => outer, held => Arc::clone(&held), last => vec![1_u8, 2] });
    let mut client = manhole.connect();
    client.ask("set(\"lock_wait\", \"50ms\")");
    let guard = held.lock();
    let answer = client.ask("sizes()");
    assert!(answer.contains("note: not all was visited: outer.0 is locked\n"), "{answer}");
    assert!(answer.contains("path: outer.1") && answer.contains("path: last"), "{answer}");
    drop(guard);
    let answer = client.ask("sizes()");
    assert!(!answer.contains("not all") && answer.contains("path: outer.0"), "{answer}");
}

#[test]
fn owners_are_asked() {
    let (remote, visits) = manhole::visits::<Gizmo>();
    let (stuck, _kept) = manhole::visits::<Gizmo>();
    thread::spawn(move || {
        let owner = thread::current();
        visits.wake_with(move || owner.unpark());
        let mut state = gizmo();
        loop {
            visits.serve(&mut state);
            thread::park();
        }
    });
    let manhole = Manhole::new(manhole! { gizmo => remote, all => vec![stuck] });
    let mut client = manhole.connect();
    client.ask("set(\"lock_wait\", \"100ms\")");
    let answer = client.ask("sizes()");
    assert!(answer.contains("path: gizmo.sessions[\"bob\"].tags"), "{answer}");
    assert!(
        answer.contains("note: not all was visited: the owner of all[0] does not serve the console"),
        "{answer}"
    );
}

#[test]
fn the_name_is_not_reserved() {
    let manhole = Manhole::new(manhole! { sizes => 7_u8, grep => vec![1_u8], locks => || 3_u8 });
    shown(&manhole, &[("sizes", "7"), ("grep[0]", "1"), ("locks()", "3")]);
    assert!(manhole.ask("help(\"sizes\")").starts_with("sizes: u8\n"));
    let manhole = Manhole::new(manhole! { gizmo => Mutex::new(gizmo()), count => 7_u8 });
    refused(
        &manhole,
        &[
            ("sizes(3)", "sizes takes a value of the application with fields or items"),
            ("sizes(count)", "sizes takes a value of the application with fields or items"),
            ("size()", "there is no function `size`; did you mean `sizes`?"),
        ],
    );
    let mut rpc = manhole.connect();
    rpc.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"info\"}\n");
    rpc.until("\n");
    rpc.send("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"complete\",\"params\":{\"code\":\"sizes().first().\",\"cursor\":16}}\n");
    rpc.until("\"id\":2");
    let completions = rpc.until("\n");
    assert!(completions.contains("bytes_diff"), "{completions}");
    let help = manhole.ask("help(\"sizes\")");
    assert!(help.starts_with("sizes(), sizes(x)\n"), "{help}");
    let mut rpc = manhole.connect();
    rpc.send(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eval\",\"params\":{\"code\":\"sizes(gizmo.body)\"}}\n",
    );
    rpc.until("\"id\":1");
    let answer = rpc.until("\n");
    assert!(answer.contains("\"path\":\"gizmo.body\""), "{answer}");
}
