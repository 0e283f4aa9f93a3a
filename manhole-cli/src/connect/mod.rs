//! The targets of the configuration, and sessions that are opened again; uses `manhole_client`, `error` and `terminal`.
//!
//! Order of the files: `config`, `configured`, `target_candidates`, `kept_session`, `screen_worker`; each uses only those before it.

pub(crate) mod config;
pub(crate) mod configured;
pub(crate) mod kept_session;
pub(crate) mod screen_worker;
pub(crate) mod target_candidates;
