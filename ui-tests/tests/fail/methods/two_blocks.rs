//! Two exposed blocks of one type.

use manhole::Manhole;

#[derive(Manhole)]
struct Gizmo {
    count: u64,
}

#[manhole::methods]
impl Gizmo {
    pub fn one(&self) {}
}

#[manhole::methods]
impl Gizmo {
    pub fn two(&self) {}
}

fn main() {}
