//! The bytes of a text session on a Unix socket, one test for each rule. The names begin with the rule's number.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use manhole::{Namespace, manhole};

use crate::support::{Client, Manhole, wait_until};

fn empty() -> Manhole {
    Manhole::new(Namespace::new())
}

#[test]
fn a1_an_assignment_binds_a_new_name() {
    let manhole = empty();
    let mut client = manhole.connect();
    client.send("f = 5\n");
    assert_eq!(client.until(">>> "), ">>> ");
    client.send("f\n");
    assert_eq!(client.until(">>> "), "5\n>>> ");
    client.send("let g = f + 1;\ng\n");
    assert_eq!(client.until("6\n>>> "), ">>> 6\n>>> ");
}

#[test]
fn a2_a_bare_expression_becomes_the_last_value() {
    let manhole = empty();
    let mut client = manhole.connect();
    assert_eq!(client.ask("5 + 5"), "10");
    assert_eq!(client.ask("it"), "10");
    client.ask("x = 1");
    assert_eq!(client.ask("it"), "10", "an assignment has no value");
}

#[test]
fn a3_and_a4_unfinished_blocks_are_continued_and_then_run() {
    let manhole = empty();
    let mut client = manhole.connect();
    client.send("[1,\n");
    assert_eq!(client.until("... "), "note: the command goes on; two blank lines drop it\n... ");
    client.send("2]\n");
    assert_eq!(client.until(">>> "), "[1, 2]\n>>> ");
    for (lines, answer) in [
        (&["if true {", "  1", "}"][..], "1\n"),
        (&["for n in 0..2 {", "print(n)", "}"], "0\n1\n"),
        (&["let n = 0; while n < 2 {", "  n += 1;", "}"], ""),
        (&["fn double(x) {", "    x * 2", "}"], ""),
        (&["[1,", "2]"], "[1, 2]\n"),
        (&["(1", "+ 1)"], "2\n"),
        (&["`a", "b`"], "\"a\\nb\"\n"),
        (&["/* a comment", "over two lines */ 3"], "3\n"),
        (&["1 +", "2"], "3\n"),
        (&["double(", "21", ")"], "42\n"),
    ] {
        let (last, first) = lines.split_last().unwrap();
        for line in first {
            client.send(format!("{line}\n"));
            assert_eq!(client.until("... "), "... ", "after {line:?}");
        }
        client.send(format!("{last}\n"));
        assert_eq!(client.until(">>> "), format!("{answer}>>> "), "after {lines:?}");
    }
}

#[test]
fn a5_and_b1_the_banner_comes_first_as_it_is() {
    let text = Manhole::with(Namespace::new(), |builder| builder.banner("Grüß Gott\n"));
    assert_eq!(Client::connect(&text.path).until(">>> "), "Grüß Gott\n>>> ");
    let bytes = Manhole::with(Namespace::new(), |builder| builder.banner(&b"raw "[..]));
    assert_eq!(Client::connect(&bytes.path).until(">>> "), "raw >>> ");
    let none = empty();
    assert_eq!(Client::connect(&none.path).until(">>> "), ">>> ");
}

#[test]
fn a6_the_prompts_are_four_bytes_each() {
    let manhole = empty();
    let mut client = Client::connect(&manhole.path);
    assert_eq!(client.until(">>> "), ">>> ");
    client.send("[\n");
    assert_eq!(client.until("\n"), "note: the command goes on; two blank lines drop it\n");
    assert_eq!(client.until("... "), "... ");
}

#[test]
fn a7_the_end_of_input_ends_the_session() {
    let manhole = empty();
    let mut client = manhole.connect();
    client.send("1\n");
    client.finish();
    assert_eq!(client.rest(), "1\n>>> ");
}

#[test]
fn a8_values_are_shown_output_passes_through_nothing_prints_nothing() {
    let manhole = empty();
    let mut client = manhole.connect();
    assert_eq!(client.ask("5"), "5");
    assert_eq!(client.ask("()"), "");
    client.send("print(\"a\"); print(\"b\"); 5\n");
    assert_eq!(client.until(">>> "), "a\nb\n5\n>>> ");
}

#[test]
fn a8_output_streams_while_the_command_runs() {
    let done = Arc::new(AtomicU64::new(0));
    let manhole = Manhole::new(manhole! { done => done });
    let mut client = manhole.connect();
    client.send("print(\"first\"); while done == 0 {}\n");
    assert_eq!(client.until("first\n"), "first\n");
    done.store(1, Ordering::SeqCst);
    assert_eq!(client.until(">>> "), ">>> ");
}

#[test]
fn a9_the_first_bytes_are_the_prompt_and_answers_end_with_one() {
    let manhole = empty();
    let mut client = Client::connect(&manhole.path);
    assert_eq!(client.until(">>> "), ">>> ");
    client.send("print(\"hello\")\n");
    assert_eq!(client.until("\n>>> "), "hello\n>>> ");
    client.send("101\n");
    assert_eq!(client.until("\n>>> "), "101\n>>> ");
}

#[test]
fn b2_carriage_returns_and_blank_lines() {
    let manhole = empty();
    let mut client = manhole.connect();
    client.send("1\r\n");
    assert_eq!(client.until(">>> "), "1\n>>> ");
    client.send("\r\n\n   \n");
    assert_eq!(client.until(">>> >>> >>> "), ">>> >>> >>> ");
    assert_eq!(client.ask("2"), "2");
}

#[test]
fn b3_an_error_drops_the_input_and_the_session_lives_on() {
    let manhole = empty();
    let mut client = manhole.connect();
    client.ask("x = 1");
    client.send("if true {\n  1 +/ 2\n");
    let answer = client.until(">>> ");
    assert!(answer.starts_with("... error: "), "{answer}");
    assert_eq!(client.ask("x"), "1");
}

#[test]
fn b4_half_close_runs_the_last_line_and_sends_its_answer() {
    let manhole = empty();
    let mut client = manhole.connect();
    client.send("77");
    client.finish();
    assert_eq!(client.rest(), "77\n");
}

#[test]
fn b4_half_close_finishes_everything_that_was_sent() {
    let manhole = empty();
    let mut client = manhole.connect();
    client.send("sleep(0.05); 1\nsleep(0.05); 2\n3");
    client.finish();
    assert_eq!(client.rest(), "1\n>>> 2\n>>> 3\n");
}

#[test]
fn b5_a_name_bound_by_one_client_is_unknown_to_another() {
    let manhole = empty();
    let (mut one, mut other) = (manhole.connect(), manhole.connect());
    one.ask("x = 1");
    one.ask("fn f() { 1 }");
    assert!(other.ask("x").starts_with("error: there is no name `x`"));
    assert!(other.ask("f()").starts_with("error: there is no function `f`"));
    other.ask("2");
    assert!(one.ask("it").starts_with("error: "), "nor is the last value");
}

#[test]
fn b6_a_shared_namespace_is_one_for_all_clients() {
    let manhole = Manhole::with(Namespace::new(), |builder| builder.shared(true));
    let (mut one, mut other) = (manhole.connect(), manhole.connect());
    one.ask("x = 1");
    one.ask("fn f() { 2 }");
    assert_eq!(other.ask("x + f()"), "3");
    other.ask("x += 10");
    assert_eq!(one.ask("x"), "11");
}

#[test]
fn b6_a_long_command_does_not_delay_another_session_of_a_shared_namespace() {
    let manhole = Manhole::with(Namespace::new(), |builder| builder.shared(true));
    let (mut one, mut other) = (manhole.connect(), manhole.connect());
    one.send("print(\"busy\"); loop {}\n");
    one.until("busy\n");
    assert_eq!(other.ask("1 + 1"), "2");
    one.send("\x03");
    assert!(one.prompt().contains("stopped: interrupted"));
}

#[test]
fn b8_the_namespace_holds_values_and_functions() {
    let counter = Arc::new(AtomicU64::new(7));
    let manhole = Manhole::new(manhole! {
        counter => counter,
        limit => 3_u8,
        add => |a: i64, b: i64| a + b,
    });
    let mut client = manhole.connect();
    assert_eq!(client.ask("counter"), "7");
    assert_eq!(client.ask("limit"), "3");
    assert_eq!(client.ask("add(1, 2)"), "3");
}

#[test]
fn b9_a_command_that_exceeds_its_timeout_is_stopped() {
    let manhole = Manhole::with(Namespace::new(), |builder| {
        builder.limits(|limits| limits.timeout = Duration::from_millis(50))
    });
    let mut client = manhole.connect();
    client.insist("x = 1");
    wait_until("it has run, and the session goes on with what it had", || {
        assert_eq!(client.ask("loop { x += 1 }"), "error: stopped: the command ran longer than 50ms");
        client.insist("x > 1") == "true"
    });
}
