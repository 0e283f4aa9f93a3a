mod builtin_names;
mod descriptors;
mod panics;
mod runtime;
mod sessions;
mod tasks;
mod threads;
mod tracing;
