//! Application code that never returns: its thread is abandoned, and sessions continue.

use std::fmt::{self, Debug};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use manhole::{Builder, EventKind, Manhole as Inspect, Namespace, manhole};

use crate::support::serve_modes::{MODES, Mode, Served};
use crate::support::{Client, LONG, wait_until};

/// A value whose methods return only when its gate opens.
#[derive(Inspect, Default)]
struct Gate {
    open: AtomicBool,
    waiting: AtomicU64,
}

#[manhole::methods]
impl Gate {
    /// Returns when the gate is open.
    pub fn pass(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        while !self.open.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }

    /// The same at the level `observe`.
    #[manhole(observe)]
    pub fn look(&self) {
        self.pass();
    }
}

const STUCK: &str =
    "error: stopped: the command ran longer than 100ms, and does not return from the application's code";

fn lost(stuck: usize) -> String {
    format!(
        "{STUCK}\nhelp: its thread is abandoned ({stuck} of at most 16), with the variables of the session"
    )
}

fn lost_with_lock() -> String {
    format!("{STUCK} under a lock that the console holds\n")
        + "help: its thread is abandoned (1 of at most 16), with the variables of the session; "
        + "the lock is held until the code returns, which is never if it waits for that lock"
}

/// Returns a command that calls `call` and does not return before its timeout. The commands after it have the timeout of a new
/// session.
fn impatient(call: &str) -> String {
    format!("set(\"timeout\", \"100ms\"); {call}")
}

/// Sends such a command and returns its output. On a busy machine its timeout may pass before the call; then it is sent again.
fn stick(client: &mut Client, call: &str) -> String {
    let mut answer = String::new();
    wait_until("it is stuck", || {
        answer = client.ask(&impatient(call));
        answer.starts_with(STUCK)
    });
    answer
}

#[test]
fn an_abandoned_session_continues_on_another_thread() {
    for mode in MODES {
        let gate = Arc::new(Gate::default());
        let served = Served::start(mode, manhole! { gate => gate }, |builder| builder);
        let mut client = served.connect();
        client.ask("x = 1");
        assert_eq!(stick(&mut client, "gate.pass()"), lost(1), "{mode:?}");
        assert_eq!(client.ask("1 + 1"), "2");
        assert!(client.ask("x").contains("there is no name `x`"));
        assert_eq!(client.ask("gate.waiting"), "1");
        gate.open.store(true, Ordering::SeqCst);
        wait_until("it has come back", || gate.waiting.load(Ordering::SeqCst) == 0);
        assert_eq!(client.ask("gate.pass(); 3"), "3", "what came back counts no more");
    }
}

/// A part of a value whose `Debug` locks that value.
struct Part(Weak<Mutex<Whole>>);

impl Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.upgrade() {
            Some(whole) => write!(f, "part of {}", whole.lock().unwrap().name),
            None => f.write_str("part of nothing"),
        }
    }
}

#[derive(Inspect)]
struct Whole {
    name: &'static str,
    #[manhole(debug)]
    part: Part,
}

#[test]
fn a_debug_that_locks_the_value_around_it_is_reported_with_its_lock() {
    for mode in MODES {
        let whole = Arc::new_cyclic(|whole| Mutex::new(Whole { name: "w", part: Part(Weak::clone(whole)) }));
        let nested = Arc::new((1, Arc::clone(&whole)));
        let served = Served::start(mode, manhole! { whole => whole, nested => nested }, |builder| builder);
        let mut client = served.connect();
        assert_eq!(client.ask("whole.name"), "\"w\"", "{mode:?}");
        // The display of the outer value opens the lock.
        let answer = stick(&mut client, "nested");
        assert_eq!(answer, lost_with_lock(), "{mode:?}");
        assert_eq!(client.ask("nested"), "(1, <locked>)", "{mode:?}");
        assert!(whole.try_lock().is_err());
    }
}

#[test]
fn a_lowered_level_survives_an_abandoned_command() {
    for mode in MODES {
        let gate = Arc::new(Gate::default());
        let served = Served::start(mode, manhole! { gate => gate }, |builder| builder);
        let mut client = served.connect();
        client.ask("level(\"observe\")");
        assert_eq!(stick(&mut client, "gate.look()"), lost(1), "{mode:?}");
        assert_eq!(client.ask("level()"), "\"observe\"", "{mode:?}");
        assert!(client.first_line("gate.pass()").contains("takes the level operate"), "{mode:?}");
        gate.open.store(true, Ordering::SeqCst);
    }
}

#[test]
fn an_abandoned_command_is_audited_once() {
    for mode in MODES {
        let events = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&events);
        let gate = Arc::new(Gate::default());
        let served = Served::start(mode, manhole! { gate => gate }, |builder| {
            builder.audit(move |event| {
                let line = match &event.kind {
                    EventKind::Connected { .. } => "connected".to_owned(),
                    EventKind::Command { text, outcome, .. } => format!("{text} ({outcome})"),
                    EventKind::Disconnected { commands, .. } => format!("disconnected after {commands}"),
                    _ => return,
                };
                heard.lock().unwrap().push(line);
            })
        });
        let mut client = served.connect();
        assert_eq!(stick(&mut client, "gate.pass()"), lost(1), "{mode:?}");
        let lost = format!("{} (abandoned: it did not return in time)", impatient("gate.pass()"));
        assert_eq!(events.lock().unwrap().last(), Some(&lost), "{mode:?}");
        gate.open.store(true, Ordering::SeqCst);
        wait_until("it has come back", || gate.waiting.load(Ordering::SeqCst) == 0);
        client.ask("1");
        client.send("exit\n");
        client.rest();
        let last = || events.lock().unwrap().last().cloned().unwrap();
        wait_until("the end is recorded", || last().starts_with("disconnected"));
        // `wait_until` has connected once.
        let mut lines = events.lock().unwrap().clone();
        lines.retain(|line| !["connected", "disconnected after 0"].contains(&line.as_str()));
        assert_eq!(lines.pop(), Some(format!("disconnected after {}", lines.len())), "{mode:?}");
        lines.retain(|line| !line.ends_with("(stopped: the command ran longer than 100ms)"));
        assert_eq!(lines, [&*lost, "1 (done)"], "{mode:?}");
    }
}

#[test]
fn ctrl_c_abandons_a_command_in_application_code() {
    for mode in MODES {
        let gate = Arc::new(Gate::default());
        let served = Served::start(mode, manhole! { gate => gate }, |builder| {
            builder.limits(|limits| limits.timeout = LONG * 100)
        });
        let mut client = served.connect();
        client.send("gate.pass()\n");
        wait_until("it is stuck", || gate.waiting.load(Ordering::SeqCst) == 1);
        client.send("\x03");
        let answer = client.prompt();
        assert!(answer.starts_with("error: stopped: interrupted, and does not return"), "{mode:?}: {answer}");
        assert_eq!(client.ask("2"), "2");
        gate.open.store(true, Ordering::SeqCst);
    }
}

#[test]
fn output_of_an_abandoned_command_is_dropped() {
    for mode in MODES {
        let gate = Arc::new(Gate::default());
        let served = Served::start(mode, manhole! { gate => gate }, |builder| builder);
        let mut client = served.connect();
        stick(&mut client, "gate.pass(); print(\"late\"); 99");
        gate.open.store(true, Ordering::SeqCst);
        wait_until("it has come back", || gate.waiting.load(Ordering::SeqCst) == 0);
        assert_eq!(client.ask("let a = 0; for i in 0..1000 { a += i } a"), "499500");
        client.finish();
        assert_eq!(client.rest(), "");
    }
}

#[test]
fn a_deadlocked_method_is_abandoned() {
    /// Locks its own lock, as no method should.
    #[derive(Inspect)]
    struct Account {
        inner: Arc<parking_lot::Mutex<u64>>,
    }
    #[manhole::methods]
    impl Account {
        pub fn deadlock(&self) -> u64 {
            let _first = self.inner.lock();
            *self.inner.lock()
        }
    }
    let account = Arc::new(Account { inner: Arc::default() });
    let setup = |builder: Builder| builder.limits(|limits| limits.lock_wait = Duration::from_millis(20));
    let served = Served::start(Mode::Threads, manhole! { account => account }, setup);
    let mut client = served.connect();
    assert_eq!(stick(&mut client, "account.deadlock()"), lost(1));
    assert_eq!(client.ask("account"), "Account { inner: <locked> }");
    assert!(client.first_line("account.inner").contains("cannot lock account.inner"));
}

#[test]
fn the_number_of_abandoned_threads_is_limited() {
    let gate = Arc::new(Gate::default());
    let served = Served::start(Mode::Threads, manhole! { gate => gate }, |builder| builder);
    let mut clients: Vec<_> = (0..16).map(|_| served.connect()).collect();
    clients.iter_mut().for_each(|client| client.send(format!("{}\n", impatient("gate.pass()"))));
    for client in &mut clients {
        if !client.prompt().starts_with(STUCK) {
            stick(client, "gate.pass()");
        }
    }
    let refused = clients[0].ask("gate.pass()");
    assert!(
        refused.starts_with(
            "error: cannot call the application: 16 calls have not returned, and occupy a thread each\n"
        ),
        "{refused}"
    );
    assert_eq!(clients[0].ask("gate.waiting"), "16");
    gate.open.store(true, Ordering::SeqCst);
    wait_until("calls are made again", || clients[0].ask("gate.pass(); 1") == "1");
}

#[test]
fn shutdown_does_not_wait_for_abandoned_threads() {
    for mode in MODES {
        let gate = Arc::new(Gate::default());
        let served = Served::start(mode, manhole! { gate => gate }, |builder| {
            builder.limits(|limits| limits.timeout = LONG * 100)
        });
        let mut client = served.connect();
        client.send("gate.pass()\n");
        wait_until("it is stuck", || gate.waiting.load(Ordering::SeqCst) == 1);
        drop(client);
        assert_eq!(served.connect().ask("1"), "1", "{mode:?}");
        drop(served);
        assert_eq!(gate.waiting.load(Ordering::SeqCst), 1, "{mode:?}");
        gate.open.store(true, Ordering::SeqCst);
        wait_until("it has come back", || gate.waiting.load(Ordering::SeqCst) == 0);
    }
}

#[test]
fn a_debug_implementation_that_never_returns_is_abandoned() {
    struct Endless(Arc<AtomicBool>);
    impl std::fmt::Debug for Endless {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            while !self.0.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(1));
            }
            f.write_str("done")
        }
    }
    #[derive(Inspect)]
    struct Holder {
        #[manhole(debug)]
        endless: Endless,
        count: u8,
    }
    let open = Arc::new(AtomicBool::new(false));
    let holder = Arc::new(Mutex::new(Holder { endless: Endless(Arc::clone(&open)), count: 1 }));
    let served = Served::start(Mode::Threads, manhole! { holder => holder }, |builder| {
        builder.limits(|limits| limits.lock_wait = Duration::from_millis(20))
    });
    let mut client = served.connect();
    assert_eq!(stick(&mut client, "holder"), lost_with_lock());
    assert!(
        client.first_line("holder.count").contains("cannot lock holder"),
        "the command holds the application's lock"
    );
    open.store(true, Ordering::SeqCst);
    wait_until("the lock is free again", || client.ask("holder.count") == "1");
}

#[test]
fn an_empty_namespace_abandons_no_command() {
    for mode in MODES {
        let served = Served::start(mode, Namespace::new(), |builder| {
            builder.limits(|limits| limits.timeout = Duration::from_millis(100))
        });
        assert_eq!(
            served.connect().ask("loop {}"),
            "error: stopped: the command ran longer than 100ms",
            "{mode:?}"
        );
    }
}
