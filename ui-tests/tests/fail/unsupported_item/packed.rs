//! Packed structs, whose fields cannot be borrowed.

use manhole::Manhole;

#[derive(Manhole)]
#[repr(C, packed(2))]
struct Packed {
    a: u8,
    b: u32,
}

// These do not borrow their fields.
#[derive(Manhole)]
#[repr(packed)]
struct Hidden {
    #[manhole(skip)]
    a: u8,
    #[manhole(secret)]
    b: u32,
}

fn main() {}
