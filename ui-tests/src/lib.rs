//! What the macros accept and refuse.
