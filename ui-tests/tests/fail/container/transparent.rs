//! Transparent structs without exactly one exposed field, or with further attributes.

use manhole::Manhole;

struct Foreign;

#[derive(Manhole)]
#[manhole(transparent)]
struct Two(u8, u8);

#[derive(Manhole)]
#[manhole(transparent)]
struct None(#[manhole(skip)] Foreign);

#[derive(Manhole)]
#[manhole(transparent)]
struct Unit;

#[derive(Manhole)]
#[manhole(transparent)]
enum Mode {
    One(u8),
}

#[derive(Manhole)]
#[manhole(transparent, readonly)]
struct ReadOnly(u8);

#[derive(Manhole)]
#[manhole(transparent, rename_all = "lowercase")]
struct Renamed {
    #[manhole(rename = "x")]
    a: u8,
    #[manhole(skip, debug)]
    b: u8,
}

#[derive(Manhole)]
#[manhole(transparent)]
struct Checked(#[manhole(validate = is_even)] u8);

#[derive(Manhole)]
#[manhole(transparent)]
struct Foreigner(Foreign);

fn main() {}
