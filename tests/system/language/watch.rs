//! The builtin `watch`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use manhole::{Namespace, manhole};

use crate::support::serve_modes::{Mode, Served};
use crate::support::{Manhole, wait_until};

#[test]
fn watch_prints_changes_until_ctrl_c() {
    let counter = Arc::new(AtomicU64::new(0));
    let manhole = Manhole::with(manhole! { counter => counter }, |builder| {
        builder.limits(|limits| limits.timeout = Duration::from_secs(2))
    });
    let mut client = manhole.connect();
    client.send("watch(\"10ms\", || counter)\n");
    for value in 0..5 {
        let line = client.until("\n");
        let (time, shown) = line.trim_end().split_once("  ").unwrap();
        assert_eq!((time.len(), shown), (12, value.to_string().as_str()), "{line}");
        // It takes longer than the command's timeout.
        std::thread::sleep(Duration::from_millis(500));
        counter.fetch_add(1, Ordering::SeqCst);
    }
    client.until("  5\n");
    client.send("\x03");
    assert_eq!(client.prompt(), "", "it has ended as it was meant to");
    assert_eq!(client.ask("watch(0.01, || counter, 1)").split_once("  ").unwrap().1, "5");
    assert_eq!(
        client.first_line("watch(\"10ms\", || { loop {} })"),
        "error: stopped: the command ran longer than 2.01s",
        "each look has the time of a command"
    );
    assert_eq!(client.first_line("watch(\"often\", || 1)"), "error: cannot read \"often\" as a duration");
    client.send("watch(0.01, || counter)\n");
    client.until("  5\n");
    drop(client);
    wait_until("its thread is gone", || manhole.ask("1") == "1");
}

#[test]
fn watch_in_inline_mode_stops_like_any_command() {
    let served = Served::start(Mode::Inline, Namespace::new(), |builder| {
        builder.limits(|limits| limits.timeout = Duration::from_millis(200))
    });
    let answer = served.connect().ask("watch(\"10ms\", || 1)");
    assert!(answer.ends_with("error: stopped: the command ran longer than 200ms"), "{answer}");
}

#[test]
fn a_finished_watch_does_not_silence_the_next_command() {
    let manhole = Manhole::new(Namespace::new());
    let mut client = manhole.connect();
    client.send("watch(0.01, || 1, 1); print(\"over\"); loop {}\n");
    client.until("over\n");
    client.send("\x03");
    assert_eq!(client.prompt(), "error: stopped: interrupted\n");
}
