//! Types of the crate `http`, of both versions in use. The same code is compiled for each.

mod secret_names;
#[cfg(feature = "http_02")]
mod version_02;
#[cfg(feature = "http")]
mod version_1;
