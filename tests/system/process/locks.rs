//! The locks that are held now.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, RwLock};
use std::thread;

use manhole::{Manhole as Inspect, manhole};

use crate::support::{Manhole, shown};

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
