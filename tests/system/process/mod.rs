mod builtin_names;
mod descriptors;
mod runtime;
mod sessions;
mod threads;
