//! What manhole costs when an application is compiled.

pub(super) mod build;
pub(super) mod derive;
