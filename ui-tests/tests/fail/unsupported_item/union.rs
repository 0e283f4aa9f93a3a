//! Unions.

use manhole::Manhole;

#[derive(Manhole)]
union Bits {
    int: u32,
    float: f32,
}

fn main() {
    let _ = <Bits as Manhole>::type_info();
}
