//! Tests of the input that the macros accept and refuse.
