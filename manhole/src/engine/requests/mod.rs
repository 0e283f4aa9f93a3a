//! What programs ask for, besides running code. Uses all of the above.

pub(crate) mod describe;
pub(crate) mod inspect;
pub(crate) mod operations;
