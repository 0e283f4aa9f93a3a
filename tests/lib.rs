//! Whole-system tests (the folder `system`), and what the checks of the sources (`structure`, `prose`) share.

pub mod workspace;

/// The README's Rust example, compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
