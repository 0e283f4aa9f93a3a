//! The examples are in the folder `examples` beside this one.
