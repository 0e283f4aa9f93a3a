//! Everything that programs ask for besides running code. Uses all other folders.

pub(crate) mod describe;
pub(crate) mod inspect;
pub(crate) mod operations;
