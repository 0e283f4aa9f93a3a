//! The names that every console has: an application's own names go first, and they can be switched off.

use manhole::{Namespace, manhole};

use crate::support::{Manhole, refused, shown};

#[test]
fn every_console_has_them() {
    let manhole = Manhole::with(Namespace::new(), |builder| builder.version("1.2.3").commit("abcdef"));
    let own = std::process::id().to_string();
    shown(
        &manhole,
        &[
            ("process.pid", &own),
            ("manhole::process.pid", &own),
            ("manhole.process.pid", &own),
            ("process.version", "\"1.2.3\""),
            ("process.commit.unwrap()", "\"abcdef\""),
            ("process.uptime > \"1us\" && process.started < SystemTime::now()", "true"),
            ("process.memory.resident <= process.memory.peak && process.memory.resident > 0", "true"),
            ("process.cpu >= 0.0 && process.cpu_time > \"0s\"", "true"),
            ("dir()", "[]"),
        ],
    );
    refused(
        &manhole,
        &[
            ("process.pid = 3", "cannot write manhole.process: the field `process` of Builtins is read-only"),
            ("manhole::nothing", "Builtins has no field `nothing`"),
            ("proces", "there is no name `proces`; did you mean `process`?"),
        ],
    );
}

#[test]
fn the_names_of_the_application_go_first() {
    let manhole = Manhole::new(manhole! { process => 7_u8, threads => vec![1_u8, 2] });
    let own = std::process::id().to_string();
    shown(
        &manhole,
        &[
            ("process", "7"),
            ("threads.len()", "2"),
            ("manhole::process.pid", &own),
            ("manhole::threads.len() > 0", "true"),
            ("let descriptors = 5; descriptors", "5"),
            ("manhole::descriptors.len() > 3", "true"),
        ],
    );
    let added = manhole.console.add("console", 9_u8).unwrap();
    shown(&manhole, &[("console", "9"), ("manhole::console.sessions.len() > 0", "true")]);
    drop(added);
    shown(&manhole, &[("console.sessions.len() > 0", "true")]);
}

#[test]
fn they_can_be_switched_off() {
    let manhole = Manhole::with(manhole! { answer => 42_u8 }, |builder| builder.builtin_roots(false));
    refused(
        &manhole,
        &[("threads", "there is no name `threads`"), ("manhole", "there is no name `manhole`")],
    );
    assert!(!manhole.ask("help").contains("Every process has"));
}

#[test]
fn help_and_completion_know_them() {
    let manhole = Manhole::new(manhole! { answer => 42_u8 });
    let mut client = manhole.connect();
    let overview = client.ask("help");
    assert!(overview.contains("Every process has: process, threads, descriptors, console"), "{overview}");
    let help = client.ask("help threads");
    assert!(help.starts_with("threads: Threads\n") && help.contains("fields of each Thread:\n"), "{help}");
    let help = client.ask("help(\"process.memory\")");
    assert!(help.contains("peak: u64 (read-only)"), "{help}");
    let mut rpc = manhole.connect();
    rpc.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"info\"}\n");
    rpc.until("\n");
    rpc.send(
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"complete\",\"params\":{\"code\":\"threads.first().\",\"cursor\":16}}\n",
    );
    rpc.until("\"id\":2");
    let completions = rpc.until("\n");
    assert!(completions.contains("cpu_time"), "{completions}");
}

#[test]
fn levels_hold() {
    let manhole = Manhole::new(Namespace::new());
    let mut client = manhole.connect();
    client.ask("level(\"observe\")");
    assert_eq!(
        client.first_line("process.arguments"),
        "error: cannot access manhole.process.arguments: it takes the level admin, and this session is at observe"
    );
    assert!(client.ask("process").contains("arguments: <admin>"));
}
