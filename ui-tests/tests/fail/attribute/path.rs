//! Paths, which are written without quotes.

use std::time::Duration;

use manhole::Manhole;

#[derive(Manhole)]
struct Gizmo {
    #[manhole(get = "Duration::as_secs")]
    quoted: Duration,
    #[manhole(get = "not a path")]
    no_path: Duration,
    #[manhole(get)]
    nothing: Duration,
    #[manhole(get = |d| d.as_secs())]
    closure: Duration,
    #[manhole(validate(is_short))]
    brackets: String,
    #[manhole(with = 1)]
    number: Duration,
}

#[derive(Manhole)]
#[manhole(crate = "manhole")]
struct Quoted;

#[manhole::methods(crate = "manhole")]
impl Quoted {}

#[derive(Manhole)]
#[manhole(bound = "T, U: Copy", crate)]
struct Bound<T, U>(T, U);

#[derive(Manhole)]
#[manhole(bound = T)]
struct Unquoted<T>(T);

fn main() {}
