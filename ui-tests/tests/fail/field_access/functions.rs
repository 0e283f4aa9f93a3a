//! Functions whose signature does not fit the field.

use std::time::Duration;

use manhole::Manhole;

struct Foreign;

#[derive(Manhole)]
struct Gizmo {
    #[manhole(get = by_value)]
    by_value: Duration,
    #[manhole(get = borrowed)]
    borrowed: String,
    #[manhole(get = foreign)]
    foreign: u8,
    #[manhole(get = missing)]
    missing: u8,
    #[manhole(get = number, set = shared)]
    shared: u8,
    #[manhole(get = number, set = text)]
    text: u8,
    #[manhole(get = number, set = returns)]
    returns: u8,
    #[manhole(with = only_get)]
    with: u8,
    #[manhole(validate = answers)]
    answers: u8,
    #[manhole(validate = other)]
    other: u8,
}

fn by_value(duration: Duration) -> u64 {
    duration.as_secs()
}

fn borrowed(text: &String) -> &str {
    text
}

fn foreign(_: &u8) -> Foreign {
    Foreign
}

fn number(number: &u8) -> u8 {
    *number
}

fn shared(_: &u8, _: u8) {}

fn text(_: &mut u8, _: String) {}

fn returns(_: &mut u8, value: u8) -> bool {
    value == 0
}

mod only_get {
    pub fn get(number: &u8) -> u8 {
        *number
    }
}

fn answers(number: &u8) -> bool {
    *number == 0
}

fn other(_: &str) -> Result<(), String> {
    Ok(())
}

fn main() {}
