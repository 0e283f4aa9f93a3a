//! What the roots cost that every console has: the service, and a look at them.

pub(super) mod roots;
pub(super) mod tasks;
pub(super) mod tracing;
