//! Sessions without sockets: lines in, text out.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::input_buffer::LinePart;
use super::mock_client::MockClient;
use super::*;
use crate::engine::{EngineOptions, EngineTemplate, Limits, SharedVariables};
use crate::reflect::Level;
use crate::{Namespace, NamespaceItem};

/// What a session says once, before the prompt for a further line.
const WAY_OUT: &str = "note: the command goes on; two blank lines drop it\n";

fn session_info() -> SessionInfo {
    SessionInfo::new(1, Peer::default(), Level::Admin, Audit::default())
}

struct TestSession {
    session: Session,
    client: Arc<MockClient>,
}

impl TestSession {
    fn new(namespace: Namespace) -> Self {
        Self::with(namespace, SessionConfig::default())
    }

    fn with(namespace: Namespace, config: SessionConfig) -> Self {
        let template = EngineTemplate::new(namespace, &EngineOptions::default()).unwrap();
        let client = Arc::new(MockClient::default());
        let session = Session::new(&template, Arc::new(config), &client, session_info());
        Self { session, client }
    }

    /// Returns what a client gets after `input`: output, and the reply.
    fn send(&mut self, input: Input) -> String {
        let reply = self.session.input(input);
        let printed = self.client.take();
        let answer = printed + std::str::from_utf8(&reply.bytes).unwrap();
        answer.strip_prefix(WAY_OUT).map_or_else(|| answer.clone(), str::to_owned)
    }

    fn send_line(&mut self, line: &str) -> String {
        self.send(Input::Line(line.into()))
    }

    /// Returns the reply to `line` without the prompt that must end it.
    #[track_caller]
    fn ask(&mut self, line: &str) -> String {
        let answer = self.send_line(line);
        match answer.strip_suffix(">>> ") {
            Some(answer) => answer.trim_end_matches('\n').to_owned(),
            None => panic!("no prompt after {line:?}: {answer:?}"),
        }
    }
}

fn new_session() -> TestSession {
    TestSession::new(Namespace::new())
}

#[test]
fn values_are_shown_in_rust_syntax() {
    let mut session = new_session();
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
        assert_eq!(session.ask(code), shown, "{code}");
    }
}

#[test]
fn an_assignment_to_a_new_name_defines_a_variable() {
    let mut session = new_session();
    assert_eq!(session.send_line("f = 5"), ">>> ");
    assert_eq!(session.send_line("f"), "5\n>>> ");
    assert_eq!(session.ask("if true { g = f + 1 }"), "");
    assert_eq!(session.ask("g"), "6");
    assert!(session.ask("h = missing").contains("there is no name `missing`"));
    assert!(session.ask("h").contains("there is no name `h`"), "a failed command binds nothing");
}

#[test]
fn the_last_value_is_kept() {
    let mut session = new_session();
    session.ask("6 * 7");
    session.ask("()");
    assert_eq!(session.ask("it + 1"), "43");
    session.ask("const it = 1;");
    session.ask("2");
    assert_eq!(session.ask("it"), "2", "also after another use of the name");
}

#[test]
fn a_repeated_command_is_evaluated_again() {
    let mut session = TestSession::new(Namespace::new().with(
        "counter",
        "",
        NamespaceItem::root(Arc::new(Mutex::new(7_u8))),
    ));
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
        ("{ let counter = 20; counter += 1; counter }", "21"),
        ("counter", "10"),
        ("it", "10"),
        ("\"new\"", "\"new\""),
        ("it", "\"new\""),
    ] {
        assert_eq!(session.ask(command), answer, "{command}");
    }
}

#[test]
fn an_incomplete_command_gets_the_continuation_prompt() {
    let mut session = new_session();
    for line in ["if true {", "[1,", "`back", "/* open", "1 +", "fn f(", "print("] {
        assert_eq!(session.send_line(line), "... ", "{line}");
        assert_eq!(session.send(Input::Interrupt), "\n>>> ");
    }
    session.send_line("fn twice(x) {");
    session.send_line("  x * 2");
    assert_eq!(session.send_line("}"), ">>> ");
    assert_eq!(session.ask("twice(21)"), "42");
}

#[test]
fn the_first_continuation_prompt_shows_the_way_out() {
    let TestSession { mut session, .. } = new_session();
    let mut send = |line: &str| String::from_utf8(session.input(Input::Line(line.into())).bytes).unwrap();
    assert_eq!(send("[1,"), format!("{WAY_OUT}... "));
    assert_eq!(send("2]"), "[1, 2]\n>>> ");
    assert_eq!(send("[1,"), "... ");
}

#[test]
fn two_blank_lines_drop_an_incomplete_command() {
    let mut session = new_session();
    assert_eq!(session.send_line("[1,"), "... ");
    assert_eq!(session.send_line(""), "... ");
    assert_eq!(session.send_line("2,"), "... ");
    assert_eq!(session.send_line(""), "... ");
    assert_eq!(session.send_line(" "), "dropped: two blank lines before the command was complete\n>>> ");
    assert_eq!(session.ask("1"), "1");
}

#[test]
fn a_syntax_error_does_not_wait_for_more_input() {
    let mut session = new_session();
    for line in ["1 + )", "\"open", "let 5 = x", "}", "foo bar"] {
        let answer = session.ask(line);
        assert!(answer.starts_with("error: ") && answer.contains("line 1, column "), "{line}: {answer}");
    }
}

#[test]
fn the_caret_points_at_its_character() {
    let mut session = new_session();
    for (code, column, cells) in [("\"日本\" + x", 8, 9), ("\"e\u{301}\" + x", 8, 6), ("$gizmo", 1, 0)] {
        let answer = session.ask(code);
        let mut lines = answer.lines().skip(1);
        assert_eq!(lines.next(), Some(&*format!(" --> line 1, column {column}")), "{answer}");
        assert_eq!(lines.nth(1), Some(&*format!("  | {}^", " ".repeat(cells))), "{answer}");
    }
}

#[test]
fn errors_carry_line_column_and_a_caret() {
    let mut session = new_session();
    session.send_line("if true {");
    session.send_line("    let y = 1;");
    session.send_line("    y.boom()");
    assert_eq!(
        session.ask("}"),
        "error: integer has no method `boom`\n --> line 3, column 7\n  |     y.boom()\n  |       ^\n\
         help: list what there is: help(\"builtins\"); or use the text of the value: x.to_string()"
    );
}

#[test]
fn an_error_in_a_function_shows_its_definition() {
    let mut session = new_session();
    session.ask("fn broken() { missing }");
    let answer = session.ask("1 + broken()");
    assert!(answer.contains("in `broken`\n  | fn broken() { missing }\n  |               ^"), "{answer}");
}

#[test]
fn functions_stay_and_closures_do_not_accumulate() {
    let mut session = new_session();
    session.ask("fn add(a, b) { a + b }");
    assert_eq!(session.ask("add(1, 2)"), "3");
    session.ask("let f = |x| add(x, 1);");
    for _ in 0..300 {
        assert_eq!(session.ask("[1].map(|x| f.call(x))"), "[2]");
    }
    session.ask("fn add(a, b) { a * b }");
    assert_eq!(session.ask("add(3, 4)"), "12", "a new definition replaces the old one");
}

#[test]
fn a_variable_that_is_redefined_counts_once() {
    let mut session = new_session();
    for n in 0..600 {
        session.ask(&format!("let x = {n};"));
    }
    assert_eq!(session.ask("x"), "599");
}

#[test]
fn output_streams_before_the_value() {
    let mut session = new_session();
    assert_eq!(session.send_line("print(\"hello\")"), "hello\n>>> ");
    assert_eq!(session.send_line("print(1); 2"), "1\n2\n>>> ");
}

#[test]
fn a_line_that_is_not_utf8_is_refused() {
    let mut session = new_session();
    session.send_line("[1,");
    let answer = session.send(Input::Line(b"\xff\xfe".into()));
    assert_eq!(answer, "error: cannot read the line: expected UTF-8, found byte 0xff at position 1\n>>> ");
    assert_eq!(session.ask("1"), "1", "the incomplete command is dropped");
    assert!(session.ask("a\0b\x1b").starts_with("error: "));
}

#[test]
fn a_command_that_is_too_long_is_refused() {
    let mut session = new_session();
    let answer = session.ask(&"1;".repeat(40_000));
    assert!(answer.starts_with("error: cannot run the command: expected at most 64 KiB"), "{answer}");
    session.send_line(&format!("`{}", "ab".repeat(20_000)));
    assert_eq!(
        session.send_line(&"ab".repeat(20_000)),
        "error: cannot run the command: expected at most 64 KiB\n... "
    );
    assert_eq!(session.send_line("`"), ">>> ");
    assert_eq!(session.ask("1"), "1");
}

#[test]
fn no_line_of_a_command_that_is_too_long_runs() {
    const TAIL: &str = "print(\"tail\"); x = 1;";
    let filler = "1;".repeat(10_000);
    let one_line = format!("`{{ {} ${{ \" }} \"", "x".repeat(70_000));
    for lines in [
        // The block is too long, and contains brackets in strings and in a comment.
        vec![
            "{",
            &filler,
            &filler,
            &filler,
            &filler,
            "`",
            "${ [",
            "] }` + \"}\" + #\"}",
            "\"#; /* } /*",
            "*/ }",
            "*/",
            "}",
        ],
        // A line is too long.
        vec![&*one_line, "} }`"],
        vec!["{", &one_line, "} }`", "}"],
    ] {
        let mut session = new_session();
        let mut answers = String::new();
        let (last, first) = lines.split_last().unwrap();
        for line in first {
            answers += &send_any_line(&mut session, line);
            answers += &session.send_line(TAIL);
            assert!(answers.ends_with("... "), "{answers} after {}", &line[..line.len().min(20)]);
        }
        answers += &session.send_line(last);
        assert!(answers.ends_with("... >>> "), "{answers}");
        assert_eq!(answers.matches("error: ").count(), 1, "{answers}");
        assert!(
            answers.contains("error: cannot run the command: expected at most 64 KiB\n... "),
            "{answers}"
        );
        assert!(!answers.contains("tail"), "{answers}");
        assert!(session.ask("x").starts_with("error: "), "no line has run");
    }
}

#[test]
fn two_blank_lines_end_a_command_that_is_too_long() {
    let mut session = new_session();
    assert!(send_any_line(&mut session, &format!("{{{}", "x".repeat(70_000))).ends_with("... "));
    assert_eq!(session.send_line(""), "... ");
    assert_eq!(session.send_line(""), ">>> ");
    assert_eq!(session.ask("1"), "1");
    assert!(send_any_line(&mut session, &format!("{{{}", "x".repeat(70_000))).ends_with("... "));
    assert_eq!(session.send(Input::Interrupt), "\n>>> ");
    assert_eq!(session.ask("1"), "1");
    assert!(send_any_line(&mut session, &format!("{{{}", "x".repeat(70_000))).ends_with("... "));
    assert_eq!(String::from_utf8(session.session.finish(None).bytes).unwrap(), "", "the error was sent");
}

/// Sends a line, in parts if it is too long, as a connection does. Returns the replies.
fn send_any_line(session: &mut TestSession, line: &str) -> String {
    if line.len() <= 65_536 {
        return session.send_line(line);
    }
    let parts: Vec<_> = line.as_bytes().chunks(20_000).collect();
    let last = parts.len() - 1;
    let send = |(number, bytes): (usize, &&[u8])| {
        let (is_first, is_last) = (number == 0, number == last);
        session.send(Input::LongLine(LinePart { bytes: bytes.to_vec(), is_first, is_last }))
    };
    parts.iter().enumerate().map(send).collect()
}

#[test]
fn a_long_command_is_compiled_when_it_is_complete() {
    let mut session = new_session();
    let filler = "1; ".repeat(400);
    // The parser reports a wrong line at once only while the command is short.
    assert_eq!(session.send_line("if true {"), "... ");
    assert!(session.send_line("1 +/ 2").starts_with("error: "));
    for (lines, result) in [
        (&["if true {", &filler, "1 + 1", "}"][..], "2"),
        (&["{", &filler, "} if true", "{ 3 }"], "3"),
        (&["{", &filler, "} try {}", "catch", "{}", "4"], "4"),
        (&["{", &filler, "} 1 + // one", "1 +", "1"], "3"),
        (&["{", &filler, "} `a", "${ 1 +", "1 }", "b`"], "\"a\\n2\\nb\""),
        (&["{", &filler, "} \"a\\", "b\""], "\"ab\""),
        (&["{", &filler, "} #\"a", "b\"#"], "\"a\\nb\""),
    ] {
        let (last, first) = lines.split_last().unwrap();
        for line in first {
            assert_eq!(session.send_line(line), if *line == "{}" { ">>> " } else { "... " }, "{line}");
        }
        assert_eq!(session.ask(last), result);
    }
    session.send_line("{");
    session.send_line(&filler);
    session.send_line("} if a");
    let mut answers: Vec<_> = (0..20).map(|_| session.send_line("// if")).collect();
    answers.dedup();
    assert_eq!(answers.first().map(String::as_str), Some("... "));
    assert_eq!(
        answers.get(1).map(String::as_str),
        Some("error: cannot run the command: it is not complete\n>>> ")
    );
}

#[test]
fn exit_ends_the_session_only() {
    for code in ["exit", "quit", "exit()", "quit()", " exit ", "if true { exit() }"] {
        assert!(new_session().session.input(Input::Line(code.into())).next == AfterReply::End, "{code}");
    }
}

#[test]
fn process_exit_is_refused_by_default() {
    assert!(new_session().ask("process::exit(0)").contains("process::exit is not enabled"));
}

#[test]
fn the_last_line_runs_without_a_line_end() {
    let finish = |session: &mut TestSession, last: &str| {
        String::from_utf8(session.session.finish(Some(Input::Line(last.into()))).bytes).unwrap()
    };
    assert_eq!(finish(&mut new_session(), "77"), "77\n");
    let mut session = new_session();
    session.send_line("[1,");
    assert!(finish(&mut session, "2").contains("the input ended before it was complete"));
}

#[test]
fn a_command_that_runs_too_long_is_stopped() {
    let mut config = SessionConfig::default();
    config.limits.timeout = Duration::from_millis(50);
    let mut session = TestSession::with(Namespace::new(), config);
    for code in [
        "loop {}",
        "fn f(n) { if n < 20 { loop { f(n + 1) } } loop {} } f(0)",
        "sleep(1000)",
        "[3, 1, 2].sort(|a, b| { loop {} })",
        "[1].map(|x| { while true {} })",
        "while true { try { loop {} } catch {} }",
    ] {
        assert_eq!(session.ask(code), "error: stopped: the command ran longer than 50ms", "{code}");
    }
    assert_eq!(session.ask("1"), "1");
}

#[test]
fn runaway_recursion_is_an_error() {
    let mut session = new_session();
    let answer = std::thread::Builder::new()
        .stack_size(64 * 1024 * 1024)
        .spawn(move || session.ask("fn f(n) { f(n + 1) } f(0)"))
        .unwrap()
        .join()
        .unwrap();
    assert!(answer.contains("calls of the script are nested too deeply"), "{answer}");
}

#[test]
fn functions_of_the_namespace_are_called_with_checked_arguments() {
    let namespace = Namespace::new()
        .with("add", "Adds.", NamespaceItem::function(|a: i64, b: u8| a + i64::from(b)))
        .with("fail", "", NamespaceItem::function(|| Err::<u8, _>("out of order")))
        .with("half", "", NamespaceItem::function(|n: u32| (n % 2 == 0).then_some(n / 2)));
    let mut session = TestSession::new(namespace);
    assert_eq!(session.ask("add(1, 2)"), "3");
    assert_eq!(session.ask("half(8)"), "4");
    assert_eq!(session.ask("half(7)"), "None");
    assert_eq!(session.ask("half(7) ?? 0"), "0");
    assert!(session.ask("fail()").starts_with("error: fail: out of order\n"));
    let answer = session.ask("add(1, 300)");
    assert!(answer.contains("cannot call add: argument 2: 300 does not fit into u8 (0 to 255)"), "{answer}");
    assert!(answer.contains("help: call it: add(i64, u8) -> i64"), "{answer}");
    let answer = session.ask("add(1)");
    assert!(answer.contains("help: call it: add(i64, u8) -> i64"), "{answer}");
    assert!(session.ask("add").contains("`add` is a function"));
    assert!(session.ask("ad(1, 2)").contains("did you mean `add`?"));
}

#[test]
fn a_panic_is_the_error_of_its_command() {
    let panicking = NamespaceItem::function(|| -> u8 { panic!("no disk") });
    let mut session = TestSession::new(Namespace::new().with("boom", "", panicking));
    session.ask("x = 1");
    assert!(session.ask("boom()").starts_with("error: the application's code panicked: no disk"));
    assert_eq!(session.ask("x"), "1");
}

#[test]
fn invalid_names_are_refused() {
    for (name, error) in [
        ("help", "cannot use `help` as a name: it is a builtin of the console"),
        ("while", "cannot use `while` as a name: it is a keyword of the console's language"),
        ("async", "cannot use `async` as a name: it is a keyword of the console's language"),
        ("a-b", "cannot use \"a-b\" as a name: expected letters, digits and `_`"),
        ("", "cannot use \"\" as a name: expected letters, digits and `_`"),
    ] {
        let namespace = Namespace::new().with(name.to_owned(), "", NamespaceItem::root(1_u8));
        let refused = EngineTemplate::new(namespace, &EngineOptions::default()).err();
        assert_eq!(refused.map(|error| error.to_string()).as_deref(), Some(error));
    }
}

#[test]
fn sessions_see_shared_variables() {
    let shared = Some(Arc::new(SharedVariables::new(Limits::default().variables)));
    let config = Arc::new(SessionConfig { shared, ..SessionConfig::default() });
    let template = EngineTemplate::new(Namespace::new(), &EngineOptions::default()).unwrap();
    let mut sessions = [(), ()].map(|()| {
        let client = Arc::new(MockClient::default());
        let session = Session::new(&template, Arc::clone(&config), &client, session_info());
        TestSession { session, client }
    });
    sessions[0].ask("x = [1]");
    sessions[0].ask("fn f() { 7 }");
    assert_eq!(sessions[1].ask("x.push(2); x"), "[1, 2]");
    assert_eq!(sessions[0].ask("x"), "[1, 2]");
    assert_eq!(sessions[1].ask("f()"), "7");
    assert_eq!(sessions[0].ask("it"), "7");
}

#[test]
fn a_root_cannot_be_assigned_nor_hidden_for_the_session() {
    let mut session =
        TestSession::new(Namespace::new().with("limits", "", NamespaceItem::root(Mutex::new(vec![1_u32]))));
    let answer = session.ask("limits = 2");
    assert!(answer.contains("cannot replace `limits`: it belongs to the application"), "{answer}");
    let answer = session.ask("let limits = 3; limits");
    assert!(answer.contains("cannot define `limits`: it belongs to the application"), "{answer}");
    assert_eq!(session.ask("{ let limits = 3; limits }"), "3");
    assert_eq!(session.ask("limits"), "[1]");
}
