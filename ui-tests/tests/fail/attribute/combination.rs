//! Attributes that contradict or repeat each other.

use manhole::Manhole;

#[derive(Manhole)]
#[manhole(readonly)]
#[manhole(readonly)]
struct Gizmo {
    #[manhole(skip, readonly, rename = "b", secret)]
    a: u8,
    #[manhole(secret, readonly)]
    c: u8,
    #[manhole(skip, skip)]
    d: u8,
    #[manhole(rename = "x")]
    #[manhole(rename = "y")]
    e: u8,
}

fn main() {}
