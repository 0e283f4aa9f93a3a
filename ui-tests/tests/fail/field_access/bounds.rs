//! Field types without the trait that the access requires.

use manhole::Manhole;

struct Foreign;

#[derive(Manhole)]
struct Gizmo {
    #[manhole(debug)]
    debug: Option<Foreign>,
    #[manhole(display)]
    display: Foreign,
    #[manhole(validate = any)]
    checked: Foreign,
}

#[derive(Manhole)]
enum Mode {
    Debug(#[manhole(debug)] Foreign),
}

fn any<T>(_: &T) -> Result<(), String> {
    Ok(())
}

// `bound` replaces the inferred bounds.
#[derive(Manhole)]
#[manhole(bound = "")]
struct Unbound<T> {
    value: T,
}

fn main() {}
