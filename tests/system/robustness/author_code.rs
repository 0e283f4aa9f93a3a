//! Code of the application that panics, or that a console must not call.

use std::fmt::{self, Debug};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use manhole::{Manhole as Inspect, Namespace, computed, manhole};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::support::Manhole;

/// How many times [`Panics`] has panicked.
static PANICS: AtomicU32 = AtomicU32::new(0);

struct Panics;

impl Debug for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        PANICS.fetch_add(1, Ordering::SeqCst);
        panic!("not today")
    }
}

#[derive(Inspect)]
struct Gizmo {
    count: u8,
    #[manhole(debug)]
    broken: Panics,
    #[manhole(get = twice, set = halve)]
    number: u32,
    #[manhole(validate = any)]
    limit: u32,
    #[manhole(serde)]
    setting: Setting,
}

#[derive(Serialize, Deserialize)]
struct Setting(u8);

fn twice(number: &u32) -> u32 {
    number * 2
}

fn halve(number: &mut u32, value: u32) {
    *number = value / 2;
}

fn any(_: &u32) -> Result<(), String> {
    Ok(())
}

#[manhole::methods]
impl Gizmo {
    pub fn panic(&self) {
        PANICS.fetch_add(1, Ordering::SeqCst);
        panic!("not today")
    }
}

fn namespace() -> Namespace {
    let gizmo =
        Arc::new(Mutex::new(Gizmo { count: 1, broken: Panics, number: 2, limit: 3, setting: Setting(4) }));
    manhole! { gizmo => gizmo, one => || 1_u8, seven => computed(|| 7_u8) }
}

#[test]
fn a_command_lets_the_application_panic_a_few_times_only() {
    let manhole = Manhole::new(namespace());
    let mut client = manhole.connect();
    for code in [
        "for i in 0..100_000 { gizmo.broken.to_string(); }",
        "for i in 0..100_000 { try { gizmo.panic(); } catch {} }",
        "loop { try { gizmo.panic(); } catch {} }",
    ] {
        PANICS.store(0, Ordering::SeqCst);
        client.ask(code);
        assert_eq!(PANICS.load(Ordering::SeqCst), 16, "{code}");
    }
    assert_eq!(
        client.first_line("loop { try { gizmo.panic(); } catch {} }"),
        "error: stopped: the application's code panicked 16 times"
    );
    // The next command may call again.
    assert_eq!(client.ask("gizmo.broken"), "<panicked: not today>");
    assert_eq!(client.ask("gizmo.count"), "1");
}

#[test]
fn a_console_without_calls_shows_fields_and_runs_no_code() {
    let manhole = Manhole::with(namespace(), |builder| builder.allow_calls(false));
    let mut client = manhole.connect();
    for (code, answer) in [
        ("gizmo.broken", "<not called>"),
        ("gizmo.number", "<not called>"),
        ("gizmo.setting", "<not called>"),
        ("gizmo.count", "1"),
        ("gizmo.count = 2", ""),
        ("gizmo.count", "2"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    for code in
        ["gizmo.panic()", "one()", "seven", "gizmo.number = 8", "gizmo.limit = 8", "gizmo.setting = 5"]
    {
        let error = client.first_line(code);
        assert!(error.ends_with("the console calls no code of the application"), "{code}: {error}");
    }
    assert_eq!(client.ask("gizmo.limit"), "3");
}
