//! Blocks that the derive does not find: the compiler warns about each.

// The compiler shows warnings in this test only if there is an error.
#![deny(non_camel_case_types)]

use manhole::Manhole;

#[derive(Manhole)]
struct MoreBounds<T>(T);

#[manhole::methods]
impl<T: Clone> MoreBounds<T> {
    pub fn lost(&self) {}
}

#[derive(Manhole)]
struct OneType<T>(T);

#[manhole::methods]
impl OneType<u8> {
    pub fn lost(&self) {}
}

struct not_derived;

#[manhole::methods]
impl not_derived {
    pub fn lost(&self) {}
}

fn main() {
    MoreBounds(1_u8).lost();
    OneType(1_u8).lost();
    not_derived.lost();
}
