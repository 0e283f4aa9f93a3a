//! Fields exposed by `Debug`, `Display`, serde, getter and setter instead of their type's `Manhole`.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Display};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use manhole::{Manhole as Inspect, manhole};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize, Serializer};

use crate::support::{Manhole, refused, shown};

/// A type of another crate, for example.
#[derive(Debug, Clone, PartialEq)]
struct Foreign {
    id: u8,
}

impl Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no. {}", self.id)
    }
}

struct Panics;

impl Debug for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("not today")
    }
}

struct Endless;

impl Debug for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        loop {
            f.write_str("and so on ")?;
        }
    }
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Settings {
    retries: u8,
    mode: Mode,
    limit: Option<u64>,
    hosts: Vec<String>,
    weights: BTreeMap<String, f64>,
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
enum Mode {
    Idle,
    Busy { job: u128 },
}

#[derive(Serialize)]
struct Report {
    lines: Vec<u32>,
}

struct Unreadable;

impl Serialize for Unreadable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("the disk is gone"))
    }
}

/// One field for each attribute.
#[derive(Inspect)]
struct Gizmo {
    count: u8,
    #[manhole(debug)]
    debugged: Foreign,
    #[manhole(display)]
    displayed: Foreign,
    #[manhole(debug)]
    panics: Panics,
    #[manhole(debug)]
    endless: Endless,
    #[manhole(get = id)]
    id: Foreign,
    #[manhole(get = seconds, set = set_seconds)]
    timeout: Duration,
    #[manhole(with = route)]
    route: Vec<Foreign>,
    #[manhole(get = fails)]
    failing: u8,
    #[manhole(serde)]
    settings: Settings,
    #[manhole(serde)]
    report: Report,
    #[manhole(serde, readonly)]
    fixed: Settings,
    #[manhole(serde)]
    unreadable: Unreadable,
    #[manhole(serde, validate = has_hosts)]
    checked: Settings,
}

fn id(foreign: &Foreign) -> u8 {
    foreign.id
}

fn fails(_: &u8) -> u8 {
    panic!("no number")
}

fn seconds(duration: &Duration) -> f64 {
    duration.as_secs_f64()
}

fn set_seconds(duration: &mut Duration, seconds: f64) -> Result<(), String> {
    *duration = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    Ok(())
}

mod route {
    use super::Foreign;

    pub(super) fn get(route: &[Foreign]) -> Vec<u8> {
        route.iter().map(|stop| stop.id).collect()
    }

    pub(super) fn set(route: &mut Vec<Foreign>, ids: Vec<u8>) {
        *route = ids.into_iter().map(|id| Foreign { id }).collect();
    }
}

fn has_hosts(settings: &Settings) -> Result<(), &'static str> {
    if settings.hosts.is_empty() { Err("there must be a host") } else { Ok(()) }
}

fn settings() -> Settings {
    Settings {
        retries: 3,
        mode: Mode::Busy { job: u128::MAX },
        limit: None,
        hosts: vec!["a".to_owned()],
        weights: BTreeMap::from([("x".to_owned(), 0.5)]),
    }
}

fn served() -> (Arc<Mutex<Gizmo>>, Manhole) {
    let gizmo = Arc::new(Mutex::new(Gizmo {
        count: 1,
        debugged: Foreign { id: 2 },
        displayed: Foreign { id: 3 },
        panics: Panics,
        endless: Endless,
        id: Foreign { id: 4 },
        timeout: Duration::from_millis(1500),
        route: vec![Foreign { id: 5 }, Foreign { id: 6 }],
        failing: 0,
        settings: settings(),
        report: Report { lines: (0..10_000).collect() },
        fixed: settings(),
        unreadable: Unreadable,
        checked: settings(),
    }));
    let manhole = Manhole::new(manhole! { gizmo => gizmo });
    (gizmo, manhole)
}

#[test]
fn debug_and_display_fields() {
    let (gizmo, manhole) = served();
    shown(
        &manhole,
        &[
            ("gizmo.debugged", "Foreign { id: 2 }"),
            ("gizmo.displayed", "no. 3"),
            ("gizmo.panics", "<panicked: not today>"),
            ("type_of(gizmo.debugged)", "\"Foreign\""),
            ("gizmo.count", "1"),
        ],
    );
    let endless = manhole.ask("gizmo.endless");
    assert!(endless.ends_with('…') && endless.len() < 65 * 1024, "{}", endless.len());
    refused(
        &manhole,
        &[
            ("gizmo.debugged = 1", "cannot write gizmo.debugged: the field `debugged` of Gizmo is read-only"),
            (
                "gizmo.displayed = \"x\"",
                "cannot write gizmo.displayed: the field `displayed` of Gizmo is read-only",
            ),
            ("gizmo.debugged.id", "cannot reach gizmo.debugged.id: Foreign has no fields or items"),
        ],
    );
    assert_eq!(gizmo.lock().debugged, Foreign { id: 2 });
    let whole = manhole.ask("gizmo");
    assert!(whole.contains("\n    panics: <panicked: not today>,\n"), "{whole}");
    assert!(whole.contains("\n    displayed: no. 3,\n"), "{whole}");
}

#[test]
fn get_and_set_fields() {
    let (gizmo, manhole) = served();
    shown(
        &manhole,
        &[
            ("gizmo.id + 1", "5"),
            ("gizmo.timeout", "1.5"),
            ("gizmo.timeout += 1", ""),
            ("gizmo.timeout", "2.5"),
            ("gizmo.route", "b\"\\x05\\x06\""),
            ("gizmo.route[1]", "6"),
            ("gizmo.route = [7, 8, 9]", ""),
            ("gizmo.route.len()", "3"),
            ("gizmo.failing", "<panicked: no number>"),
            ("type_of(gizmo.route)", "\"Vec<u8>\""),
        ],
    );
    assert_eq!(gizmo.lock().timeout, Duration::from_millis(2500));
    assert_eq!(gizmo.lock().route.len(), 3);
    refused(
        &manhole,
        &[
            ("gizmo.id = 5", "cannot write gizmo.id: the field `id` of Gizmo is read-only"),
            (
                "gizmo.timeout = -1",
                "cannot write gizmo.timeout: cannot convert float seconds to Duration: value is negative",
            ),
            ("gizmo.timeout = \"x\"", "cannot write gizmo.timeout: f64 takes a number, not the string \"x\""),
            (
                "gizmo.route[0] = 1",
                "cannot change gizmo.route[0]: the application validates this Vec<u8> as a whole",
            ),
        ],
    );
    assert_eq!(gizmo.lock().timeout, Duration::from_millis(2500));
    assert_eq!(gizmo.lock().route[0], Foreign { id: 7 });
}

#[test]
fn serde_fields_are_read_by_path() {
    let (_gizmo, manhole) = served();
    shown(
        &manhole,
        &[
            ("gizmo.settings.retries", "3"),
            ("gizmo.settings.mode.Busy.job", "340282366920938463463374607431768211455"),
            ("gizmo.settings.limit", "None"),
            ("gizmo.settings.hosts[0]", "\"a\""),
            ("gizmo.settings.weights.x", "0.5"),
            ("type_of(gizmo.settings)", "\"Settings\""),
            ("gizmo.unreadable", "<the disk is gone>"),
            ("gizmo.report.lines.len()", "10000"),
            ("gizmo.report.lines[3]", "3"),
            ("let n = 0; for host in gizmo.settings.hosts { n += 1; } n", "1"),
        ],
    );
    assert_eq!(manhole.ask("gizmo.settings.hosts"), "[\"a\"]",);
    let report = manhole.ask("gizmo.report");
    assert!(report.contains("… 9,980 more"), "{report}");
    refused(
        &manhole,
        &[
            ("gizmo.settings.retry", "cannot reach gizmo.settings[\"retry\"]: the map has no key \"retry\""),
            (
                "gizmo.report = #{ lines: [] }",
                "cannot write gizmo.report: the field `report` of Gizmo is read-only",
            ),
            ("gizmo.fixed.retries = 1", "cannot write gizmo.fixed: the field `fixed` of Gizmo is read-only"),
        ],
    );
}

#[test]
fn serde_fields_are_written_whole_and_in_part() {
    let (gizmo, manhole) = served();
    shown(
        &manhole,
        &[
            ("gizmo.settings.retries = 7", ""),
            ("gizmo.settings.retries += 1", ""),
            ("gizmo.settings.mode = \"Idle\"", ""),
            ("gizmo.settings.limit = 18446744073709551615", ""),
            ("gizmo.settings.hosts[0] = \"b\"", ""),
            ("gizmo.settings.weights.x = 2", ""),
        ],
    );
    let mut expected = Settings {
        retries: 8,
        mode: Mode::Idle,
        limit: Some(u64::MAX),
        hosts: vec!["b".to_owned()],
        weights: BTreeMap::from([("x".to_owned(), 2.0)]),
    };
    assert_eq!(gizmo.lock().settings, expected);
    refused(
        &manhole,
        &[
            (
                "gizmo.settings.retries = 300",
                "cannot write gizmo.settings.retries: `retries`: invalid value: integer `300`, expected u8",
            ),
            ("gizmo.settings = #{ retries: 1 }", "cannot write gizmo.settings: missing field `mode`"),
            (
                "gizmo.settings.mode = \"Bsy\"",
                "cannot write gizmo.settings.mode: `mode`: unknown variant `Bsy`, expected `Idle` or `Busy`",
            ),
            (
                "gizmo.settings = 5",
                "cannot write gizmo.settings: invalid type: integer `5`, expected struct Settings",
            ),
        ],
    );
    assert_eq!(gizmo.lock().settings, expected);
    let whole = "gizmo.settings = #{ retries: 1, mode: #{ Busy: #{ job: 4 } }, hosts: [], weights: #{}, limit: None }";
    assert_eq!(manhole.ask(whole), "");
    expected = Settings {
        retries: 1,
        mode: Mode::Busy { job: 4 },
        limit: None,
        hosts: Vec::new(),
        weights: BTreeMap::new(),
    };
    assert_eq!(gizmo.lock().settings, expected);
    assert_eq!(
        manhole.connect().first_line(&whole.replace("settings", "checked")),
        "error: cannot write gizmo.checked: there must be a host"
    );
    assert_eq!(gizmo.lock().checked, settings());
    assert_eq!(manhole.ask("gizmo.checked.retries = 9; gizmo.checked.retries"), "9");
}

/// A type whose `Debug` and `Serialize` would reveal its secret.
#[derive(Debug, Clone, Serialize, Deserialize, Inspect)]
struct Account {
    id: u8,
    #[manhole(secret)]
    token: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Inspect)]
struct Door {
    #[manhole(admin)]
    code: u16,
}

#[derive(Inspect)]
struct Bank<T: std::fmt::Debug> {
    #[manhole(debug)]
    account: Account,
    #[manhole(debug)]
    accounts: Vec<Option<Account>>,
    #[manhole(serde)]
    data: Account,
    #[manhole(debug)]
    door: Door,
    #[manhole(debug)]
    plain: Vec<u8>,
    #[manhole(debug)]
    generic: T,
}

#[test]
fn debug_does_not_reveal_secret_fields() {
    let account = || Account { id: 1, token: "hunter2".to_owned() };
    let bank = Bank {
        account: account(),
        accounts: vec![Some(account())],
        data: account(),
        door: Door { code: 4711 },
        plain: vec![1, 2],
        generic: "any",
    };
    assert_eq!((bank.account.id, bank.account.token.len()), (1, 7));
    let manhole = Manhole::new(manhole! { bank => Arc::new(Mutex::new(bank)) });
    shown(
        &manhole,
        &[
            ("bank.account", "<secret>"),
            ("bank.accounts", "<secret>"),
            ("bank.data", "<secret>"),
            ("bank.door", "<secret>"),
            ("bank.plain", "[1, 2]"),
            ("bank.generic", "\"any\""),
        ],
    );
    for code in ["bank", "bank.data.token", "bank.to_debug()", "bank.to_json()", "bank.account.to_string()"] {
        let answer = manhole.ask(code);
        assert!(!answer.contains("hunter2") && !answer.contains("4711"), "{code}: {answer}");
    }
}

/// A list of a million elements whose `Debug` counts its calls, and one element for each call of the element's.
#[derive(Default)]
struct Large {
    shown: Arc<AtomicUsize>,
    elements: Arc<AtomicUsize>,
}

impl Debug for Large {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown.fetch_add(1, Ordering::SeqCst);
        let count = |n| {
            self.elements.fetch_add(1, Ordering::SeqCst);
            n
        };
        f.debug_list().entries((0..1_000_000_u32).map(count)).finish()
    }
}

impl Display for Large {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

#[derive(Inspect, Default)]
struct Shelf {
    #[manhole(debug)]
    debugged: Large,
    #[manhole(display)]
    displayed: Large,
    #[manhole(debug)]
    shared: Arc<std::sync::Mutex<Vec<u8>>>,
    count: u8,
}

#[test]
fn debug_and_display_run_once_for_a_look_and_stop_at_the_limit() {
    let (debugged, displayed) = (Large::default(), Large::default());
    let counts = |large: &Large| (Arc::clone(&large.shown), Arc::clone(&large.elements));
    let (debug_counts, display_counts) = (counts(&debugged), counts(&displayed));
    let shared = Arc::new(std::sync::Mutex::new(vec![7; 100_000]));
    let shelf = Shelf { debugged, displayed, shared: Arc::clone(&shared), count: 1 };
    let manhole = Manhole::new(manhole! { shelf => Arc::new(Mutex::new(shelf)) });
    let mut client = manhole.connect();
    for (code, counts) in [
        ("shelf.debugged", vec![&debug_counts]),
        ("shelf.displayed", vec![&display_counts]),
        ("print(shelf.debugged)", vec![&debug_counts]),
        ("table(shelf.displayed)", vec![&display_counts]),
        ("shelf", vec![&debug_counts, &display_counts]),
        ("shelf.count", vec![]),
        ("let x = shelf.debugged; 1", vec![]),
    ] {
        let answer = client.ask(code);
        assert!(answer.len() < 20_000, "{code}: {}", answer.len());
        for (shown, elements) in [&debug_counts, &display_counts] {
            let is_shown = counts.iter().any(|(counted, _)| Arc::ptr_eq(counted, shown));
            assert_eq!(shown.swap(0, Ordering::SeqCst), usize::from(is_shown), "{code}");
            let elements = elements.swap(0, Ordering::SeqCst);
            assert!(elements < 5_000 && (elements > 0) == is_shown, "{code}: {elements}");
        }
    }
    assert!(client.ask("shelf.shared").starts_with("Mutex { data: [7, 7, 7, "));
    assert!(!shared.is_poisoned(), "the text was cut while its code held the lock");
}
