//! Fields with a validator, opaque and transparent types.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use manhole::{Manhole as Inspect, manhole};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::support::{Manhole, refused, shown};

#[derive(Serialize, Deserialize, Debug, PartialEq)]
enum Mode {
    Idle,
    Busy { job: u8 },
}

/// Values with validators.
#[derive(Inspect)]
struct Checked {
    #[manhole(validate = is_even)]
    even: u8,
    #[manhole(validate = is_short)]
    name: String,
    #[manhole(validate = cell_is_even)]
    cell: AtomicU8,
    #[manhole(validate = is_ordered)]
    range: Range,
    #[manhole(validate = is_some_short)]
    note: Option<String>,
    #[manhole(validate = holds_even)]
    locked: std::sync::Mutex<u8>,
}

#[derive(Inspect)]
struct Range {
    low: u8,
    high: u8,
    cell: AtomicU8,
}

#[manhole::methods]
impl Range {
    pub fn width(&self) -> u8 {
        self.high - self.low
    }

    pub fn shift(&mut self) {
        self.low += 1;
    }
}

fn is_even(number: &u8) -> Result<(), String> {
    if number.is_multiple_of(2) { Ok(()) } else { Err(format!("{number} is odd")) }
}

fn cell_is_even(cell: &AtomicU8) -> Result<(), String> {
    is_even(&cell.load(Ordering::SeqCst))
}

fn holds_even(locked: &std::sync::Mutex<u8>) -> Result<(), String> {
    is_even(&locked.lock().unwrap())
}

fn is_short(text: &str) -> Result<(), &'static str> {
    if text.len() <= 5 { Ok(()) } else { Err("at most 5 letters") }
}

fn is_some_short(text: &Option<String>) -> Result<(), &'static str> {
    text.as_deref().map_or(Ok(()), is_short)
}

fn is_ordered(range: &Range) -> Result<(), &'static str> {
    if range.low <= range.high { Ok(()) } else { Err("low is above high") }
}

fn checked() -> Checked {
    Checked {
        even: 2,
        name: "a".to_owned(),
        cell: AtomicU8::new(4),
        range: Range { low: 1, high: 2, cell: AtomicU8::new(3) },
        note: Some("n".to_owned()),
        locked: std::sync::Mutex::new(8),
    }
}

#[test]
fn a_validated_field_is_written_only_if_its_validator_accepts() {
    let root = Arc::new(Mutex::new(checked()));
    let manhole = Manhole::new(manhole! { c => root });
    shown(
        &manhole,
        &[
            ("c.even = 4; c.even += 2; c.even", "6"),
            ("c.name = \"other\"; c.name", "\"other\""),
            ("c.cell = 6; c.cell", "6"),
            ("c.range = #{ low: 3, high: 5, cell: 0 }; c.range", "Range { low: 3, high: 5, cell: 0 }"),
            ("c.range.low", "3"),
            ("c.range.width()", "2"),
            ("c.note = \"abc\"; c.note", "\"abc\""),
            ("c.note = None; c.note", "None"),
            ("c.locked", "8"),
        ],
    );
    refused(
        &manhole,
        &[
            ("c.even = 5", "cannot write c.even: 5 is odd"),
            ("c.even += 1", "cannot write c.even: 7 is odd"),
            ("c.even = 300", "cannot write c.even: 300 does not fit into u8 (0 to 255)"),
            ("c.name = \"longer\"", "cannot write c.name: at most 5 letters"),
            ("c.cell = 7", "cannot write c.cell: 7 is odd"),
            ("c.range = #{ low: 3, high: 2, cell: 0 }", "cannot write c.range: low is above high"),
            ("c.range.low = 4", "cannot change c.range.low: the application validates this Range as a whole"),
            (
                "c.range.cell = 4",
                "cannot change c.range.cell: the application validates this Range as a whole",
            ),
            ("c.range.shift()", "cannot change c.range: the application validates this Range as a whole"),
            ("c.note = \"longer\"", "cannot write c.note: at most 5 letters"),
        ],
    );
    let state = root.lock();
    assert_eq!((state.even, state.name.as_str(), state.cell.load(Ordering::SeqCst)), (6, "other", 6));
    assert_eq!((state.range.low, state.range.high, &state.note), (3, 5, &None));
}

#[test]
fn validation_applies_without_a_lock() {
    let root = Arc::new(checked());
    let manhole = Manhole::new(manhole! { c => root });
    shown(
        &manhole,
        &[
            ("c.cell = 8; c.cell += 2; c.cell", "10"),
            ("c.range.low", "1"),
            ("c.range.cell", "3"),
            ("c.locked", "8"),
        ],
    );
    refused(
        &manhole,
        &[
            ("c.cell = 7", "cannot write c.cell: 7 is odd"),
            ("c.even = 4", "cannot change c.even: no lock above this u8 gives exclusive access"),
            ("c.range.cell = 4", "cannot change c.range: the application validates this Range as a whole"),
            ("c.locked = 3", "cannot change c.locked: no lock above this Mutex<u8> gives exclusive access"),
        ],
    );
    assert_eq!(root.cell.load(Ordering::SeqCst), 10);
    assert_eq!(root.range.cell.load(Ordering::SeqCst), 3);
}

/// Constructed from a map.
#[derive(Inspect)]
struct Outer {
    limits: Limits,
}

#[derive(Inspect, Debug, PartialEq)]
struct Limits {
    #[manhole(validate = is_even)]
    even: u8,
    #[manhole(serde)]
    mode: Mode,
}

#[test]
fn validation_applies_to_whole_struct_assignment() {
    let root = Arc::new(Mutex::new(Outer { limits: Limits { even: 2, mode: Mode::Idle } }));
    let manhole = Manhole::new(manhole! { outer => root });
    refused(
        &manhole,
        &[
            ("outer.limits = #{ even: 3, mode: \"Idle\" }", "cannot write outer.limits: `even`: 3 is odd"),
            (
                "outer.limits = #{ even: 4, mode: \"Odd\" }",
                "cannot write outer.limits: `mode`: unknown variant `Odd`, expected `Idle` or `Busy`",
            ),
        ],
    );
    assert_eq!(root.lock().limits, Limits { even: 2, mode: Mode::Idle });
    assert_eq!(manhole.ask("outer.limits = #{ even: 4, mode: #{ Busy: #{ job: 1 } } }"), "");
    assert_eq!(root.lock().limits, Limits { even: 4, mode: Mode::Busy { job: 1 } });
}

/// Shows nothing.
#[derive(Inspect)]
#[manhole(opaque)]
struct Closed {
    seen: u8,
}

#[manhole::methods]
impl Closed {
    pub fn look(&mut self) -> u8 {
        self.seen += 1;
        self.seen
    }
}

#[derive(Inspect)]
#[manhole(transparent)]
struct Meters(f64);

#[derive(Inspect)]
#[manhole(transparent)]
struct Names {
    list: Vec<String>,
}

#[derive(Inspect)]
struct Wholes {
    closed: Closed,
    length: Meters,
    names: Names,
}

#[test]
fn opaque_and_transparent_types() {
    let root = Arc::new(Mutex::new(Wholes {
        closed: Closed { seen: 0 },
        length: Meters(2.0),
        names: Names { list: vec!["a".to_owned()] },
    }));
    let manhole = Manhole::new(manhole! { w => root });
    shown(
        &manhole,
        &[
            ("w", "Wholes { closed: Closed, length: 2.0, names: [\"a\"] }"),
            ("w.closed.look(); w.closed.look()", "2"),
            ("w.length += 1; w.length", "3.0"),
            ("w.names[0] = \"b\"; w.names", "[\"b\"]"),
            ("w.names = [\"c\", \"d\"]; w.names.len()", "2"),
        ],
    );
    refused(
        &manhole,
        &[
            ("w.closed.seen", "cannot reach w.closed[\"seen\"]: Closed has no fields or items"),
            ("w.closed = 1", "cannot write w.closed: cannot construct Closed from the console"),
            ("w.length = \"x\"", "cannot write w.length: f64 takes a number, not the string \"x\""),
        ],
    );
    assert!((root.lock().length.0 - 3.0).abs() < f64::EPSILON);
    assert_eq!(root.lock().names.list, ["c", "d"]);
}
