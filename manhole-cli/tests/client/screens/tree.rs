//! `tree`: filters, jumps, tables, methods, choices, copies, files and the mouse.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use manhole::{Builder, Console, Manhole, Namespace, manhole};
use parking_lot::Mutex;

use crate::support::{Home, Terminal, has_tool};

#[derive(Manhole)]
struct Store {
    users: HashMap<String, User>,
    by_letter: HashMap<char, u32>,
    list: Vec<User>,
    tags: Vec<String>,
    mode: Mode,
    spare: Option<Mode>,
    is_open: bool,
}

#[derive(Manhole)]
struct User {
    id: u32,
    name: String,
    #[manhole(secret)]
    #[expect(dead_code, reason = "here to show that nobody can see it")]
    token: String,
    mode: Mode,
}

#[derive(Manhole)]
enum Mode {
    /// No activity.
    Idle,
    /// Work.
    Busy {
        /// The job's number.
        job: u32,
        note: String,
    },
}

#[manhole::methods]
impl Store {
    /// Adds a tag.
    pub fn tag(&mut self, count: u32, text: String, mode: Option<Mode>) -> String {
        let answer = format!("{count} of {text:?}, {}", if mode.is_some() { "a mode" } else { "no mode" });
        self.tags.extend(std::iter::repeat_n(text, count as usize));
        self.spare = mode;
        answer
    }

    /// The number of tags.
    #[manhole(observe)]
    pub fn count(&self) -> usize {
        self.tags.len()
    }

    /// Always fails.
    pub fn fail(&self) -> Result<u32, String> {
        Err("no luck".to_owned())
    }
}

/// An application with a store.
struct Shop {
    store: Arc<Mutex<Store>>,
    console: Console,
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.console.shutdown();
    }
}

fn user(id: u32) -> User {
    let mode = if id.is_multiple_of(2) { Mode::Idle } else { Mode::Busy { job: id, note: "x".to_owned() } };
    User { id, name: format!("user{id}"), token: "s3cret".to_owned(), mode }
}

impl Shop {
    fn start(home: &Home) -> Self {
        let mut users: HashMap<_, _> = (0..500).map(|id| (format!("user{id}"), user(id))).collect();
        users.insert("bob".to_owned(), user(1_000));
        let store = Arc::new(Mutex::new(Store {
            users,
            by_letter: [('a', 1), ('b', 2)].into(),
            list: (0..500).map(|id| user(id * 7 % 500)).collect(),
            tags: Vec::new(),
            mode: Mode::Idle,
            spare: None,
            is_open: true,
        }));
        let namespace: Namespace = manhole! { store => store };
        let console = Builder::new(namespace).name("app").spawn(home.socket("app", 1)).unwrap();
        Self { store, console }
    }
}

/// Returns whether the selected row is the one of a path, which the first line shows.
fn selects(terminal: &Terminal, path: &str) -> String {
    terminal.until(path, |screen| {
        screen.lines().next().is_some_and(|head| head.trim_end().ends_with(&format!(" {path}")))
    })
}

/// Waits until no collection is narrowed.
fn shows_all(terminal: &Terminal) {
    terminal.until("all items", |screen| !screen.contains("Esc shows all"));
}

/// Goes to a path.
fn goes_to(terminal: &Terminal, path: &str) {
    terminal.types("g");
    terminal.shows("go to");
    terminal.types(path);
    terminal.presses("Enter");
    selects(terminal, path);
}

#[test]
fn a_collection_is_filtered_by_text_and_by_a_condition() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let shop = Shop::start(&home);
    let terminal = home.terminal("tree app store.users");
    terminal.shows("▾ store.users");
    terminal.types("/");
    terminal.shows("filter store.users:");
    // Esc goes back, and quits nothing.
    terminal.presses("Escape");
    terminal.shows("Enter opens");
    terminal.types("/user49");
    terminal.presses("Enter");
    let screen = terminal.shows("11 of 501 match user49; Esc shows all");
    assert!(screen.contains("▸ \"user499\": User") && !screen.contains("\"bob\""), "{screen}");
    // Its first item is selected, and can be entered.
    terminal.presses("Enter");
    let screen = terminal.shows("token: <secret>");
    assert!(!screen.contains("s3cret"), "{screen}");
    shop.store.lock().users.remove("user490");
    terminal.shows("Esc shows all; the application has removed 1 since");
    // The same key on a part of an item filters the collection around it.
    terminal.presses("Down");
    terminal.types("/.id >= 498 && x.mode == \"Busy\"");
    terminal.presses("Enter");
    terminal.shows("1 of 500 match .id >= 498");
    selects(&terminal, "store.users[\"user499\"]");
    terminal.presses("Escape");
    shows_all(&terminal);
    terminal.types("/nobody at all");
    terminal.presses("Enter");
    terminal.shows("error: nothing in store.users matches nobody at all");
    terminal.types("/.nothing > 1");
    terminal.presses("Enter");
    terminal.shows("error: User has no field `nothing`");
    // The message is gone, and the tree is still there.
    terminal.presses("Escape");
    terminal.shows("Enter opens");
    terminal.types("q");
    terminal.shows("left with 0");
    // The positions of a list stay.
    let terminal = home.terminal("tree app store.list");
    terminal.shows("▾ store.list");
    terminal.types("/.id == 499");
    terminal.presses("Enter");
    selects(&terminal, "store.list[357]");
}

#[test]
fn a_million_keys_are_filtered_with_progress_and_one_is_opened() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let mut users: HashMap<_, _> = (0..1_000_000_u32).map(|id| (format!("user{id}"), id)).collect();
    users.insert("bob".to_owned(), 7);
    let namespace: Namespace = manhole! { users => Arc::new(Mutex::new(users)) };
    let console = Builder::new(namespace).name("app").spawn(home.socket("app", 1)).unwrap();
    let terminal = home.terminal("tree app users");
    terminal.shows("▾ users");
    terminal.types("/not there");
    terminal.presses("Enter");
    terminal.until("progress", |screen| {
        screen.contains("000 of 1000001 (") && screen.contains("0 found") && screen.contains("Esc cancels")
    });
    // Keys work while it runs.
    terminal.presses("End");
    terminal.shows("1000001 (");
    terminal.presses("Escape");
    let cancelled = Instant::now();
    terminal.shows("cancelled: filtering users");
    // Without a page in between.
    terminal.types("gbob");
    terminal.presses("Enter");
    let screen = terminal.shows("only \"bob\"; Esc shows all");
    assert!(screen.contains("\"bob\": 7"), "{screen}");
    assert!(cancelled.elapsed() < Duration::from_secs(60), "the application went on filtering");
    selects(&terminal, "users[\"bob\"]");
    terminal.types("gnobody");
    terminal.presses("Enter");
    terminal.shows("error: ");
    terminal.presses("Escape");
    shows_all(&terminal);
    terminal.types("q");
    terminal.shows("left with 0");
    console.shutdown();
}

#[test]
fn a_filter_goes_on_after_a_timeout() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let list: Vec<_> = (0..20_000_u32).collect();
    let namespace: Namespace = manhole! { list => Arc::new(Mutex::new(list)) };
    let short = Duration::from_millis(500);
    let builder = Builder::new(namespace).name("app").limits(|limits| limits.timeout = short);
    let console = builder.ceiling(|limits| limits.timeout = short).spawn(home.socket("app", 1)).unwrap();
    let terminal = home.terminal("tree app list");
    terminal.shows("▾ list");
    terminal.types("/x % 6666 == 0");
    terminal.presses("Enter");
    let screen = terminal.shows("4 of 20000 match x % 6666 == 0; Esc shows all");
    for line in ["    0: 0", "    6666: 6666", "    13332: 13332", "    19998: 19998"] {
        assert!(screen.contains(line), "{screen}");
    }
    console.shutdown();
}

#[test]
fn a_collection_is_a_table_that_is_sorted_and_filtered() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _shop = Shop::start(&home);
    let terminal = home.terminal("tree app store.users");
    terminal.shows("▾ store.users");
    terminal.types("t");
    let screen = terminal.shows("the first 200 of 501");
    let header = screen.lines().nth(1).unwrap_or_default().to_owned();
    assert_eq!(header.split_whitespace().collect::<Vec<_>>(), ["key", "id", "name", "token", "mode"]);
    assert!(screen.contains("<secret>") && !screen.contains("s3cret"), "{screen}");
    let first = |sign: &str, start: &str| {
        terminal.until(start, |screen| {
            let mut lines = screen.lines().skip(1);
            lines.next().is_some_and(|header| header.contains(sign))
                && lines.next().is_some_and(|row| row.starts_with(start))
        })
    };
    terminal.presses("Right");
    terminal.types("s");
    first("id ▲", "user0 ");
    terminal.types("s");
    first("id ▼", "bob ");
    terminal.types("r");
    first("id ▲", "user0 ");
    // Enums have no order of their own, and a map is sorted by its keys too.
    terminal.presses("Right");
    terminal.presses("Right");
    terminal.presses("Right");
    terminal.types("s");
    first("mode ▲", "user");
    terminal.presses("Left");
    terminal.types("s");
    let screen = terminal.shows("error: cannot read or write");
    assert!(screen.contains("mode ▲") && !screen.contains("token ▲"), "{screen}");
    terminal.presses("Left");
    terminal.presses("Left");
    terminal.presses("Left");
    terminal.types("s");
    first("key ▲", "bob ");
    terminal.types("/.id > 497 && .id < 1000");
    terminal.presses("Enter");
    terminal.shows("2 of 501, filter .id > 497");
    terminal.presses("Down");
    terminal.presses("Enter");
    selects(&terminal, "store.users[\"user499\"]");
    terminal.shows("id: 499");
    // The way back is the table.
    terminal.presses("Escape");
    terminal.shows("2 of 501, filter .id > 497");
    terminal.presses("Enter");
    selects(&terminal, "store.users[\"user499\"]");
    // The table of a list has positions.
    terminal.types("gstore.list");
    terminal.presses("Enter");
    selects(&terminal, "store.list");
    terminal.types("t");
    terminal.shows("the first 200 of 500");
    terminal.presses("Right");
    terminal.types("s");
    first("id ▲", "0");
    terminal.types("s");
    first("id ▼", "357");
    terminal.presses("Enter");
    selects(&terminal, "store.list[357]");
    // Esc leaves the table first.
    terminal.types("t");
    terminal.shows("the first 200 of 500");
    terminal.presses("Escape");
    terminal.shows("only 357; Esc shows all");
    terminal.types("q");
    terminal.shows("left with 0");
}

#[test]
fn methods_are_listed_and_called_with_arguments() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let shop = Shop::start(&home);
    let terminal = home.terminal("tree app store");
    terminal.shows("▾ store");
    terminal.types("m");
    let screen = terminal.shows("tag(count: u32, text: String, mode: Option<Mode>) -> String");
    assert!(screen.contains("count() -> usize") && screen.contains("Adds a tag."), "{screen}");
    terminal.presses("Enter");
    terminal.shows("text: String =");
    terminal.types("2");
    terminal.presses("Enter");
    terminal.types("two words");
    terminal.presses("Enter");
    terminal.presses("Enter");
    terminal.shows("call store.tag(2, \"two words\", None)?");
    terminal.types("n");
    terminal.shows("nothing called");
    assert!(shop.store.lock().tags.is_empty());
    terminal.types("m");
    terminal.shows("fail() -> Result<u32, String>");
    terminal.presses("Enter");
    // An argument is missing.
    terminal.presses("Down");
    terminal.presses("Down");
    terminal.presses("Enter");
    terminal.shows("error: type a value for count: u32");
    terminal.presses("Up");
    terminal.presses("Up");
    terminal.types("2");
    terminal.presses("Down");
    terminal.types("x");
    terminal.presses("Enter");
    terminal.types("Mode::Idle");
    terminal.presses("Enter");
    terminal.shows("call store.tag(2, \"x\", Mode::Idle)?");
    terminal.types("y");
    terminal.shows("\"2 of \\\"x\\\", a mode\"");
    assert_eq!(shop.store.lock().tags, ["x", "x"]);
    terminal.presses("Enter");
    // What only looks is called at once.
    terminal.types("m");
    terminal.shows("count() -> usize");
    terminal.presses("Down");
    terminal.presses("Enter");
    terminal.until("the answer", |screen| screen.contains(" store.count() ") && screen.contains("│ 2 "));
    terminal.presses("Enter");
    terminal.types("m");
    terminal.shows("count() -> usize");
    terminal.presses("End");
    terminal.presses("Enter");
    terminal.types("y");
    terminal.shows("error: store.fail: no luck");
    goes_to(&terminal, "store.tags");
    terminal.types("m");
    terminal.shows("has no methods");
    terminal.types("q");
    terminal.shows("left with 0");
}

#[test]
fn an_enum_and_a_bool_are_edited_by_a_choice() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let shop = Shop::start(&home);
    let terminal = home.terminal("tree app store");
    terminal.shows("▾ store");
    goes_to(&terminal, "store.mode");
    terminal.types("e");
    let screen = terminal.shows("Busy { job: u32, note: String }");
    assert!(screen.contains("No activity."), "{screen}");
    terminal.presses("Escape");
    terminal.until("no menu", |screen| !screen.contains("type it…"));
    terminal.types("e");
    terminal.shows("type it…");
    terminal.presses("Down");
    terminal.presses("Enter");
    terminal.shows("job: u32 =");
    terminal.types("7");
    terminal.presses("Enter");
    terminal.types("by hand");
    terminal.presses("Enter");
    terminal.shows("write store.mode = Mode::Busy { job: 7, note: \"by hand\" }?");
    terminal.types("y");
    terminal.shows("wrote store.mode");
    assert!(matches!(&shop.store.lock().mode, Mode::Busy { job: 7, note } if note == "by hand"));
    terminal.types("e");
    terminal.shows("type it…");
    terminal.presses("Up");
    terminal.presses("Enter");
    terminal.shows("write store.mode = Mode::Idle?");
    terminal.types("y");
    terminal.shows("wrote store.mode");
    goes_to(&terminal, "store.spare");
    terminal.types("e");
    terminal.shows("None");
    terminal.presses("Down");
    terminal.presses("Enter");
    terminal.shows("write store.spare = Mode::Idle?");
    terminal.types("y");
    terminal.shows("wrote store.spare");
    assert!(matches!(shop.store.lock().spare, Some(Mode::Idle)));
    // The other value is selected.
    goes_to(&terminal, "store.is_open");
    terminal.types("e");
    terminal.shows("store.is_open =");
    terminal.presses("Enter");
    terminal.shows("write store.is_open = false?");
    terminal.types("y");
    terminal.shows("wrote store.is_open");
    assert!(!shop.store.lock().is_open);
    terminal.types("q");
    terminal.shows("left with 0");
}

#[test]
fn a_path_is_copied_and_a_value_is_saved() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _shop = Shop::start(&home);
    let terminal = home.terminal("tree app store.users[\\\"bob\\\"]");
    terminal.shows("▾ store.users[\"bob\"]");
    terminal.accepts_copies();
    assert!(terminal.gives_its_mouse());
    terminal.types("y");
    let screen = terminal.shows("The path, to select it with the mouse.");
    assert!(screen.lines().any(|line| line.trim_end() == "store.users[\"bob\"]"), "{screen}");
    terminal.until("the mouse of the terminal", |_| !terminal.gives_its_mouse());
    assert_eq!(terminal.copied(), "store.users[\"bob\"]");
    terminal.presses("Escape");
    terminal.shows("▾ store.users");
    let file = home.path().join("bob.json");
    let save = |answer: &str| {
        terminal.types("s");
        terminal.shows("save store.users[\"bob\"] to store.users.bob.json");
        terminal.presses("C-u");
        terminal.types(file.to_str().unwrap());
        terminal.presses("Enter");
        terminal.shows(answer);
    };
    save("saved to ");
    let saved = std::fs::read_to_string(&file).unwrap();
    let json: serde_json::Value = serde_json::from_str(&saved).unwrap();
    assert_eq!((&json["id"], &json["token"]), (&1_000.into(), &"<secret>".into()), "{saved}");
    std::fs::write(&file, "mine").unwrap();
    save("exists: replace it?");
    terminal.types("n");
    terminal.shows("nothing saved");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    save("exists: replace it?");
    terminal.types("y");
    terminal.shows("saved to ");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), saved);
    terminal.types("q");
    terminal.shows("left with 0");
}

#[test]
fn the_mouse_selects_opens_scrolls_and_is_switched_off() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _shop = Shop::start(&home);
    let terminal = home.terminal("tree app store");
    let screen = terminal.shows("is_open: true");
    let line_of = |screen: &str, text: &str| screen.lines().position(|line| line.contains(text)).unwrap();
    let list = line_of(&screen, "▸ list");
    terminal.clicks(10, list);
    selects(&terminal, "store.list");
    // A click on the arrow opens and closes.
    terminal.clicks(2, list);
    terminal.shows("▾ list");
    terminal.turns_the_wheel();
    terminal.turns_the_wheel();
    terminal.until("rows below", |screen| !screen.contains("▾ list") && screen.contains("    ▸ 9: User"));
    terminal.presses("Home");
    terminal.clicks(2, list);
    terminal.shows("▸ list");
    // Two clicks in the same place.
    terminal.clicks(10, list);
    terminal.clicks(10, list);
    terminal.shows("▾ list");
    terminal.types("t");
    let screen = terminal.shows("the first 200 of 500");
    terminal.clicks(line_of_column(&screen, "id"), 1);
    terminal.shows("id ▲");
    terminal.presses("Escape");
    terminal.shows("▾ list");
    // A menu too.
    terminal.types("gstore");
    terminal.presses("Enter");
    selects(&terminal, "store");
    terminal.types("m");
    let screen = terminal.shows("fail() -> Result<u32, String>");
    let line = line_of(&screen, "fail() -> ");
    terminal.clicks(50, line);
    terminal.shows("Always fails.");
    terminal.clicks(50, line);
    terminal.clicks(50, line);
    terminal.shows("call store.fail()?");
    terminal.types("n");
    terminal.shows("nothing called");
    terminal.types("M");
    terminal.shows("mouse off: the terminal selects text");
    assert!(!terminal.gives_its_mouse());
    terminal.types("?");
    terminal.shows("mouse on and off");
    // On a small screen the list of keys is scrolled.
    terminal.resizes(60, 12);
    terminal.until("a part", |screen| screen.contains(" Keys ") && !screen.contains("mouse on and off"));
    terminal.presses("PageDown");
    terminal.presses("PageDown");
    terminal.shows("q               quit");
    terminal.resizes(100, 30);
    terminal.presses("Enter");
    terminal.until("no help", |screen| !screen.contains(" Keys "));
    terminal.types("M");
    terminal.until("the mouse", |_| terminal.gives_its_mouse());
    terminal.types("q");
    terminal.shows("left with 0");
    assert!(!terminal.gives_its_mouse());
}

/// Returns the column of a word in the header of a table.
fn line_of_column(screen: &str, word: &str) -> usize {
    screen.lines().nth(1).and_then(|header| header.find(word)).unwrap()
}

#[test]
fn an_observer_is_not_offered_to_write() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let shop = Shop::start(&home);
    let terminal = home.terminal("tree app store --level observe");
    let screen = terminal.shows("▾ store");
    assert!(!screen.contains("e edits"), "{screen}");
    assert!(screen.lines().next().is_some_and(|head| head.contains(" observe ")), "{screen}");
    terminal.types("?");
    let screen = terminal.shows("q               quit");
    assert!(!screen.contains("asks before it writes"), "{screen}");
    terminal.presses("Enter");
    terminal.types("e");
    terminal.shows("error: cannot edit at the level observe: it requires the level operate");
    terminal.types("m");
    terminal.shows("tag(count: u32");
    terminal.presses("Enter");
    terminal.shows("error: cannot call tag at the level observe: it requires the level operate");
    terminal.types("m");
    terminal.shows("count() -> usize");
    terminal.presses("Down");
    terminal.presses("Enter");
    terminal.shows(" store.count() ");
    terminal.presses("Enter");
    assert!(shop.store.lock().tags.is_empty());
    // Esc goes to the parent, and does not quit.
    goes_to(&terminal, "store.mode");
    terminal.presses("Escape");
    selects(&terminal, "store");
    terminal.presses("Escape");
    terminal.shows("▸ store");
    terminal.presses("Escape");
    terminal.presses("Enter");
    terminal.shows("▾ store");
    terminal.types("q");
    terminal.shows("left with 0");
}
