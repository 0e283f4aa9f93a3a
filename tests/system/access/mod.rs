//! Tests of access control for connections and sessions.

mod access_levels;
mod audit;
mod fair_shares;
mod last_words;
mod listeners;
mod process_namespaces;
mod socket_file;
mod terminal_text;
