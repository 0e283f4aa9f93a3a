//! Attributes that contradict `opaque`.

use manhole::Manhole;

struct Foreign;

#[derive(Manhole)]
#[manhole(opaque, readonly, rename_all = "camelCase")]
struct Gizmo {
    #[manhole(skip)]
    a: Foreign,
    #[manhole(rename = "x", debug)]
    b: Foreign,
}

#[derive(Manhole)]
#[manhole(opaque, transparent)]
struct Both(Foreign);

#[derive(Manhole)]
#[manhole(opaque)]
enum Mode {
    #[manhole(rename = "off")]
    Off,
    On(#[manhole(secret)] Foreign),
}

fn main() {}
