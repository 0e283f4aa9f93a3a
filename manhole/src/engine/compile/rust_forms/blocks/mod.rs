//! What takes blocks: conditions, matches and loops.

mod conditions;
mod labels;

pub(super) use conditions::HeldValue;
pub(super) use labels::Loop;
