//! Names that would identify two items.

use manhole::Manhole;

#[derive(Manhole)]
struct Gizmo {
    a: u8,
    #[manhole(rename = "a")]
    b: u8,
    #[manhole(rename = "d")]
    c: u8,
    d: u8,
    #[manhole(secret, rename = "a")]
    e: u8,
    // Skipped, so its name is free.
    #[manhole(skip)]
    f: u8,
    #[manhole(rename = "f")]
    g: u8,
}

#[derive(Manhole)]
#[manhole(rename_all = "camelCase")]
#[allow(non_snake_case)]
struct Cased {
    one_two: u8,
    oneTwo: u8,
}

#[derive(Manhole)]
#[manhole(rename_all = "lowercase")]
enum Mode {
    OnOff,
    Onoff {
        a: u8,
        #[manhole(rename = "a")]
        b: u8,
    },
}

#[manhole::methods]
impl Gizmo {
    pub fn one(&self) {}

    #[manhole(rename = "one")]
    pub fn two(&self) {}
}

fn main() {}
