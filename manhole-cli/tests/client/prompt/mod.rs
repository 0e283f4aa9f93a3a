//! The prompt of `attach`: typing, and how answers are shown.

mod completion;
mod history;
mod odd_terminals;
mod pager;
mod recording;
mod typing;
