//! A path, as programs write it.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| manhole::fuzzing::path(text));
