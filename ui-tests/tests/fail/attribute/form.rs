//! Attributes with an argument of the wrong kind, or without a required one.

use manhole::Manhole;

#[derive(Manhole)]
#[manhole]
#[manhole = "readonly"]
struct Gizmo {
    #[manhole(rename)]
    a: u8,
    #[manhole(rename = 1)]
    b: u8,
    #[manhole(rename("c"))]
    c: u8,
    #[manhole(rename = other)]
    d: u8,
    #[manhole(skip = true)]
    e: u8,
    #[manhole(readonly(always))]
    f: u8,
    #[manhole("skip")]
    g: u8,
    #[manhole(skip readonly)]
    h: u8,
    #[manhole(readonly, , skip)]
    i: u8,
    #[manhole(rename =)]
    j: u8,
    #[manhole()]
    k: u8,
}

fn main() {}
