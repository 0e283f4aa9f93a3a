//! Builtins: help, tables, trees, JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use manhole::{Manhole as Inspect, Namespace, manhole};
use parking_lot::Mutex;

use super::reserved_names::console::BUILTINS;
use crate::support::{Manhole, refused, shown};

/// What the service counts.
#[derive(Inspect)]
struct Gizmo {
    /// Requests served since the start.
    ///
    /// Not reset by a reload.
    count: u64,
    /// What it has in store.
    items: Vec<Item>,
    by_name: BTreeMap<String, Item>,
    /// What it is doing.
    mode: Mode2,
    config: Mutex<Config>,
    #[manhole(secret)]
    _token: String,
    wide: Vec<u128>,
    ratio: f64,
}

/// One thing in store.
#[derive(Inspect)]
struct Item {
    /// Counted from 1.
    id: u32,
    label: String,
}

/// What can be changed.
#[derive(Inspect)]
struct Config {
    limit: u32,
}

/// What a gizmo does.
#[derive(Inspect)]
enum Mode2 {
    /// Nothing.
    Idle,
    /// Works.
    Busy {
        /// The job's number.
        job: u32,
    },
}

#[manhole::methods]
impl Gizmo {
    /// Sets the counter back to zero.
    pub fn reset(&mut self) -> u64 {
        std::mem::take(&mut self.count)
    }
}

/// Adds two numbers.
fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn gizmo() -> Arc<Mutex<Gizmo>> {
    let item = |id: u32, label: &str| Item { id, label: label.to_owned() };
    Arc::new(Mutex::new(Gizmo {
        count: 42,
        items: vec![item(1, "anvil"), item(22, "bellows")],
        by_name: [("anvil".to_owned(), item(1, "anvil"))].into(),
        mode: Mode2::Busy { job: 3 },
        config: Config { limit: 7 }.into(),
        _token: String::new(),
        wide: vec![u128::MAX],
        ratio: f64::NAN,
    }))
}

fn served() -> (Arc<Mutex<Gizmo>>, Manhole) {
    let gizmo = gizmo();
    let namespace = manhole! {
        /// What the service counts.
        gizmo => gizmo,
        /// Adds two numbers.
        add => |a: i64, b: i64| add(a, b),
    };
    (gizmo, Manhole::with(namespace, |builder| builder.name("the service")))
}

#[test]
fn help_lists_every_documented_name() {
    let (_gizmo, manhole) = served();
    let mut client = manhole.connect();
    let overview = client.ask("help");
    assert!(
        overview.contains(
            "\n\nThe names in the service:\n  gizmo: Mutex<Gizmo>         What the service counts.\n  \
             add(a: i64, b: i64) -> i64  Adds two numbers.\n"
        ),
        "{overview}"
    );
    assert!(overview.lines().count() < 24);
    shown(
        &manhole,
        &[
            (
                "help(gizmo.items[0])",
                "Item\nOne thing in store.\nfields:\n  id: u32        Counted from 1.\n  label: String",
            ),
            (
                "help(\"Gizmo.count\")",
                "Gizmo.count: u64\nRequests served since the start.\n\nNot reset by a reload.",
            ),
            (
                "doc(\"gizmo.count\")",
                "Gizmo.count: u64\nRequests served since the start.\n\nNot reset by a reload.",
            ),
            (
                "doc(\"count\")",
                "Gizmo.count: u64\nRequests served since the start.\n\nNot reset by a reload.\n\nx.count(), x.count(|item| …)\nreturns the number of items, or of those for which the function returns true\nfor example: gizmo.items.count(|item| item.id > 1)",
            ),
            ("help(\"Gizmo::reset\")", "Gizmo::reset() -> u64\nSets the counter back to zero."),
            ("help(\"Busy\")", "Mode2::Busy { job: u32 }\nWorks."),
            ("help(\"job\")", "Mode2.job: u32\nThe job's number."),
            ("help(\"add\")", "add(a: i64, b: i64) -> i64\nAdds two numbers."),
            (
                "help(\"tree\")",
                "tree(x), tree(x, depth)\nprints a value as a tree\nfor example: tree(gizmo, 2)",
            ),
            ("dir()", "[\"gizmo\", \"add\"]"),
            ("dir(gizmo.mode)", "[\"job\"]"),
            ("dir(gizmo.items[0])", "[\"id\", \"label\"]"),
            ("\"reset\" in dir(gizmo)", "true"),
        ],
    );
    refused(
        &manhole,
        &[
            ("help(\"labbel\")", "there is no name `labbel`; did you mean `label`?"),
            (
                "help(7)",
                "cannot describe the value: it is neither a value of the application nor a name in quotes",
            ),
            (
                "dir(7)",
                "cannot list the names in the value: it is neither a value of the application nor a map",
            ),
        ],
    );
}

#[test]
fn every_builtin_has_help_with_an_example_that_runs() {
    /// Examples that end the session or the program, that need a script, or that run until they are cancelled.
    const NOT_RUN: [&str; 5] = ["exit", "quit", "process::exit", "import", "watch"];
    let (_gizmo, manhole) = served();
    let names = BUILTINS.iter().copied().filter(|name| !["range", "manhole"].contains(name)).chain([
        "filter",
        "unwrap_or",
        "is_none",
        "type_of",
        "import",
        "split",
    ]);
    for name in names {
        let help = manhole.ask(&format!("help(\"{name}\")"));
        let (_, example) = help.rsplit_once("for example: ").unwrap_or_else(|| panic!("{name}: {help}"));
        if !NOT_RUN.contains(&name) {
            let answer = manhole.ask(example);
            assert!(name == "it" || !answer.contains("error"), "{name}: {example}: {answer}");
        }
    }
    let list = manhole.ask("help(\"builtins\")");
    assert!(list.lines().count() > 60 && list.contains("  x.filter(|item| …)"), "{list}");
}

#[test]
fn every_example_in_the_list_of_builtins_runs() {
    let (_gizmo, manhole) = served();
    let list = manhole.ask("help(\"builtins\")");
    let methods = list.lines().filter_map(|line| line.trim().strip_prefix("x.")?.split('(').next());
    let methods: Vec<_> = methods.collect();
    assert!(methods.len() > 40, "{list}");
    for name in methods {
        let help = manhole.ask(&format!("help(\"{name}\")"));
        let (_, example) = help.rsplit_once("for example: ").unwrap_or_else(|| panic!("{name}: {help}"));
        let answer = manhole.ask(example);
        assert!(!answer.contains("error"), "{name}: {example}: {answer}");
    }
}

#[test]
fn the_overview_uses_names_of_the_namespace() {
    let (_gizmo, manhole) = served();
    let overview = manhole.ask("help");
    for line in [
        "look      type a name or a path: gizmo, gizmo.count; this only reads",
        "write     gizmo.count = 7",
        "call      gizmo.reset()",
        "call      add(…)",
        "search    gizmo.items[0], gizmo.items.filter(|item| item.id > 1)",
        "watch     watch(\"1s\", || gizmo.count)",
    ] {
        assert!(overview.lines().any(|known| known == line), "{line}: {overview}");
    }
    let overview = Manhole::new(Namespace::new()).ask("help");
    assert!(!overview.contains("gizmo") && !overview.contains('$'), "{overview}");
    assert!(overview.contains("nc ends at Ctrl-C, with its session"), "{overview}");
}

#[test]
fn a_root_whose_type_has_parentheses_is_not_a_function() {
    let pair = Arc::new(Mutex::new((1_u8, 2_u8)));
    let manhole = Manhole::new(manhole! { pair => pair, add => |a: i64, b: i64| add(a, b) });
    shown(
        &manhole,
        &[
            ("functions()", "  add(a: i64, b: i64) -> i64"),
            ("help(\"pair\")", "pair: Mutex<(u8, u8)>"),
            ("help(\"add\")", "add(a: i64, b: i64) -> i64"),
        ],
    );
    assert_eq!(manhole.connect().first_line("help(\"f\")"), "error: there is no name `f`");
}

#[test]
fn a_misused_word_is_an_error_that_says_what_to_type() {
    let (_gizmo, manhole) = served();
    for (code, error, help) in [
        ("it", "`it` has no value yet", "run a command that returns a value"),
        ("it()", "`it` is not a function", "type it without parentheses: it"),
        ("exit.x", "`exit` is not a value", "type only `exit`"),
        ("print", "`print` is a builtin", "call it: print(x)"),
        ("let print = 1", "`print` is a builtin", "call it: print(x)"),
        ("sleep", "`sleep` is a builtin", "call it: sleep(time)"),
        ("match = 1", "cannot use `match`: it is a reserved word", "choose another name"),
        ("var x = 1", "cannot use `var`: it is a reserved word", "use `let`"),
        ("let yield = 1", "cannot use `yield`: it is a reserved word", "choose another name"),
        (
            "1 = 1",
            "cannot assign to this expression: it is neither a name nor a field",
            "compare with `==`, or assign to a name or a path: x = 1, x.count = 1",
        ),
        ("type_of(\"x\", true)", "`type_of` is not defined for (String, bool)", "call it: type_of(x)"),
        (
            "len(())",
            "cannot call `len`: the value is None or ()",
            "use a default for an empty option: x.unwrap_or(0)",
        ),
        (
            "gizmo.reset(1)",
            "cannot call `reset`: expected 0 arguments, found 1",
            "call it: Gizmo::reset() -> u64",
        ),
        ("add(1)", "cannot call `add`: expected 2 arguments, found 1", "call it: add(a: i64, b: i64) -> i64"),
    ] {
        let answer = manhole.ask(code);
        assert_eq!(answer.lines().next(), Some(&*format!("error: {error}")), "{code}");
        assert!(answer.ends_with(&format!("\nhelp: {help}")), "{code}: {answer}");
    }
}

#[test]
fn a_thrown_value_is_shown_in_the_error() {
    let (_gizmo, manhole) = served();
    for (code, error) in [
        ("throw", "the script threw ()"),
        ("throw \"\"", "the script threw an empty string"),
        ("throw \"no disk\"", "no disk"),
        ("throw 5", "5"),
        ("throw gizmo.items[0]", "gizmo.items[0]"),
        ("throw [gizmo.items[0].id, 2]", "[1, 2]"),
        ("throw [gizmo.items[0]]", "[Item { id: 1, label: \"anvil\" }]"),
    ] {
        assert_eq!(manhole.ask(code).lines().next(), Some(&*format!("error: {error}")), "{code}");
    }
}

#[test]
fn help_takes_no_lock_and_works_below_a_held_one() {
    let (gizmo, manhole) = served();
    let mut client = manhole.connect();
    client.ask("set(\"lock_wait\", \"20ms\")");
    let held = gizmo.lock();
    for (code, answer) in [
        ("help(gizmo)", "gizmo: Mutex<Gizmo>"),
        ("help(gizmo.items)", "Gizmo.items: Vec<Item>"),
        ("help(gizmo.config)", "Gizmo.config: Mutex<Config>"),
        ("type_of(gizmo.config)", "\"Config\""),
        ("type_of(0..3)", "\"range\""),
        ("\"abc\".chars(0, 2)", "CharsStream"),
        ("0..3", "0..3"),
        ("dir(gizmo.by_name)", "[]"),
    ] {
        assert_eq!(client.first_line(code), answer, "{code}");
    }
    assert_eq!(
        client.first_line("gizmo.config.limit"),
        "error: cannot lock gizmo: the application holds the lock"
    );
    assert_eq!(client.first_line("gizmo"), "error: cannot lock gizmo: the application holds the lock");
    drop(held);
}

#[test]
fn tables_have_a_column_for_each_field() {
    let (_gizmo, manhole) = served();
    shown(
        &manhole,
        &[
            ("table(gizmo.items)", "id  label\n──  ─────────\n 1  \"anvil\"\n22  \"bellows\""),
            ("table(gizmo.items.filter(|i| i.id > 1))", "id  label\n──  ─────────\n22  \"bellows\""),
            ("table(gizmo.by_name)", "key      id  label\n───────  ──  ───────\n\"anvil\"   1  \"anvil\""),
            ("table([#{a: 1, b: \"x\"}, #{a: 22}])", " a  b\n──  ───\n 1  \"x\"\n22"),
            ("table(0..3)", "0..3"),
            ("table([1, 22])", "value\n─────\n    1\n   22"),
            ("table(gizmo.items[0])", "field  value\n─────  ───────\nid     1\nlabel  \"anvil\""),
            ("set(\"items\", 1); table(gizmo.items)", "id  label\n──  ───────\n 1  \"anvil\"\n… 1 more"),
            ("table(())", "()"),
        ],
    );
}

#[test]
fn trees_have_a_line_for_each_value() {
    let (_gizmo, manhole) = served();
    shown(
        &manhole,
        &[
            (
                "tree(gizmo)",
                "Gizmo\n├── count: 42\n├── items: [2]\n│   ├── 0: Item\n│   │   ├── id: 1\n│   │   └── label: \"anvil\"\n\
                 │   └── 1: Item\n│       ├── id: 22\n│       └── label: \"bellows\"\n├── by_name: {1}\n\
                 │   └── \"anvil\": Item\n│       ├── id: 1\n│       └── label: \"anvil\"\n├── mode: Busy\n\
                 │   └── job: 3\n├── config: Config\n│   └── limit: 7\n├── _token: <secret>\n├── wide: [1]\n\
                 │   └── 0: 340282366920938463463374607431768211455\n└── ratio: NaN",
            ),
            ("tree(gizmo.by_name, 1)", "{1}\n└── \"anvil\": Item…"),
            ("set(\"items\", 1); tree(gizmo.items, 1)", "[2]\n├── 0: Item…\n└── … 1 more"),
            ("tree(5)", "5"),
        ],
    );
}

#[test]
fn json_output_is_valid_json() {
    let (_gizmo, manhole) = served();
    let mut client = manhole.connect();
    client.ask("set(\"text\", \"64 KiB\")");
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let printed = read(&client.ask("json(gizmo)"));
    assert_eq!(printed["count"], 42);
    assert_eq!(printed["mode"]["Busy"]["job"], 3);
    assert_eq!(printed["_token"], "<secret>");
    assert_eq!(printed["ratio"], "NaN");
    assert_eq!(printed["by_name"]["anvil"]["label"], "anvil");
    let compact: String = serde_json::from_str(&client.ask("gizmo.items.to_json()")).unwrap();
    assert_eq!(compact, "[{\"id\":1,\"label\":\"anvil\"},{\"id\":22,\"label\":\"bellows\"}]");
    for (code, json) in [
        ("json(gizmo.wide)", "[\n  340282366920938463463374607431768211455\n]"),
        ("json(gizmo.items.map(|i| i.id))", "[\n  1,\n  22\n]"),
        ("json(#{a: gizmo.items[0].id, b: [], c: ()})", "{\n  \"a\": 1,\n  \"b\": [],\n  \"c\": null\n}"),
        ("json(\"quote \\\" and \\n\")", "\"quote \\\" and \\n\""),
    ] {
        assert_eq!(client.ask(code), json, "{code}");
        read(json);
    }
}

#[test]
fn dbg_shows_several_values() {
    let (_gizmo, manhole) = served();
    shown(
        &manhole,
        &[
            ("dbg(gizmo.count, gizmo.mode, \"x\"); ()", "42\nBusy { job: 3 }\n\"x\""),
            ("dbg(1) + 1", "1\n2"),
            ("dbg(()); ()", "()"),
        ],
    );
}

#[test]
fn vars_functions_and_history_list_the_session() {
    let (_gizmo, manhole) = served();
    let mut client = manhole.connect();
    client.ask("x = 5; let text = \"abc\"; fn twice(n) { n * 2 } let f = |n| twice(n);");
    assert_eq!(client.ask("vars()"), "  f     a function\n  text  \"abc\"\n  x     5");
    assert_eq!(client.ask("functions()"), "  twice(n)\n  add(a: i64, b: i64) -> i64  Adds two numbers.");
    assert_eq!(
        client.ask("history()"),
        "   1  x = 5; let text = \"abc\"; fn twice(n) { n * 2 } let f = |n| twice(n);\n   \
         2  vars()\n   3  functions()\n   4  history()"
    );
    assert_eq!(manhole.ask("history()"), "   1  history()", "another session has a history of its own");
}

#[test]
fn time_prints_the_duration_and_returns_the_value() {
    let (_gizmo, manhole) = served();
    let mut client = manhole.connect();
    let answer = client.ask("time(|| { sleep(0.01); gizmo.count }) + 1");
    let (took, value) = answer.split_once('\n').unwrap();
    assert!(took.starts_with("took ") && took.ends_with("ms"), "{took}");
    assert_eq!(value, "43");
}

#[test]
fn unusual_arguments_are_shown_or_refused() {
    #[derive(Inspect)]
    enum Event {
        Started,
        Failed(String, u8),
        Moved { to: u32 },
    }
    #[derive(Inspect)]
    struct Node {
        name: &'static str,
        itself: std::sync::Weak<Node>,
    }
    #[derive(Inspect)]
    struct Lined {
        #[manhole(display)]
        text: &'static str,
    }
    let events = Arc::new(vec![Event::Started, Event::Failed("late".to_owned(), 1), Event::Moved { to: 7 }]);
    let node = Arc::new_cyclic(|itself| Node { name: "node", itself: std::sync::Weak::clone(itself) });
    let lined = Arc::new(Lined { text: "one\ntwo" });
    let manhole = Manhole::new(manhole! { events => events, node => node, lined => lined });
    assert_eq!(node.name, "node");
    shown(
        &manhole,
        &[
            (
                "table(events.filter(|e| e.variant() != \"Started\"))",
                "type    0       1  to\n──────  ──────  ─  ──\nFailed  \"late\"  1\nMoved               7",
            ),
            ("table(#{a: #{key: 1, x: 2}})", "key  key  x\n───  ───  ─\n\"a\"    1  2"),
            ("table([])", "empty"),
            ("table([[], []])", "value\n─────\n[]\n[]"),
            ("table(lined)", "field  value\n─────  ───────\ntext   one two"),
            ("tree(lined)", "Lined\n└── text: one two"),
            ("let q = events.map(|e| print(\"ran\")); ()", ""),
        ],
    );
    let mut client = manhole.connect();
    client.ask("q = events.map(|e| print(\"ran\")); fn look() { vars() } x = 1;");
    assert_eq!(client.ask("x = 2; ()"), "");
    assert_eq!(client.ask("look()"), "  q  a query\n  x  2");
    assert_eq!(client.ask("help(\"look\")"), "look()\nA function of this session.");
    refused(
        &manhole,
        &[
            ("let n = node; loop { n = n.itself; }", "cannot extend the path: expected at most 512 steps"),
            ("watch(1, || 1, -1)", "cannot print -1 lines: expected 1 to 10000"),
            ("watch(0.001, || 1)", "cannot watch every 1ms: the minimum interval is 10ms"),
            ("watch(0.01, || watch(0.01, || 1))", "cannot start a watch in a watch"),
            ("help(\"abcdef\")", "there is no name `abcdef`"),
            ("table", "`table` is a builtin"),
            ("tabel(1)", "there is no function `tabel`; did you mean `table`?"),
            ("watch(1)", "`watch` is not defined for (integer)"),
            ("events.fliter(|e| true)", "Vec<Event> has no method `fliter`; did you mean `filter`?"),
            ("events + 1", "`+` is not defined for (Vec<Event>, integer)"),
        ],
    );
    assert!(manhole.ask("events.len").ends_with("help: call it: len(…)"), "{}", manhole.ask("events.len"));
}

#[test]
fn deep_copies_are_bounded() {
    let manhole = Manhole::new(manhole! { numbers => vec![1_u64; 4_000] });
    let mut client = manhole.connect();
    let answer = client.first_line("let all = []; for n in 0..20 { all.push(numbers) } json(all)");
    assert_eq!(answer, "error: cannot copy the value: it has more than 65536 values or 4 MiB of text");
}
