//! The methods of a trait.

use manhole::Manhole;

#[derive(Manhole)]
struct Gizmo {
    count: u64,
}

#[manhole::methods]
impl std::fmt::Display for Gizmo {
    #[manhole(rename = "show")]
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("")
    }
}

fn main() {
    println!("{}", Gizmo { count: 1 });
}
