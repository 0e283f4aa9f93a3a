//! Nothing but examples: see the folder `examples` beside this one.
