//! Each way needs something of the field's type.

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

// The bounds that were asked for are all there are.
#[derive(Manhole)]
#[manhole(bound = "")]
struct Unbound<T> {
    value: T,
}

fn main() {}
