//! Attributes of entries.

use manhole::manhole;

fn main() {
    let _ = manhole! {
        /// This is fine.
        gizmo => 1_u8,
        #[cfg(unix)]
        #[manhole(readonly)]
        whatsit => 2_u8,
    };
}
