//! What a function makes of a field is kept longer than the field can be borrowed.

use manhole::Manhole;

#[derive(Manhole)]
struct Gizmo {
    #[manhole(get = first)]
    names: Vec<String>,
}

fn first(names: &[String]) -> &str {
    &names[0]
}

fn main() {}
