//! `DashMap` and `DashSet`, of both versions in use. The same code is compiled for each.

#[cfg(feature = "dashmap_05")]
mod version_5;
#[cfg(feature = "dashmap")]
mod version_6;
