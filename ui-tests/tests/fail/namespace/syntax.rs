//! Entries with a syntax error.

use manhole::manhole;

fn main() {
    let gizmo = 1_u8;
    let whatsit = 2_u8;
    let _ = manhole! { gizmo };
    let _ = manhole! { gizmo, whatsit };
    let _ = manhole! { gizmo: gizmo };
    let _ = manhole! { gizmo = gizmo };
    let _ = manhole! { gizmo => };
    let _ = manhole! { gizmo => , whatsit => whatsit };
    let _ = manhole! { gizmo => gizmo; whatsit => whatsit };
    let _ = manhole! { gizmo => gizmo whatsit => whatsit };
    let _ = manhole! { "gizmo" => gizmo };
    let _ = manhole! { state.gizmo => gizmo };
    let _ = manhole! { gizmo => gizmo,, };
    let _ = manhole! { /// A comment.
    };
    let _ = manhole! { gizmo => gizmo + };
    let _ = manhole!(fn => 1, gizmo gizmo);
}
