//! Fields whose type does not implement `Manhole`: one error for each, at the type.

use manhole::Manhole;

struct Foreign;

#[derive(Manhole)]
struct Gizmo {
    count: u64,
    direct: Foreign,
    #[manhole(readonly)]
    inside: Vec<Option<Foreign>>,
    #[manhole(secret)]
    secret: Foreign,
    #[manhole(skip)]
    skipped: Foreign,
}

fn main() {}
