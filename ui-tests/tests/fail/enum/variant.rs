//! Variants and their fields, which follow the rules of structs and their fields.

use manhole::Manhole;

#[derive(Manhole)]
enum Mode {
    #[manhole(rename = "Busy", rename = "Active")]
    Working {
        #[manhole(skip, secret)]
        since: u8,
        #[manhole(secret, readonly)]
        token: u8,
    },
    #[manhole(readonly)]
    Idle,
    #[manhole(rename = "Idle")]
    Off,
    #[manhole(rename = "")]
    On(#[manhole(rename = "0")] u8),
}

fn main() {}
