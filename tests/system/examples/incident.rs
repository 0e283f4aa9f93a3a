//! The faults of the example `incident`: each is found from the console alone, by the commands of the guide.

use std::time::Duration;

use crate::support::example_process::Example;
use crate::support::{Client, wait_until};

const CHAPTER: &str = include_str!("../../../manhole/src/guide/three_in_the_morning.md");

/// A running example, and a session.
struct Incident {
    client: Client,
    _example: Example,
}

impl Incident {
    /// Starts the service, and switches a fault on.
    fn begin(fault: &str) -> Self {
        let example = Example::start("incident");
        let mut incident = Self { client: example.client(""), _example: example };
        wait_until("orders are served", || incident.ask("shop.served").parse::<u64>().unwrap() > 0);
        assert_eq!(incident.follow(fault), "");
        incident
    }

    fn ask(&mut self, command: &str) -> String {
        self.client.ask(command)
    }

    /// Types a command of the chapter.
    fn follow(&mut self, command: &str) -> String {
        assert!(CHAPTER.contains(command), "the chapter has no {command}");
        self.ask(command)
    }

    /// Types a command of the chapter until its answer, with which its last line ends, is this.
    #[track_caller]
    fn finds(&mut self, command: &str, answer: &str) {
        let transcript = format!(">>> {command}\n{answer}\n");
        assert!(CHAPTER.contains(&transcript), "the chapter has no\n{transcript}");
        self.waits_for(command, |found| found.ends_with(answer));
    }

    #[track_caller]
    fn waits_for(&mut self, command: &str, is_it: impl Fn(&str) -> bool) {
        wait_until(&format!("{command} shows it"), || is_it(&self.follow(command)));
    }
}

#[test]
fn a_lock_that_is_held_for_ever() {
    let mut incident = Incident::begin("faults.hold_a_lock()");
    incident.waits_for("runtime.state", |state| {
        state.starts_with("\"blocked: no worker has begun another poll for ")
    });
    incident.finds("locks().map(|lock| [lock.path, lock.looks])", "[[shop.prices, 2]]");
    incident.finds("tasks.filter(|t| t.state == \"running\" && t.state_for > \"1s\").len()", "2");
    let threads = "threads.filter(|t| t.system_call != \"futex\" && !t.is_console).map(|t| t.name).values()";
    incident.finds(threads, "[\"price-update\"]");
    let before: u64 = incident.ask("shop.served").parse().unwrap();
    assert_eq!(incident.follow("faults.repair()"), "");
    wait_until("orders are served again", || incident.ask("shop.served").parse::<u64>().unwrap() > before);
    incident.waits_for("runtime.state", |state| state == "\"runs\"");
}

#[test]
fn a_task_that_blocks_its_worker() {
    let mut incident = Incident::begin("faults.block_a_worker()");
    incident.finds(
        "tasks.filter(|t| t.state == \"running\" && t.state_for > \"1s\").keys()",
        "[\"monthly-report\"]",
    );
    incident.finds("runtime.workers.filter(|w| w.state.starts_with(\"in one poll\")).len()", "1");
    let place = incident.follow("tasks[\"monthly-report\"].place");
    assert!(place.starts_with("\"examples/examples/incident.rs:"), "{place}");
}

#[test]
fn a_request_that_is_stuck() {
    let mut incident = Incident::begin("faults.get_stuck()");
    incident.finds("spans.filter(|s| s.age > \"1s\").map(|s| s.name).values()", "[\"pay\"]");
    incident.finds("spans.filter(|s| s.age > \"1s\").map(|s| s.fields).values()", "[\"order=4711\"]");
    assert_eq!(incident.follow("tasks[\"payment\"].abort()"), "");
    incident.finds("spans.filter(|s| s.age > \"1s\").len()", "0");
}

#[test]
fn a_thread_that_is_busy() {
    let mut incident = Incident::begin("faults.spin()");
    incident.finds("threads.sort_by(|t| -t.cpu).take(1).map(|t| t.name).values()", "[\"rebuild-index\"]");
}

#[test]
fn a_collection_that_grows() {
    let mut incident = Incident::begin("faults.leak()");
    incident.finds("sizes().take(1).map(|s| s.path)", "[shop.receipts]");
    std::thread::sleep(Duration::from_millis(20));
    incident.finds("sizes().take(1).map(|s| s.items_diff.unwrap_or(0) > 0)", "[true]");
    wait_until("it is seen", || {
        incident.ask("shop.receipts.values().any(|r| r == \"never asked for\")").ends_with("true")
    });
}

#[test]
fn a_worker_that_panics_again_and_again() {
    let mut incident = Incident::begin("faults.panic_again_and_again()");
    wait_until("it panics", || incident.follow("panics.count").parse::<u64>().unwrap() > 3);
    incident.finds("panics.last.values().last().message", r#""no template for locale \"xx\"""#);
    incident.finds("panics.last.values().last().thread", "\"mailer\"");
}

#[test]
fn requests_that_fail() {
    let mut incident = Incident::begin("faults.lose_a_price()");
    incident.finds("log.stats(\"serve\").errors > 0", "true");
    incident.finds(
        "log.recent.filter(|e| e.level <= Level::ERROR).values().last().text",
        "\"error=no price for tea\"",
    );
    incident.finds("shop.prices.insert(\"tea\", 300)", "None");
    let errors = incident.ask("log.stats(\"serve\").errors");
    let calls: u64 = incident.ask("log.stats(\"serve\").calls").parse().unwrap();
    wait_until("others are served", || {
        incident.ask("log.stats(\"serve\").calls").parse::<u64>().unwrap() > calls + 10
    });
    assert_eq!(incident.ask("log.stats(\"serve\").errors"), errors);
}
