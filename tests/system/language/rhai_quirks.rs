//! Behaviour of the script engine that scripts must not see: one test for each trap.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use manhole::{Manhole as Inspect, Namespace, manhole};
use parking_lot::{Mutex, RwLock};

use crate::support::{Manhole, shown};

#[derive(Inspect)]
struct State {
    count: u64,
    #[manhole(readonly)]
    id: u32,
    items: Vec<Item>,
    #[manhole(secret)]
    #[expect(dead_code, reason = "must stay unseen")]
    token: String,
    map: HashMap<String, u8>,
    big: u64,
    wide: i128,
    // Keywords and reserved words of the language.
    default: u8,
    shared: u8,
    sync: u8,
    new: u8,
    case: u8,
    thread: u8,
    package: u8,
    public: u8,
    void: u8,
    null: u8,
    with: u8,
    var: u8,
    is: u8,
    go: u8,
    spawn: u8,
    module: u8,
    #[manhole(rename = "match")]
    matched: u8,
    #[manhole(rename = "await")]
    awaited: u8,
    #[manhole(rename = "static")]
    fixed: u8,
    #[manhole(rename = "use")]
    used: u8,
}

#[derive(Inspect)]
struct Item {
    name: String,
    calls: Calls,
}

/// Counts its writes.
#[derive(Default)]
struct Calls(AtomicU32);

impl Inspect for Calls {
    fn type_info() -> &'static manhole::reflect::TypeInfo {
        u32::type_info()
    }

    fn reflect(&self) -> manhole::reflect::Node<'_> {
        manhole::reflect::Node::leaf::<Self>(self.0.load(Ordering::SeqCst))
    }

    fn reflect_mut(&mut self) -> manhole::reflect::NodeMut<'_> {
        manhole::reflect::NodeMut::leaf::<Self>()
    }

    fn write(&mut self, _: manhole::reflect::Value<'_>) -> Result<(), manhole::reflect::ValueError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

#[manhole::methods]
impl State {
    /// Has the name of a collection function.
    pub fn len(&self) -> u8 {
        77
    }

    pub fn filter(&self, n: u8) -> u8 {
        n + 1
    }

    pub fn default(&self) -> u8 {
        78
    }

    #[expect(clippy::inherent_to_string, reason = "that is the trap")]
    pub fn to_string(&self) -> String {
        "mine".to_owned()
    }

    pub fn look(&self) -> u64 {
        self.count
    }

    pub fn boom(&self) -> u8 {
        panic!("a method went wrong")
    }
}

#[manhole::methods]
impl Item {
    /// Another type's method of the same name.
    pub fn look(&self) -> String {
        self.name.clone()
    }

    pub fn len(&self) -> usize {
        self.name.len()
    }
}

fn served() -> (Arc<Mutex<State>>, Manhole) {
    let item = |name: &str| Item { name: name.to_owned(), calls: Calls::default() };
    let state = Arc::new(Mutex::new(State {
        count: 5,
        id: 7,
        items: ["a", "bc"].map(item).into(),
        token: "hunter2".to_owned(),
        map: HashMap::from([("k".to_owned(), 1)]),
        big: u64::MAX,
        wide: i128::MIN,
        default: 1,
        shared: 2,
        sync: 3,
        new: 4,
        case: 5,
        thread: 6,
        package: 7,
        public: 8,
        void: 9,
        null: 10,
        with: 11,
        var: 12,
        is: 13,
        go: 14,
        spawn: 15,
        module: 16,
        matched: 17,
        awaited: 18,
        fixed: 19,
        used: 20,
    }));
    let manhole = Manhole::new(manhole! { s => state });
    (state, manhole)
}

#[test]
fn a_handle_passed_to_a_setter_is_no_write() {
    let (state, manhole) = served();
    let mut client = manhole.connect();
    client.ask("s.items[1].name = \"x\"; s.items[0].name.to_upper(); s.items[0].calls.to_string()");
    client.ask("s.items[0].calls.max(3); `${s.items[0].calls}`; s.items.map(|x| x.calls.to_string())");
    client.ask("fn f(x) { x.items[0].calls.to_string() } f(s); s.items.filter(|x| x.calls.to_float() > 0)");
    assert_eq!(state.lock().items[0].calls.0.load(Ordering::SeqCst), 0);
    client.ask("s.items[0].calls = 0; s.items[0].calls = 0");
    assert_eq!(state.lock().items[0].calls.0.load(Ordering::SeqCst), 2);
}

#[test]
fn read_only_and_secret_fields_work_in_expressions() {
    let (_state, manhole) = served();
    let mut client = manhole.connect();
    assert_eq!(client.ask("s.id.to_string() + s.id.max(8).to_string()"), "\"78\"");
    assert_eq!(
        client.first_line("s.id = 8"),
        "error: cannot write s.id: the field `id` of State is read-only"
    );
    assert_eq!(
        client.first_line("s[\"id\"] = 8"),
        "error: cannot write s[\"id\"]: the field `id` of State is read-only"
    );
    assert_eq!(
        client.first_line("s.id += 1"),
        "error: cannot write s.id: the field `id` of State is read-only"
    );
    assert_eq!(client.ask("s.token.to_string()"), "\"<secret>\"");
    for code in
        ["s.token == \"hunter2\"", "s.token.contains(\"h\")", "s.token.len()", "s.token.filter(|x| true)"]
    {
        assert_eq!(client.first_line(code), "error: cannot read or write s.token: it is secret", "{code}");
    }
}

#[test]
fn a_root_can_be_shadowed_and_not_replaced() {
    let (state, manhole) = served();
    let mut client = manhole.connect();
    assert_eq!(client.ask("fn inside() { s.count = 6; [1].map(|x| s.count + x) } inside()"), "[7]");
    assert_eq!(state.lock().count, 6, "a root is a constant to the engine, and yet what is in it is written");
    assert_eq!(client.first_line("s = 1"), "error: cannot replace `s`: it belongs to the application");
    assert_eq!(client.ask("{ let s = 1; s }"), "1");
    assert_eq!(client.ask("s.count"), "6");
}

#[test]
fn roots_are_live_in_closures() {
    let counter = Arc::new(AtomicU32::new(0));
    let manhole = Manhole::new(manhole! { counter => counter, pair => Arc::new((Mutex::new(5_u8),)) });
    let mut client = manhole.connect();
    assert_eq!(client.ask("let read = || counter; counter = 3; read.call()"), "3");
    assert_eq!(client.ask("[1, 2].map(|x| { counter += x; }); counter"), "6");
    assert_eq!(client.ask("let set = |x| { counter = x; counter }; set.call(9)"), "9");
    assert_eq!(client.ask("fn add(n) { [n].map(|x| { counter += x; counter }) } add(1)"), "[10]");
    assert_eq!(client.ask("[1].map(|x| [2].map(|y| { counter = x + y; counter }))"), "[[3]]");
    assert_eq!(client.ask("let same = |counter| { counter = 100; counter }; same.call(1)"), "100");
    assert_eq!(counter.load(Ordering::SeqCst), 3, "a parameter of that name is the closure's own");
    assert_eq!(client.ask("{ let counter = 7; let own = || counter; own.call() }"), "7");
    assert_eq!(client.ask("let first = || pair.0; pair.0 = 6; first.call()"), "6");
}

#[test]
fn an_unknown_name_error_names_the_type() {
    let (_state, manhole) = served();
    let mut client = manhole.connect();
    for (code, error) in [
        ("s.cuont", "State has no field `cuont`; did you mean `count`?"),
        ("s.items[0].nme", "Item has no field `nme`; did you mean `name`?"),
        ("s.items[0].nme = 1", "Item has no field `nme`; did you mean `name`?"),
        ("s.items.name", "cannot reach s.items.name: the index of a list is an integer, not \"name\""),
        ("s.items[\"a\"]", "cannot reach s.items[\"a\"]: the index of a list is an integer, not \"a\""),
        ("s.map.nothing", "cannot reach s.map[\"nothing\"]: the map has no key \"nothing\""),
        ("s.map[1]", "cannot reach s.map[1]: the map has no key 1"),
        ("s[1.5]", "State has no field `1.5`"),
        ("s[()]", "State has no field `()`"),
        ("s[|x| x]", "cannot pass a Fn to the application: only a script can have it"),
        ("s[\"ab\".chars(0, 1)]", "cannot pass a CharsStream to the application: only a script can have it"),
        ("s.items[0].nothing()", "Item has no method `nothing`"),
        ("s.lok()", "State has no method `lok`; did you mean `look`?"),
        ("s.items.look()", "Vec<Item> has no method `look`"),
    ] {
        assert_eq!(client.first_line(code), format!("error: {error}"), "{code}");
    }
}

#[test]
fn keywords_are_names_after_a_dot() {
    let (state, manhole) = served();
    let mut client = manhole.connect();
    let words = [
        "default", "shared", "sync", "new", "case", "thread", "package", "public", "void", "null", "with",
        "var", "is", "go", "spawn", "module", "match", "await", "static", "use",
    ];
    for (number, word) in words.iter().enumerate() {
        assert_eq!(client.ask(&format!("s.{word}")), (number + 1).to_string(), "{word}");
        assert_eq!(client.ask(&format!("s.{word} = 99; s[\"{word}\"]")), "99", "{word}");
    }
    assert_eq!(state.lock().used, 99);
    assert_eq!(client.ask("s.default()"), "78");
}

#[test]
fn a_method_takes_precedence_over_a_function() {
    let (_state, manhole) = served();
    let mut client = manhole.connect();
    assert_eq!(client.ask("s.len()"), "77");
    assert_eq!(client.ask("s.items.len()"), "2");
    assert_eq!(client.ask("s.items[1].len()"), "2");
    assert_eq!(client.ask("s.filter(4)"), "5");
    assert_eq!(client.ask("s.items.filter(|x| x.len() > 1).map(|x| x.look())"), "[\"bc\"]");
    assert_eq!(client.ask("s.to_string()"), "\"mine\"");
    assert_eq!(client.ask("s.look()"), "5");
    assert_eq!(client.ask("s.items[0].look()"), "\"a\"");
}

#[test]
fn integers_beyond_64_bits_are_exact() {
    let (state, manhole) = served();
    let mut client = manhole.connect();
    assert_eq!(client.ask("s.big"), "18446744073709551615");
    assert_eq!(client.ask("s.big - 1 > s.big - 2"), "true");
    assert_eq!(client.ask("s.big -= 15; s.big"), "18446744073709551600");
    assert_eq!(client.ask("s.big = s.count; s.big"), "5");
    assert_eq!(client.ask("s.wide"), "-170141183460469231731687303715884105728");
    assert_eq!(
        client.ask("s.wide = 170141183460469231731687303715884105727; s.wide"),
        "170141183460469231731687303715884105727"
    );
    assert_eq!(state.lock().wide, i128::MAX);
    assert_eq!(
        client.first_line("s.big = 18446744073709551616"),
        "error: cannot write s.big: 18446744073709551616 does not fit into u64 (0 to 18446744073709551615)"
    );
}

#[test]
fn a_panic_is_an_error_that_a_script_can_catch() {
    let (_state, manhole) = served();
    let mut client = manhole.connect();
    let answer = client.ask("s.boom()");
    assert!(answer.starts_with("error: the application's code panicked: a method went wrong\n"), "{answer}");
    assert_eq!(client.ask("let x = 1; let f = |y| { try { s.boom() } catch { } x + y }; f.call(1)"), "2");
    assert_eq!(client.ask("s.look()"), "5", "the lock is free again");
}

#[test]
fn a_thrown_value_is_shown_without_a_type_of_the_engine() {
    let (_state, manhole) = served();
    let mut client = manhole.connect();
    for value in [
        "s",
        "s.items",
        "s.items[0]",
        "s.items.filter(|x| true)",
        "|x| x",
        "Fn(\"f\")",
        "0..3",
        "timestamp()",
    ] {
        for form in [
            "throw $",
            "throw [$]",
            "throw #{ a: $ }",
            "fn f() { throw $ } f()",
            "[1].map(|x| throw $)",
            "[2, 1].sort(|a, b| throw $)",
            "s.items.for_each(|x| throw $)",
            "s.items.sort_by(|x| throw $)",
            "time(|| throw $)",
            "watch(|| throw $)",
            "try { throw $ } catch (e) { throw e }",
            "try { throw $ } catch (e) { print(e); print(`${e}`); print(type_of(e)) }",
        ] {
            let command = form.replace('$', value);
            let answer = client.ask(&command);
            let shown: String = answer.lines().filter(|line| !line.starts_with("  |")).collect();
            for name in ["Handle", "Dynamic", "FnPtr", "rhai", "::"] {
                assert!(!shown.contains(name), "{command}: {answer}");
            }
        }
    }
}

#[test]
fn endless_recursion_ends() {
    #[derive(Inspect)]
    struct Node {
        value: u8,
        next: RwLock<Option<Arc<Node>>>,
        parent: Mutex<std::sync::Weak<Node>>,
    }
    let node = Arc::new(Node { value: 1, next: RwLock::new(None), parent: Mutex::default() });
    *node.next.write() = Some(Arc::clone(&node));
    *node.parent.lock() = Arc::downgrade(&node);
    let manhole = Manhole::new(manhole! { node => node });
    let mut client = manhole.connect();
    let answer = client.ask("node");
    assert!(answer.contains("value: 1") && answer.len() < 64 * 1024, "{answer}");
    assert_eq!(client.ask("node.next.next.next.value"), "1");
    assert_eq!(
        client.first_line("let n = node; loop { n = n.next }"),
        "error: cannot extend the path: expected at most 512 steps"
    );
    assert!(client.first_line("node.snapshot()").starts_with("error: cannot copy node"));
    node.next.write().take();
    *node.parent.lock() = std::sync::Weak::new();
    assert_eq!(client.ask("node"), "Node { value: 1, next: None, parent: <is gone> }");
    assert_eq!(client.first_line("node.parent.value"), "error: node.parent is gone");
}

#[test]
fn closures_share_variables_and_copy_constants() {
    for shared in [false, true] {
        let manhole = Manhole::with(Namespace::new(), |builder| builder.shared(shared));
        shown(
            &manhole,
            &[
                ("let c = 0; let up = || { c += 1; c }; up.call(); up.call(); c", "2"),
                ("c += 10; up.call()", "13"),
                ("let down = || { c -= 1; c }; down.call() + up.call()", "25"),
                ("fn adder(n) { |x| x + n } let add = adder(5); add.call(1)", "6"),
                ("const K = [1, 2]; let k = || K; k.call()", "[1, 2]"),
                ("let fs = []; for i in 0..3 { let j = i; fs.push(|| j) } fs.map(|f| f.call())", "[0, 1, 2]"),
                (
                    "let nested = || { let n = 1; let inner = || { n += c; n }; inner.call(); inner.call() }; nested.call()",
                    "27",
                ),
                ("let text = \"a\"; let say = || text; text = \"b\"; say.call()", "\"b\""),
            ],
        );
    }
}

#[test]
fn shared_closure_variables_live_while_referenced() {
    let manhole = Manhole::new(Namespace::new());
    let mut client = manhole.connect();
    client.ask("let keep = #{}; for n in 0..10 { let m = n; keep[`f${n}`] = || m * m }");
    // Many unreferenced cycles, so that the collector runs more than once.
    client.ask("for n in 0..3000 { let a = 1; let b = 2; a = || b; b = || a; }");
    client.ask("for n in 0..3000 { let a = 1; let f = || a; }");
    assert_eq!(client.ask("keep.f3.call() + keep.f9.call()"), "90");
    client.ask("keep = 1");
    assert_eq!(client.ask("let x = 1; let f = || x; x = 2; f.call()"), "2");
}
