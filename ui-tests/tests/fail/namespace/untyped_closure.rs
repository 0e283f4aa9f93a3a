//! Closures without types for their parameters.

use manhole::{Namespace, manhole};

fn add() -> Namespace {
    manhole! { add => |a, b| a + b }
}

fn same() -> Namespace {
    manhole! { same => |a| a }
}

fn ignored() -> Namespace {
    manhole! { ignored => |_, n: u8| n }
}

fn main() {
    let _ = (add(), same(), ignored());
}
