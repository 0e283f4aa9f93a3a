//! The runtime of the application.

use std::time::Duration;

use manhole::{Builder, Namespace};

use crate::support::serve_modes::{Mode, Served};
use crate::support::{Client, wait_until};

fn served(runtime: &tokio::runtime::Runtime) -> (manhole::Console, tempfile::TempDir, Client) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.manhole");
    let builder = Builder::new(Namespace::new()).runtime(runtime.handle().clone());
    let console = builder.spawn(&path).unwrap();
    let mut client = Client::connect(&path);
    client.prompt();
    (console, directory, client)
}

#[test]
fn a_blocked_runtime_is_said_to_be_so() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let (console, _directory, mut client) = served(&runtime);
    assert_eq!(client.ask("runtime.flavor"), "\"multi thread\"");
    assert_eq!(client.ask("runtime.workers.len()"), "2");
    assert_eq!(client.ask("runtime.alive_tasks"), "0");
    wait_until("both workers wait", || client.ask("runtime.workers.all(|w| w.state == \"waits\")") == "true");
    assert_eq!(client.ask("runtime.state"), "\"runs\"");

    let (blocker, blocked) = std::sync::mpsc::channel::<()>();
    let blocked = std::sync::Arc::new(std::sync::Mutex::new(blocked));
    for _ in 0..2 {
        let blocked = std::sync::Arc::clone(&blocked);
        runtime.spawn(async move { blocked.lock().unwrap().recv_timeout(Duration::from_secs(120)).is_ok() });
    }
    wait_until("it is blocked", || {
        client.ask("runtime.state").starts_with("\"blocked: no worker has begun another poll for ")
    });
    assert_eq!(client.ask("runtime.alive_tasks"), "2");
    assert_eq!(client.ask("runtime.workers[0].state.starts_with(\"in one poll for \")"), "true");
    drop(blocker);
    wait_until("it runs again", || client.ask("runtime.state") == "\"runs\"");
    console.shutdown();
}

#[test]
fn what_takes_the_unstable_interface_says_so() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let (console, _directory, mut client) = served(&runtime);
    let shown = client.ask("runtime");
    let reason = "<needs an application that is built with `--cfg tokio_unstable`>";
    assert!(shown.contains(&format!("blocking_threads: {reason}")), "{shown}");
    console.shutdown();
}

#[test]
fn a_runtime_that_waits_for_the_console_is_not_blocked() {
    let served = Served::start(Mode::Inline, Namespace::new(), |builder| builder);
    assert_eq!(served.connect().ask("runtime.state"), "\"waits for this command\"");
}
