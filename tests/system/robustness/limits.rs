//! Limits of a session, and the ceilings up to which it can change them.

use std::time::Duration;

use manhole::{Banner, Builder, Limits, Namespace, Peer, manhole};

use crate::support::{Client, Manhole, refused, shown, wait_until};

#[test]
fn set_reads_and_changes_limits_up_to_the_ceiling() {
    let manhole = Manhole::with(manhole! { numbers => (0..1_000).collect::<Vec<u32>>() }, |builder| {
        builder.limits(|limits| limits.timeout = Limits::default().timeout)
    });
    let mut client = manhole.connect();
    assert_eq!(
        client.ask("set()"),
        "  timeout          5s of       1m  the timeout of a command\n\
         \x20 lock_wait        1s of      10s  the longest wait for one lock of the application\n\
         \x20 depth             6 of       32  the nested levels shown\n\
         \x20 items            20 of    10000  the items shown of each list or map\n\
         \x20 text          4 KiB of    1 MiB  the bytes shown of each string\n\
         \x20 output       64 KiB of    4 MiB  the bytes shown of a value\n\
         \x20 memory       64 MiB of  128 MiB  the memory of a command\n\
         \x20 variables    32 MiB of  128 MiB  the bytes in a session's variables"
    );
    for (code, answer) in [
        ("set(\"timeout\")", "5s"),
        ("set(\"timeout\", \"30s\")", ""),
        ("set(\"timeout\")", "30s"),
        ("set(\"items\", 3); numbers", "[0, 1, 2, … 997 more]"),
        ("set(\"text\", 4)", ""),
        ("\"a text\"", "\"a te\"… (2 more bytes)"),
        ("set(\"lock_wait\", 0.25); set(\"lock_wait\")", "250ms"),
        ("set(\"memory\", \"96 MiB\"); set(\"memory\")", "100663296"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    assert_eq!(manhole.ask("set(\"items\")"), "20", "another session has limits of its own");
    refused(
        &manhole,
        &[
            ("set(\"timeout\", \"2m\")", "cannot set timeout to 2m: the ceiling is 1m"),
            ("set(\"itmes\", 1)", "there is no limit `itmes`; did you mean `items`?"),
            ("set(\"items\", 0)", "cannot set items: expected a positive integer, found an integer 0"),
            (
                "set(\"text\", \"much\")",
                "cannot set text: expected a size such as \"64 KiB\" or a number of bytes, found a string \"much\"",
            ),
        ],
    );
}

#[test]
fn the_builder_sets_initial_limits_and_ceilings() {
    let mut limits = Limits::default();
    limits.items = 2;
    limits.timeout = Duration::from_secs(120);
    let mut ceiling = Limits::ceiling();
    ceiling.items = 4;
    let manhole = Manhole::with(manhole! { numbers => [1, 2, 3, 4, 5, 6] }, |builder| {
        builder.limits(|all| *all = limits).ceiling(|all| *all = ceiling)
    });
    shown(
        &manhole,
        &[
            ("numbers", "[1, 2, … 4 more]"),
            ("set(\"items\", 4); numbers", "[1, 2, 3, 4, … 2 more]"),
            ("set(\"timeout\", \"2m\")", ""),
        ],
    );
    refused(&manhole, &[("set(\"items\", 5)", "cannot set items to 5: the ceiling is 4")]);
}

#[test]
fn a_new_timeout_holds_for_the_command_that_sets_it() {
    let short = Manhole::with(Namespace::new(), |builder| {
        builder.limits(|limits| limits.timeout = Duration::from_millis(200))
    });
    // On a busy machine the timeout may pass before it is raised: try again in a new session.
    wait_until("it has more time", || short.ask("set(\"timeout\", \"20s\"); sleep(0.5); 1") == "1");
    assert_eq!(
        Manhole::new(Namespace::new()).ask("set(\"timeout\", \"100ms\"); loop {}"),
        "error: stopped: the command ran longer than 100ms"
    );
}

#[test]
fn a_command_that_needs_too_much_memory_is_stopped() {
    let mut limits = Limits::default();
    limits.memory = 64 << 20;
    limits.timeout = Duration::from_secs(600);
    let mut ceiling = Limits::ceiling();
    ceiling.timeout = Duration::from_secs(600);
    // Enough for all sessions: where other tests of this process free memory and allocate it again, the console cannot tell whose it is.
    let manhole = Manhole::with(Namespace::new(), |builder| {
        builder.memory(1 << 30).limits(|all| *all = limits).ceiling(|all| *all = ceiling)
    });
    let mut client = manhole.connect();
    client.ask("let s = \"x\"; for i in 0..20 { s += s; } s.len()");
    for code in [
        // Map keys, and variables of nested calls.
        "let m = #{}; for i in 0..4000 { m[s.sub_string(0, 1000000) + i] = i }",
        "fn down(s, n) { let t = s + n; t.crop(1); if n < 46 { let a = [t]; let u = [t + 1]; let v = t + 2; let w = t + 3; down(s, n + 1); a; u; v; w } }\
         down(s.sub_string(0, 1000000), 0)",
    ] {
        let answer = client.ask(code);
        assert_eq!(answer, "error: stopped: the command needs more than 64 MiB of memory", "{code}");
    }
    assert_eq!(client.ask("s.len()"), "1048576");
}

#[test]
fn shared_variables_have_a_total_limit() {
    let mut limits = Limits::default();
    limits.variables = 1 << 20;
    let manhole = Manhole::with(Namespace::new(), |builder| builder.shared(true).limits(|all| *all = limits));
    let fill = |name: &str| {
        let mut client = manhole.connect();
        client.ask("set(\"variables\", \"4 MiB\"); let s = \"x\"; for i in 0..17 { s += s }");
        client.ask(&format!("{name} = [s + 1, s + 2, s + 3, s + 4, s + 5, s + 6]"))
    };
    assert_eq!(fill("first"), "");
    let error = fill("second");
    assert_eq!(error.lines().next(), Some("error: cannot keep `second`: the shared variables exceed 1 MiB"));
    assert_eq!(manhole.ask("first.len()"), "6");
    assert!(manhole.ask("second").contains("there is no name `second`"));
}

#[test]
fn the_number_of_variables_is_limited() {
    let manhole = Manhole::new(Namespace::new());
    let mut client = manhole.connect();
    let refused = (0..400).find_map(|n| {
        let answer = client.ask(&format!("v{n} = {n}"));
        (!answer.is_empty()).then_some(answer)
    });
    assert!(refused.unwrap().lines().next().unwrap().ends_with("the session has 256 variables already"));
    assert_eq!(client.ask("v0 + v200"), "200");
    assert_eq!(client.ask("v0 = 5; v0"), "5", "those that are there can be changed");
}

#[test]
fn one_call_cannot_exceed_string_and_array_limits() {
    let manhole = Manhole::new(Namespace::new());
    let mut client = manhole.connect();
    client.ask("let s = \"x\"; for i in 0..19 { s += s; }");
    for (code, error) in [
        ("s.replace(\"x\", s)", "cannot replace the text: the string would be longer than 1 MiB"),
        ("s.replace('x', s)", "cannot replace the text: the string would be longer than 1 MiB"),
        ("s.replace(\"\", \"abcdef\")", "cannot replace the text: the string would be longer than 1 MiB"),
        ("s.split(\"\")", "cannot split the string: it has more than 4,096 parts"),
        ("s.split('x')", "cannot split the string: it has more than 4,096 parts"),
        ("s.split_rev(\"x\")", "cannot split the string: it has more than 4,096 parts"),
    ] {
        assert_eq!(client.first_line(code), format!("error: {error}"), "{code}");
    }
    for (code, answer) in [
        ("let t = \"a-b-c\"; t.replace(\"-\", \"+\")", "\"a+b+c\""),
        ("t.replace('-', '+')", "\"a+b+c\""),
        ("t.replace('-', \"\")", "\"abc\""),
        ("t", "\"a-b-c\""),
        ("\"a b  c\".split()", "[\"a\", \"b\", \"c\"]"),
        ("\"a,b,c\".split(\",\")", "[\"a\", \"b\", \"c\"]"),
        ("\"a,b,c\".split(',', 2)", "[\"a\", \"b,c\"]"),
        ("\"a,b,c\".split_rev(\",\", 2)", "[\"c\", \"a,b\"]"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
}

#[test]
fn variables_above_the_memory_limit_are_removed() {
    let mut limits = Limits::default();
    limits.variables = 3 << 20;
    let manhole = Manhole::with(Namespace::new(), |builder| builder.limits(|all| *all = limits));
    let mut client = manhole.connect();
    client.ask("a = \"x\"; for i in 0..20 { a += a }");
    client.ask("b = a + \"\"; ()");
    let answer = client.ask("c = a + \"\"; ()");
    assert_eq!(
        answer,
        "error: cannot keep `c`: the session's variables exceed 3 MiB\n\
         help: raise the limit: set(\"variables\", \"64 MiB\")"
    );
    assert_eq!(client.ask("a.len() + b.len()"), "2097152");
    assert!(client.first_line("c").starts_with("error: there is no name `c`"));
}

#[test]
fn variables_that_closures_share_count_until_no_closure_holds_them() {
    let mut limits = Limits::default();
    limits.variables = 3 << 20;
    let manhole = Manhole::with(Namespace::new(), |builder| builder.limits(|all| *all = limits));
    let mut client = manhole.connect();
    let make = |text: &str, closure: &str| {
        format!(
            "let {text} = \"x\"; for i in 0..20 {{ {text} += {text} }} let {closure} = || {text}; let a = 1; ()"
        )
    };
    assert_eq!(client.ask(&make("p", "q")), "");
    assert_eq!(client.ask(&make("r", "s")), "");
    let answer = client.ask(&make("t", "u"));
    assert!(
        answer.starts_with("error: cannot keep `u`, `t`: the session's variables exceed 3 MiB\n"),
        "{answer}"
    );
    assert_eq!(client.ask("a + q.call().len() + s.call().len()"), "2097153");
    // There is room again.
    assert_eq!(client.ask("q = (); p = (); ()"), "");
    assert_eq!(client.ask(&make("t", "u")), "");
}

#[test]
fn the_number_of_session_functions_is_limited() {
    let manhole = Manhole::new(Namespace::new());
    let mut client = manhole.connect();
    for unit in 0..16 {
        let functions: String = (0..16).map(|n| format!("fn f_{unit}_{n}() {{ {n} }} ")).collect();
        assert_eq!(client.ask(&functions), "");
    }
    let answer = client.first_line("fn one_more() { 1 }");
    assert_eq!(
        answer,
        "error: cannot define the function: a session has at most 256 functions in 256 KiB of text"
    );
    assert_eq!(client.ask("f_15_7()"), "7");
    assert_eq!(client.ask("[1, 2].map(|x| x + 1)"), "[2, 3]", "closures that nothing holds take no room");
}

#[test]
fn a_query_that_is_typed_again_and_again_is_kept_once() {
    let manhole = Manhole::new(manhole! { items => vec![1_u8, 2, 3] });
    let mut client = manhole.connect();
    for _ in 0..600 {
        let kept = client.ask("items.filter(|n| n > 1).map(|n| n * 2).filter(|n| n > 4)");
        assert_eq!(kept, "[6]");
    }
    // A variable that holds one still can use it.
    client.ask("let held = items.map(|n| n + 1)");
    for number in 0..300 {
        assert_eq!(client.ask(&format!("items.map(|n| n + {number}).len()")), "3");
    }
    assert_eq!(client.ask("held"), "[2, 3, 4]");
}

#[test]
fn prompts_banner_and_session_limit_are_configurable() {
    let banner = |peer: &Peer| format!("hello, process {}\n", peer.pid.unwrap());
    let setup = |builder: Builder| {
        builder
            .prompts("? ", "  ")
            .banner(Banner::from_fn(banner))
            .connection_limits(|limits| limits.sessions = 2)
    };
    let manhole = Manhole::with(Namespace::new(), setup);
    let mut client = Client::connect(&manhole.path);
    assert_eq!(client.until("? "), format!("hello, process {}\n? ", std::process::id()));
    client.send("1 +\n");
    assert_eq!(client.until("\n"), "note: the command goes on; two blank lines drop it\n");
    assert_eq!(client.until("  "), "  ");
    client.send("1\n");
    assert_eq!(client.until("? "), "2\n? ");
    let mut second = Client::connect(&manhole.path);
    // The first client is first in the queue only if this waits for it.
    second.until("? ");
    let mut third = Client::connect(&manhole.path);
    assert_eq!(third.rest(), "\nerror: cannot open a session: the console has its maximum of 2 sessions\n");
    drop(second);
    wait_until("there is room again", || {
        Client::connect(&manhole.path).until_any(&["? ", " sessions\n"]).ends_with("? ")
    });
}

#[test]
fn a_banner_that_panics_is_omitted() {
    let manhole = Manhole::with(Namespace::new(), |builder| {
        builder.banner(Banner::from_fn(|_| panic!("no banner today")))
    });
    assert_eq!(Client::connect(&manhole.path).until(">>> "), ">>> ");
}

#[test]
fn idle_timeout_closes_idle_sessions() {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use crate::support::serve_modes::{MODES, Served};

    for mode in MODES {
        let idle = Duration::from_millis(300);
        let served = Served::start(mode, Namespace::new(), |builder| {
            builder.connection_limits(|limits| limits.idle_timeout = Some(idle))
        });
        let mut rest = String::new();
        // On a busy machine the session may end before the command arrives.
        wait_until("a command is not idle", || {
            let mut stream = UnixStream::connect(&served.path).unwrap();
            let sent = stream.write_all(b"sleep(0.5); 1\n").is_ok();
            let mut client = Client::over(stream);
            let answered = sent && client.comes_to(">>> 1\n>>> ");
            if answered {
                rest = client.rest();
            }
            answered
        });
        assert_eq!(rest, ">>> 1\n>>> \nclosed after 300ms without a command\n", "{mode:?}");
    }
}
