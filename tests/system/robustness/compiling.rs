//! The time that the console takes to read commands and to compile them.

use std::fs;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use manhole::{Namespace, manhole};
use serde_json::{Value as Json, json};

use crate::support::serve_modes::{MODES, Mode, Served};
use crate::support::{Client, LONG, Manhole};

/// The documented processor time that the compilation of one command takes at most, in a release build.
const MAX_COMPILE_TIME: Duration = Duration::from_millis(500);

/// A debug build of the parser takes 10 times as long. The rest is for a busy machine.
const MAX_TEST_TIME: Duration = MAX_COMPILE_TIME.saturating_mul(20);

/// How long after its stop a command may end here. Documented are 50 ms.
const MAX_STOP_TIME: Duration = Duration::from_secs(5);

/// The length of a command that fits into a request.
const LONG_COMMAND: usize = 58_000;

/// Returns a name for each number, of three letters and an underscore.
fn name(number: usize) -> String {
    let letters = [number % 26, number / 26 % 26, number / 676 % 26];
    letters.iter().map(|letter| char::from(b'a' + u8::try_from(*letter).unwrap())).chain(['_']).collect()
}

/// Returns `start` and `end`, and between them as many items as fit into a command.
fn fill(start: &str, item: impl Fn(usize) -> String, end: &str) -> String {
    let mut text = start.to_owned();
    for number in 0.. {
        let item = item(number);
        if text.len() + item.len() + end.len() > LONG_COMMAND {
            break;
        }
        text += &item;
    }
    text + end
}

/// Returns the commands that take the parser the longest for their length, or took it before there were limits.
fn costly_commands() -> Vec<(&'static str, String)> {
    let names = |count: usize, separator: &str| {
        let names: Vec<_> = (0..count).map(name).collect();
        names.join(separator)
    };
    let nested = |depth: usize| "|| ".repeat(depth);
    vec![
        ("parameters", fill("fn f(", |n| name(n) + ",", "z){}")),
        ("parameters of a closure", fill("|", |n| name(n) + ",", "z| 1")),
        ("variables", fill("", |n| format!("let {};", name(n)), "")),
        ("unknown variables", fill("", |n| format!("{};", name(n)), "")),
        ("captured variables", fill("|| {", |n| format!("{};", name(n)), "}")),
        ("variables captured again and again", fill(&(nested(10) + "{"), |n| format!("{};", name(n)), "}")),
        (
            "256 variables captured by nested closures",
            fill("", |_| format!("{}{{ {} }};", nested(10), names(254, ";")), ""),
        ),
        (
            "unknown variables captured beside many in scope",
            fill(
                "",
                |n| {
                    if n < 14 {
                        format!("{{let {};", names(120, ";let "))
                    } else {
                        format!("|| {{ {} }};", (120..254).map(name).collect::<Vec<_>>().join(";"))
                    }
                },
                &"}".repeat(14),
            ),
        ),
        (
            "uses of variables in nested scopes",
            fill(
                "",
                |n| {
                    if n < 14 { format!("{{let {};", names(240, ";let ")) } else { "zz;".to_owned() }
                },
                &"}".repeat(14),
            ),
        ),
        (
            "keys of a map",
            fill(
                "[",
                |n| {
                    let bracket = match n % 4_000 {
                        0 if n == 0 => "#{",
                        0 => "},#{",
                        _ => ",",
                    };
                    format!("{bracket}{}:1", name(n))
                },
                "}]",
            ),
        ),
        (
            "functions and uses",
            fill(&(0..250).map(|n| format!("fn {}(){{}}", name(n))).collect::<String>(), |_| "z;".into(), ""),
        ),
        (
            "closures and uses",
            fill(&(0..250).map(|n| format!("||{n};")).collect::<String>(), |_| "z;".into(), ""),
        ),
        ("many parameters of many functions", fill("", |n| format!("fn f{n}({}){{}}", names(250, ",")), "")),
        ("assignments to a root", fill("", |_| "n=1;".into(), "")),
        ("assignments to a root on many lines", fill("{", |_| "n=1;n=2;n=3;n=4;\n".into(), "}")),
        (
            "assignments to a root in closures",
            fill(
                "",
                |n| {
                    if n < 250 { "||{n=1;n=2};".into() } else { "n=1;".into() }
                },
                "",
            ),
        ),
        ("exported names", fill("let x;", |n| format!("export x as {};", name(n)), "")),
        ("imports", fill("", |n| format!("import \"\" as {};", name(n)), "")),
        ("cases of a switch", fill("switch 1 {", |n| format!("{n}=>1,"), "}")),
        ("statements", fill("", |_| "1;".into(), "")),
        ("a sum", fill("1", |_| "+1".into(), "")),
        ("a path", fill("n", |_| ".n".into(), "")),
        ("indices", fill("n", |_| "[0]".into(), "")),
        ("calls", fill("if false {", |_| "f();".into(), "}")),
        ("arguments", fill("if false { f(", |_| "1,".into(), ")}")),
        ("parts of a text", fill("`", |_| "${1}".into(), "`")),
        ("comments", fill("", |_| "/**/".into(), "1")),
        ("nested comments", "/*".repeat(16_000) + &"*/".repeat(16_000) + "1"),
        ("a number", fill("", |_| "9".into(), "")),
        ("a name", fill("", |_| "z".into(), "")),
        ("a string", fill("\"", |_| "z".into(), "\"")),
        ("brackets", "(".repeat(30_000) + &")".repeat(30_000)),
        ("open brackets", "[".repeat(60_000)),
        ("else", fill("", |_| "if n == 0 {} else ".into(), "{}")),
    ]
}

/// Returns commands that take much longer to compile than this, in any build.
const LONG_TO_COMPILE: Duration = Duration::from_millis(20);

pub(super) fn commands_that_compile_slowly() -> Vec<(&'static str, String)> {
    const NAMES: [&str; 2] =
        ["256 variables captured by nested closures", "uses of variables in nested scopes"];
    costly_commands().into_iter().filter(|(what, _)| NAMES.contains(what)).collect()
}

fn namespace() -> Namespace {
    manhole! { n => Mutex::new(0_i64) }
}

/// Sends a request, and returns the response.
fn request(client: &mut Client, method: &str, params: &Json) -> Json {
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    client.send(format!("{request}\n"));
    loop {
        // The first response begins on a new line.
        let line = client.until("\n");
        if line != "\n" {
            return serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        }
    }
}

/// The note before the prompt for a further line, if that has not arrived yet.
const WAY_OUT: &str = "note: the command goes on; two blank lines drop it\n";

#[test]
fn no_command_takes_long_to_compile() {
    // In this mode a command is not paused, whatever else runs on the machine.
    let served = Served::start(Mode::Inline, namespace(), |builder| builder);
    let mut client = served.connect();
    for (what, command) in costly_commands() {
        let start = Instant::now();
        let response = request(&mut client, "check", &json!({ "code": command }));
        assert!(start.elapsed() < MAX_TEST_TIME, "{what}: {:?}", start.elapsed());
        assert!(response["result"]["state"].is_string(), "{what}: {response}");
    }
}

#[test]
fn the_timeout_of_a_command_holds_while_it_is_compiled() {
    let scripts = tempfile::tempdir().unwrap();
    for mode in MODES {
        let served = Served::start(mode, namespace(), |builder| {
            builder.limits(|limits| limits.timeout = LONG_TO_COMPILE).scripts_dir(scripts.path())
        });
        let (mut person, mut program) = (served.connect(), served.connect());
        for (what, command) in commands_that_compile_slowly() {
            fs::write(scripts.path().join("slow.rhai"), &command).unwrap();
            let start = Instant::now();
            let mut answers = vec![person.ask(&command), person.ask("import \"slow\" as slow;")];
            for method in ["eval", "check"] {
                let response = request(&mut program, method, &json!({ "code": command }));
                answers.push(format!("error: {}", response["error"]["message"].as_str().unwrap_or_default()));
            }
            for answer in answers {
                assert_eq!(answer, "error: stopped: the command ran longer than 20ms", "{what}, {mode:?}");
            }
            assert!(start.elapsed() < MAX_STOP_TIME, "{what}, {mode:?}: {:?}", start.elapsed());
        }
    }
}

#[test]
fn ctrl_c_stops_a_command_while_it_is_compiled() {
    for mode in MODES {
        let served = Served::start(mode, namespace(), |builder| builder);
        let mut client = served.connect();
        for (what, command) in commands_that_compile_slowly() {
            client.send(format!("{command}\n"));
            std::thread::sleep(LONG_TO_COMPILE / 4);
            let start = Instant::now();
            client.send("\x03");
            assert_eq!(client.prompt(), "error: stopped: interrupted\n", "{what}, {mode:?}");
            assert!(start.elapsed() < MAX_STOP_TIME, "{what}, {mode:?}: {:?}", start.elapsed());
        }
        let mut client = served.connect();
        for (what, command) in commands_that_compile_slowly() {
            let check =
                json!({ "jsonrpc": "2.0", "id": 1, "method": "check", "params": { "code": command } });
            client.send(format!("{check}\n"));
            std::thread::sleep(LONG_TO_COMPILE / 4);
            assert_eq!(
                request(&mut client, "cancel", &json!({ "id": 1 }))["result"]["cancelled"],
                true,
                "{what}"
            );
            let checked: Json = serde_json::from_str(&client.until("\n")).unwrap();
            assert_eq!(checked["error"]["message"], "stopped: interrupted", "{what}, {mode:?}");
        }
    }
}

#[test]
fn a_command_of_many_lines_is_compiled_once() {
    const LINES: usize = 20_000;
    for mode in MODES {
        let served = Served::start(mode, namespace(), |builder| builder);
        let mut client = served.connect();
        let start = Instant::now();
        client.send(format!("{{\n{}2 }}\n", "1;\n".repeat(LINES)));
        // The note is there if the lines arrive slowly.
        let answers = client.until(">>> ").replace(WAY_OUT, "");
        assert_eq!(answers, format!("{}2\n>>> ", "... ".repeat(LINES + 1)));
        // Compiling the lines again for each of them would take some minutes.
        assert!(start.elapsed() < LONG / 4, "{:?}", start.elapsed());
    }
}

#[test]
fn a_command_that_is_too_long_is_refused_as_one() {
    let line = format!("n = 1; // {}\n", "x".repeat(50));
    let long_line = format!("{{ {}\n", "n = 2; ".repeat(12_000));
    let error = "error: cannot run the command: expected at most 64 KiB\n";
    for mode in MODES {
        let served = Served::start(mode, namespace(), |builder| builder);
        for command in [
            format!("{{\n{}}}\n", line.repeat(3_000)),
            format!("`\n{}`\n", "ab\n".repeat(40_000)),
            format!("{{\n{}{long_line}{} }}\n}}\n", line.repeat(10), line.repeat(10)),
            format!("{long_line}{}}}\n", line.repeat(10)),
            format!("{long_line}{}\n\n", line.repeat(10)),
        ] {
            let mut client = served.connect();
            client.send(format!("{command}n\n"));
            let answers = client.until("0\n>>> ");
            let prompts = answers.replace(WAY_OUT, "").replace("... ", "").replace(">>> ", "");
            assert_eq!(prompts, format!("{error}0\n"), "{mode:?}: {}", &command[..20]);
        }
        // The input ends inside the command.
        let mut client = served.connect();
        client.send(format!("{{\n{}", line.repeat(3_000)));
        client.finish();
        let answers = client.rest();
        assert_eq!(answers.matches("error: ").count(), 1, "{mode:?}: {}", &answers[answers.len() - 200..]);
        assert!(answers.contains(error), "{mode:?}");
    }
}

#[test]
fn a_json_text_is_parsed_in_time_proportional_to_its_length() {
    let manhole = Manhole::new(namespace());
    let mut client = manhole.connect();
    for (code, answer) in [
        (
            r#"parse_json(`{ "a": [1, -2.5, "ä", true, null], "b": {} }`)"#,
            r#"{"a": [1, -2.5, "ä", true, ()], "b": {}}"#,
        ),
        ("parse_json(`[18446744073709551615]`)", "[18446744073709551615]"),
        ("parse_json(`\"text\"`)", "\"text\""),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    let error = "error: cannot parse the JSON text: EOF while parsing an object at line 1 column 1\n";
    assert!(client.ask("parse_json(`{`)").starts_with(error));
    // The parser of scripts compares each key of a map with all others.
    client.ask(
        "keys = \"\"; for k in 0..4000 { keys += `${if k > 0 { \",\" } else { \"\" }}\"${k}\":1`; } \
         text = \"\"; for n in 0..2 { text += `${if n > 0 { \",\" } else { \"\" }}{${keys}}`; }",
    );
    let start = Instant::now();
    let answer = client.ask("parse_json(`[${text}]`)");
    assert!(
        answer.starts_with("error: cannot make the map: a script's map has at most 4,096 entries\n"),
        "{answer}"
    );
    assert!(start.elapsed() < MAX_TEST_TIME / 4, "{:?}", start.elapsed());
    let long = format!("parse_json(`[0{}]`)", ",0".repeat(4_096));
    assert!(client.ask(&long).starts_with("error: cannot make the array: "));
}

#[test]
fn a_text_with_too_many_variables_is_an_error() {
    let manhole = Manhole::new(namespace());
    let names: Vec<_> = (0..257).map(name).collect();
    let map: Vec<_> = names.iter().map(|name| format!("{name}: 1")).collect();
    let error =
        "error: cannot run the command: it has more than 256 different variables and parameters\n --> line 1";
    for (command, is_refused) in [
        (format!("fn f({}) {{}}", names.join(", ")), true),
        (format!("fn f({}) {{}}", names[1..].join(", ")), false),
        (format!("|{}| 1", names.join(", ")), true),
        (format!("if false {{ {} }}", names.join("; ")), true),
        (format!("switch 1 {{ 1 => [{}] }}", names.join(", ")), true),
        // Fields, keys and functions are no variables.
        (format!("if false {{ n.{} }}", names.join("; n.")), false),
        (format!("if false {{ {}() }}", names.join("(); ")), false),
        (format!("if false {{ #{{ {} }} }}", map.join(", ")), false),
    ] {
        let answer = manhole.ask(&command);
        assert_eq!(answer.starts_with(error), is_refused, "{}: {answer}", &command[..20]);
        assert!(is_refused || !answer.starts_with("error: "), "{answer}");
    }
}
