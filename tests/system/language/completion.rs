//! Completion, as a client asks for it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use manhole::{Manhole as Derive, Namespace, manhole};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::support::{Client, Manhole};

#[derive(Derive)]
struct Gizmo {
    count: u64,
    mode: Mode,
    verbose: bool,
    last: Option<Mode>,
    flag: Option<bool>,
    is_open: AtomicBool,
    name: String,
    items: Vec<Item>,
    sizes: Vec<u64>,
    fixed: [u8; 3],
    by_name: HashMap<String, Item>,
    by_id: BTreeMap<u32, Item>,
    #[manhole(admin)]
    key: u64,
}

#[derive(Derive)]
struct Item {
    id: u32,
    mode: Mode,
}

#[derive(Derive)]
enum Mode {
    /// Waits for work.
    Idle,
    Busy {
        job: u32,
        urgent: bool,
    },
    Failed(String),
}

#[manhole::methods]
impl Gizmo {
    pub fn reset(&mut self) -> u64 {
        std::mem::take(&mut self.count)
    }

    pub fn current(&self) -> Mode {
        Mode::Busy { job: 1, urgent: false }
    }

    #[manhole(observe)]
    pub fn total(&self) -> u64 {
        self.count
    }
}

fn item(id: u32) -> Item {
    Item { id, mode: Mode::Failed("tired".into()) }
}

fn gizmo() -> Arc<Mutex<Gizmo>> {
    let names = ["anvil", "Bellows", "a key", "if", "crucible"];
    Arc::new(Mutex::new(Gizmo {
        count: 1,
        mode: Mode::Idle,
        verbose: false,
        last: None,
        flag: None,
        is_open: AtomicBool::new(true),
        name: "a".into(),
        items: vec![item(1)],
        sizes: vec![1],
        fixed: [1, 2, 3],
        by_name: names.iter().map(|name| ((*name).to_owned(), item(1))).collect(),
        by_id: BTreeMap::from([(7, item(7)), (10, item(10))]),
        key: 1,
    }))
}

fn namespace(gizmo: &Arc<Mutex<Gizmo>>) -> Namespace {
    let many = (0..100_000_u32).map(|number| (format!("key_{number:06}"), number));
    manhole! {
        gizmo => Arc::clone(gizmo),
        many => Arc::new(Mutex::new(many.collect::<BTreeMap<String, u32>>())),
    }
}

/// A session that completes.
struct Session(Client);

impl Session {
    fn new(manhole: &Manhole) -> Self {
        let mut client = manhole.connect();
        client.send("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"info\"}\n");
        client.until("\"id\":0");
        client.until("\n");
        Self(client)
    }

    fn call(&mut self, method: &str, params: &Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        self.0.send(format!("{request}\n"));
        let answer: Value = serde_json::from_str(&self.0.until("\n")).unwrap();
        answer["result"].clone()
    }

    fn complete(&mut self, code: &str) -> Value {
        self.call("complete", &json!({ "code": code, "cursor": code.chars().count() }))
    }

    /// Returns the text before the candidates, which they do not replace, and their texts.
    fn texts(&mut self, code: &str) -> (String, Vec<String>) {
        let found = self.complete(code);
        let start = usize::try_from(found["start"].as_u64().unwrap()).unwrap();
        let texts = found["candidates"].as_array().unwrap().iter();
        let texts = texts.map(|candidate| candidate["text"].as_str().unwrap().to_owned());
        (code.chars().take(start).collect(), texts.collect())
    }

    fn eval(&mut self, code: &str) -> Value {
        self.call("eval", &json!({ "code": code, "format": "text" }))
    }

    /// Checks that `code` is completed to exactly these texts.
    #[track_caller]
    fn offers(&mut self, cases: &[(&str, &[&str])]) {
        for (code, expected) in cases {
            assert_eq!(self.texts(code).1, *expected, "{code}");
        }
    }

    /// Checks that the candidates for `code` contain all of `wanted`, in this order, and none of `unwanted`.
    #[track_caller]
    fn orders(&mut self, code: &str, wanted: &[&str], unwanted: &[&str]) {
        let (_, texts) = self.texts(code);
        let found: Vec<_> = texts.iter().filter(|text| wanted.contains(&text.as_str())).collect();
        assert_eq!(found, wanted, "{code}: {texts:?}");
        let found: Vec<_> = texts.iter().filter(|text| unwanted.contains(&text.as_str())).collect();
        assert!(found.is_empty(), "{code}: {found:?}");
    }
}

#[test]
fn values_follow_an_assignment_or_comparison() {
    let manhole = Manhole::new(namespace(&gizmo()));
    let mut session = Session::new(&manhole);
    const VARIANTS: &[&str] = &["Idle", "Busy { job: ", "Failed("];
    session.offers(&[
        ("gizmo.mode = ", VARIANTS),
        ("gizmo.mode == ", VARIANTS),
        ("if gizmo.mode != ", VARIANTS),
        ("gizmo.items[0].mode=", VARIANTS),
        ("gizmo.items.filter(|item| item.mode == ", VARIANTS),
        ("gizmo.current() == ", VARIANTS),
        ("gizmo.mode = bu", &["Busy { job: "]),
        ("Mode::", VARIANTS),
        ("gizmo.mode = Mode::", VARIANTS),
        ("gizmo.mode = Mode::f", &["Failed("]),
        ("gizmo.verbose = ", &["true", "false"]),
        ("gizmo.verbose == tr", &["true", "tree(", "try"]),
        ("gizmo.is_open = ", &["true", "false"]),
        ("gizmo.last = ", &["Some(", "None"]),
        ("gizmo.last = Some(", VARIANTS),
        ("gizmo.flag = Some(", &["true", "false"]),
        ("Option::", &["Some(", "None"]),
        ("gizmo.mode = Mod", &["Mode::"]),
        ("process::", &["exit("]),
        ("Nothing::", &[]),
    ]);
    let found = session.complete("gizmo.mode = ");
    assert_eq!(
        found["candidates"],
        json!([
            { "text": "Idle", "kind": "variant", "doc": "Waits for work." },
            { "text": "Busy { job: ", "kind": "variant", "type": "Busy { job: u32, urgent: bool }" },
            { "text": "Failed(", "kind": "variant", "type": "Failed(String)" },
        ])
    );
    // They are the values that the application takes.
    for code in
        ["gizmo.mode = Busy { job: 3, urgent: true }", "gizmo.mode == Mode::Busy { job: 3, urgent: true }"]
    {
        assert!(session.eval(code).get("elapsed_us").is_some(), "{code}");
    }
    // Other values have no list, and so get the names.
    session.orders("gizmo.count = ", &["gizmo", "many"], &["true)"]);
}

#[test]
fn keys_follow_a_map() {
    let manhole = Manhole::new(namespace(&gizmo()));
    let mut session = Session::new(&manhole);
    let (before, texts) = session.texts("gizmo.by_name.");
    assert_eq!(before, "gizmo.by_name");
    assert_eq!(texts[..6], [".Bellows", "[\"a key\"]", ".anvil", ".crucible", "[\"if\"]", ".len()"]);
    for text in &texts[..6] {
        assert!(session.eval(&format!("gizmo.by_name{text}")).get("elapsed_us").is_some(), "{text}");
    }
    session.offers(&[
        ("gizmo.by_name.bel", &["Bellows"]),
        ("gizmo.by_name.akey", &["[\"a key\"]"]),
        ("gizmo.by_name[\"", &["Bellows\"]", "a key\"]", "anvil\"]", "crucible\"]", "if\"]"]),
        ("gizmo.by_name[\"A", &["a key\"]", "anvil\"]"]),
        ("gizmo.by_name[\"vil", &["anvil\"]"]),
        ("gizmo.by_id[", &["7]", "10]"]),
        ("gizmo.by_name[", &["\"Bellows\"]", "\"a key\"]", "\"anvil\"]", "\"crucible\"]", "\"if\"]"]),
        ("gizmo.by_name.anvil.i", &["id"]),
    ]);
    session.orders("gizmo.by_id.", &["[7]", "[10]", ".len()", ".update("], &[".push("]);
    session.eval("let own = #{alpha: 1, \"b c\": 2}; ()");
    session.orders("own.", &[".alpha", "[\"b c\"]", ".len()"], &[]);
    // A large map is not read whole; what is left is counted.
    let found = session.complete("many.");
    assert_eq!(found["candidates"].as_array().unwrap().len(), 200);
    assert!(found["more"].as_u64().unwrap() > 99_000, "{}", found["more"]);
    session.orders("many.", &["key_000000", "key_000005", "len()", "key_000006"], &[]);
    // A sorted map is searched where the typed keys would be.
    session.orders("many.key_0998", &["key_099800", "key_099801"], &["len()"]);
}

#[test]
fn the_last_keys_are_known_while_the_lock_is_held_or_a_command_runs() {
    let gizmo = gizmo();
    let manhole = Manhole::new(namespace(&gizmo));
    let mut session = Session::new(&manhole);
    let mut other = Session::new(&manhole);
    session.offers(&[("gizmo.by_name.bel", &["Bellows"])]);
    let held = gizmo.lock();
    session.offers(&[("gizmo.by_name.bel", &["Bellows"]), ("gizmo.by_name[\"bel", &["Bellows\"]"])]);
    let found = session.complete("gizmo.by_name.bel");
    assert_eq!(found["candidates"][0]["doc"], "as it was: the map cannot be read now");
    // This session has not seen them.
    other.offers(&[("gizmo.by_name.bel", &[])]);
    session.orders("gizmo.by_id.", &["len()", "filter("], &["[7]"]);
    drop(held);
    other.offers(&[("gizmo.by_name.bel", &["Bellows"])]);
    // While a command runs, completion reads nothing.
    session
        .0
        .send("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"eval\",\"params\":{\"code\":\"sleep(100)\"}}\n");
    session.offers(&[("gizmo.by_name.bel", &["Bellows"])]);
    gizmo.lock().by_name.clear();
    session.offers(&[("gizmo.by_name.bel", &["Bellows"])]);
    session.0.send("{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"cancel\",\"params\":{\"id\":7}}\n");
    session.0.until("\"id\":7");
    session.0.until("\n");
    session.offers(&[("gizmo.by_name.bel", &[])]);
}

#[test]
fn the_methods_that_are_used_most_come_first() {
    let manhole = Manhole::new(namespace(&gizmo()));
    let mut session = Session::new(&manhole);
    session.orders(
        "gizmo.items.",
        &["len()", "filter(", "map(", "find(", "get(", "first()", "push(", "truncate(", "update("],
        &["sum(", "avg(", "min(", "sort()", "keys()", "contains_key(", "flatten()", "key()", "variant()"],
    );
    session.orders(
        "gizmo.items.filter(|item| true).",
        &["len()", "filter(", "map("],
        &["sum(", "retain(", "push("],
    );
    session.orders("gizmo.items.map(|item| item.id).", &["len()", "filter(", "map(", "sum("], &[]);
    session.orders("gizmo.sizes.", &["len()", "map(", "sum(", "min("], &["keys()"]);
    session.orders("gizmo.fixed.", &["len()", "sum("], &["push(", "remove(", "clear()", "retain("]);
    session.orders("gizmo.by_id.", &[".len()", ".keys()", ".values()", ".insert("], &[".push(", ".sum("]);
    session.orders(
        "gizmo.",
        &["count", "mode", "reset()", "total()", "snapshot()", "update("],
        &["variant()", "key()"],
    );
    session.orders("gizmo.items[0].", &["id", "key()", "update("], &["variant()"]);
    session.orders("gizmo.mode.", &["job", "variant()"], &["update("]);
    session.orders("gizmo.name.", &["len()", "starts_with("], &["update("]);
    session.orders("gizmo.last.", &["is_some()", "unwrap()"], &[]);
    session.orders("threads.", &[".len()"], &[".remove(", ".update("]);
    session.eval("level(\"observe\")");
    session.orders("gizmo.items.", &["len()", "filter("], &["push(", "clear()", "retain(", "update("]);
    session.orders("gizmo.", &["count", "total()", "snapshot()"], &["reset()", "update(", "key"]);
}

#[test]
fn a_name_is_found_by_its_parts() {
    let manhole = Manhole::new(namespace(&gizmo()));
    let mut session = Session::new(&manhole);
    session.offers(&[
        ("gizmo.co", &["count"]),
        ("gizmo.CO", &["count"]),
        ("gizmo.name", &["name", "by_name"]),
        ("gizmo.byn", &["by_name"]),
        ("gizmo.items.fltr", &["filter(", "filter_map("]),
        ("gizmo.xyz", &[]),
        ("gz", &["gizmo"]),
    ]);
}

#[test]
fn scripts_and_their_functions_are_completed() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(directory.path().join("net/.hidden")).unwrap();
    let script = "/// Returns both.\nfn both(a, b) { a + b }\nfn one() { 1 }\nprivate fn hidden() {}";
    for name in ["checks.rhai", "net/peers.rhai", "net/the-rest.rhai", "notes.txt"] {
        std::fs::write(directory.path().join(name), script).unwrap();
    }
    std::os::unix::fs::symlink("/", directory.path().join("root")).unwrap();
    let manhole = Manhole::with(namespace(&gizmo()), |builder| builder.scripts_dir(directory.path()));
    let mut session = Session::new(&manhole);
    session.offers(&[
        ("import \"", &["checks\" as checks", "net/"]),
        ("import \"ch", &["checks\" as checks"]),
        ("import \"net/", &["net/peers\" as peers", "net/the-rest\" as "]),
        ("import \"root/", &[]),
        ("import \"../", &[]),
        ("import \"/", &[]),
    ]);
    session.eval("import \"net/peers\" as peers");
    session.offers(&[("peers::", &["both(", "one()"]), ("peer", &["peers::"])]);
    assert_eq!(session.complete("peers::b")["candidates"][0]["doc"], "Returns both.");
    let manhole = Manhole::new(namespace(&gizmo()));
    Session::new(&manhole).offers(&[("import \"", &[])]);
}
