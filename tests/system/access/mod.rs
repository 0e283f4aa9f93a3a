//! Tests of who may connect, and of what a session may do.

mod access_levels;
mod audit;
mod listeners;
mod socket_file;
