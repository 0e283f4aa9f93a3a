//! The prompt of `attach`: what is typed into it, and how answers are shown.

mod history;
mod odd_terminals;
mod pager;
mod typing;
