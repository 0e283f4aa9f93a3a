//! Names that the application adds and removes while its console runs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use manhole::{Builder, Error, EventKind, Level, Manhole as Inspect, Namespace, NamespaceItem, manhole};

use crate::support::{Manhole, wait_until};

/// One part of the data.
#[derive(Inspect, Default)]
struct Shard {
    keys: u64,
    mode: Mode,
    #[manhole(secret)]
    password: String,
    log: Vec<String>,
}

#[derive(Inspect, Default)]
enum Mode {
    #[default]
    Idle,
    Moving {
        to: String,
    },
}

#[manhole::methods]
impl Shard {
    /// Counts the keys again.
    pub(crate) fn recount(&mut self) -> u64 {
        self.keys += 100;
        self.keys
    }
}

/// A value with a method that waits.
#[derive(Inspect, Default)]
struct Gate {
    entered: AtomicBool,
    open: AtomicBool,
}

#[manhole::methods]
impl Gate {
    pub(crate) fn pass(&self) -> u8 {
        self.entered.store(true, Ordering::SeqCst);
        wait_until("the gate is open", || self.open.load(Ordering::SeqCst));
        7
    }
}

type Shared = Arc<Mutex<Shard>>;

#[test]
fn an_open_session_sees_a_root_while_it_is_there() {
    let manhole = Manhole::new(manhole! { answer => 42_u8 });
    let mut client = manhole.connect();
    assert!(client.ask("let mine = 1; shard_7").contains("there is no name `shard_7`"));
    let shard = Shared::default();
    let added = manhole.console.add("shard-7", Arc::clone(&shard)).unwrap();
    assert_eq!(added.name(), "shard_7");
    assert_eq!(client.ask("shard_7.keys += 2; shard_7.keys"), "2");
    assert_eq!(client.ask("shard_7.mode = Moving { to: \"b\" }"), "");
    assert!(matches!(&shard.lock().unwrap().mode, Mode::Moving { to } if to == "b"));
    assert_eq!(client.ask("shard_7.recount()"), "102");
    assert_eq!(client.ask("shard_7.password"), "<secret>");
    assert_eq!(client.ask("mine"), "1");
    assert!(client.ask("help").contains("shard_7"));
    assert!(client.ask("help(shard_7)").contains("One part of the data."));
    assert!(client.ask("help(shard_7)").contains("recount"));
    assert_eq!(client.ask("let log = shard_7.log; fn seven() { shard_7.keys }"), "");
    assert_eq!(client.ask("seven()"), "102");
    drop(added);
    assert!(client.ask("shard_7").contains("there is no name `shard_7`"));
    assert_eq!(client.first_line("log"), "error: shard_7 is gone: the application has removed it");
    assert_eq!(
        client.first_line("log.push(\"a\")"),
        "error: shard_7 is gone: the application has removed it"
    );
    assert!(client.ask("seven()").contains("there is no name `shard_7`"));
    assert!(!client.ask("help").contains("shard_7"));
    let _again = manhole.console.add("shard_7", 7_u8).unwrap();
    assert_eq!(client.ask("shard_7"), "7");
    assert_eq!(client.first_line("log"), "error: shard_7 is gone: the application has removed it");
}

#[test]
fn a_removed_value_is_dropped_although_idle_sessions_have_seen_it() {
    let manhole = Manhole::new(Namespace::new());
    let shard = Shared::default();
    let added = manhole.console.add("shard", Arc::clone(&shard)).unwrap();
    let (mut one, mut two) = (manhole.connect(), manhole.connect());
    assert_eq!(one.ask("let kept = [shard, shard.log]; shard.keys"), "0");
    assert_eq!(two.ask("shard.log.filter(|line| line == \"a\").len()"), "0");
    drop(added);
    assert_eq!(Arc::strong_count(&shard), 1);
    assert!(one.ask("kept[0].keys").contains("the application has removed it"));
}

#[test]
fn a_command_keeps_the_value_that_it_uses() {
    let manhole = Manhole::new(Namespace::new());
    let gate = Arc::new(Gate::default());
    let added = manhole.console.add("gate", Arc::clone(&gate)).unwrap();
    let mut client = manhole.connect();
    client.send("gate.pass()\n");
    wait_until("the command is inside", || gate.entered.load(Ordering::SeqCst));
    drop(added);
    assert_eq!(Arc::strong_count(&gate), 2);
    gate.open.store(true, Ordering::SeqCst);
    assert_eq!(client.prompt(), "7\n");
    wait_until("the command has dropped the value", || Arc::strong_count(&gate) == 1);
}

#[test]
fn a_watch_ends_with_the_root_that_it_watches() {
    let manhole = Manhole::new(Namespace::new());
    let added = manhole.console.add("shard", Shared::default()).unwrap();
    let mut client = manhole.connect();
    client.send("watch(10ms, || shard.keys)\n");
    client.until("0\n");
    drop(added);
    client.until("shard is gone: the application has removed it");
}

#[test]
fn names_and_items_are_checked() {
    let manhole = Manhole::new(manhole! { answer => 42_u8 });
    let add = |name: &str| manhole.console.add(name, 1_u8).map(|added| added.name().to_owned());
    let refused = |name| add(name).unwrap_err().to_string();
    assert_eq!(add("7 of 9").unwrap(), "n7_of_9");
    assert_eq!(add("-7").unwrap(), "n_7");
    assert_eq!(
        refused("answer"),
        "cannot add `answer`: the console has this name already\nhelp: choose another name"
    );
    assert!(refused("while").contains("it is a keyword"));
    assert!(refused("help").contains("it is a builtin"));
    assert!(refused("").contains("cannot use \"\" as a name"));
    let local = NamespaceItem::local_root(std::cell::Cell::new(1_u8));
    assert!(matches!(manhole.console.add_item("here", "", local), Err(Error::LocalRoot { .. })));
}

#[test]
fn functions_and_levels_can_be_added() {
    let manhole = Manhole::new(Namespace::new());
    let twice = NamespaceItem::function(|n: i64| n * 2);
    let drop_all = NamespaceItem::root(7_u8).from_level(Level::Admin);
    let mut client = manhole.connect();
    let twice = manhole.console.add_item("twice", "Doubles a number.", twice).unwrap();
    let _locked = manhole.console.add_item("locked", "", drop_all).unwrap();
    assert_eq!(client.ask("twice(4)"), "8");
    assert!(client.ask("help(twice)").contains("Doubles a number."));
    assert_eq!(client.ask("level(\"operate\")"), "");
    assert!(client.ask("locked").contains("it takes the level admin"));
    drop(twice);
    assert!(client.ask("twice(4)").contains("no function `twice`"));
}

#[test]
fn secrets_of_added_types_do_not_reach_the_audit() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&events);
    let manhole = Manhole::with(Namespace::new(), |builder: Builder| {
        builder.audit(move |event| {
            let heard = match &event.kind {
                EventKind::Command { text, .. } => (*text).to_owned(),
                EventKind::Change { path, values, .. } => format!("{path} {values:?}"),
                _ => return,
            };
            seen.lock().unwrap().push(heard);
        })
    });
    let mut client = manhole.connect();
    assert_eq!(client.ask("1 + 1"), "2");
    let shard = Shared::default();
    let _added = manhole.console.add("shard", Arc::clone(&shard)).unwrap();
    client.ask("shard.password = \"hunter2\"");
    assert_eq!(shard.lock().unwrap().password, "", "a secret cannot be written");
    client.finish();
    wait_until("the command is audited", || events.lock().unwrap().len() == 3);
    let events = events.lock().unwrap().join("\n");
    assert!(events.contains("shard.password") && !events.contains("hunter2"), "{events}");
}

#[test]
fn names_come_and_go_while_sessions_work() {
    let manhole = Manhole::new(manhole! { answer => 42_u8 });
    let end = Instant::now() + Duration::from_secs(2);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut client = manhole.connect();
                while Instant::now() < end {
                    let count = client.ask("shard_0.keys");
                    assert!(
                        count == "0" || count.contains("no name") || count.contains("is gone"),
                        "{count}"
                    );
                    assert_eq!(client.ask("answer"), "42");
                }
            });
        }
        scope.spawn(|| {
            while Instant::now() < end {
                let added: Vec<_> = (0..50)
                    .map(|n| manhole.console.add(&format!("shard_{n}"), Shared::default()).unwrap())
                    .collect();
                drop(added);
            }
        });
    });
    assert_eq!(manhole.ask("answer"), "42");
}
