//! Parameters and results whose type does not implement `Manhole`: one error for each, at the type.

#![allow(unused)]

use std::rc::Rc;

use manhole::Manhole;

struct Foreign;

#[derive(Manhole)]
struct Gizmo {
    count: u64,
}

#[manhole::methods]
impl Gizmo {
    pub fn takes(&self, good: u8, bad: Foreign, worse: &[Foreign]) {}

    pub fn gives(&mut self) -> Foreign {
        Foreign
    }

    pub fn may_give(&self) -> Result<Vec<Foreign>, String> {
        Ok(vec![])
    }

    pub fn gives_not_send(&self) -> Option<Rc<u8>> {
        None
    }
}

fn main() {}
