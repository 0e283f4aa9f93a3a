//! What takes blocks: conditions, matches and loops.

mod conditions;
mod labels;

pub(super) use conditions::HeldValue;
