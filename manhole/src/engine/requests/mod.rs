//! Requests of clients over JSON-RPC. Uses all other folders.

mod describe;
mod inspect;
pub(crate) mod operations;
