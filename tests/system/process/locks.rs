//! The locks that are held now.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, RwLock};
use std::thread;

use manhole::{Manhole as Inspect, TrackedMutex, TrackedRwLock, manhole};

use crate::support::{Manhole, shown, wait_until};

#[derive(Inspect)]
struct Gizmo {
    jobs: BTreeMap<String, Arc<Mutex<u32>>>,
    limit: RwLock<u32>,
    #[manhole(admin)]
    accounts: Mutex<u32>,
    #[manhole(secret)]
    token: Mutex<String>,
    me: Mutex<Option<std::sync::Weak<Gizmo>>>,
}

fn gizmo() -> Arc<Gizmo> {
    let jobs = ["a", "b"].map(|name| (name.to_owned(), Arc::default())).into();
    let (limit, accounts, token, me) =
        (RwLock::default(), Mutex::default(), Mutex::default(), Mutex::default());
    let gizmo = Arc::new(Gizmo { jobs, limit, accounts, token, me });
    *gizmo.me.lock().unwrap() = Some(Arc::downgrade(&gizmo));
    gizmo
}

const PATHS: &str = "locks().map(|lock| lock.path).to_array()";

#[test]
fn the_locks_that_are_held_are_listed() {
    let (state, root) = (gizmo(), Arc::new(Mutex::new(vec![1_u8])));
    let manhole = Manhole::new(manhole! { gizmo => Arc::clone(&state), root => Arc::clone(&root) });
    let mut client = manhole.connect();
    assert_eq!(client.ask("locks()"), "[]");
    let job = state.jobs["b"].lock().unwrap();
    let guard = root.lock().unwrap();
    let written = state.limit.write().unwrap();
    let secret = state.token.lock().unwrap();
    assert_eq!(secret.len(), 0);
    assert_eq!(client.ask(PATHS), "[gizmo.jobs[\"b\"], gizmo.limit, root]");
    drop(written);
    let read = state.limit.read().unwrap();
    assert_eq!(client.ask(PATHS), "[gizmo.jobs[\"b\"], root]");
    drop(guard);
    assert_eq!(client.ask("locks()[0].looks"), "3");
    assert_eq!(manhole.ask("locks()[0].looks"), "4", "another session");
    let lock = client.ask("locks()");
    assert!(lock.contains("path: gizmo.jobs[\"b\"]") && lock.contains("state: \"locked\""), "{lock}");
    assert!(lock.contains(" ago"), "{lock}");
    assert_eq!(client.ask("locks()[0].since < Instant::now()"), "true");
    drop((job, read));
    shown(&manhole, &[("locks()", "[]")]);
    let again = state.jobs["b"].lock().unwrap();
    assert_eq!(client.ask("locks()[0].looks"), "1", "it was free in between");
    drop(again);
}

#[test]
fn levels_hold() {
    let state = gizmo();
    let manhole = Manhole::new(manhole! { gizmo => Arc::clone(&state) });
    let mut client = manhole.connect();
    let guard = state.accounts.lock().unwrap();
    assert_eq!(client.ask(PATHS), "[gizmo.accounts]");
    client.ask("level(\"observe\")");
    assert_eq!(client.ask(PATHS), "[]");
    drop(guard);
}

#[test]
fn owners_that_do_not_serve_are_listed() {
    let (remote, visits) = manhole::visits::<Mutex<u32>>();
    let (stuck, _kept) = manhole::visits::<u32>();
    thread::spawn(move || {
        let owner = thread::current();
        visits.wake_with(move || owner.unpark());
        let mut state = Mutex::new(1);
        loop {
            visits.serve(&mut state);
            thread::park();
        }
    });
    let manhole = Manhole::new(manhole! { served => remote, all => vec![stuck] });
    let found = manhole.ask("locks().map(|lock| (lock.path, lock.state)).to_array()");
    assert_eq!(found, "[[all[0], \"not served\"]]");
}

#[derive(Inspect)]
struct Tracked {
    prices: TrackedMutex<u32>,
    limits: TrackedRwLock<Vec<u32>>,
}

/// Runs `work` on a thread with a name.
fn on_thread(name: &str, work: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::Builder::new().name(name.to_owned()).spawn(work).unwrap()
}

#[test]
fn a_tracked_lock_knows_who_holds_it_and_who_waits() {
    let tracked = Tracked { prices: TrackedMutex::new(7), limits: TrackedRwLock::new(vec![1]) };
    let state = Arc::new(tracked);
    let manhole =
        Manhole::new(manhole! { state => Arc::clone(&state), root => Arc::new(TrackedMutex::new(1_u8)) });
    let mut client = manhole.connect();
    assert_eq!(client.ask("[state.prices, state.limits[0], root, locks().len()]"), "[7, 1, 1, 0]");
    assert_eq!(client.ask("state.prices = 8; state.limits.push(2); state.limits"), "[1, 2]");

    let guard = state.prices.lock().unwrap();
    let waiting = on_thread("cashier", {
        let state = Arc::clone(&state);
        move || *state.prices.lock().unwrap() += *state.limits.read().unwrap().last().unwrap()
    });
    wait_until("it waits", || client.ask("locks()[0].waiting.len()") == "1");
    assert_eq!(client.ask("locks()[0].path"), "state.prices");
    let own = format!("{:?}", thread::current().name().unwrap());
    assert_eq!(client.ask("locks()[0].holders[0].thread"), own);
    assert_eq!(client.ask("locks()[0].waiting[0].thread"), "\"cashier\"");
    assert!(client.ask("locks()[0].holders[0].place").starts_with("\"tests/system/process/locks.rs:"));
    let times = "let l = locks()[0]; l.holders[0].time > \"0s\" && l.waiting[0].time > \"0s\"";
    assert_eq!(client.ask(times), "true");
    let error = client.first_line("state.prices");
    let start = format!(
        "error: cannot lock state.prices: the thread `{}` has held the lock for ",
        own.trim_matches('"')
    );
    assert!(error.starts_with(&start) && error.contains(", since tests/system/process/locks.rs:"), "{error}");
    drop(guard);
    waiting.join().unwrap();
    assert_eq!(client.ask("[state.prices, locks().len()]"), "[10, 0]");

    let guards = (state.limits.read().unwrap(), state.limits.try_read().unwrap());
    assert!(state.limits.try_write().is_err());
    assert_eq!(client.ask("state.limits"), "[1, 2]", "another reader");
    drop(guards);
    let guard = state.limits.write().unwrap();
    assert_eq!(client.ask("locks()[0].holders.len()"), "1");
    drop(guard);

    // The poison is that of the standard library.
    let poisoning = on_thread("clumsy", {
        let state = Arc::clone(&state);
        move || {
            let _guard = state.prices.lock().unwrap();
            panic!("not today");
        }
    });
    assert!(poisoning.join().is_err());
    assert!(state.prices.lock().is_err_and(|poisoned| **poisoned.get_ref() == 10));
    assert_eq!(client.ask("locks().len()"), "0", "a panic releases it");
}

#[test]
fn another_lock_does_not_know_who_holds_it() {
    let lock = Arc::new(Mutex::new(7_u8));
    let manhole = Manhole::new(manhole! { lock => Arc::clone(&lock) });
    let _guard = lock.lock().unwrap();
    assert_eq!(manhole.ask("[locks()[0].holders, locks()[0].waiting]"), "[None, None]");
}
