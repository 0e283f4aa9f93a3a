//! `serde` fields of types that do not implement `Serialize`.

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
