//! Whole-system tests: see the folder `system`.
