//! Names that are reserved, duplicate or not identifiers: all are reported at once.

use manhole::manhole;

fn main() {
    let _ = manhole! {
        gizmo => 1_u8,
        fn => 2_u8,
        help => 3_u8,
        spawn => 4_u8,
        gizmo => 5_u8,
        Some => 6_u8,
        r#type => 7_u8,
        r#match => 8_u8,
        größe => 9_u8,
        _ => 10_u8,
        __ => 11_u8,
        call => 12_u8,
        gizmo => 13_u8,
        true => 14_u8,
    };
}
