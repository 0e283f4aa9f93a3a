//! Pointers to objects of traits: one error for each, which says what the trait needs.

use std::sync::Arc;

use manhole::Manhole;

trait Other {}

trait Undescribed: Manhole {}

#[manhole::dynamic]
trait NotShown {}

#[manhole::dynamic]
struct NoTrait;

#[derive(Manhole)]
struct Gizmo {
    other: Box<dyn Other>,
    inside: Vec<Arc<dyn Undescribed + Send + Sync>>,
}

fn main() {}
