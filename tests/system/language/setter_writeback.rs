//! Setter write-back: expressions that only read must never write, not even the value just read.
//!
//! After a method call, the script engine calls setters with the values that getters returned. Each test runs such readers
//! against a counter that the application increments. The application counts its increments elsewhere too, so a write of an older
//! value shows as a lost increment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use manhole::{Manhole as Inspect, manhole};
use parking_lot::Mutex;

use crate::support::{LONG, Manhole};

#[derive(Inspect)]
struct State {
    count: u64,
    text: String,
    inner: Inner,
    list: Vec<Inner>,
    shared: Arc<AtomicU64>,
    maybe: Option<u64>,
}

#[derive(Inspect, Default)]
struct Inner {
    count: u64,
}

/// Increments everything until dropped. Returns the number of increments.
struct Incrementer {
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<u64>>,
}

impl Incrementer {
    fn start(state: &Arc<Mutex<State>>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (state, stopped) = (Arc::clone(state), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            let mut times = 0;
            while !stopped.load(Ordering::Relaxed) {
                let mut state = state.lock();
                times += 1;
                state.count += 1;
                state.text = times.to_string();
                state.inner.count += 1;
                state.list[0].count += 1;
                state.shared.fetch_add(1, Ordering::SeqCst);
                state.maybe = state.maybe.map(|count| count + 1);
                drop(state);
                thread::yield_now();
            }
            times
        });
        Self { stop, thread: Some(thread) }
    }

    fn stop(mut self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }
}

fn state() -> Arc<Mutex<State>> {
    Arc::new(Mutex::new(State {
        count: 0,
        text: "0".to_owned(),
        inner: Inner::default(),
        list: vec![Inner::default()],
        shared: Arc::default(),
        maybe: Some(0),
    }))
}

const READERS: &[&str] = &[
    "s.count",
    "s.count.to_string()",
    "s.count.max(3)",
    "s.count.to_string().len()",
    "s.text.len()",
    "s.text.split(\",\")",
    "s.text[0]",
    "s.text.to_upper()",
    "s.inner.count.to_float()",
    "s.list[0].count.to_string()",
    "s.list[0].count.max(s.inner.count.max(s.count))",
    "s.shared.to_string()",
    "s.maybe.to_string()",
    "s.maybe.is_some()",
    "s[\"count\"].to_string()",
    "s.list[0][\"count\"].to_string()",
    "seen(s)",
    "s.count.twice()",
    "s.count.look(3)",
    "[s, s].map(|x| x.count.to_string())",
    "for x in 0..3 { s.count.to_string(); }",
    "let c = s.count; c += 1; c",
    "`${s.count} and ${s.inner.count.to_string()}`",
    "if s.count.to_string() == \"\" { 1 } else { 2 }",
    "switch s.count.to_string() { \"1\" => 1, _ => 2 }",
    "s.inner.count.to_string() + s.inner.count.to_string()",
    "s.count.to_string(); s.count.to_string()",
    "s.list.map(|x| x.count.to_string())",
    "s.list.filter(|x| x.count.to_string() != \"\").map(|x| x.count.max(1))",
    "s.list.sort_by(|x| x.count.to_string()).first().count.to_string()",
    "s.list.group_by(|x| x.count.to_string())",
    "s.list.sum(|x| x.count.max(s.count))",
    "for x in s.list { x.count.to_string(); }",
    "for x in s.list.filter(|x| x.count.max(s.inner.count) > 0) { x.count.to_string(); }",
    "s.count.max(s.list.count(|x| x.count.max(s.count) > 0))",
    "s.snapshot().count.to_string()",
    "let f = || s.count.to_string(); f.call()",
    "[1].map(|x| s.inner.count.max(x))",
    "counter.to_string()",
    "counter.max(3)",
    "let f = || counter.max(3); f.call()",
    "`${counter}`.len()",
    "s.list.get(0).count.to_string()",
    "type_of(s.count)",
    "s.count in [1, 2]",
    "s.maybe ?? 0",
    "s.list[0]?.count.to_string()",
    "try { s.count.to_string() } catch { 0 }",
    "do { s.count.to_string(); } while false",
    "(s.count.to_string() + s.text.to_upper()).len()",
    "#{ a: s.count.to_string(), b: s.inner }.b.count.to_string()",
];

#[test]
fn no_expression_that_only_reads_writes() {
    let state = state();
    let counter = Arc::clone(&state.lock().shared);
    let manhole = Manhole::with(manhole! { s => state, counter => counter }, |builder| {
        builder.limits(|limits| limits.lock_wait = LONG)
    });
    let mut client = manhole.connect();
    client.ask("fn seen(x) { x.count.to_string() + x.inner.count.to_string() }");
    client.ask("fn twice() { this * 2 }");
    client.ask("fn look(n) { if n > 0 { s.count.look(n - 1) } else { s.count.to_string() } }");
    let incrementer = Incrementer::start(&state);
    for round in 0..40 {
        for reader in READERS {
            let answer = client.ask(reader);
            assert!(!answer.starts_with("error"), "round {round}: {reader}: {answer}");
        }
    }
    let times = incrementer.stop();
    let state = state.lock();
    assert_eq!(state.count, times);
    assert_eq!(state.text, times.to_string());
    assert_eq!(state.inner.count, times);
    assert_eq!(state.list[0].count, times);
    assert_eq!(state.shared.load(Ordering::SeqCst), times);
    assert_eq!(state.maybe, Some(times));
}

#[test]
fn assigning_the_value_just_read_is_a_write() {
    let state = state();
    let manhole = Manhole::new(manhole! { s => state });
    let mut client = manhole.connect();
    for (code, count) in [
        ("s.inner.count = 3; s.count = s.inner.count", 3),
        ("s.count = 5; s.count = s.count", 5),
        ("s.count = 0; for n in 0..10 { s.count = s.count + 1 }", 10),
        ("let old = s.count; s.count = 7; s.count.to_string(); s.count = old", 10),
        ("for n in [1, 1, 2] { s.count = n }", 2),
        ("fn set(x, n) { x.count = n } set(s, 4); set(s, 4); set(s, 5)", 5),
        ("s.count += 1; s.count -= 3; s.count *= 2", 6),
    ] {
        assert_eq!(client.ask(code), "", "{code}");
        assert_eq!(state.lock().count, count, "{code}");
    }
}

#[test]
fn a_method_that_changes_a_leaf_changes_the_state() {
    let state = state();
    state.lock().text = "a,b".to_owned();
    let manhole = Manhole::new(manhole! { s => state });
    let mut client = manhole.connect();
    assert_eq!(client.ask("s.text.truncate(1)"), "");
    assert_eq!(state.lock().text, "a");
    assert_eq!(client.ask("s.text += \"!\""), "");
    assert_eq!(state.lock().text, "a!");
    client.ask("s.text.clear()");
    assert_eq!(state.lock().text, "");
}
