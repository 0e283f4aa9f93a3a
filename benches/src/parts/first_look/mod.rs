//! What the roots cost that every console has: the service, and those who look at them.

pub(super) mod roots;
pub(super) mod tasks;
pub(super) mod tracing;
