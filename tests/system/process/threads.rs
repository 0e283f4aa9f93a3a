//! The threads of the process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use manhole::Namespace;

use crate::support::{Manhole, wait_until};

#[test]
fn a_busy_and_a_waiting_thread_are_found() {
    static STOP: AtomicBool = AtomicBool::new(false);
    let (sender, receiver) = mpsc::channel::<()>();
    let waiting = thread::Builder::new().name("a-waiting-one".to_owned());
    let waiting = waiting.spawn(move || receiver.recv().is_err()).unwrap();
    let busy = thread::Builder::new().name("a-busy-one".to_owned());
    let busy = busy
        .spawn(|| {
            while !STOP.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        })
        .unwrap();
    let manhole = Manhole::new(Namespace::new());
    let mut client = manhole.connect();
    client.ask("fn named(name) { threads.find(|t| t.name == name) }");
    let busiest =
        "threads.filter(|t| t.name.starts_with(\"a-\")).sort_by(|t| -t.cpu).values().next().unwrap().name";
    // On a busy machine it may not get its processor for a while.
    wait_until("the busy thread is seen", || {
        client.ask("named(\"a-busy-one\").cpu > 0.01 && named(\"a-busy-one\").state == \"running\"") == "true"
            && client.ask("named(\"a-busy-one\").idle == \"0s\"") == "true"
            && client.ask(busiest) == "\"a-busy-one\""
    });
    // It may have just begun to wait.
    wait_until("the waiting thread is seen", || {
        client.ask("named(\"a-waiting-one\").idle >= \"100ms\" && named(\"a-waiting-one\").cpu == 0.0")
            == "true"
    });
    // A note may say that other threads have ended in the meantime.
    let mut assert_answer = |command: &str, answer: &str| {
        let found = client.ask(command);
        assert!(found.ends_with(answer), "{command}: {found}");
    };
    assert_answer("named(\"a-waiting-one\").state", "\"sleeping\"");
    assert_answer("named(\"a-waiting-one\").system_call", "\"futex\"");
    assert_answer("named(\"a-waiting-one\").is_console", "false");
    assert_answer("threads.any(|t| t.is_console && t.name == \"manhole-session\")", "true");
    STOP.store(true, Ordering::Relaxed);
    drop(sender);
    busy.join().unwrap();
    assert!(waiting.join().unwrap());
    assert_answer("threads.any(|t| t.name == \"a-waiting-one\")", "false");
}

#[test]
fn a_thread_that_is_gone_has_no_fields() {
    let manhole = Manhole::new(Namespace::new());
    let mut client = manhole.connect();
    let answer = client.first_line("threads[1].name");
    assert_eq!(answer, "error: cannot reach manhole.threads[1]: the map has no key 1");
}
