//! Characters that control a terminal, in everything that leaves a console.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use manhole::{Manhole as Inspect, Namespace, NamespaceItem, manhole};

use crate::support::serve_modes::{MODES, Served};
use crate::support::{Client, Manhole};

/// One character of each kind.
const CONTROLS: &str = "\x1b[2J\x07\r\x7f\u{9b}2J\u{80}\u{9f}\u{202a}\u{202e}\u{2066}\u{2069}\0";

#[derive(Inspect)]
struct Gizmo {
    text: String,
    map: BTreeMap<String, u8>,
    #[manhole(debug)]
    hostile: Hostile,
    #[manhole(display)]
    shown: Hostile,
}

struct Hostile;

impl fmt::Debug for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CONTROLS)
    }
}

impl fmt::Display for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CONTROLS)
    }
}

fn namespace() -> Namespace {
    let gizmo = Arc::new(Gizmo {
        text: CONTROLS.to_owned(),
        map: [(CONTROLS.to_owned(), 1)].into(),
        hostile: Hostile,
        shown: Hostile,
    });
    let panics = NamespaceItem::function(|| -> u8 { panic!("{CONTROLS}") });
    let fails = NamespaceItem::function(|| Err::<u8, _>(CONTROLS));
    manhole! { gizmo => gizmo }.with("panics", "", panics).with("fails", "", fails)
}

/// Returns the first character of `text` that a terminal must not get.
fn control(text: &str) -> Option<char> {
    text.chars().find(|char| {
        (char.is_control() && !"\n\t".contains(*char))
            || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

fn commands() -> Vec<String> {
    let literal = CONTROLS.replace('\r', "\\r").replace('\0', "\\0");
    let mut commands: Vec<_> = [
        "gizmo",
        "gizmo.text",
        "gizmo.map",
        "gizmo.hostile",
        "gizmo.shown",
        "print(gizmo.text)",
        "print(gizmo.shown)",
        "gizmo.text + 1",
        "throw gizmo.text",
        "gizmo[gizmo.text]",
        "gizmo.map[gizmo.text + 1]",
        "table(gizmo.map)",
        "tree(gizmo)",
        "json(gizmo.text)",
        "dbg(gizmo.text)",
        "panics()",
        "fails()",
        "help(gizmo.text)",
        "import gizmo.text as x",
        "set(gizmo.text, 1)",
        "set(\"timeout\", gizmo.text)",
        "let m = #{}; m[gizmo.text] = 1; print(m); m",
        "call(gizmo.text)",
        "Fn(gizmo.text).call()",
        "gizmo.text = 5",
        "level(gizmo.text)",
        "duration(gizmo.text)",
        "vars",
    ]
    .map(str::to_owned)
    .into();
    // Typed, so that an error shows the line.
    commands.extend(
        ["\"{}\" + ]", "{}", "let {} = 1", "x{}", "gizmo.{}", "\"{}\" + nothing", "/*{}*/ nothing"]
            .map(|form| form.replace("{}", &literal)),
    );
    commands
}

#[test]
fn text_does_not_control_a_terminal() {
    for mode in MODES {
        let served = Served::start(mode, namespace(), |builder| builder.banner("\x1b[1mproduction\x1b[m\n"));
        let mut client = Client::connect(&served.path);
        // The author's own text stays.
        assert_eq!(client.prompt(), "\x1b[1mproduction\x1b[m\n");
        let mut replaced = 0;
        for command in commands() {
            let answer = client.ask(&command);
            assert_eq!(control(&answer), None, "{mode:?}: {command:?}: {answer:?}");
            replaced += usize::from(answer.contains('\u{fffd}'));
        }
        assert!(replaced >= 10, "{replaced} answers had control characters");
        assert_eq!(client.ask("print(\"a\\tb\\nc\")"), "a\tb\nc");
    }
}

#[test]
fn json_escapes_control_characters() {
    let manhole = Manhole::new(namespace());
    let mut client = manhole.connect();
    let mut escaped = 0;
    for command in commands() {
        let command = serde_json::to_string(&command).unwrap();
        client.send(format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eval\",\"params\":[{command}]}}\n"));
        let answer = client.until("\"2.0\",\"id\":1") + &client.until("\n");
        assert_eq!(control(&answer), None, "{command}: {answer:?}");
        escaped += usize::from(answer.contains("\\u009b"));
    }
    assert!(escaped >= 10, "{escaped} answers had control characters");
    client.send(
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"eval\",\"params\":[\"print(gizmo.text); gizmo.text\"]}\n",
    );
    let answers = client.until("\"2.0\",\"id\":2") + &client.until("\n");
    let texts = answers.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let texts: Vec<_> = texts
        .filter_map(|line| {
            let text = line.pointer("/params/text").or_else(|| line.pointer("/result/value"))?;
            Some(text.as_str()?.to_owned())
        })
        .collect();
    assert_eq!(texts, [format!("{CONTROLS}\n"), CONTROLS.to_owned()], "{answers}");
}
