//! Who else is connected, and what runs.

use manhole::{Manhole as Inspect, manhole};
use parking_lot::Mutex;

use crate::support::serve_modes::{MODES, Mode, Served};
use crate::support::{Manhole, wait_until};

#[derive(Inspect)]
struct Account {
    #[manhole(secret)]
    password: String,
}

impl Account {
    fn is_open(&self) -> bool {
        self.password.is_empty()
    }
}

#[test]
fn a_session_sees_the_others_and_what_they_run() {
    let account = Account { password: "hunter1".to_owned() };
    assert!(!account.is_open());
    let manhole = Manhole::new(manhole! { account => Mutex::new(account) });
    let mut first = manhole.connect();
    let mut second = manhole.connect();
    second.send("let n = 0; loop { n += 1 }\n");
    let running = "console.sessions[2].running.text";
    wait_until("the loop runs", || first.ask(running) == "\"let n = 0; loop { n += 1 }\"");
    assert_eq!(first.ask("console.sessions[2].running.runs_for > \"0s\""), "true");
    assert_eq!(first.ask("console.sessions.len()"), "2");
    assert_eq!(first.ask("console.sessions[2].level"), "\"admin\"");
    let own = std::process::id().to_string();
    assert_eq!(first.ask("console.sessions[2].pid.unwrap()"), own);
    second.send("\x03");
    second.prompt();
    assert_eq!(first.ask("console.sessions[2].running"), "None");
    assert_eq!(first.ask("console.sessions[2].commands"), "1");
    second.send("let password = \"hunter2\"; loop {}\n");
    wait_until("it runs", || first.ask(running) == "\"not shown, since it mentions a secret\"");
    second.send("\x03");
    second.prompt();
    assert_eq!(first.ask("console.max_sessions"), "64");
    assert_eq!(first.ask("console.abandoned_commands"), "0");
}

#[test]
fn the_console_shows_what_was_changed_last() {
    let accounts = vec![Account { password: "hunter1".to_owned() }];
    let manhole =
        Manhole::new(manhole! { limits => Mutex::new(vec![1_u8, 2]), accounts => Mutex::new(accounts) });
    let mut client = manhole.connect();
    assert_eq!(client.ask("console.changes.len()"), "0");
    client.ask("limits[0] = 7; limits.push(9)");
    client.ask("accounts[0].password = \"hunter2\"");
    let mut other = manhole.connect();
    let changes = "console.changes.map(|n, c| (n, c.session, c.level, c.change, c.path, c.values)).to_vec()";
    assert_eq!(
        other.ask(changes),
        r#"[
    [1, 1, "admin", "write", "limits[0]", ["7"]],
    [2, 1, "admin", "push", "limits", ["9"]],
    [3, 1, "admin", "write", "accounts[…].password", ["<secret>"]],
]"#
    );
    client.ask("for n in 0..5000 { limits[1] = 3 }");
    assert_eq!(other.ask("console.changes.len()"), "19", "a loop hides no other change");
    (0..200).for_each(|_| drop(client.ask("limits[1] = 4")));
    assert_eq!(other.ask("[console.changes.len(), console.changes.keys().max()]"), "[100, 219]");
    let error = other.ask("level(\"observe\"); console.changes");
    assert!(error.contains("it takes the level operate"), "{error}");
}

#[test]
fn the_console_shows_what_it_costs() {
    let manhole = Manhole::new(manhole! { answer => 42_u8 });
    let mut client = manhole.connect();
    let mut busy = manhole.connect();
    assert_eq!(client.ask("let before = console.cpu_time; before > \"0s\""), "true");
    busy.send("loop {}\n");
    wait_until("it is seen", || client.ask("console.cpu > 0.05 && console.cpu_time > before") == "true");
    busy.send("\x03");
    busy.prompt();
    drop(busy);
    // The time of a thread that has ended counts.
    assert_eq!(client.ask("console.cpu_time > before"), "true");
}

#[test]
fn an_administrator_ends_a_session_in_each_way_of_serving() {
    for mode in MODES {
        let served = Served::start(mode, manhole! { answer => 42_u8 }, |builder| builder);
        let mut first = served.connect();
        let mut second = served.connect();
        assert_eq!(first.ask("let last = console.sessions.keys().max(); last > 1"), "true");
        if mode != Mode::Inline {
            second.send("loop {}\n");
            wait_until("it runs", || first.ask("console.sessions[last].running != None") == "true");
        }
        assert_eq!(first.ask("console.sessions[last].end()"), "", "{mode:?}");
        assert!(second.rest().ends_with("ended by an administrator\n"), "{mode:?}");
        wait_until("it is gone", || first.ask("console.sessions.contains_key(last)") == "false");
        let error = first.ask("level(\"operate\"); console.sessions.values().next().unwrap().end()");
        assert!(error.contains("it takes the level admin, and this session is at operate"), "{error}");
    }
}
