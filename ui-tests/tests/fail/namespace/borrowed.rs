//! Borrowed values that are neither `Clone` nor `'static`, and closures that borrow.

use std::sync::Mutex;

use manhole::{Manhole, manhole};

#[derive(Manhole)]
struct Gizmo(u8);

fn main() {
    let gizmo = Mutex::new(Gizmo(1));
    let _ = manhole! { gizmo => gizmo };
    let limit = 5_u8;
    let _ = manhole! { over => |n: u8| n > limit };
}
