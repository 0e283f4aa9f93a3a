//! Commands that must stop, disconnecting clients, and shutdown.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use manhole::{Namespace, manhole};

use crate::support::{Client, LONG, Manhole, wait_until};

const FOREVER: Duration = Duration::from_secs(3_600);

fn patient(namespace: Namespace) -> Manhole {
    Manhole::with(namespace, |builder| builder.limits(|limits| limits.timeout = FOREVER))
}

#[test]
fn ctrl_c_stops_a_command_and_the_session_continues() {
    let manhole = patient(Namespace::new());
    let mut client = manhole.connect();
    client.ask("fn deep(n) { if n < 20 { deep(n + 1) } loop {} }");
    for command in [
        "loop {}",
        "sleep(1000)",
        "deep(0)",
        "[2, 1].sort(|a, b| { loop {} })",
        "[1, 2].map(|x| { loop {} })",
        "loop { try { loop {} } catch {} }",
        "let s = \"\"; loop { s += \"x\"; s = \"\" }",
    ] {
        client.send(format!("print(\"running\"); {command}\n"));
        client.until("running\n");
        client.send("\x03");
        assert_eq!(client.prompt(), "error: stopped: interrupted\n", "{command}");
    }
    assert_eq!(client.ask("1 + 1"), "2");
}

#[test]
fn a_throttled_command_reports_it_at_its_timeout() {
    let manhole = Manhole::with(Namespace::new(), |builder| {
        builder.limits(|limits| limits.timeout = Duration::from_secs(10))
    });
    let mut client = manhole.connect();
    let over = AtomicBool::new(false);
    let cores = std::thread::available_parallelism().unwrap().get();
    std::thread::scope(|scope| {
        for _ in 0..2 * cores {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        // The scheduler decides on the share of a processor: it may be too small to detect that others want it.
        let end = Instant::now() + LONG;
        let answer = loop {
            let answer = client.ask("loop {}");
            if answer.contains('\n') || Instant::now() > end {
                break answer;
            }
        };
        over.store(true, Ordering::Relaxed);
        let (error, help) = answer.split_once('\n').unwrap_or((&answer, ""));
        assert_eq!(error, "error: stopped: the command ran longer than 10s");
        assert!(
            help.starts_with("help: run it again with set(\"timeout\", \"1m\"): the machine is busy"),
            "{help}"
        );
    });
    assert_eq!(client.ask("set(\"timeout\", \"1m\")"), "", "what the help says can be typed");
}

#[test]
fn ctrl_c_stops_unread_output() {
    let manhole = patient(Namespace::new());
    let mut client = manhole.connect();
    client.send("loop { print(\"0123456789012345678901234567890123456789\") }\n");
    std::thread::sleep(Duration::from_millis(50));
    client.send("\x03");
    assert!(client.prompt().ends_with("error: stopped: interrupted\n"));
}

#[test]
fn ctrl_c_at_the_prompt_drops_the_input() {
    let manhole = patient(Namespace::new());
    let mut client = manhole.connect();
    client.send("[1,\n");
    client.until("... ");
    client.send("\x03");
    assert_eq!(client.until(">>> "), "\n>>> ");
    client.send("half a comm\x03");
    assert_eq!(client.until(">>> "), "\n>>> ");
    assert_eq!(client.ask("3"), "3");
}

#[test]
fn a_disconnect_stops_the_command() {
    let counter = Arc::new(AtomicU64::new(0));
    let manhole = patient(manhole! { counter => counter });
    let mut client = manhole.connect();
    client.send("print(\"running\"); loop { counter += 1 }\n");
    client.until("running\n");
    drop(client);
    wait_until("the counter stands still", || {
        let before = counter.load(Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(50));
        counter.load(Ordering::SeqCst) == before
    });
}

#[test]
fn shutdown_ends_all_sessions_with_a_message() {
    let manhole = patient(Namespace::new());
    let (mut idle, mut busy) = (manhole.connect(), manhole.connect());
    busy.send("print(\"running\"); loop {}\n");
    busy.until("running\n");
    manhole.console.shutdown();
    for client in [&mut idle, &mut busy] {
        let rest = client.rest();
        assert!(rest.contains("the console is shutting down\n"), "{rest:?}");
    }
    assert!(std::os::unix::net::UnixStream::connect(&manhole.path).is_err());
    manhole.console.shutdown();
}

#[test]
fn the_number_of_sessions_is_limited() {
    // An eighth of the 64 sessions is for other users.
    let by_default = patient(Namespace::new());
    let alone = Manhole::with(Namespace::new(), |builder| {
        builder.connection_limits(|limits| limits.sessions_per_user = Some(64))
    });
    for (manhole, most, why) in [
        (by_default, 56, "this user has its maximum of 56"),
        (alone, 64, "the console has its maximum of 64"),
    ] {
        let mut clients: Vec<_> = (0..most).map(|_| manhole.connect()).collect();
        let mut refused = Client::connect(&manhole.path);
        assert_eq!(refused.rest(), format!("\nerror: cannot open a session: {why} sessions\n"));
        drop(clients.pop());
        wait_until("there is room again", || {
            Client::connect(&manhole.path).until_any(&[">>> ", " sessions\n"]) == ">>> "
        });
    }
}

#[test]
fn an_endless_line_is_bounded() {
    let manhole = patient(Namespace::new());
    let mut client = manhole.connect();
    let chunk = vec![b'x'; 64 * 1024];
    for _ in 0..64 {
        client.send(&chunk);
    }
    client.send("\n1 + 1\n");
    let answer = client.until("2\n>>> ");
    assert_eq!(answer.matches("cannot run the command: expected at most 64 KiB").count(), 1, "{answer}");
}

#[test]
fn a_client_that_reads_nothing_delays_no_other() {
    let manhole = Manhole::new(Namespace::new());
    let mut deaf = manhole.connect();
    deaf.send("set(\"timeout\", \"200ms\"); loop { print(\"0123456789012345678901234567890123456789\") }\n");
    let mut other = manhole.connect();
    assert_eq!(other.ask("1 + 1"), "2");
    // Its command was stopped, and its unread output dropped.
    std::thread::sleep(Duration::from_millis(300));
    deaf.send("\"back\"\n");
    let late = "error: stopped: the command ran longer than 200ms\n";
    assert!(deaf.prompt().contains(late));
    // On a busy machine this may be late.
    let answer = deaf.prompt();
    assert!(answer == "\"back\"\n" || answer == late, "{answer}");
    assert_eq!(deaf.insist("\"back\""), "\"back\"");
}

#[test]
fn a_command_does_not_delay_other_sessions() {
    for shared in [false, true] {
        let manhole = Manhole::with(Namespace::new(), |builder| {
            builder.limits(|limits| limits.timeout = FOREVER).shared(shared)
        });
        let busy: Vec<_> = ["loop {}", "sleep(1000)", "x = 0; loop { x += 1 }", "loop { print(1) }"]
            .into_iter()
            .map(|command| {
                let mut client = manhole.connect();
                client.send(format!("print(\"running\"); {command}\n"));
                client.until("running\n");
                client
            })
            .collect();
        let mut client = manhole.connect();
        for n in 0..100 {
            assert_eq!(client.ask(&format!("y = {n}; y + 1")), (n + 1).to_string());
        }
        drop(busy);
    }
}

#[test]
fn a_client_that_reads_no_result_is_disconnected() {
    let manhole = Manhole::with(Namespace::new(), |builder| {
        builder
            .limits(|limits| limits.timeout = Duration::from_millis(50))
            .connection_limits(|limits| limits.sessions = 1)
    });
    let mut deaf = manhole.connect();
    deaf.send("loop { print(\"0123456789012345678901234567890123456789\") }\n");
    let refused = |client: &mut Client| client.until_any(&[">>> ", " sessions\n"]) != ">>> ";
    assert!(refused(&mut Client::connect(&manhole.path)));
    wait_until("there is room again", || !refused(&mut Client::connect(&manhole.path)));
}
