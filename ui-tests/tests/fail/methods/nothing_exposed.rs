//! Blocks that expose no method.

use manhole::Manhole;

#[derive(Manhole)]
struct Gizmo<T> {
    count: T,
}

#[manhole::methods]
impl<T> Gizmo<T> {
    fn private(&self) {}

    pub(self) fn also_private(&self) {}

    #[manhole(skip)]
    pub fn skipped(&self) {}

    pub fn without_self() {}
}

#[derive(Manhole)]
struct Empty;

#[manhole::methods]
impl Empty {}

// The wrong attribute is the only error.
#[derive(Manhole)]
struct Wrong;

#[manhole::methods]
impl Wrong {
    #[manhole(admin)]
    fn private(&self) {}
}

fn main() {}
