//! Sessions without sockets: what goes in as lines and comes out as text.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::mock_client::MockClient;
use super::*;
use crate::engine::{EngineOptions, EngineTemplate};
use crate::reflect::Level;
use crate::{Namespace, NamespaceItem};

fn somebody() -> SessionInfo {
    SessionInfo::new(1, Peer::default(), Level::Admin, Audit::default())
}

struct Talk {
    session: Session,
    client: Arc<MockClient>,
}

impl Talk {
    fn new(namespace: Namespace) -> Self {
        Self::with(namespace, SessionConfig::default())
    }

    fn with(namespace: Namespace, config: SessionConfig) -> Self {
        let language = EngineTemplate::new(namespace, &EngineOptions::default()).unwrap();
        let client = Arc::new(MockClient::default());
        let session =
            Session::new(&language, config, Arc::clone(&client) as Arc<dyn ClientConnection>, somebody());
        Self { session, client }
    }

    /// What a client sees after `input`: what is printed, and the answer.
    fn see(&mut self, input: Input) -> String {
        let reply = self.session.input(input);
        let printed = self.client.take();
        printed + std::str::from_utf8(&reply.bytes).unwrap()
    }

    fn say(&mut self, line: &str) -> String {
        self.see(Input::Line(line.into()))
    }

    /// The answer to `line`, which must be followed by the prompt.
    #[track_caller]
    fn ask(&mut self, line: &str) -> String {
        let answer = self.say(line);
        match answer.strip_suffix(">>> ") {
            Some(answer) => answer.trim_end_matches('\n').to_owned(),
            None => panic!("no prompt after {line:?}: {answer:?}"),
        }
    }
}

fn talk() -> Talk {
    Talk::new(Namespace::new())
}

#[test]
fn values_are_shown_as_rust_writes_them() {
    let mut talk = talk();
    for (code, shown) in [
        ("1 + 1", "2"),
        ("0.5", "0.5"),
        ("10.0", "10.0"),
        ("\"a\\\"b\"", "\"a\\\"b\""),
        ("'x'", "'x'"),
        ("true", "true"),
        ("()", ""),
        ("[1, \"two\", [3.0]]", "[1, \"two\", [3.0]]"),
        ("#{a: 1, b: ()}", "{\"a\": 1, \"b\": ()}"),
        ("None", "None"),
        ("let x = 3;", ""),
        ("18446744073709551615", "18446744073709551615"),
        ("-170141183460469231731687303715884105728", "-170141183460469231731687303715884105728"),
        ("18446744073709551615 - 1 == 18446744073709551614", "true"),
        ("18446744073709551615 > 5", "true"),
    ] {
        assert_eq!(talk.ask(code), shown, "{code}");
    }
}

#[test]
fn an_assignment_to_a_new_name_binds_it() {
    let mut talk = talk();
    assert_eq!(talk.say("f = 5"), ">>> ");
    assert_eq!(talk.say("f"), "5\n>>> ");
    assert_eq!(talk.ask("if true { g = f + 1 }"), "");
    assert_eq!(talk.ask("g"), "6");
    assert!(talk.ask("h = missing").contains("there is no name `missing`"));
    assert!(talk.ask("h").contains("there is no name `h`"), "a failed command binds nothing");
}

#[test]
fn the_last_value_is_kept() {
    let mut talk = talk();
    talk.ask("6 * 7");
    talk.ask("()");
    assert_eq!(talk.ask("it + 1"), "43");
    talk.ask("const it = 1;");
    talk.ask("2");
    assert_eq!(talk.ask("it"), "2", "whatever the name was used for");
}

#[test]
fn what_is_asked_again_is_answered_anew() {
    let mut talk =
        Talk::new(Namespace::new().with("counter", "", NamespaceItem::root(Arc::new(Mutex::new(7_u8)))));
    for (command, answer) in [
        ("x = 1", ""),
        ("x", "1"),
        ("x", "1"),
        ("x = 2", ""),
        ("x", "2"),
        ("fn f() { 3 }", ""),
        ("f()", "3"),
        ("fn f() { 4 }", ""),
        ("f()", "4"),
        ("counter", "7"),
        ("counter", "7"),
        ("counter = 8", ""),
        ("counter", "8"),
        ("counter += 1; counter", "9"),
        ("counter += 1; counter", "10"),
        ("let counter = 20;", ""),
        ("counter += 1; counter", "21"),
        ("it", "21"),
        ("\"new\"", "\"new\""),
        ("it", "\"new\""),
    ] {
        assert_eq!(talk.ask(command), answer, "{command}");
    }
}

#[test]
fn unfinished_input_asks_for_more() {
    let mut talk = talk();
    for line in ["if true {", "[1,", "`back", "/* open", "1 +", "fn f(", "print("] {
        assert_eq!(talk.say(line), "... ", "{line}");
        assert_eq!(talk.see(Input::Interrupt), "\n>>> ");
    }
    talk.say("fn twice(x) {");
    talk.say("  x * 2");
    assert_eq!(talk.say("}"), ">>> ");
    assert_eq!(talk.ask("twice(21)"), "42");
}

#[test]
fn two_blank_lines_drop_an_unfinished_command() {
    let mut talk = talk();
    assert_eq!(talk.say("[1,"), "... ");
    assert_eq!(talk.say(""), "... ");
    assert_eq!(talk.say("2,"), "... ");
    assert_eq!(talk.say(""), "... ");
    assert_eq!(talk.say(" "), "dropped: two blank lines before the command was complete\n>>> ");
    assert_eq!(talk.ask("1"), "1");
}

#[test]
fn a_syntax_error_in_the_middle_is_not_waited_for() {
    let mut talk = talk();
    for line in ["1 + )", "\"open", "let 5 = x", "}", "foo bar"] {
        let answer = talk.ask(line);
        assert!(answer.starts_with("error: ") && answer.contains("line 1, column "), "{line}: {answer}");
    }
}

#[test]
fn errors_carry_line_column_and_a_caret() {
    let mut talk = talk();
    talk.say("if true {");
    talk.say("    let y = 1;");
    talk.say("    y.boom()");
    assert_eq!(
        talk.ask("}"),
        "error: there is no function `boom` for (i64)\n --> line 3, column 7\n  |     y.boom()\n  |       ^"
    );
}

#[test]
fn an_error_in_a_function_shows_where_the_function_was_defined() {
    let mut talk = talk();
    talk.ask("fn broken() { missing }");
    let answer = talk.ask("1 + broken()");
    assert!(answer.contains("in `broken`\n  | fn broken() { missing }\n  |               ^"), "{answer}");
}

#[test]
fn functions_last_and_closures_do_not_pile_up() {
    let mut talk = talk();
    talk.ask("fn add(a, b) { a + b }");
    assert_eq!(talk.ask("add(1, 2)"), "3");
    talk.ask("let f = |x| add(x, 1);");
    for _ in 0..300 {
        assert_eq!(talk.ask("[1].map(|x| f.call(x))"), "[2]");
    }
    talk.ask("fn add(a, b) { a * b }");
    assert_eq!(talk.ask("add(3, 4)"), "12", "a new definition replaces the old one");
}

#[test]
fn a_variable_defined_again_and_again_takes_one_place() {
    let mut talk = talk();
    for n in 0..600 {
        talk.ask(&format!("let x = {n};"));
    }
    assert_eq!(talk.ask("x"), "599");
}

#[test]
fn output_streams_before_the_value() {
    let mut talk = talk();
    assert_eq!(talk.say("print(\"hello\")"), "hello\n>>> ");
    assert_eq!(talk.say("print(1); 2"), "1\n2\n>>> ");
}

#[test]
fn a_line_that_is_not_text_is_refused_and_the_session_goes_on() {
    let mut talk = talk();
    talk.say("[1,");
    let answer = talk.see(Input::Line(b"\xff\xfe".into()));
    assert_eq!(answer, "error: the line is not UTF-8: byte 0xff at position 1\n>>> ");
    assert_eq!(talk.ask("1"), "1", "the unfinished command is gone");
    assert!(talk.ask("a\0b\x1b").starts_with("error: "));
}

#[test]
fn a_command_that_is_too_long_is_refused() {
    let mut talk = talk();
    let answer = talk.ask(&"1;".repeat(40_000));
    assert!(answer.starts_with("error: a command may have at most 64 KiB"), "{answer}");
    talk.say(&format!("`{}", "ab".repeat(20_000)));
    let answer = talk.ask(&"ab".repeat(20_000));
    assert!(answer.starts_with("error: a command may have at most 64 KiB"), "{answer}");
    assert_eq!(talk.ask("1"), "1");
}

#[test]
fn exit_ends_the_session_only() {
    for code in ["exit", "quit", "exit()", "quit()", " exit ", "if true { exit() }"] {
        assert!(talk().session.input(Input::Line(code.into())).next == AfterReply::End, "{code}");
    }
}

#[test]
fn the_process_cannot_be_ended_unless_that_is_switched_on() {
    assert!(talk().ask("process::exit(0)").contains("process::exit is not enabled"));
}

#[test]
fn what_is_left_at_the_end_of_input_runs() {
    let finish = |talk: &mut Talk, last: &str| {
        String::from_utf8(talk.session.finish(Some(Input::Line(last.into()))).bytes).unwrap()
    };
    assert_eq!(finish(&mut talk(), "77"), "77\n");
    let mut talk = talk();
    talk.say("[1,");
    assert!(finish(&mut talk, "2").contains("the input ended in the middle of a command"));
}

#[test]
fn a_command_that_runs_too_long_is_stopped() {
    let mut config = SessionConfig::default();
    config.limits.timeout = Duration::from_millis(50);
    let mut talk = Talk::with(Namespace::new(), config);
    for code in [
        "loop {}",
        "fn f(n) { if n < 20 { loop { f(n + 1) } } loop {} } f(0)",
        "sleep(1000)",
        "[3, 1, 2].sort(|a, b| { loop {} })",
        "[1].map(|x| { while true {} })",
        "while true { try { loop {} } catch {} }",
    ] {
        assert_eq!(talk.ask(code), "error: stopped: the command ran longer than 50ms", "{code}");
    }
    assert_eq!(talk.ask("1"), "1");
}

#[test]
fn runaway_recursion_is_an_error() {
    let mut talk = talk();
    let answer = std::thread::Builder::new()
        .stack_size(64 * 1024 * 1024)
        .spawn(move || talk.ask("fn f(n) { f(n + 1) } f(0)"))
        .unwrap()
        .join()
        .unwrap();
    assert!(answer.contains("call each other too deeply"), "{answer}");
}

#[test]
fn functions_of_the_namespace_are_called_with_checked_arguments() {
    let namespace = Namespace::new()
        .with("add", "Adds.", NamespaceItem::function(|a: i64, b: u8| a + i64::from(b)))
        .with("fail", "", NamespaceItem::function(|| Err::<u8, _>("out of order")))
        .with("half", "", NamespaceItem::function(|n: u32| n.is_multiple_of(2).then_some(n / 2)));
    let mut talk = Talk::new(namespace);
    assert_eq!(talk.ask("add(1, 2)"), "3");
    assert_eq!(talk.ask("half(8)"), "4");
    assert_eq!(talk.ask("half(7)"), "None");
    assert_eq!(talk.ask("half(7) ?? 0"), "0");
    assert!(talk.ask("fail()").starts_with("error: out of order\n"));
    let answer = talk.ask("add(1, 300)");
    assert!(answer.contains("argument 2: 300 does not fit into u8 (0 to 255)"), "{answer}");
    assert!(answer.contains("help: add(i64, u8) -> i64"), "{answer}");
    let answer = talk.ask("add(1)");
    assert!(answer.contains("help: add(i64, u8) -> i64"), "{answer}");
    assert!(talk.ask("add").contains("`add` is a function"));
    assert!(talk.ask("ad(1, 2)").contains("did you mean `add`?"));
}

#[test]
fn a_panic_is_the_error_of_its_command() {
    let panicking = NamespaceItem::function(|| -> u8 { panic!("no disk") });
    let mut talk = Talk::new(Namespace::new().with("boom", "", panicking));
    talk.ask("x = 1");
    assert!(talk.ask("boom()").starts_with("error: the program's code panicked: no disk"));
    assert_eq!(talk.ask("x"), "1");
}

#[test]
fn names_that_cannot_be_used_are_refused() {
    for (name, error) in [
        ("help", "`help` is a builtin of the console; choose another name"),
        ("while", "`while` is a keyword of the console's language; choose another name"),
        ("async", "`async` is a keyword of the console's language; choose another name"),
        ("a-b", "\"a-b\" cannot be a name in the console: use letters, digits and `_`"),
        ("", "\"\" cannot be a name in the console: use letters, digits and `_`"),
    ] {
        let namespace = Namespace::new().with(name.to_owned(), "", NamespaceItem::root(1_u8));
        let refused = EngineTemplate::new(namespace, &EngineOptions::default()).err();
        assert_eq!(refused.map(|error| error.to_string()).as_deref(), Some(error));
    }
}

#[test]
fn shared_variables_are_seen_by_all() {
    let config = SessionConfig { shared: Some(Arc::default()), ..SessionConfig::default() };
    let language = EngineTemplate::new(Namespace::new(), &EngineOptions::default()).unwrap();
    let mut talks = [(), ()].map(|()| {
        let client = Arc::new(MockClient::default());
        let session = Session::new(
            &language,
            config.clone(),
            Arc::clone(&client) as Arc<dyn ClientConnection>,
            somebody(),
        );
        Talk { session, client }
    });
    talks[0].ask("x = [1]");
    talks[0].ask("fn f() { 7 }");
    assert_eq!(talks[1].ask("x.push(2); x"), "[1, 2]");
    assert_eq!(talks[0].ask("x"), "[1, 2]");
    assert_eq!(talks[1].ask("f()"), "7");
    assert_eq!(talks[0].ask("it"), "7");
}

#[test]
fn a_roots_name_cannot_be_replaced_but_hidden() {
    let mut talk =
        Talk::new(Namespace::new().with("limits", "", NamespaceItem::root(Mutex::new(vec![1_u8]))));
    let answer = talk.ask("limits = 2");
    assert!(answer.contains("cannot replace `limits`: it belongs to the program"), "{answer}");
    assert_eq!(talk.ask("let limits = 3; limits"), "3");
}
