//! A macro call with `<>`, which Rust does not have.

#![allow(unused)]

use manhole::manhole;

fn main() {
    let _ = manhole!<gizmo => 1_u8>;
}
