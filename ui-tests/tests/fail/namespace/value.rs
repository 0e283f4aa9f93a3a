//! Values that the console cannot use: the error marks the whole expression.

use std::sync::{Arc, Mutex};

use manhole::{Manhole, manhole};

struct Foreign;

#[derive(Clone)]
struct CloneForeign;

#[derive(Manhole)]
struct Gizmo(u8);

struct State {
    foreign: Foreign,
    gizmos: Vec<CloneForeign>,
}

fn make() -> Foreign {
    Foreign
}

fn takes(_: Foreign) {}

fn main() {
    let state = State { foreign: Foreign, gizmos: vec![] };
    let _ = manhole! { a => state.foreign };
    let _ = manhole! { b => &state.gizmos[0] };
    let _ = manhole! { c => make() };
    let _ = manhole! { d => Arc::new(Mutex::new(Foreign)) };
    let _ = manhole! { e => |n: u8, foreign: Foreign| n };
    let _ = manhole! { f => |n: u8| Foreign };
    let _ = manhole! { g => takes };
}
