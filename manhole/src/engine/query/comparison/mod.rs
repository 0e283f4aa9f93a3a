//! Equality and order of all values that a script can have: live values, copies of them, and the script's own.
//!
//! Two values that can never be equal, such as a number and a string, are an error and not unequal. So is a text that names no
//! variant of an enum, or an integer that does not fit into the type of a field.

mod compare;
mod operand;
mod rules;

pub(crate) use compare::{Comparison, KeyCheck};
