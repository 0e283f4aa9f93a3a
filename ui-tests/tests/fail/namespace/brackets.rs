//! Rust has no macro calls with `<>`.

#![allow(unused)]

use manhole::manhole;

fn main() {
    let _ = manhole!<gizmo => 1_u8>;
}
