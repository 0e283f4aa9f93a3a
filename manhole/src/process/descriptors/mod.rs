//! The file descriptors of the process: the root `descriptors`.

mod descriptor;
mod sockets;

pub(crate) use descriptor::{Descriptors, list};
pub(in crate::process) use descriptor::{count, limit};
