//! Random bytes, and random scripts made of the language's keywords. The prompt must return each time, and the process must
//! survive.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use manhole::{Limits, Manhole as Inspect, manhole};
use parking_lot::Mutex;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::serve_modes::{MODES, Mode, Served};

#[derive(Inspect, Default)]
struct Gizmo {
    count: u64,
    name: String,
    ratio: f64,
    items: Vec<u32>,
    config: Option<Config>,
}

#[derive(Inspect, Default)]
struct Config {
    limit: u8,
    #[manhole(readonly)]
    fixed: u8,
    #[manhole(secret)]
    _token: String,
}

#[manhole::methods]
impl Gizmo {
    pub fn reset(&mut self) -> u64 {
        std::mem::take(&mut self.count)
    }

    pub fn fail(&self, why: &str) -> Result<u8, String> {
        Err(why.to_owned())
    }
}

/// Returns the console for one way to serve. All cases share it: a case must not affect a later one.
fn served(mode: Mode) -> &'static Served {
    static SERVED: OnceLock<Vec<Served>> = OnceLock::new();
    let served = SERVED.get_or_init(|| {
        let start = |mode| {
            let gizmo = Gizmo { items: vec![1, 2, 3], config: Some(Config::default()), ..Gizmo::default() };
            let gizmo = Arc::new(Mutex::new(gizmo));
            let counter = Arc::new(std::sync::atomic::AtomicU64::new(0));
            let mut limits = Limits::default();
            limits.timeout = Duration::from_millis(100);
            Served::start(mode, manhole! { gizmo => gizmo, counter => counter }, |builder| {
                builder.limits(|all| *all = limits)
            })
        };
        MODES.into_iter().map(start).collect()
    });
    &served[mode as usize]
}

/// Sends `input`, and asserts that the session, or at least the console, still responds.
fn survives(mode: Mode, input: &[u8]) {
    let mut client = served(mode).connect();
    client.send(input);
    // Unfinished input is dropped; a running command is stopped, or has reached its timeout.
    client.send("\n\x03");
    client.send("\n\"still\" + \" here\"\n");
    // A script may have ended its session.
    if !client.comes_to("\"still here\"\n") {
        assert_eq!(served(mode).connect().insist("1 + 1"), "2");
    }
}

/// The words of random scripts.
const WORDS: &[&str] = &[
    "let",
    "x",
    "y",
    "=",
    "+=",
    "==",
    "1",
    "-1",
    "0.5",
    "\"a\"",
    "'c'",
    "`${x}`",
    "true",
    "()",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "#{",
    "a:",
    ",",
    ";",
    ".",
    "?.",
    "|x|",
    "||",
    "if",
    "else",
    "for",
    "in",
    "while",
    "loop",
    "break",
    "continue",
    "return",
    "fn",
    "f",
    "throw",
    "try",
    "catch",
    "switch",
    "=>",
    "_",
    "..",
    "..=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "**",
    "<<",
    "!",
    "&&",
    "const",
    "this",
    "print",
    "debug",
    "type_of",
    "Fn",
    "call",
    "curry",
    "gizmo",
    "counter",
    "count",
    "name",
    "items",
    "config",
    "limit",
    "fixed",
    "token",
    "reset",
    "fail",
    "len",
    "push",
    "pop",
    "insert",
    "remove",
    "clear",
    "map",
    "filter",
    "sort_by",
    "group_by",
    "take",
    "sum",
    "find",
    "for_each",
    "update",
    "snapshot",
    "to_string",
    "help",
    "it",
    "sleep",
    "set",
    "import",
    "export",
    "as",
    "range",
    "0",
    "\n",
    "// c",
    "/*",
    "*/",
    "99999999999999999999",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(debug_assertions) { 96 } else { 256 }, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_leave_a_prompt(mode in prop::sample::select(&MODES[..]), bytes in vec(any::<u8>(), 0..2_000)) {
        survives(mode, &bytes);
    }

    #[test]
    fn random_text_leaves_a_prompt(mode in prop::sample::select(&MODES[..]), text in "\\PC{0,400}") {
        survives(mode, text.as_bytes());
    }

    #[test]
    fn random_programs_leave_a_prompt(mode in prop::sample::select(&MODES[..]), words in vec(prop::sample::select(WORDS), 1..60)) {
        survives(mode, words.join(" ").as_bytes());
    }

    #[test]
    fn random_methods_on_live_values_leave_a_prompt(
        mode in prop::sample::select(&MODES[..]),
        calls in vec((prop::sample::select(WORDS), prop::sample::select(WORDS), prop::sample::select(WORDS)), 1..12),
    ) {
        let lines: Vec<_> = calls.iter().map(|(a, b, c)| format!("gizmo.{a}.{b}({c})")).collect();
        survives(mode, lines.join("\n").as_bytes());
    }
}

#[test]
fn hard_to_parse_input_is_an_error() {
    let mut client = served(Mode::Threads).connect();
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(5_000), close.repeat(5_000));
    for (name, code) in [
        ("parentheses", deep("(", ")")),
        ("brackets", deep("[", "]")),
        ("maps", deep("#{a:", "}")),
        ("blocks", deep("{", "}")),
        ("signs", deep("-", "")),
        ("closures", deep("|x| ", "")),
        ("conditions", deep("if true { ", "}")),
        ("a chain", format!("gizmo{}", ".a".repeat(10_000))),
        ("an index chain", format!("gizmo{}", "[0]".repeat(10_000))),
        ("a sum", format!("1{}", "+1".repeat(10_000))),
        ("digits", "9".repeat(60_000)),
        ("a long text", format!("\"{}\"", "x".repeat(60_000))),
        ("a long name", "n".repeat(60_000)),
        ("many statements", "1;".repeat(30_000)),
        ("many variables", (0..1_000).map(|n| format!("let v{n} = {n};")).collect()),
        ("many functions", (0..1_000).map(|n| format!("fn f{n}() {{}} ")).collect()),
        ("control characters", (1_u8..32).filter(|byte| ![3, 10].contains(byte)).map(char::from).collect()),
        ("zero bytes", "\0\0\0".to_owned()),
        ("words that are no words", "let let = let".to_owned()),
    ] {
        client.send(format!("{code}\n"));
        let answer = client.prompt();
        let harmless = ["a long text", "many statements"].contains(&name);
        // On a busy machine even a harmless command may exceed this timeout.
        let late = answer.starts_with("error: stopped: the command ran longer than");
        let refused = answer.starts_with("error: ");
        assert!(late || refused != harmless, "{name}: {}", &answer[..answer.len().min(300)]);
        assert!(answer.len() < 70_000, "{name} is answered with {} bytes", answer.len());
        assert_eq!(client.insist("1 + 1"), "2", "{name}");
    }
    client.send([b"\"", "x".repeat(70_000).as_bytes(), b"\"\n1 + 1\n"].concat());
    assert_eq!(
        client.until("2\n>>> "),
        "error: cannot run the command: expected at most 64 KiB\n>>> 2\n>>> "
    );
}
