//! Every mistake of an item is reported at once, and code that uses the item causes no further errors.

use std::sync::{Arc, Mutex};

use manhole::{Manhole, manhole};

#[derive(Manhole)]
#[manhole(rename_all = "camel")]
struct Gizmo<T> {
    #[manhole(skpi)]
    a: T,
    #[manhole(rename = "")]
    b: u8,
    nested: Nested,
}

#[derive(Manhole)]
union Nested {
    a: u8,
}

#[manhole::methods]
impl<T> Gizmo<T> {
    pub async fn wait(&self) {}
}

#[derive(Manhole)]
struct Outer {
    gizmo: Gizmo<u8>,
    nested: Nested,
}

fn main() {
    let outer: Arc<Mutex<Option<Outer>>> = Arc::default();
    let _ = manhole! { outer => outer };
    let _ = Gizmo::<u8>::type_info();
}
