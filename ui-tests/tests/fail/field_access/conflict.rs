//! Attributes for two accesses to one field, and attributes without effect on a field that is never written.

use std::time::Duration;

use manhole::Manhole;

#[derive(Manhole)]
struct Gizmo {
    #[manhole(debug, display)]
    two: u8,
    #[manhole(get = Duration::as_secs, with = seconds, serde)]
    three: Duration,
    #[manhole(set = seconds::set)]
    alone: Duration,
    #[manhole(set = seconds::set, debug)]
    set_and_debug: Duration,
    #[manhole(with = seconds, set = seconds::set)]
    set_and_with: Duration,
    #[manhole(secret, debug)]
    secret: u8,
    #[manhole(secret, get = f, set = g, validate = h)]
    all_secret: u8,
    #[manhole(skip, debug, validate = h)]
    skipped: u8,
    #[manhole(debug, readonly)]
    debug_readonly: u8,
    #[manhole(readonly, display)]
    display_readonly: u8,
    #[manhole(get = f, readonly)]
    get_readonly: u8,
    #[manhole(get = f, set = g, readonly)]
    set_readonly: u8,
    #[manhole(debug, validate = h)]
    debug_checked: u8,
    #[manhole(display, validate = h)]
    display_checked: u8,
    #[manhole(get = f, validate = h)]
    get_checked: u8,
    #[manhole(get = f, set = g, validate = h)]
    set_checked: u8,
    #[manhole(with = seconds, validate = h)]
    with_checked: u8,
    #[manhole(validate = h, validate = h)]
    twice: u8,
}

fn main() {}
