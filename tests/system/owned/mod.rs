//! State that no lock guards: a task, a thread or an event loop owns it.

mod added_names;
mod inline;
mod mailbox;
mod registry;
mod visits;
