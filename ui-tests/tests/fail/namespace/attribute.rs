//! Attributes of entries.

use manhole::manhole;

fn main() {
    let _ = manhole! {
        /// This is valid.
        gizmo => 1_u8,
        #[cfg(unix)]
        #[manhole(readonly)]
        whatsit => 2_u8,
    };
}
