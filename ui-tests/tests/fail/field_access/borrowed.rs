//! A `get` function that returns a borrow of the field.

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
