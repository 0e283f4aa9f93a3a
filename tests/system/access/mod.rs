//! Tests of access control for connections and sessions.

mod access_levels;
mod audit;
mod listeners;
mod socket_file;
