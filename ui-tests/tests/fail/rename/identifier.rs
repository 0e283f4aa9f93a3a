//! Names that are not identifiers of the console's language.

use manhole::Manhole;

#[derive(Manhole)]
struct Gizmo {
    #[manhole(rename = "")]
    a: u8,
    #[manhole(rename = "two words")]
    b: u8,
    #[manhole(rename = "1st")]
    c: u8,
    #[manhole(rename = "größe")]
    d: u8,
    #[manhole(rename = "r#type")]
    e: u8,
    #[manhole(rename = "_")]
    f: u8,
}

#[derive(Manhole)]
struct Tuple(u8, #[manhole(rename = "1")] u8);

#[derive(Manhole)]
enum Mode {
    #[manhole(rename = "on-line")]
    Online,
}

#[manhole::methods]
impl Gizmo {
    #[manhole(rename = "a.b")]
    pub fn method(&self) {}
}

fn main() {}
