//! Everything that programs ask for besides running code. Uses all other folders.

mod describe;
mod inspect;
pub(crate) mod operations;
