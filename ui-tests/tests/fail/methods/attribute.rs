//! Attributes that are wrong or have no effect.

use manhole::Manhole;

#[derive(Manhole)]
struct Gizmo {
    count: u64,
}

#[manhole::methods]
impl Gizmo {
    #[manhole(readonly)]
    pub fn a(&self) {}

    #[manhole(rname = "x")]
    pub fn b(&self) {}

    #[manhole(skip, rename = "y")]
    pub fn c(&self) {}

    #[manhole(rename = "z")]
    fn private(&self) {}

    #[manhole(rename = "new_gizmo")]
    pub fn new() -> Self {
        Self { count: 0 }
    }

    #[manhole(skip)]
    pub const LIMIT: u8 = 1;

    #[manhole(expose)]
    pub(crate) fn exposed(&self) {}

    #[manhole(skip, expose)]
    fn both(&self) {}

    #[manhole(expose)]
    fn without_self() {}

    // This is valid.
    #[manhole(skip)]
    fn hidden(&self) {}
}

fn main() {
    let _ = (Gizmo::new().c(), Gizmo::LIMIT);
}
