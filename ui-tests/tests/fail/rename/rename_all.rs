//! `rename_all` with an unknown case, and without anything to rename.

use manhole::Manhole;

#[derive(Manhole)]
#[manhole(rename_all = "kebab-case")]
struct Kebab {
    a: u8,
}

#[derive(Manhole)]
#[manhole(rename_all = "CamelCase")]
enum Camel {
    A,
}

#[derive(Manhole)]
#[manhole(rename_all = "camelCase")]
struct Tuple(u8);

#[derive(Manhole)]
#[manhole(rename_all = "camelCase")]
struct Unit;

fn main() {}
