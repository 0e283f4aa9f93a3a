//! What serde does not know cannot be read by it.

use manhole::Manhole;

struct Foreign;

#[derive(Manhole)]
struct Gizmo {
    #[manhole(serde)]
    foreign: Vec<Foreign>,
    #[manhole(serde, readonly)]
    readonly: Foreign,
}

fn main() {}
