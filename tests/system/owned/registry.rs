//! Values that tasks own while they run, in a registry.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use manhole::{Access, Level, Manhole as Inspect, Registry, Remote, manhole};
use parking_lot::Mutex;

use crate::support::{Manhole, wait_until};

#[derive(Inspect)]
struct Connection {
    user: String,
    bytes: AtomicU64,
    state: Mutex<State>,
}

/// What its task changes.
#[derive(Inspect, Default)]
struct State {
    topics: Vec<String>,
}

fn connection(user: &str) -> Connection {
    Connection { user: user.to_owned(), bytes: AtomicU64::new(0), state: Mutex::default() }
}

#[test]
fn connections_are_seen_searched_and_changed_while_they_are_open() {
    static OPEN: Registry<Connection> = Registry::new();
    let manhole = Manhole::new(manhole! { connections => OPEN });
    let mut client = manhole.connect();
    assert_eq!(client.ask("connections"), "{}");
    let alice = OPEN.enter(connection("alice")).named("10.0.0.7:4242");
    let task = thread::Builder::new().name("worker".to_owned());
    let bob = task.spawn(|| OPEN.enter(connection("bob"))).unwrap().join().unwrap();
    assert_eq!(client.ask("connections.len()"), "2");
    assert_eq!(client.ask("connections[1].name"), "\"10.0.0.7:4242\"");
    assert_eq!(client.ask("connections[2].thread"), "\"worker\"");
    assert_eq!(client.ask("connections.filter(|c| c.value.user == \"bob\").keys()"), "[2]");
    assert_eq!(client.ask("connections.all(|c| c.age < 1h)"), "true");
    assert_eq!(client.ask("connections[1].value.bytes += 7; connections[1].value.bytes"), "7");
    assert_eq!(alice.bytes.load(Ordering::Relaxed), 7);
    assert_eq!(client.ask("connections[2].value.state.topics.push(\"a\")"), "");
    assert_eq!(bob.state.lock().topics, ["a"]);
    assert!(
        client.first_line("connections[1].age = 1s").starts_with("error: cannot write connections[1].age")
    );
    assert!(client.ask("help(connections[2])").contains("abort()"));
    drop(alice);
    assert_eq!(
        client.first_line("connections[1].value"),
        "error: cannot reach connections[1]: the map has no key 1"
    );
    assert_eq!(client.ask("connections.keys()"), "[2]");
}

#[test]
fn an_entry_ends_its_task_where_the_application_says_how() {
    static JOBS: Registry<u64> = Registry::new();
    let manhole = Manhole::with(manhole! { jobs => JOBS }, |builder| {
        builder.access(Access::default().max_level(Level::Operate))
    });
    let mut client = manhole.connect();
    let ended = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&ended);
    let job = JOBS.enter(7).abort_with(move || flag.store(true, Ordering::SeqCst));
    let other = JOBS.enter(8);
    let answer = client.first_line(&format!("jobs[{}].abort()", other.number()));
    assert!(answer.contains("the application has not said how"), "{answer}");
    assert!(!ended.load(Ordering::SeqCst));
    assert_eq!(client.ask(&format!("jobs[{}].abort()", job.number())), "");
    assert!(ended.load(Ordering::SeqCst));

    let watching = Manhole::with(manhole! { jobs => JOBS }, |builder| {
        builder.access(Access::default().max_level(Level::Observe))
    });
    let answer = watching.connect().first_line(&format!("jobs[{}].abort()", job.number()));
    assert!(answer.contains("it takes the level operate"), "{answer}");
}

#[test]
fn entries_come_and_go_while_they_are_queried() {
    static OPEN: Registry<AtomicU64> = Registry::new();
    let kept: Vec<_> = (0..20_000).map(|n| OPEN.enter(AtomicU64::new(n))).collect();
    let end = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&end);
    let busy = thread::spawn(move || {
        let mut count = 0_u64;
        while !stop.load(Ordering::Relaxed) {
            let entry = OPEN.enter(AtomicU64::new(1_000_000));
            entry.fetch_add(1, Ordering::Relaxed);
            count += 1;
        }
        count
    });
    let manhole = Manhole::new(manhole! { open => OPEN });
    let mut client = manhole.connect();
    for _ in 0..3 {
        let answer = client.ask("open.filter(|entry| entry.value < 20000).count()");
        assert!(answer.lines().any(|line| line == "20000"), "{answer}");
    }
    assert_eq!(client.ask("open.take(2).map(|entry| entry.value).to_vec()"), "[0, 1]");
    end.store(true, Ordering::Relaxed);
    assert!(busy.join().unwrap() > 0);
    drop(kept);
    assert_eq!(client.ask("open.len()"), "0");
}

#[test]
fn a_task_may_serve_its_entry_itself() {
    static OPEN: Registry<Remote<State>> = Registry::new();
    let (remote, visits) = manhole::visits::<State>();
    let task = thread::spawn(move || {
        let entry = OPEN.enter(remote);
        let mut state = State::default();
        while state.topics.is_empty() {
            visits.serve(&mut state);
            thread::sleep(Duration::from_millis(1));
        }
        drop(entry);
        state.topics
    });
    let manhole = Manhole::new(manhole! { open => OPEN });
    let mut client = manhole.connect();
    wait_until("the task runs", || !OPEN.is_empty());
    assert_eq!(client.ask("open[1].value"), "State { topics: [] }");
    assert_eq!(client.ask("open[1].value.topics.push(\"a\")"), "");
    assert_eq!(task.join().unwrap(), ["a"]);
    assert_eq!(client.ask("open"), "{}");
}

#[test]
fn an_entry_whose_owner_is_stuck_says_so() {
    static STUCK: Registry<Remote<State>> = Registry::new();
    let (remote, _visits) = manhole::visits();
    let _entry = STUCK.enter(remote);
    let manhole = Manhole::new(manhole! { stuck => STUCK });
    let mut client = manhole.connect();
    client.ask("set(\"lock_wait\", \"10ms\")");
    // `value` is a method of the console too, which would not help here.
    for command in ["stuck[1].value", "stuck.map(|s| s.value.hits)", "stuck.first().value.hits"] {
        let answer = client.ask(command);
        let error =
            "its owner has not served the console for 10ms: it is busy, stuck, or waits for something else";
        assert!(answer.contains(error), "{command}: {answer}");
        assert!(answer.contains("help: nothing was done; try again"), "{command}: {answer}");
    }
}
