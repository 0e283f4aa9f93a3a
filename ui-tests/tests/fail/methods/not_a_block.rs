//! Items other than `impl` blocks, and wrong arguments of the macro.

use manhole::Manhole;

#[manhole::methods]
#[derive(Manhole)]
struct Gizmo {
    count: u64,
}

#[manhole::methods]
fn free(_: &Gizmo) {}

#[manhole::methods(all)]
impl Gizmo {}

fn main() {
    free(&Gizmo { count: 1 });
}
