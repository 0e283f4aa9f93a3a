//! Two levels on one item, and levels on items that are not exposed.

use manhole::{Manhole, Namespace, manhole};

#[derive(Manhole)]
struct Gizmo {
    #[manhole(secret, admin)]
    hidden: u8,
    #[manhole(skip, admin)]
    left_out: u8,
    #[manhole(observe)]
    seen: u8,
}

#[derive(Manhole)]
#[manhole(transparent)]
struct Wrapper(#[manhole(admin)] u8);

#[manhole::methods]
impl Gizmo {
    #[manhole(admin, observe)]
    pub fn both(&self) -> u8 {
        self.seen + self.hidden + self.left_out
    }

    #[manhole(skip, admin)]
    pub fn skipped(&self) {}
}

fn names() -> Namespace {
    manhole! {
        #[manhole(observe, admin)]
        one => 1_u8,
        #[manhole(skip)]
        two => 2_u8,
    }
}

fn main() {
    let _ = (names(), Wrapper(1).0);
}
