//! Attributes that do not exist, or not on this item.

use manhole::Manhole;

#[derive(Manhole)]
#[manhole(rename = "g", renameall = "camelCase", skip, type)]
struct Gizmo {
    #[manhole(default)]
    a: u8,
    #[manhole(skpi, read_only, sekret)]
    b: u8,
    #[manhole(rename_all = "camelCase")]
    c: u8,
    #[manhole(Skip, readonly, hidden)]
    d: u8,
}

#[derive(Manhole)]
enum Mode {
    #[manhole(skip, ranme = "a")]
    A,
    B(#[manhole(rename_al)] u8),
}

fn main() {}
